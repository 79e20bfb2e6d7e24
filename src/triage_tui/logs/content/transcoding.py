"""Text that is not UTF-8 yet, and content that is no text at all."""

from __future__ import annotations

import codecs

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import ByteSource, MemoryBytes, blocks

_HEAD_BYTES = 4096
_UTF16_CAP = 512 << 20
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# Tab, newline, return, form feed, backspace and escape (colours) are in many logs.
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x08\x1b")
_MOST_ODD = 0.1


def as_utf8(source: ByteSource) -> ByteSource:
    """Recode UTF-16 with a byte order mark, as Windows writes it; everything else is returned as it is.

    Raises ``UnreadableInput`` beyond 512 MiB, for the recoded text is held in memory.
    """
    encoding = _BOMS.get(source.read_at(0, 2))
    if encoding is None:
        return source
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    recoded = bytearray()
    # What is decompressed meanwhile does not know its size before its end.
    for block in blocks(source):
        recoded += decoder.decode(block).encode("utf-8", "replace")
        if source.size > _UTF16_CAP:
            raise UnreadableInput(source.name, "UTF-16 of more than 512 MB; recode it first: iconv -f UTF-16 -t UTF-8")
    recoded += decoder.decode(b"", final=True).encode("utf-8", "replace")
    return MemoryBytes(source.name, bytes(recoded.removeprefix(codecs.BOM_UTF8)))


def refuse_binary(source: ByteSource) -> None:
    """Raise ``UnreadableInput`` where the first 4 KB are no text.

    NUL bytes that only stand at the beginning are the hole that copytruncate leaves, and no sign of a binary file.
    """
    head = source.read_at(0, _HEAD_BYTES)
    text = head.lstrip(b"\0")
    if not text:
        text = source.read_at(max(0, source.size - _HEAD_BYTES), _HEAD_BYTES).lstrip(b"\0")
    controls = sum(byte < ord(" ") and byte not in _TEXT_CONTROLS for byte in text)
    undecodable = text.decode("utf-8", "replace").count("\ufffd")
    if not text or controls + undecodable > _MOST_ODD * len(text):
        why = "NUL bytes" if b"\0" in head else "bytes that are no text"
        raise UnreadableInput(
            source.name, f"not a text log ({why} in the first 4 KB); name a log file, or unpack it first"
        )
