"""The part of the app that tells the user something: a line for some seconds, and what is left of a crash."""

from __future__ import annotations

import traceback

from rich.text import Text

from triage_tui.ui.messages import Said
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.terminal.sparing_app import SparingApp

SAID_SECONDS, WRONG_SECONDS = 3.0, 10.0


class TellingApp(SparingApp):
    """Says what it is told to, made safe: it may come from outside."""

    def on_said(self, message: Said) -> None:
        """Tell the user something."""
        self.say(message.text, wrong=message.wrong)

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a line for some seconds, in place of the one before; text from outside is made safe here."""
        self.clear_notifications()
        self.notify(
            SafeText(text, cells=400).plain,
            severity="error" if wrong else "information",
            timeout=WRONG_SECONDS if wrong else SAID_SECONDS,
            markup=False,
        )

    def _fatal_error(self) -> None:
        """Report a crash without the values of variables, which may hold secrets, and with nothing that acts."""
        self.bell()
        lines = SafeText.lines(traceback.format_exc())
        self._exit_renderables.append(Text("\n".join(line.plain for line in lines)))
        self._close_messages_no_wait()
