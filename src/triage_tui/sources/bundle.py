"""One incident in one file: the bundle, read and written as ``docs/bundle-format.md`` says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import Source, UnreadableInput
from triage_tui.sources.common.alert_decoding import decode_alert
from triage_tui.sources.common.archive import DEFAULT_CAPS, Archive, ArchiveCaps, is_safe_name, write_archive
from triage_tui.sources.common.decoding import decoded_json
from triage_tui.sources.common.manifest import (
    BUNDLE_SCHEMA,
    MANIFEST_NAME,
    BundleHead,
    Manifest,
    MemberEntry,
    MemberFacts,
    MemberKind,
)
from triage_tui.sources.common.recorded import BundleLogs, BundleSource, shown_names

if TYPE_CHECKING:
    from triage_tui.sources.common.decoded import Decoded

EVIDENCE_KINDS: tuple[MemberKind, ...] = (
    "metrics", "series", "changes", "health", "alerts", "topology", "request_counts",
)  # fmt: skip


class NewMember(MemberFacts, frozen=True, kw_only=True):
    """A member to be written: its content and what the manifest says of it."""

    content: bytes

    def entry(self) -> MemberEntry:
        """What the manifest says of it."""
        facts = {name: getattr(self, name) for name in MemberFacts.__struct_fields__}
        return MemberEntry(**facts, bytes=len(self.content), sha256=_sha256(self.content))


def write_bundle(path: Path, head: BundleHead, members: Sequence[NewMember]) -> Manifest:
    """Write a bundle; the same head and members give the same bytes. Returns the manifest that was written.

    Raises ``ValueError`` where the reader would refuse the result: a name that is bad, reserved or there twice, and
    content beyond the caps.
    """
    ordered = sorted(members, key=lambda member: member.name)
    _check_writable(ordered, DEFAULT_CAPS)
    entries = tuple(member.entry() for member in ordered)
    manifest = Manifest(**msgspec.structs.asdict(head), members=entries)
    contents = {member.name: member.content for member in ordered}
    contents[MANIFEST_NAME] = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    write_archive(path, MANIFEST_NAME, contents)
    return manifest


def _check_writable(members: Sequence[NewMember], caps: ArchiveCaps) -> None:
    names = [member.name for member in members]
    for name in names:
        if not is_safe_name(name) or name == MANIFEST_NAME or names.count(name) > 1:
            raise ValueError(f"{name!r} cannot be the name of one member of a bundle")
    if len(members) >= caps.members:
        raise ValueError(f"{len(members)} members are too many for a bundle")
    sizes = [len(member.content) for member in members]
    if max(sizes, default=0) > caps.member_bytes or sum(sizes) > caps.total_bytes:
        raise ValueError("the content is too large for a bundle")


class Bundle:
    """A bundle: its manifest, and its members, each read once and checked when it is asked for first."""

    def __init__(self, path: Path, manifest: Manifest, archive: Archive, *, is_ours: bool) -> None:
        self.path, self.manifest, self._archive, self._is_ours = path, manifest, archive, is_ours
        self._contents: dict[str, bytes] = {}

    @property
    def alert(self) -> Alert:
        """The recorded alert, completed by what the manifest says; raises ``UnreadableInput`` for a broken one."""
        head = self.manifest
        recorded = [decode_alert(content, self._where(entry)) for entry, content in self.members("alert")]
        alert = recorded[0] if recorded else Alert(source=self.path.name)
        return msgspec.structs.replace(
            alert,
            title=alert.title or head.title,
            service=alert.service or head.service,
            window=alert.window or head.window,
            baseline=alert.baseline or head.baseline,
        )

    def sources(self) -> list[Source]:
        """One source for all logs, one for the metrics of each server, and one for each other kind and origin."""
        logs = self._entries("logs")
        found: list[Source] = [BundleLogs(_one_name(logs), logs, self.content)] if logs else []
        for kind in EVIDENCE_KINDS:
            entries = self._entries(kind)
            for origin in dict.fromkeys(entry.source for entry in entries):
                part = [entry for entry in entries if entry.source == origin]
                found.append(BundleSource(origin or kind, EvidenceKind(kind), part, self._decoded))
        return _uniquely_named(found)

    def _decoded(self, entry: MemberEntry) -> Decoded:
        # Not loaded before the first frame.
        from triage_tui.sources.common.member_decoding import decode_member

        return decode_member(entry, self.content(entry), self._where(entry), self.manifest.service)

    def _where(self, entry: MemberEntry) -> str:
        return f"{self.path} ({entry.name})"

    def members(self, kind: MemberKind) -> list[tuple[MemberEntry, bytes]]:
        """Every member of a kind with its content, in the manifest's order."""
        return [(entry, self.content(entry)) for entry in self._entries(kind)]

    def _entries(self, kind: MemberKind) -> list[MemberEntry]:
        return [entry for entry in self.manifest.members if entry.kind == kind]

    def content(self, entry: MemberEntry) -> bytes:
        """Return what a member holds; raises ``UnreadableInput`` where that is not what the manifest says."""
        if entry.name not in self._contents:
            content = self._archive.read(entry.name)
            # Of a story, what the zip itself says of its members is enough.
            if not self._is_ours and (problem := _member_problem(entry, content)):
                raise UnreadableInput(str(self.path), f"member {entry.name[:80]!r} {problem}")
            self._contents[entry.name] = content
        return self._contents[entry.name]

    def read_all(self) -> None:
        """Read every member; raises ``UnreadableInput`` for the first that is not what the manifest says."""
        for entry in self.manifest.members:
            self.content(entry)
        self._archive.close()


