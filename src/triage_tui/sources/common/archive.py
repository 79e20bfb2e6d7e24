"""A flat zip file read into memory under caps, and written so that the same members give the same bytes.

Nothing is ever extracted: a member exists as bytes in memory only, whatever its name says.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from triage_tui.investigation.source import UnreadableInput

_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,@+=()\- ]{0,199}")
_ENCRYPTED = 0x1
_EARLIEST = (1980, 1, 1, 0, 0, 0)


class ArchiveCaps(msgspec.Struct, frozen=True):
    """The largest archive that is read: bytes a member, bytes in all, and members, the manifest among them."""

    member_bytes: int = 64 * 1024**2
    total_bytes: int = 256 * 1024**2
    members: int = 201


DEFAULT_CAPS = ArchiveCaps()


def is_safe_name(name: str) -> bool:
    """Tell whether a name is a plain file name: no folder, drive, leading dot or control character."""
    return _SAFE_NAME.fullmatch(name) is not None


def read_archive(path: Path, caps: ArchiveCaps = DEFAULT_CAPS) -> dict[str, bytes]:
    """Return every member's content by name.

    Raises ``UnreadableInput`` that names the archive and the member for a bad or repeated name, an encrypted member, a
    declared or an actual size beyond the caps, and a broken zip file.
    """
    try:
        if path.stat().st_size > caps.total_bytes:
            raise UnreadableInput(str(path), f"is larger than {_megabytes(caps.total_bytes)}")
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(path, entries, caps)
            return {entry.filename: _read_member(path, archive, entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnreadableInput(str(path), f"not a readable zip file: {error}") from error
    except OSError as error:
        raise UnreadableInput(str(path), f"cannot be read: {error.strerror or error}") from error


def _check_entries(path: Path, entries: list[zipfile.ZipInfo], caps: ArchiveCaps) -> None:
    if len(entries) > caps.members:
        raise UnreadableInput(str(path), f"has {len(entries)} members, more than {caps.members}")
    seen: set[str] = set()
    for entry in entries:
        if problem := _entry_problem(entry, seen, caps):
            raise UnreadableInput(str(path), f"member {entry.filename[:80]!r} {problem}")
        seen.add(entry.filename)
    if sum(entry.file_size for entry in entries) > caps.total_bytes:
        raise UnreadableInput(str(path), f"holds more than {_megabytes(caps.total_bytes)} when decompressed")


def _entry_problem(entry: zipfile.ZipInfo, seen: set[str], caps: ArchiveCaps) -> str | None:
    # orig_filename is what the zip says before the library cuts it at a NUL.
    if not is_safe_name(entry.filename) or entry.orig_filename != entry.filename:
        return "has a name that a bundle may not have"
    if entry.filename in seen:
        return "is there twice"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.file_size > caps.member_bytes:
        return f"is larger than {_megabytes(caps.member_bytes)}"
    return None


def _read_member(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise UnreadableInput(str(path), f"member {entry.filename!r} is not as large as it says")
    return content


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:g} MB"


def write_archive(path: Path, first: str, members: Mapping[str, bytes]) -> None:
    """Write members, the one named ``first`` before the others in name order, with fixed times and modes.

    The file appears whole or not at all; an existing one is replaced.
    """
    partial = path.with_name(path.name + ".partial")
    order = [first, *sorted(members.keys() - {first})]
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            for name in order:
                archive.writestr(_entry(name), members[name], zipfile.ZIP_DEFLATED, 9)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry
