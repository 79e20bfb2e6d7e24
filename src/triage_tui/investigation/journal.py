"""Decisions on disk: append-only, one file per run of the program.

A record is one line of JSON, ``{"crc": CRC-32 of the event's bytes, "len": their number, "event": {...}}``. Files are
0600 in a 0700 folder per investigation. A torn or damaged record is skipped and counted, never rewritten.

Exceptions::

    JournalError            the message is written for the user
    ├── JournalWriteError   a decision is not on disk; the file is as it was before
    └── JournalBusyError    another run of the program has this investigation open
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import AnyDecision

MAX_JOURNAL_BYTES = 64 * 1024 * 1024


@cache
def _decoder() -> msgspec.json.Decoder[AnyDecision]:
    # A millisecond, and a new investigation has nothing to decode.
    return msgspec.json.Decoder(AnyDecision)


class JournalError(Exception):
    """The journal cannot be used; the message says why and what to do."""


class JournalWriteError(JournalError):
    """A decision could not be put on disk."""


class JournalBusyError(JournalError):
    """The investigation is open in another run of the program."""


class _Record(msgspec.Struct, frozen=True):
    crc: int
    len: int
    event: msgspec.Raw


class JournalReading(msgspec.Struct, frozen=True):
    """The decisions of an investigation, oldest first, and how many records were torn or damaged."""

    decisions: tuple[Decision, ...]
    damaged: int


class Journal:
    """The journal of one investigation, open for appending by one run of the program."""

    def __init__(self, folder: Path, started_at: datetime) -> None:
        """Lock the investigation's folder; the first record creates this run's file.

        Raises ``JournalBusyError`` where another run holds the lock, ``JournalWriteError`` where the folder cannot be
        written to.
        """
        self.path = folder / f"{started_at:%Y%m%dT%H%M%S%f}Z-{os.urandom(3).hex()}.jsonl"
        try:
            private_folder(folder)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise JournalWriteError(f"{folder}: cannot keep a journal here: {error.strerror}") from error
        self._take_lock(folder)
        self._file: int | None = None

    def _take_lock(self, folder: Path) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise JournalBusyError(f"{folder.name} is open in another terminal; close it there first") from error

    def _create(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = None
        try:
            descriptor = os.open(self.path, flags, 0o600)
            _sync_folder(self.path.parent)
        except OSError as error:
            if descriptor is not None:
                # The next decision begins it anew.
                os.close(descriptor)
                self.path.unlink(missing_ok=True)
            raise JournalWriteError(f"{self.path}: cannot keep a journal here: {error.strerror}") from error
        return descriptor

    def append(self, decision: Decision) -> None:
        """Put a decision on disk; when this returns, it survives a crash and a power cut.

        Raises ``JournalWriteError``; the file is then as it was before.
        """
        if self._file is None:
            self._file = self._create()
        record, file = encode_record(decision), self._file
        size = os.fstat(file).st_size
        try:
            written = os.write(file, record)
            os.fdatasync(file)
        except OSError as error:
            self._cut_back(file, size)
            raise JournalWriteError(f"{self.path}: {error.strerror}") from error
        if written != len(record):
            self._cut_back(file, size)
            raise JournalWriteError(f"{self.path}: the disk took {written} of {len(record)} bytes")

    def _cut_back(self, file: int, size: int) -> None:
        try:
            os.ftruncate(file, size)
        except OSError as error:
            raise JournalWriteError(f"{self.path}: a torn record could not be removed: {error.strerror}") from error

    def close(self) -> None:
        """Close the file and give the lock back."""
        if self._file is not None:
            os.close(self._file)
        os.close(self._lock)


def encode_record(decision: Decision) -> bytes:
    """Return the line that keeps a decision."""
    event = msgspec.json.encode(decision)
    return msgspec.json.encode(_Record(zlib.crc32(event), len(event), msgspec.Raw(event))) + b"\n"


def decode_record(line: bytes) -> Decision | None:
    """Return the decision of a line, None where it is torn or damaged."""
    try:
        record = msgspec.json.decode(line, type=_Record)
        event = bytes(record.event)
        if len(event) != record.len or zlib.crc32(event) != record.crc:
            return None
        return _decoder().decode(event)
    except (msgspec.MsgspecError, ValueError):
        return None


def read_journal(folder: Path) -> JournalReading:
    """Read every run's records, oldest run first.

    Raises ``JournalError`` where a file cannot be read or is larger than any journal would be.
    """
    decisions: list[Decision] = []
    damaged = 0
    for path in sorted(folder.glob("*.jsonl")):
        for line in _lines_of(path):
            decision = decode_record(line)
            if decision is None:
                damaged += 1
            else:
                decisions.append(decision)
    return JournalReading(tuple(decisions), damaged)


def _lines_of(path: Path) -> Iterator[bytes]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(MAX_JOURNAL_BYTES + 1)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_JOURNAL_BYTES:
        raise JournalError(f"{path}: larger than {MAX_JOURNAL_BYTES // 2**20} MB, so not a journal")
    return (line for line in content.split(b"\n") if line)


def new_investigation_id(now: datetime) -> str:
    """Return an id that sorts by time and is a safe folder name: the UTC minute and four random hex digits."""
    return f"{now:%Y%m%d-%H%M}-{os.urandom(2).hex()}"


def investigation_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders of all investigations below ``root``, newest first; none where there is no such folder.

    A run that is killed before its first record leaves a folder without a journal, which is no investigation.
    """
    if not root.is_dir():
        return ()
    return tuple(sorted((path for path in root.iterdir() if any(path.glob("*.jsonl"))), reverse=True))


def private_folder(folder: Path) -> None:
    """Create a folder that only its owner can look into, parents included; raises ``OSError``."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
