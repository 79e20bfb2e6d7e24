"""The text of a log of any kind: a file or bytes, plain or compressed, in any encoding, lines or a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import ByteSource, MemoryBytes, open_file
from triage_tui.logs.content.decompressors import compression_of
from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.content.exports import as_lines
from triage_tui.logs.content.passing import PassingBytes
from triage_tui.logs.content.transcoding import as_utf8, refuse_binary
from triage_tui.logs.log_input import LogInput

# Logs are seldom compressed more than this.
USUAL_RATIO = 20


class Unpacked(ByteSource, Protocol):
    """What decompresses a log as far as it is read."""

    @property
    def damage(self) -> str:
        """In words what was lost, "" for nothing that is known by now."""

    @property
    def stored_share(self) -> float:
        """How much of the compressed bytes was read, from 0 to 1."""


class OpenedSource(NamedTuple):
    """The text of a log as UTF-8, and what decompresses it, None for a plain one."""

    content: ByteSource
    expanding: Unpacked | None

    @property
    def damage(self) -> str:
        """In words what of the file was lost, "" for nothing that is known by now."""
        return self.expanding.damage if self.expanding else ""

    @property
    def expected_size(self) -> int:
        """The bytes of the text; while it is decompressed, as many as there are if the rest is like the first."""
        share = self.expanding.stored_share if self.expanding else 1.0
        return round(self.content.size / max(share, 1e-3))


def open_gradually(one: LogInput) -> OpenedSource:
    """Open the text of a log, which is decompressed no further than it is read; raises ``UnreadableInput``."""
    return _opened(one, ExpandingBytes)


def open_passing(one: LogInput) -> OpenedSource:
    """Open the text of a log to go through it once, a compressed one in little memory; raises ``UnreadableInput``."""
    return _opened(one, PassingBytes)


def _opened(one: LogInput, unpack: Callable[[ByteSource, str], Unpacked]) -> OpenedSource:
    source = _stored(one)
    if source.size == 0:
        raise UnreadableInput(one.name, "empty; is it the right file?")
    kind = compression_of(source)
    expanding = unpack(source, kind) if kind else None
    source = as_utf8(expanding or source)
    refuse_binary(source)
    return OpenedSource(as_lines(source), expanding)


def open_source(one: LogInput) -> tuple[ByteSource, str]:
    """Open the text of a log: decompressed, as UTF-8; returns with it what of the file was lost, "" for nothing.

    Raises ``UnreadableInput``.
    """
    opened = open_gradually(one)
    if isinstance(opened.expanding, ExpandingBytes):
        opened.expanding.finish()
    return opened.content, opened.damage


def expected_bytes(one: LogInput) -> int:
    """How many bytes of text a log may have, guessed of a compressed one; 0 for a file that cannot be read."""
    try:
        source = _stored(one)
    except UnreadableInput:
        return 0
    return one.size * (USUAL_RATIO if compression_of(source) else 1)


def _stored(one: LogInput) -> ByteSource:
    """The bytes of a log as they are stored; raises ``UnreadableInput``."""
    if one.file is not None:
        return one.file.again(one.name)
    return open_file(one.path, one.name) if one.path else MemoryBytes(one.name, one.data or b"")