def open_bundle(path: Path, caps: ArchiveCaps = DEFAULT_CAPS, *, is_ours: bool = False) -> Bundle:
    """Open a bundle and check every member against the manifest.

    With ``is_ours``, a story that ships with the program as its modules do, members are read when they are asked for.
    Raises ``UnreadableInput`` that names the bundle and the member.
    """
    archive = Archive(path, caps)
    if MANIFEST_NAME not in archive.names:
        raise UnreadableInput(str(path), f"has no {MANIFEST_NAME}, so it is no bundle")
    manifest = _read_manifest(path, archive.read(MANIFEST_NAME))
    _check_listed(path, manifest, archive.names - {MANIFEST_NAME})
    bundle = Bundle(path, manifest, archive, is_ours=is_ours)
    if not is_ours:
        bundle.read_all()
    return bundle


def _one_name(entries: Sequence[MemberEntry]) -> str:
    return shown_names(entries)[0] if len(entries) == 1 else f"{len(entries)} logs"


def _uniquely_named(sources: list[Source]) -> list[Source]:
    """Tell apart the sources of one origin that bring different kinds: a name stands for one source only."""
    names = [source.name for source in sources]
    for source in sources:
        if names.count(source.name) > 1 and isinstance(source, BundleSource):
            source.name = f"{source.name} {source.kind.replace('_', ' ')}"
    return sources


class _SchemaOnly(msgspec.Struct):
    schema: int


def _read_manifest(path: Path, content: bytes) -> Manifest:
    where = f"{path} ({MANIFEST_NAME})"
    version = decoded_json(content, where, _SchemaOnly).schema
    if version != BUNDLE_SCHEMA:
        raise UnreadableInput(str(path), f"has schema {version}; this program reads schema {BUNDLE_SCHEMA}")
    return decoded_json(content, where, Manifest)


def _check_listed(path: Path, manifest: Manifest, names: frozenset[str]) -> None:
    listed = [entry.name for entry in manifest.members]
    if len(listed) != len(set(listed)):
        raise UnreadableInput(str(path), "the manifest lists a member twice")
    if unlisted := sorted(names - set(listed)):
        raise UnreadableInput(str(path), f"member {unlisted[0]!r} is not in the manifest")
    if missing := next((name for name in listed if name not in names), None):
        raise UnreadableInput(str(path), f"member {missing[:80]!r} is in the manifest and missing from the file")


def _member_problem(entry: MemberEntry, content: bytes) -> str | None:
    if len(content) != entry.bytes:
        return f"has {len(content)} bytes where the manifest says {entry.bytes}"
    if _sha256(content) != entry.sha256.lower():
        return "does not have the SHA-256 that the manifest says"
    return None


def _sha256(content: bytes) -> str:
    import hashlib  # 3 ms, which a story's first frame does not wait for

    return hashlib.sha256(content).hexdigest()
