"""Indexes kept between runs, as Arrow files that name the log they belong to.

An index holds offsets, times, levels and hashes, and nothing of the text.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
import polars as pl

from triage_tui.logs.byte_source import ByteSource
from triage_tui.logs.index import INDEX_SCHEMA

_VERSION = f"1 polars {pl.__version__}"  # hashes of IDs hold within one version of polars
_FINGERPRINT_BYTES = 4096
_SMALLEST_KEPT = 32 << 20


class _Label(msgspec.Struct, frozen=True):
    version: str
    format: str
    size: int
    fingerprint: str


class IndexCache:
    """A folder with one index a log, found by device and inode, so that a renamed log keeps its index.

    A log that has grown keeps its index, which is then extended; one whose beginning or whose bytes at the indexed end
    have changed is another log, and its index is not used. A cache that cannot be written is no error.
    """

    def __init__(self, folder: Path, smallest: int = _SMALLEST_KEPT) -> None:
        self._folder, self._smallest = folder, smallest

    def load(self, path: Path, source: ByteSource, format_name: str) -> pl.DataFrame | None:
        """The index of a log as it was when it was saved; None where there is none that fits."""
        kept = self._place(path)
        try:
            label = msgspec.json.decode(kept.with_suffix(".json").read_bytes(), type=_Label)
            if not _fits(label, source, format_name):
                return None
            frame = pl.read_ipc(kept)
        except (OSError, msgspec.DecodeError, pl.exceptions.PolarsError):
            return None
        return frame if frame.schema == INDEX_SCHEMA and _ends_at(frame, label.size) else None

    def save(self, path: Path, source: ByteSource, format_name: str, frame: pl.DataFrame) -> None:
        """Keep an index, but not one of a log that is read again in a moment."""
        if not frame.height or source.size < self._smallest:
            return
        last = frame.row(-1, named=True)
        size = last["offset"] + last["length"]
        label = _Label(_VERSION, format_name, size, _fingerprint(source, size))
        kept = self._place(path)
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The label goes first: without its index, or with an older one that ends elsewhere, it is not used.
            _write(kept.with_suffix(".json"), msgspec.json.encode(label))
            _write(kept, _as_ipc(frame))

    def _place(self, path: Path) -> Path:
        status = path.stat()
        return self._folder / f"{status.st_dev:x}-{status.st_ino:x}.arrow"


def _fits(label: _Label, source: ByteSource, format_name: str) -> bool:
    return (
        (label.version, label.format) == (_VERSION, format_name)
        and label.size <= source.size
        and label.fingerprint == _fingerprint(source, label.size)
    )


def _ends_at(frame: pl.DataFrame, size: int) -> bool:
    last = frame.row(-1, named=True)
    return bool(last["offset"] + last["length"] == size)


def _fingerprint(source: ByteSource, size: int) -> str:
    head = source.read_at(0, min(_FINGERPRINT_BYTES, size))
    tail_at = max(0, size - _FINGERPRINT_BYTES)
    return hashlib.blake2b(head + source.read_at(tail_at, size - tail_at), digest_size=16).hexdigest()


def _as_ipc(frame: pl.DataFrame) -> bytes:
    return frame.write_ipc(None, compression="lz4").getvalue()


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole, readable for its owner alone."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
