"""The part of the app that owns the investigation: it starts the workers and applies what they and the user say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.app import App
from textual.reactive import reactive
from textual.worker import Worker, WorkerState

from triage_tui.investigation.case import Case
from triage_tui.investigation.events import InvestigationOpened, apply, fold
from triage_tui.investigation.state import Investigation
from triage_tui.ui.analysis_runs import ANALYSIS, AnalysisRuns
from triage_tui.ui.awaited_answers import AwaitedAnswers
from triage_tui.ui.commands import KeyMap
from triage_tui.ui.ledger import Ledger
from triage_tui.ui.loading import LOADING, Analysis, SourceLoading, failure_of
from triage_tui.ui.messages import (
    CursorMoved,
    Decided,
    EvidenceLoaded,
    FindingsReady,
    LinesGrew,
    NowFollowed,
    SourceFailed,
)
from triage_tui.ui.themed_app import ThemedApp

if TYPE_CHECKING:
    from triage_tui.ui.live_asking import LiveAsking

FIRST_ANALYSIS_AFTER_S = 2.0


class CaseApp(ThemedApp):
    """Holds the one snapshot; ``unsaved`` and ``broken`` say what is wrong with the journal and the analysis."""

    # Each part draws itself again where it must; a repaint of all would be the whole screen over the wire.
    investigation: reactive[Investigation | None] = reactive(None, repaint=False)
    unsaved: reactive[str] = reactive("", repaint=False)
    broken: reactive[str] = reactive("", repaint=False)

    def __init__(self, compute: Analysis) -> None:
        super().__init__()
        self.case: Case | None = None
        self.ledger: Ledger | None = None
        self.key_map: KeyMap = {}
        self._awaited = AwaitedAnswers()
        self._loading: SourceLoading | None = None
        self._analysis_runs = AnalysisRuns(self, compute)
        self._known_onset: datetime | None = None
        self.asking: LiveAsking | None = None
        """What asks the sources of a live case; None in a replay."""

    def take_over(self, case: Case, ledger: Ledger) -> None:
        """Make a case the one that is investigated: begin it, or replay its journal."""
        self.case, self.ledger, self._awaited = case, ledger, AwaitedAnswers(case.sources)
        self._loading = SourceLoading(self, case, self._awaited)
        self.broken = ""
        self.investigation = fold(case.decisions) if case.decisions else _opened(case, ledger)
        self.unsaved = ledger.problem
        self.call_after_refresh(self._write_beginning)
        self.asking = None
        if case.live:
            self._go_on_from_now(case)

    def _go_on_from_now(self, case: Case) -> None:
        """Ask the sources of a live case again and again; what ended a while ago stays there."""
        from triage_tui.ui.live_asking import LiveAsking

        self.asking = LiveAsking(self, case.window.end if case.window is not None else None)
        if case.window is not None and self.investigation is not None:
            shown = replace(self.investigation, following=self.asking.moves_on)
            self.investigation = shown.until(case.window.end)

    def _write_beginning(self) -> None:
        """Put the beginning of an investigation on disk, once its first frame is out: the disk may take long."""
        if self.ledger is not None:
            self.ledger.write()
            self.unsaved = self.ledger.problem

    def on_reading_stopped(self) -> None:
        """Let the sources answer with what they have read."""
        if self._loading is not None:
            self._loading.stop_reading()

    def load_all(self) -> None:
        """Ask every source: once in a replay, for as long as the program runs in a live case."""
        if self.asking is not None:
            self.asking.begin_all()
            self.set_timer(FIRST_ANALYSIS_AFTER_S, self._wait_no_longer)
        elif self._loading is not None:
            self._loading.ask_all()

    def _wait_no_longer(self) -> None:
        """Compute from what has answered by now; whoever hangs is taken in later."""
        if self._awaited.names and self.investigation is not None and self.investigation.evidence:
            self._awaited.wait_no_longer()
            self.start_analysis()

    def on_unmount(self) -> None:
        """Wait for no server."""
        if self.asking is not None:
            self.asking.sources.stop()

    def on_evidence_loaded(self, message: EvidenceLoaded) -> None:
        """Take the evidence in, in a live case up to its time; with the last of it, compute."""
        shown, arrived = self.investigation, message.evidence
        if shown is None:
            return
        if self.asking is not None and arrived.window is not None:
            shown = shown.until(arrived.window.end)
        self.investigation = shown.with_evidence(arrived)
        if message.changed:
            self._answered(arrived.source)

    def on_now_followed(self, message: NowFollowed) -> None:
        """Go back to now after looking back, and ask the sources what is now."""
        del message
        if self.investigation is not None and self.asking is not None:
            self.asking.follow_now()
            self.investigation = self.investigation.followed(datetime.now(UTC))

    def on_lines_grew(self, message: LinesGrew) -> None:
        """Take in the lines that came since the last fetch."""
        if self.investigation is not None:
            self.investigation = self.investigation.with_grown_lines(message.source, message.lines)

    def on_source_failed(self, message: SourceFailed) -> None:
        """Note the failure; what the others brought is computed all the same."""
        if self.investigation is not None:
            self.investigation = self.investigation.with_failure(message.failure)
            if message.failure.source in self._awaited.names:
                self._answered(message.failure.source)

    def _answered(self, source: str) -> None:
        self._awaited.answered(source)
        self.start_analysis()

    def start_analysis(self) -> None:
        """Compute once every source has answered, after the computation that runs where one does."""
        if self.case is None or self.investigation is None or self._analysis_runs.put_off():
            return
        if self.case.live:
            found = self.investigation.findings
            onset = found.onset if found is not None else None
            self.case = replace(self.case, window=self.investigation.full_window, onset=onset)
        if not self._awaited.names:
            self._analysis_runs.begin(self.case, self.investigation)

    def on_findings_ready(self, message: FindingsReady) -> None:
        """Take the findings in; the time mark stands at the onset, also a new one, until someone moves it."""
        if self.investigation is None:
            return
        found, onset = self.investigation.with_findings(message.findings), message.findings.onset.latest
        at_onset = found.cursor in {None, self._known_onset}
        self._known_onset = onset
        self.investigation = found.with_cursor(onset) if at_onset else found

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say what went wrong in a worker, which would be silent otherwise; go on with what waited for its end."""
        worker = event.worker
        self._analysis_runs.take_end(event)
        if self.asking is not None:
            self.asking.take_up(event)
        if worker.group == ANALYSIS and self._loading is not None and not self._analysis_runs.is_busy:
            self._loading.read_rest()
        if event.state is not WorkerState.ERROR or worker.error is None:
            return
        problem = f"{type(worker.error).__name__}: {worker.error}"
        self.say(f"{worker.name}: {problem}", wrong=True)
        if worker.group == ANALYSIS:
            self.broken = problem
        for source in self.case.sources if self.case else ():
            if worker.group == f"{LOADING}{source.name}":
                self.post_message(SourceFailed(failure_of(source, worker.error)))

    def on_decided(self, message: Decided) -> None:
        """Journal a decision, then show what it changed; whether a hotfix worked is computed."""
        if self.investigation is not None and self.ledger is not None:
            self.ledger.keep(message.decision)
            self.unsaved = self.ledger.problem
            before, self.investigation = self.investigation, apply(self.investigation, message.decision)
            if before.hotfixes != self.investigation.hotfixes:
                self.start_analysis()
            if before.window != self.investigation.window and self._loading is not None:
                self._loading.ask_within(self.investigation.window)

    def on_cursor_moved(self, message: CursorMoved) -> None:
        """Move the time mark of all panes."""
        if self.investigation is not None:
            self.investigation = self.investigation.with_cursor(message.moment)


def _opened(case: Case, ledger: Ledger) -> Investigation:
    opening = InvestigationOpened(
        at=datetime.now(UTC), investigation_id=case.investigation_id, title=case.title, inputs=case.inputs,
        alert=case.alert, window=case.window,
    )  # fmt: skip
    decisions = case.inherited or (opening,)
    for decision in decisions:
        ledger.keep_soon(decision)
    return fold(decisions)


def key_map_of(app: App[object]) -> KeyMap:
    """Return the user's own keys; none in an app that knows of none."""
    return app.key_map if isinstance(app, CaseApp) else {}
