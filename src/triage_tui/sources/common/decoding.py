"""Bytes that nobody vouches for, turned into text and JSON under a cap, with errors that a user can act on."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from pathlib import Path
from typing import Any, Protocol, TypeVar, overload

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.odd_shapes import odd_words

FILE_CAP = 512 * 1024 * 1024
_READ_STEP = 1024 * 1024
_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"

Decoded = TypeVar("Decoded")


class _Readable(Protocol):
    """What every decompressor offers."""

    def read(self, size: int, /) -> bytes: ...


def read_capped(path: Path, cap: int = FILE_CAP) -> bytes:
    """Read a regular file of at most ``cap`` bytes, decompressed, and as UTF-8 where it is UTF-16.

    Raises ``UnreadableInput`` for a folder, a device, a missing file, one beyond the cap and a broken archive.
    """
    try:
        if not path.is_file():
            raise UnreadableInput(str(path), _why_not_a_file(path))
        with path.open("rb") as file:
            content = file.read(cap + 1)
    except OSError as error:
        raise UnreadableInput(str(path), f"cannot be read: {error.strerror or error}") from error
    if len(content) > cap:
        raise UnreadableInput(str(path), f"is larger than {cap // 1024**2} MB")
    return as_utf8(decompressed(content, str(path), cap))


def _why_not_a_file(path: Path) -> str:
    if not path.exists():
        return "no such file"
    return "is a folder, a file is needed here" if path.is_dir() else "is not a regular file"


def decompressed(content: bytes, name: str, cap: int = FILE_CAP) -> bytes:
    """Undo gzip, bzip2, xz or zstd, told by the first bytes; other content comes back as it is.

    Raises ``UnreadableInput`` where the result is beyond ``cap`` bytes or the archive is broken.
    """
    try:
        if content.startswith(_ZSTD):
            return _unpacked_zstd(content, name, cap)
        stream = _decompressor(content)
        return content if stream is None else _drained(stream, name, cap)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise UnreadableInput(name, f"broken compressed file: {error}") from error


def decompressed_head(raw: bytes, size: int) -> bytes:
    """Undo as much of a cut compressed file as there is, at most ``size`` bytes; nothing of a broken one."""
    try:
        if raw.startswith(_GZIP):
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(raw, size)
        if raw.startswith(_BZIP2):
            return bz2.BZ2Decompressor().decompress(raw, size)
        if raw.startswith(_XZ):
            return lzma.LZMADecompressor().decompress(raw, size)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return b""
    return _zstd_head(raw, size) if raw.startswith(_ZSTD) else raw


def _decompressor(content: bytes) -> _Readable | None:
    raw = io.BytesIO(content)
    if content.startswith(_GZIP):
        import gzip  # not before the first frame

        return gzip.open(raw)
    if content.startswith(_BZIP2):
        return bz2.open(raw)
    return lzma.open(raw) if content.startswith(_XZ) else None


def _unpacked_zstd(content: bytes, name: str, cap: int) -> bytes:
    import zstandard

    try:
        reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content), read_across_frames=True)
        return _drained(reader, name, cap)
    except zstandard.ZstdError as error:
        raise UnreadableInput(name, f"broken compressed file: {error}") from error


def _zstd_head(raw: bytes, size: int) -> bytes:
    import zstandard

    try:
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw)).read(size)
    except zstandard.ZstdError:
        return b""


def _drained(stream: _Readable, name: str, cap: int) -> bytes:
    """Read in steps, so that a bomb is refused at the cap and not after it filled the memory."""
    pieces, total = [], 0
    while piece := stream.read(_READ_STEP):
        total += len(piece)
        if total > cap:
            raise UnreadableInput(name, f"is larger than {cap // 1024**2} MB when decompressed")
        pieces.append(piece)
    return b"".join(pieces)


@overload
def decoded_json(content: bytes, name: str) -> Any: ...
@overload
def decoded_json(content: bytes, name: str, shape: type[Decoded]) -> Decoded: ...
def decoded_json(content: bytes, name: str, shape: Any = Any) -> Any:
    """Parse JSON into a type; raises ``UnreadableInput`` with the parser's reason and place."""
    try:
        return msgspec.json.decode(without_bom(content), type=shape)
    except RecursionError as error:
        raise UnreadableInput(name, "JSON is nested too deeply") from error
    except msgspec.ValidationError as error:
        raise UnreadableInput(name, f"not the JSON that is needed here: {odd_words(error)}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableInput(name, f"not the JSON that is needed here: {error}") from error


def without_bom(content: bytes) -> bytes:
    """Drop the UTF-8 byte order mark that spreadsheet programs and PowerShell put first."""
    return content.removeprefix(b"\xef\xbb\xbf")


def as_utf8(content: bytes) -> bytes:
    """Turn UTF-16 with a byte order mark, as PowerShell writes it, into UTF-8; other content comes back as it is."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace").encode()
    return content


def decoded_text(content: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark; broken bytes become U+FFFD."""
    return without_bom(content).decode("utf-8", errors="replace")
