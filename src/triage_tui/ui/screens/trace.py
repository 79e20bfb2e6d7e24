"""One request as a ladder."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.worker import Worker, WorkerState, WorkType

from triage_tui.investigation.counting import counted
from triage_tui.investigation.events import CorrelationFollowed
from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.trace import Trace
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.entries import PinDraft
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Decided, Said
from triage_tui.ui.phrases import clock_note, duration
from triage_tui.ui.screens.pane_screen import PaneScreen
from triage_tui.ui.widgets.ladder import BESIDE_FROM, Ladder
from triage_tui.ui.widgets.ladder_rows import Rung

NOTHING = "no log line has this correlation ID"
FAILED = "it could not be followed · Esc leaves"


class TracePane(EvidencePane):
    """The ladder of one request; its cursor moves the one clock too."""

    TITLE = "Trace"

    def __init__(self, correlation_id: str) -> None:
        super().__init__(id="trace")
        self._correlation_id = correlation_id
        self._trace: Trace | None = None
        self._began = time.monotonic()
        self._telling: Timer | None = None
        self._has_failed = False
        self._beside = self._beside_wanted = False
        self._ladder = Ladder(id="ladder")
        self._ladder.can_focus = False
        self._ladder.active = True

    def compose(self) -> ComposeResult:
        """Lay out the ladder."""
        yield self._ladder

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return nothing beyond the evidence: a trace changes with its logs alone."""
        del investigation
        return ()

    def title(self, investigation: Investigation) -> str:
        """Name the request and its endpoint."""
        del investigation
        route = f" ▸ {self._trace.route}" if self._trace and self._trace.route else ""
        return f"{self.TITLE} ▸ {self._correlation_id}{route}"

    def completeness(self, investigation: Investigation) -> str:
        """Count its lines, its waits and what is missing."""
        del investigation
        trace = self._trace
        if self._has_failed:
            return FAILED
        if trace is None:
            seconds = time.monotonic() - self._began
            return "following it through the log…" + (
                f" {duration(round(seconds))} · Esc leaves" if seconds >= 1 else ""
            )
        if not trace.records:
            return NOTHING
        parts = [clock_note(trace.clocks)] if trace.clocks else []
        parts += [f"{counted(len(trace.records), 'line')} in {duration(trace.records[-1].offset_s)}"]
        parts += [counted(len(trace.gaps), "long wait")] if trace.gaps else []
        parts += [f"{len(trace.missing)} missing"] if trace.missing else []
        parts += ["right: healthy"] if self._beside else []
        return " · ".join(parts)

    def draw(self, investigation: Investigation) -> None:
        """Follow the request through the logs, in a thread."""
        if self._telling is None:
            self._telling = self.set_interval(1.0, self.draw_border)
        logs = investigation.of_kind(EvidenceKind.LOGS)
        work: WorkType[None] = partial(self._follow, logs)
        self.run_worker(work, name="trace", group="trace", exclusive=True, exit_on_error=False)

    async def _follow(self, logs: tuple[Evidence, ...]) -> None:
        self._has_failed = False
        found = await asyncio.to_thread(trace_in, logs, self._correlation_id)
        self._trace = found
        self._tell_no_more()
        self._ladder.show(found, beside=self._beside)
        self.draw_border()
        if self._beside_wanted:
            self._beside_wanted = False
            self.compare()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say that nothing comes where following broke off, of which the base has said why: Textual calls both."""
        if event.state is WorkerState.ERROR:
            self._has_failed = True
            self._tell_no_more()
            self._ladder.rows.empty = FAILED
            self._ladder.redraw()
            self.draw_border()

    def _tell_no_more(self) -> None:
        if self._telling is not None:
            self._telling.stop()

    def compare(self) -> None:
        """Lay a typical healthy request beside this one, or take it away; of one still followed, when it is found."""
        if self._trace is None:
            self._beside_wanted = True
        elif not self._trace.healthy_example:
            self.post_message(Said("no healthy request of this endpoint is in the log"))
        elif self.size.width < BESIDE_FROM + 2:
            self.post_message(Said(f"too narrow to lay a healthy request beside it: {BESIDE_FROM} columns are needed"))
        else:
            self._beside = not self._beside
            self._ladder.show(self._trace, beside=self._beside)
            self.draw_border()

    def move_by(self, rows: int) -> None:
        """Move by rungs, and the one clock with them."""
        self._ladder.sight.move(rows)
        rung = self._ladder.cursor_rung
        self.move_clock(rung.at if rung else None)

    def move_to(self, *, last: bool) -> None:
        """Move to the first or last rung."""
        self.move_by(self._ladder.row_count() * (1 if last else -1))

    def open_selected(self) -> None:
        """Show the rung's line among the lines of this request, back in the log."""
        rung = self._ladder.cursor_rung
        self.post_message(Decided(CorrelationFollowed(at=datetime.now(UTC), correlation_id=self._correlation_id)))
        self.move_clock(rung.at if rung else None)
        self.app.pop_screen()

    def selected_pin(self) -> PinDraft | None:
        """Return the rung in words, with the pattern's whole sentence where it is one."""
        rung = self._ladder.cursor_rung
        if rung is None:
            return None
        sentences = {
            "gap": self._trace.gaps if self._trace else (),
            "missing": self._trace.missing if self._trace else (),
        }
        whole = next((one.statement for one in sentences.get(rung.kind, ()) if rung.text.plain in one.statement), "")
        return PinDraft(whole or rung.text.plain, f"trace {self._correlation_id}", rung.at)

    def selected_text(self) -> str:
        """Return the whole trace as text: its request, then each step with its time and distance from the first."""
        rungs = [
            f"{_time(rung)} {_offset(rung.offset_s)} {rung.level or '':<5} {rung.text}"
            for rung in self._ladder.rows.rungs
        ]
        route = f" {self._trace.route}" if self._trace and self._trace.route else ""
        return "\n".join([f"request {self._correlation_id}{route}", *rungs]) if rungs else ""


class TraceScreen(PaneScreen[TracePane]):
    """A request in full, with what is normal for each step."""

    SCOPE = Scope.TRACE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.TRACE)]

    def __init__(self, correlation_id: str, investigation: Investigation) -> None:
        super().__init__(TracePane(correlation_id), investigation)

    def action_compare(self) -> None:
        """Lay a typical healthy request beside this one."""
        self._pane.compare()


def trace_in(logs: tuple[Evidence, ...], correlation_id: str) -> Trace:
    """Follow a request through the logs that have it; without records where none has."""
    from triage_tui.analysis.traces import trace_through

    return trace_through(logs, correlation_id)


def _time(rung: Rung) -> str:
    return f"{rung.at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z" if rung.at is not None else " " * 24


def _offset(seconds: float | None) -> str:
    return " " * 9 if seconds is None else f"{seconds:+9.3f}"
