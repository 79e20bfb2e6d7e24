"""A flat zip file read under caps, and written so that the same members give the same bytes.

Nothing is ever extracted: a member exists as bytes in memory only, whatever its name says.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


class Archive:
    """A zip file that stays open; a member is read when it is asked for, from any thread."""

    def __init__(self, path: Path, caps: ArchiveCaps = DEFAULT_CAPS) -> None:
        """Check all that the file says of its members.

        Raises ``UnreadableInput`` that names the archive and the member for a bad or repeated name, an encrypted
        member, a declared size beyond the caps, and a broken zip file.
        """
        self._path = path
        with _told_of(path):
            if path.stat().st_size > caps.total_bytes:
                raise UnreadableInput(str(path), f"is larger than {_megabytes(caps.total_bytes)}")
            self._zip = zipfile.ZipFile(path)
            entries = self._zip.infolist()
            _check_entries(path, entries, caps)
        self._entries = {entry.filename: entry for entry in entries}

    @property
    def names(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset(self._entries)

    def close(self) -> None:
        """Close the file; nothing is read any more."""
        self._zip.close()

    def read(self, name: str) -> bytes:
        """Return a member's content; raises ``UnreadableInput`` where it is broken or not as large as it says."""
        with _told_of(self._path):
            return _read_member(self._path, self._zip, self._entries[name])


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Turn what a zip file may be wrong with into ``UnreadableInput``."""
    try:
        yield
    # For a compression that it does not know, and for a member with a password, zipfile raises a kind of RuntimeError.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
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
