"""One incident in one file: the bundle, read and written as ``docs/bundle-format.md`` says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.archive import DEFAULT_CAPS, ArchiveCaps, is_safe_name, read_archive, write_archive
from triage_tui.sources.common.decoding import decoded_json
from triage_tui.sources.common.manifest import (
    BUNDLE_SCHEMA,
    MANIFEST_NAME,
    BundleHead,
    Manifest,
    MemberEntry,
    MemberKind,
)


@dataclass(frozen=True, slots=True)
class NewMember:
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
