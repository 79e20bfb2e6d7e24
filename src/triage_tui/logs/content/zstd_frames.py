"""Whether a file of Zstandard ends where one of its frames does, which is told without decompressing any.

The layout of frames and their blocks is that of RFC 8878, section 3.1.
"""

from __future__ import annotations

import zstandard

from triage_tui.logs.content.byte_source import ByteSource

_FRAME, _SKIPPED = b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18"
_MOST_HEADER_BYTES, _BLOCK_HEADER_BYTES, _CHECKSUM_BYTES = 18, 3, 4
# A block of one byte, repeated.
_REPEATED = 1


def holds_whole_frames(source: ByteSource) -> bool:
    """Tell whether the last frame is whole; what comes behind frames and is none does not count."""
    offset = 0
    while offset < source.size:
        head = source.read_at(offset, _MOST_HEADER_BYTES)
        if head.startswith(_FRAME):
            end = _frame_end(source, offset, head)
        elif head[1:4] == _SKIPPED and head[0] >> 4 == 5:  # noqa: PLR2004 - 0x184D2A50 to 0x184D2A5F
            end = offset + 8 + int.from_bytes(head[4:8], "little")
        else:
            return True
        if end is None or end > source.size:
            return False
        offset = end
    return True


def _frame_end(source: ByteSource, offset: int, head: bytes) -> int | None:
    """The byte behind a frame; None where it goes on behind the end of the file."""
    try:
        parameters, size = zstandard.get_frame_parameters(head), zstandard.frame_header_size(head)
    except zstandard.ZstdError:
        return None
    offset += size
    is_last = False
    while not is_last:
        block = source.read_at(offset, _BLOCK_HEADER_BYTES)
        if len(block) < _BLOCK_HEADER_BYTES:
            return None
        header = int.from_bytes(block, "little")
        is_last, kind, length = bool(header & 1), header >> 1 & 3, header >> 3
        offset += _BLOCK_HEADER_BYTES + (1 if kind == _REPEATED else length)
    return offset + (_CHECKSUM_BYTES if parameters.has_checksum else 0)
