"""Logs that still come through pipes: what is there by now is indexed, shown, and computed from time to time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from triage_tui.investigation.evidence import Completeness, Evidence
from triage_tui.sources.common.log_parts import part_of_logs

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.source import LogLines
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.logs.content.piped_bytes import PipedBytes
    from triage_tui.logs.indexed_logs import IndexedLogs
    from triage_tui.logs.log_input import LogInput, LogOptions

SECONDS_BETWEEN_PARTS = 0.5
# A writer that pauses has said for now what it has to say.
QUIET_SECONDS = 1.0
# Parsing all records anew may take this share of the time while the writer does not pause.
SHARE_OF_TIME = 0.1
LEAST_SECONDS_BETWEEN_FRAMES = 5.0


class ArrivingLogs(msgspec.Struct):
    """Pipes, the files beside them, and where to put what is there by now."""

    name: str
    pipes: Sequence[PipedBytes]
    inputs: Sequence[LogInput]
    options: LogOptions
    take: Callable[[Evidence], None]
    window: TimeWindow | None = None
    _indexed: IndexedLogs | None = None
    _known_bytes: int = 0
    _framed_bytes: int = 0
    _changed_at: float = 0.0
    _frame_due: float = 0.0

    def tell_until_ended(self, stopped: Event) -> None:
        """Hand parts over until every pipe has ended or is stopped; raises ``UnreadableInput``."""
        self.take(self._part(None, None, "waiting for the first line"))
        while not _have_ended(self.pipes) and not stopped.is_set():
            self._wait()
            if self._indexed is None and not all(map(_shows_its_format, self.pipes)):
                continue
            self._tell(stopped)

    def _wait(self) -> None:
        open_pipes = [pipe for pipe in self.pipes if not pipe.has_ended]
        for pipe in open_pipes:
            pipe.wait(pipe.size, SECONDS_BETWEEN_PARTS / len(open_pipes))

    def _tell(self, stopped: Event) -> None:
        size = sum(pipe.size for pipe in self.pipes)
        now = time.monotonic()
        if size != self._known_bytes:
            self._known_bytes, self._changed_at = size, now
            self._tell_lines(stopped)
        quiet = now - self._changed_at >= QUIET_SECONDS
        if size != self._framed_bytes and self._indexed is not None and (quiet or now >= self._frame_due):
            self._tell_frame(self._indexed, now)
            self._framed_bytes = size

    def _tell_lines(self, stopped: Event) -> None:
        from triage_tui.logs.indexed_logs import IndexedLogs

        if self._indexed is None:
            self._indexed = IndexedLogs(self.inputs, self.options)
            self._frame_due = time.monotonic() + LEAST_SECONDS_BETWEEN_FRAMES
        self._indexed.build(lambda _: None, stopped)
        lines = self._indexed.store()
        self.take(self._part(None, lines, f"{len(lines):,} records by now"))

    def _tell_frame(self, indexed: IndexedLogs, began: float) -> None:
        chosen = indexed.records(self.window)
        frame = chosen.frame()
        self.take(self._part(frame, indexed.store(), f"{chosen.completeness.note} by now"))
        took = time.monotonic() - began
        self._frame_due = began + max(LEAST_SECONDS_BETWEEN_FRAMES, took / SHARE_OF_TIME)

    def _part(self, frame: pl.DataFrame | None, lines: LogLines | None, note: str) -> Evidence:
        return part_of_logs(self.name, f"{note}, more may come · Esc stops", lines, frame=frame)


def wait_until_ended(pipes: Sequence[PipedBytes], stopped: Event) -> None:
    """Wait until every pipe has ended or is stopped."""
    while not _have_ended(pipes) and not stopped.is_set():
        for pipe in pipes:
            pipe.wait(pipe.size, SECONDS_BETWEEN_PARTS)


def with_losses(known: Completeness, pipes: Sequence[PipedBytes]) -> Completeness:
    """Add what the pipes have lost, and that nothing keeps what came through them."""
    lost = [f"{pipe.name}: {pipe.lost}" for pipe in pipes if pipe.lost]
    notes = [known.note, *lost, "from a pipe, only a capture keeps it"]
    return replace(known, complete=known.complete and not lost, note="; ".join(notes))


def _have_ended(pipes: Sequence[PipedBytes]) -> bool:
    return all(pipe.has_ended for pipe in pipes)


def _shows_its_format(pipe: PipedBytes) -> bool:
    """Whether so much is there that the format can be told; a document or UTF-16 must be there whole."""
    from triage_tui.logs.content.byte_source import MemoryBytes
    from triage_tui.logs.content.exports import may_be_export
    from triage_tui.logs.content.piped_bytes import HEAD_BYTES

    head = pipe.head()
    if pipe.has_ended:
        return bool(head)
    if not head.strip(b"\0\r\n\t ") or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return (b"\n" in head or len(head) == HEAD_BYTES) and not may_be_export(MemoryBytes(pipe.name, head))
