"""Computing what the evidence says: in a thread, one computation at a time."""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import Worker, WorkerState, get_current_worker

from triage_tui.ui.messages import FindingsReady

if TYPE_CHECKING:
    from triage_tui.investigation.case import Case
    from triage_tui.investigation.state import Investigation
    from triage_tui.ui.case_app import CaseApp
    from triage_tui.ui.loading import Analysis

ANALYSIS = "analysis"


class AnalysisRuns:
    """Has one computation run for an app, and another after it where something changed meanwhile."""

    def __init__(self, app: CaseApp, compute: Analysis) -> None:
        self._app, self._analyse = app, compute
        self._runs = self._outdated = self._is_loaded = False

    @property
    def is_busy(self) -> bool:
        """Whether anything is computed, also what began after a computation that has just ended."""
        return any(worker.group == ANALYSIS and not worker.is_finished for worker in self._app.workers)

    def put_off(self) -> bool:
        """Have it computed again after the computation that runs; False where none does."""
        if self._runs:
            self._outdated = True
        return self._runs

    def begin(self, case: Case, investigation: Investigation) -> None:
        """Compute in a thread; the findings are posted to the app."""
        self._runs = True
        work = partial(self._compute, case, investigation)
        self._app.run_worker(work, name=ANALYSIS, group=ANALYSIS, thread=True, exclusive=True, exit_on_error=False)

    def _compute(self, case: Case, investigation: Investigation) -> None:
        fixed_at = investigation.hotfixes[-1].taken_at if investigation.hotfixes else None
        findings = self._analyse(case, investigation.evidence, fixed_at)
        self._set_aside()
        if not get_current_worker().is_cancelled:
            self._app.post_message(FindingsReady(findings))

    def _set_aside(self) -> None:
        """Let the collector of garbage not look again at what the first computation has loaded, for 35 ms each time."""
        if not self._is_loaded:
            self._is_loaded = True
            gc.collect()
            gc.freeze()

    def take_end(self, event: Worker.StateChanged) -> None:
        """Compute what was put off, where it is a computation that has ended."""
        ended = event.state in {WorkerState.SUCCESS, WorkerState.ERROR, WorkerState.CANCELLED}
        if event.worker.group == ANALYSIS and ended:
            self._runs = False
            if self._outdated:
                self._outdated = False
                self._app.start_analysis()
