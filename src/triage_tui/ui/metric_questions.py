"""The questions that a person puts to a metrics server, in its own language."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from triage_tui.investigation.source import Questionable, SourceError
from triage_tui.ui.screens.prompt import PromptScreen

if TYPE_CHECKING:
    from textual.worker import WorkType

    from triage_tui.ui.live_asking import LiveAsking
    from triage_tui.ui.screens_app import ScreensApp

QUESTION = "PromQL (right arrow completes a name, up recalls)"


class MetricQuestions:
    """Asks for a question and puts it to one source; knows what was asked before and what may be named."""

    def __init__(self, app: ScreensApp, asking: LiveAsking, source: Questionable) -> None:
        self._app, self._asking, self._source = app, asking, source
        self._names: list[str] = []
        self._asked: list[str] = []

    def ask(self, then: Callable[[str], None]) -> None:
        """Ask for a question; ``then`` is called with it once it was answered."""
        if not self._names:
            self._begin("names", self._learn_names)

        def typed(text: str | None) -> None:
            if text:
                self._begin("query", partial(self._put, text, then))

        self._app.push_screen(PromptScreen(QUESTION, names=self._names, history=self._asked), typed)

    def _begin(self, name: str, work: WorkType[None]) -> None:
        self._app.run_worker(work, name=name, group=name, exclusive=True, exit_on_error=False)

    async def _learn_names(self) -> None:
        try:
            self._names.extend(await self._asking.sources.run(self._source.known_names()))
        except SourceError as error:
            self._app.say(str(error), wrong=True)

    async def _put(self, expression: str, then: Callable[[str], None]) -> None:
        self._asked.append(expression)
        window = self._asking.window()
        if window is None:
            return
        try:
            await self._asking.sources.run(self._source.add_query(expression, window))
        except SourceError as error:
            self._app.say(str(error), wrong=True)
            return
        then(expression)
        self._asking.begin(self._source)
