"""Where the program begins without a case: go on with an investigation, play the demo, open files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.worker import WorkType

from triage_tui.investigation.case import DemoStory, Lobby, OpenFiles, PlayDemo, Resumable, Resume
from triage_tui.investigation.journal import JournalError
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.steps import Step
from triage_tui.ui.browsing import EntryList, Row
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.messages import CaseChosen, Said, TextWanted
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.phrases import folded

INTRODUCTION = (
    "From “something is broken” to a written post-mortem: impact, changes, logs and metrics on one clock, "
    "one step at a time. It reads; it changes nothing."
)


class LobbyList(EntryList):
    """The ways in, the investigations that wait first."""

    def __init__(self, lobby: Lobby) -> None:
        super().__init__(id="lobby")
        self._lobby = lobby
        self._waiting: tuple[Resumable, ...] | None = None

    def on_mount(self) -> None:
        """Look for investigations to go on with, in a thread."""
        look: WorkType[None] = self._look
        self.run_worker(look, name="resumable", group="resumable", exclusive=True, exit_on_error=False)

    async def _look(self) -> None:
        try:
            self._waiting = await asyncio.to_thread(self._lobby.resumable)
        except (OSError, JournalError) as error:
            self._waiting = ()
            self.post_message(Said(f"the investigations could not be listed: {error}", wrong=True))
        self.rows_changed()

    def build_rows(self, width: int) -> list[Row]:
        """Return the ways in."""
        wide = width - 1
        rows = [
            Row(tuple(folded(INTRODUCTION, wide, style="$muted"))),
            _heading("Go on with"),
            *self._waiting_rows(wide),
        ]
        rows += [_heading("Play the demo"), *(_demo_row(story, wide) for story in self._lobby.demos)]
        opening = Content("  exported logs, metrics, a repository, or one bundle…")
        return [*rows, _heading("Open"), Row((opening,), key="files")]

    def _waiting_rows(self, width: int) -> list[Row]:
        if self._waiting is None:
            return [Row((Content.styled("  looking…", "$muted"),))]
        nothing = Row((Content.styled("  nothing yet: what you begin is kept here", "$muted"),))
        return [_waiting_row(one, width) for one in self._waiting] or [nothing]

    def open_selected(self) -> None:
        """Take the selected way in."""
        row = self.selected_row()
        if row is None:
            return
        kind, _, name = row.key.partition(":")
        if kind == "demo":
            self.post_message(CaseChosen(PlayDemo(name)))
        elif kind == "resume":
            self.post_message(CaseChosen(Resume(name)))
        else:
            self.post_message(TextWanted("Files, folder or bundle to open (several with blanks)", self._open_files))

    def _open_files(self, text: str) -> None:
        paths = tuple(str(Path(part).expanduser().absolute()) for part in text.split())
        self.post_message(CaseChosen(OpenFiles(CaseInputs(paths=paths))))


class StartScreen(Screen[None]):
    """The first screen."""

    SCOPE = Scope.START
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.START)]

    def __init__(self, lobby: Lobby) -> None:
        super().__init__()
        self._lobby = lobby

    def compose(self) -> ComposeResult:
        """Lay out the list over the keys."""
        ways = LobbyList(self._lobby)
        ways.border_title = Content.styled("triage", "bold")
        yield ways
        yield KeyLine(self.SCOPE)


def _heading(title: str) -> Row:
    return Row((Content(""), Content.styled(title, "bold $pane-title")))


def _demo_row(story: DemoStory, width: int) -> Row:
    lines = folded(story.title, width, indent=2, style="bold")
    lines += folded(story.note, width, indent=4, style="$muted")
    return Row(tuple(lines), key=f"demo:{story.name}", text=story.title)


def _waiting_row(waiting: Resumable, width: int) -> Row:
    step = Step(waiting.step)
    lines = folded(waiting.title, width, indent=2, style="bold")
    told = f"{waiting.last_at:%Y-%m-%d %H:%MZ} · step {step.value} {step.title} · {waiting.decisions} decisions"
    lines += folded(f"{told} · {waiting.investigation_id}", width, indent=4, style="$muted")
    return Row(tuple(lines), key=f"resume:{waiting.investigation_id}", text=waiting.investigation_id)
