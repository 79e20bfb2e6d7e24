"""The app: which screens there are, what opens them, and what applies everywhere."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.worker import WorkType, get_current_worker

from triage_tui.investigation.case import Case, Choice, Lobby
from triage_tui.investigation.journal import JournalBusyError, JournalError
from triage_tui.investigation.source import SourceError
from triage_tui.investigation.state import Investigation
from triage_tui.ui.commands import KeyMap, Scope, bindings_of, unknown_commands
from triage_tui.ui.ledger import Ledger
from triage_tui.ui.loading import Analysis, analyse
from triage_tui.ui.messages import CaptureWanted, CaseChosen, EndWanted, Said
from triage_tui.ui.phrases import pipe_words
from triage_tui.ui.safe_text import SafeLineFilter, SafeText
from triage_tui.ui.screens.case_screen import CaseScreen
from triage_tui.ui.screens_app import ScreensApp
from triage_tui.ui.themes import DEFAULT_THEME

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.screen import Screen

Freeze = Callable[[Case, Investigation, Path], str]
"""Writes a bundle of what is shown and says so; blocks; raises ``SourceError``."""


def _commands() -> type[Provider]:
    from triage_tui.ui.palette import CommandProvider

    return CommandProvider


class TriageApp(ScreensApp):
    """The full-screen program.

    Without a case it begins at the start screen. ``journal_root`` holds a folder per investigation.
    """

    TITLE = "triage"
    CSS_PATH = "styles/triage.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.ANYWHERE)]
    COMMANDS = {_commands}  # noqa: RUF012 - Textual declares it so

    def __init__(
        self,
        case: Case | None,
        *,
        lobby: Lobby,
        journal_root: Path,
        ascii_only: bool = False,
        theme: str = DEFAULT_THEME,
        compute: Analysis = analyse,
        freeze: Freeze | None = None,
        key_map: KeyMap | None = None,
    ) -> None:
        super().__init__(compute)
        self._first_case = case
        self.key_map = key_map or {}
        self.lobby = lobby
        self._freeze = freeze
        self.journal_root = journal_root
        self.ascii_only = ascii_only
        self._mouse_on = False
        self._refusal = ""
        self._safe_filter = SafeLineFilter(ascii_only=ascii_only)
        self.begin_with_theme(theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Let nothing through to the terminal that acts on it."""
        return [*super().get_line_filters(), self._safe_filter]

    def get_default_screen(self) -> Screen[None]:
        """Return the screen of the case, or the start screen; a screen below it would be laid out for nothing."""
        if self._first_case is not None:
            taken = self._take(self._first_case)
            return self._screen_of(self._first_case) if taken else super().get_default_screen()
        from triage_tui.ui.screens.start import StartScreen

        return StartScreen(self.lobby)

    def on_mount(self) -> None:
        """Ask the sources of the case once the first frame is out."""
        if self._refusal:
            self.exit(return_code=2, message=Text(SafeText(self._refusal).plain))
            return
        self.set_keymap(dict(self.key_map))
        for notice in unknown_commands(self.key_map):
            self.say(notice, wrong=True)
        self._say_damage()
        self.call_after_refresh(self._first_frame_is_out)

    def _first_frame_is_out(self) -> None:
        # What was loaded until now stays; the collector of garbage need not look at it again and again.
        gc.freeze()
        gc.enable()
        self.take_all_themes()
        # The panes beside the first one come before what they show.
        self.call_after_refresh(self.load_all)

    def on_unmount(self) -> None:
        """Leave the mouse to the terminal, and wait for no source that still reads."""
        self.on_reading_stopped()
        if self._mouse_on:
            self._report_mouse(on=False)

    def begin(self, case: Case) -> None:
        """Start or resume an investigation, show it, and ask its sources once it is on the screen.

        There is one at a time: of two that were chosen while the first was built, the second is not begun.
        """
        if self.case is not None:
            return
        if not self._take(case):
            self.say(self._refusal, wrong=True)
        else:
            self._say_damage()
            self.push_screen(self._screen_of(case))
            self.call_after_refresh(self.load_all)

    def _take(self, case: Case) -> bool:
        """Make a case the one that is investigated; False where another run of the program has it open."""
        try:
            ledger = Ledger(self.journal_root / case.investigation_id)
        except JournalBusyError as error:
            self._refusal = str(error)
            return False
        self.take_over(case, ledger)
        return True

    def _say_damage(self) -> None:
        if self.case is not None and self.case.damaged:
            self.say(f"{self.case.damaged} damaged records of the journal were left out", wrong=True)
        if self.case is not None and self.case.notice:
            self.say(self.case.notice, wrong=True)

    def _screen_of(self, case: Case) -> Screen[None]:
        from triage_tui.ui.screens.investigation import InvestigationScreen

        return InvestigationScreen(case, ascii_only=self.ascii_only)

    def on_capture_wanted(self, message: CaptureWanted) -> None:
        """Freeze what is shown in a thread."""
        if self._freeze is not None and self.case is not None and self.investigation is not None:
            from triage_tui.ui.capturing import captured

            frozen = partial(self._freeze, self.case, self.investigation)
            work: WorkType[None] = partial(captured, frozen, message.path.absolute(), self.post_message)
            self.run_worker(work, name="capture", group="capture", exclusive=True, exit_on_error=False)

    def on_case_chosen(self, message: CaseChosen) -> None:
        """Build the chosen case in a thread, since that may read files."""
        self.run_worker(
            partial(self._open_case, message.choice), name="open", group="open", thread=True, exclusive=True,
            exit_on_error=False,
        )  # fmt: skip

    def _open_case(self, choice: Choice) -> None:
        try:
            case = self.lobby.open_case(choice)
        except (SourceError, JournalError) as error:
            self.post_message(Said(str(error), wrong=True))
            return
        if not get_current_worker().is_cancelled:
            self.call_from_thread(self.begin, case)

    def action_mouse(self) -> None:
        """Turn the mouse on or off; while it is off, the terminal's own selection works."""
        self._mouse_on = not self._mouse_on
        self._report_mouse(on=self._mouse_on)
        self.say("the mouse is on" if self._mouse_on else "the mouse is off: select with the terminal")

    def _report_mouse(self, *, on: bool) -> None:
        from triage_tui.ui.mouse import report_mouse

        report_mouse(self._driver, on=on)

    async def action_back(self) -> None:
        """Go back; from an investigation, leave and say where it is kept."""
        if isinstance(self.screen, CaseScreen) or len(self.screen_stack) == 1:
            self.leave()
        else:
            self.pop_screen()

    async def action_quit(self) -> None:
        """Leave from wherever one is, as from the top."""
        self.leave()

    def action_help_quit(self) -> None:
        """Say how one leaves: Ctrl+C is for copying what is selected."""
        self.say("ctrl+q leaves the program, ctrl+z for a while; all decisions are kept")

    def on_end_wanted(self, message: EndWanted) -> None:
        """Leave from wherever one is, since nobody can be asked."""
        self.leave(message.return_code)

    def leave(self, return_code: int = 0) -> None:
        """End the program, saying where the investigation is kept and how to go on."""
        if self.ledger is None or self.investigation is None:
            self.exit(return_code=return_code)
            return
        self.ledger.close()
        lost = f"\nThe newest decisions are NOT on disk: {self.ledger.problem}" if self.ledger.problem else ""
        gone = pipe_words(self.investigation)
        kept = f"Kept in {self.ledger.folder}\nGo on with: triage resume {self.investigation.id}{gone}{lost}"
        self.exit(return_code=return_code, message=Text(kept))
