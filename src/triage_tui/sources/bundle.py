"""One incident in one file: the bundle, read and written as ``docs/bundle-format.md`` says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import Source, UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.alert_decoding import decode_alert
from triage_tui.sources.common.archive import DEFAULT_CAPS, ArchiveCaps, is_safe_name, read_archive, write_archive
from triage_tui.sources.common.change_decoding import decode_changes
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.decoding import decoded_json
from triage_tui.sources.common.manifest import (
    BUNDLE_SCHEMA,
    MANIFEST_NAME,
    BundleHead,
    Manifest,
    MemberEntry,
    MemberKind,
)
from triage_tui.sources.common.metric_decoding import decode_metrics
from triage_tui.sources.common.recorded import BundleLogs, BundleSource, ReadMember, shown_names
from triage_tui.sources.common.series_naming import SeriesNaming
from triage_tui.sources.common.table_decoding import (
    decode_alert_states,
    decode_health,
    decode_request_counts,
    decode_topology,
)


class NewMember(msgspec.Struct, frozen=True):
    """A member to be written: its content and what the manifest says of it."""

    name: str
    kind: MemberKind
    content: bytes
    source: str = ""
    query: str = ""
    metric: str | None = None
    window: TimeWindow | None = None
    fetched_at: datetime | None = None
    complete: bool = True
    note: str = ""

    def entry(self) -> MemberEntry:
        """What the manifest says of it."""
        return MemberEntry(
            name=self.name, kind=self.kind, source=self.source, query=self.query, metric=self.metric,
            window=self.window, fetched_at=self.fetched_at, complete=self.complete, note=self.note,
            bytes=len(self.content), sha256=hashlib.sha256(self.content).hexdigest(),
        )  # fmt: skip


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
    """A bundle in memory: its manifest, and its members by name."""

    def __init__(self, path: Path, manifest: Manifest, contents: dict[str, bytes]) -> None:
        self.path, self.manifest, self._contents = path, manifest, contents

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
        logs = self.members("logs")
        found: list[Source] = [BundleLogs(_one_name([entry for entry, _ in logs]), logs)] if logs else []
        for kind, read in self._readers().items():
            members = self.members(kind)
            for origin in dict.fromkeys(entry.source for entry, _ in members):
                part = [member for member in members if member[0].source == origin]
                found.append(BundleSource(origin or kind, EvidenceKind(kind), part, read))
        return _uniquely_named(found)

    def _readers(self) -> dict[MemberKind, ReadMember]:
        return {
            "metrics": self._read_metrics,
            "series": self._read_metrics,
            "changes": lambda entry, content: decode_changes(content, self._where(entry)),
            "health": lambda entry, content: decode_health(content, self._where(entry)),
            "alerts": lambda entry, content: decode_alert_states(content, self._where(entry)),
            "topology": lambda entry, content: decode_topology(content, self._where(entry)),
            "request_counts": lambda entry, content: decode_request_counts(content, self._where(entry)),
        }

    def _read_metrics(self, entry: MemberEntry, content: bytes) -> Decoded:
        naming = SeriesNaming(entry.metric or entry.name.partition(".")[0], self.manifest.service)
        return decode_metrics(content, self._where(entry), naming)

    def _where(self, entry: MemberEntry) -> str:
        return f"{self.path} ({entry.name})"

    def members(self, kind: MemberKind) -> list[tuple[MemberEntry, bytes]]:
        """Every member of a kind with its content, in the manifest's order."""
        return [(entry, self._contents[entry.name]) for entry in self.manifest.members if entry.kind == kind]


def open_bundle(path: Path, caps: ArchiveCaps = DEFAULT_CAPS) -> Bundle:
    """Read a bundle into memory and check every member against the manifest.

    Raises ``UnreadableInput`` that names the bundle and the member.
    """
    contents = read_archive(path, caps)
    if MANIFEST_NAME not in contents:
        raise UnreadableInput(str(path), f"has no {MANIFEST_NAME}, so it is no bundle")
    manifest = _read_manifest(path, contents.pop(MANIFEST_NAME))
    _check_members(path, manifest, contents)
    return Bundle(path, manifest, contents)


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


def _check_members(path: Path, manifest: Manifest, contents: dict[str, bytes]) -> None:
    listed = [entry.name for entry in manifest.members]
    if len(listed) != len(set(listed)):
        raise UnreadableInput(str(path), "the manifest lists a member twice")
    if unlisted := sorted(contents.keys() - set(listed)):
        raise UnreadableInput(str(path), f"member {unlisted[0]!r} is not in the manifest")
    for entry in manifest.members:
        if problem := _member_problem(entry, contents.get(entry.name)):
            raise UnreadableInput(str(path), f"member {entry.name[:80]!r} {problem}")


def _member_problem(entry: MemberEntry, content: bytes | None) -> str | None:
    if content is None:
        return "is in the manifest and missing from the file"
    if len(content) != entry.bytes:
        return f"has {len(content)} bytes where the manifest says {entry.bytes}"
    if hashlib.sha256(content).hexdigest() != entry.sha256.lower():
        return "does not have the SHA-256 that the manifest says"
    return None
