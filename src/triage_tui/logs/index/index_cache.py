"""Indexes kept between runs, each as two files that name the log they belong to: a label, and the bytes of its blocks.

An index holds offsets, times, levels, hashes of correlation IDs, and the names of hosts and beginnings of messages.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import ByteSource, open_file
from triage_tui.logs.content.temporary_bytes import UNFINISHED, SpillingBytes
from triage_tui.logs.index.blocks import Block, Packed, StoredBytes
from triage_tui.logs.index.known_index import IndexState, KnownIndex

_VERSION = 11
_FINGERPRINT_BYTES = 4096
_SMALLEST_KEPT = 32 << 20
_TOKEN_BYTES = 16
_ABANDONED_SECONDS = 3600


class _KeptBlock(msgspec.Struct, frozen=True, array_like=True):
    rows: int
    packed: dict[str, Packed]


class _Label(msgspec.Struct, frozen=True):
    """What the blocks are of; a token ends them at ``bytes``, behind which may be those of a log that went on."""

    version: int
    format: str
    fingerprint: str
    bytes: int
    token: str
    blocks: dict[str, list[_KeptBlock]]
    state: IndexState


class _Laid(NamedTuple):
    """Blocks that lie in the file of an index, and the token behind them."""

    bytes: int
    token: str
    blocks: dict[str, list[_KeptBlock]]


class IndexCache:
    """A folder with one index a log, found by device and inode, so that a renamed log keeps its index.

    A log that has grown keeps its index, which is then extended; one whose beginning or whose bytes at the indexed end
    have changed is another log, and its index is not used. Nor are two files that were not written together, which a
    program leaves that is killed between them. A cache that cannot be written is no error, nor is a log that is gone.
    """

    def __init__(self, folder: Path, smallest: int = _SMALLEST_KEPT) -> None:
        self.folder, self._smallest = folder, smallest

    def ready_folder(self) -> Path | None:
        """The folder, made where it is missing; None where it cannot be."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self.folder
        return None

    def load(self, path: Path, source: ByteSource, format_name: str) -> KnownIndex | None:
        """The index of a log as it was when it was saved; None where there is none that fits."""
        try:
            place = self._place(path)
            label = msgspec.json.decode(place.with_suffix(".json").read_bytes(), type=_Label)
            if not _fits(label, source, format_name):
                return None
            stored = open_file(place, place.name)
        except (OSError, UnreadableInput, msgspec.DecodeError):
            return None
        if _token_of(stored, label.bytes) != label.token:
            return None
        return KnownIndex({kind: _blocks(kept, stored) for kind, kept in label.blocks.items()}, label.state)

    def save(self, path: Path, source: ByteSource, format_name: str, index: KnownIndex) -> None:
        """Keep an index, but not one of a log that is read again in a moment."""
        if not index.blocks["timed"] or source.size < self._smallest:
            return
        with contextlib.suppress(OSError):
            place = self._place(path)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_abandoned(self.folder)
            laid = _where_they_lie(index, place) or _copied(index, place)
            fingerprint = _fingerprint(source, index.state.end)
            with _replacing(place.with_suffix(".json")) as label:
                label.append(msgspec.json.encode(_Label(_VERSION, format_name, fingerprint, *laid, index.state)))

    def _place(self, path: Path) -> Path:
        status = path.stat()
        return self.folder / f"{status.st_dev:x}-{status.st_ino:x}.index"


class _NewFile:
    """A file that is written once, from its beginning."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self.size = descriptor, 0

    def append(self, data: bytes) -> None:
        """Write at the end."""
        rest = memoryview(data)
        while rest:
            written = os.write(self._descriptor, rest)
            self.size, rest = self.size + written, rest[written:]

    def read_at(self, offset: int, length: int) -> bytes:
        """Read what was written."""
        return os.pread(self._descriptor, length, offset)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[_NewFile]:
    """Write a file that is readable for its owner alone, and put it in the place of another when it is whole."""
    descriptor, temporary = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        yield _NewFile(descriptor)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    """Remove what a program that was killed has left unfinished."""
    for path in folder.glob(f"{UNFINISHED}*"):
        if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
            path.unlink(missing_ok=True)


def _token_of(stored: ByteSource, end: int) -> str:
    return stored.read_at(end - _TOKEN_BYTES, _TOKEN_BYTES).hex()


def _where_they_lie(index: KnownIndex, place: Path) -> _Laid | None:
    """Let the file in which all blocks were put while they were built be that of the index; None where none is."""
    storages = {id(block.storage): block.storage for own in index.blocks.values() for block in own}
    storage = next(iter(storages.values()))
    if len(storages) > 1 or not isinstance(storage, SpillingBytes):
        return None
    token = os.urandom(_TOKEN_BYTES)
    storage.append(token)
    return _Laid(storage.size, token.hex(), _kept(index)) if storage.give_name(place) else None


def _copied(index: KnownIndex, place: Path) -> _Laid:
    """Copy blocks from wherever they lie into the file of the index."""
    token = os.urandom(_TOKEN_BYTES)
    with _replacing(place) as file:
        moved = {kind: tuple(block.moved_to(file) for block in own) for kind, own in index.blocks.items()}
        file.append(token)
        return _Laid(file.size, token.hex(), _kept(KnownIndex(moved, index.state)))


def _kept(index: KnownIndex) -> dict[str, list[_KeptBlock]]:
    return {kind: [_KeptBlock(block.rows, dict(block.packed)) for block in own] for kind, own in index.blocks.items()}


def _blocks(kept: Sequence[_KeptBlock], stored: StoredBytes) -> tuple[Block, ...]:
    return tuple(Block(block.rows, block.packed, stored) for block in kept)


def _fits(label: _Label, source: ByteSource, format_name: str) -> bool:
    return (
        (label.version, label.format) == (_VERSION, format_name)
        and label.state.end <= source.size
        and label.fingerprint == _fingerprint(source, label.state.end)
    )


def _fingerprint(source: ByteSource, size: int) -> str:
    head = source.read_at(0, min(_FINGERPRINT_BYTES, size))
    tail_at = max(0, size - _FINGERPRINT_BYTES)
    return hashlib.blake2b(head + source.read_at(tail_at, size - tail_at), digest_size=16).hexdigest()
