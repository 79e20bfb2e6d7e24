"""The part of the app that lays a screen over the investigation when a pane asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage_tui.investigation.source import Questionable
from triage_tui.ui.case_app import CaseApp
from triage_tui.ui.messages import DiffWanted, QueryWanted, SectionWanted, TextWanted, TraceWanted

if TYPE_CHECKING:
    from triage_tui.ui.metric_questions import MetricQuestions


class ScreensApp(CaseApp):
    """Each screen is loaded when it is wanted first."""

    _questions: MetricQuestions | None = None

    def on_text_wanted(self, message: TextWanted) -> None:
        """Ask for a line of text."""

        def answered(text: str | None) -> None:
            if text is not None and (text or not message.required):
                message.then(text)

        from triage_tui.ui.screens.prompt import PromptScreen

        self.push_screen(PromptScreen(message.question, message.suggestion, history=message.history), answered)

    def on_query_wanted(self, message: QueryWanted) -> None:
        """Ask for a question and put it to the first source that takes one."""
        source = next((one for one in self.case.sources if isinstance(one, Questionable)), None) if self.case else None
        if source is None or self.asking is None:
            self.say("there is no metrics server to ask here")
            return
        from triage_tui.ui.metric_questions import MetricQuestions

        self._questions = self._questions or MetricQuestions(self, self.asking, source)
        self._questions.ask(message.then)

    def on_section_wanted(self, message: SectionWanted) -> None:
        """Let a section of the post-mortem be written."""
        from triage_tui.ui.screens.section import SectionScreen

        if self.investigation is not None:
            self.push_screen(SectionScreen(message.section, message.title, self.investigation))

    def on_trace_wanted(self, message: TraceWanted) -> None:
        """Show a request as a ladder."""
        from triage_tui.ui.screens.trace import TraceScreen

        if self.investigation is not None:
            self.push_screen(TraceScreen(message.correlation_id, self.investigation))

    def on_diff_wanted(self, message: DiffWanted) -> None:
        """Show what a change changed."""
        from triage_tui.ui.screens.diff import DiffScreen

        if self.investigation is not None:
            self.push_screen(DiffScreen(message.change_key, self.investigation))

    def action_command_palette(self) -> None:
        """Show the palette; its insertion point does not blink, since each blink would be bytes on a slow link."""
        super().action_command_palette()
        self.call_after_refresh(self._stop_blinking)

    def _stop_blinking(self) -> None:
        from textual.widgets import Input

        for line in self.screen.query(Input):
            line.cursor_blink = False

    def action_help(self) -> None:
        """Show all keys."""
        from triage_tui.ui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())
