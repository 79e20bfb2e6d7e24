"""Where the program begins without a case: open an alert or files, play the demo, go on with an investigation."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.worker import WorkType

from triage_tui.config.paths import path_named
from triage_tui.investigation.case import (
    DemoStory,
    Lobby,
    OpenAlert,
    OpenFiles,
    PlayDemo,
    Resumable,
    Resume,
    ServerHealth,
    WaitingAlert,
)
from triage_tui.investigation.counting import counted
from triage_tui.investigation.journal import JournalError
from triage_tui.investigation.source import SourceError
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.steps import Step
from triage_tui.ui.browsing import EntryList
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.entries import Row
from triage_tui.ui.messages import CaseChosen, Said, TextWanted
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.phrases import folded

ALERTS_EVERY_S, SERVERS_EVERY_S = 15.0, 60.0
_TOLD = Row((Content("  an alert as you were told of it, in your own words…"),), key="told")
INTRODUCTION = (
    "From “something is broken” to a written post-mortem: impact, changes, logs and metrics on one clock, "
    "one step at a time. It reads; it changes nothing."
)


class LobbyList(EntryList):
    """The ways in, and below them what waits, which may be much."""

    def __init__(self, lobby: Lobby) -> None:
        super().__init__(id="lobby")
        self._lobby = lobby
        self._waiting: tuple[Resumable, ...] | None = None
        self._alerts: tuple[WaitingAlert, ...] | None = None
        self._alerts_problem = ""
        self._servers: tuple[ServerHealth, ...] | None = None
        self._has_suggested = False

    def on_mount(self) -> None:
        """Look for investigations to go on with, in a thread."""
        look: WorkType[None] = self._look
        self.run_worker(look, name="resumable", group="resumable", exclusive=True, exit_on_error=False)
        if self._lobby.alerts is not None:
            ask: WorkType[None] = partial(self._keep_asking_for_alerts, self._lobby.alerts)
            self.run_worker(ask, name="alerts", group="alerts", exclusive=True, exit_on_error=False)
        if self._lobby.servers is not None:
            check: WorkType[None] = partial(self._keep_checking, self._lobby.servers)
            self.run_worker(check, name="servers", group="servers", exclusive=True, exit_on_error=False)

    async def _keep_checking(self, asked: Callable[[], tuple[ServerHealth, ...]]) -> None:
        while True:
            self._servers = await asyncio.to_thread(asked)
            self.rows_changed()
            await asyncio.sleep(SERVERS_EVERY_S)

    async def _keep_asking_for_alerts(self, listed: Callable[[], tuple[WaitingAlert, ...]]) -> None:
        while True:
            await self._ask_for_alerts(listed)
            await asyncio.sleep(ALERTS_EVERY_S)

    async def _ask_for_alerts(self, listed: Callable[[], tuple[WaitingAlert, ...]]) -> None:
        try:
            self._alerts, self._alerts_problem = await asyncio.to_thread(listed), ""
        except SourceError as error:
            self._alerts, self._alerts_problem = self._alerts or (), str(error)
        self.rows_changed()
        if self._alerts:
            self._suggest(*(f"alert:{one.id}" for one in self._alerts))

    async def _look(self) -> None:
        try:
            self._waiting = await asyncio.to_thread(self._lobby.resumable)
        except (OSError, JournalError) as error:
            self._waiting = ()
            self.post_message(Said(f"the investigations could not be listed: {error}", wrong=True))
        self.rows_changed()
        waiting = [f"resume:{one.investigation_id}" for one in self._waiting]
        # Below alerts it may be so far down that the ways in were out of sight.
        if self._lobby.alerts is None:
            self._suggest(*waiting, *(f"demo:{story.name}" for story in self._lobby.demos))

    def _suggest(self, *keys: str) -> None:
        """Select the first of some rows, once, unless someone has selected another by then."""
        row = self.selected_row()
        first = next((one.key for one in self._entries.rows if one.key), "")
        if keys and not self._has_suggested and (row is None or row.key == first):
            self._has_suggested = True
            self.select_key(keys[0])

    def build_rows(self, width: int) -> list[Row]:
        """Return the ways in."""
        wide = width - 1
        opening = Row((Content("  exported logs, metrics, a repository, or one bundle…"),), key="files")
        return [
            Row(tuple(folded(INTRODUCTION, wide, style="$muted"))),
            *([Row(_health_lines(self._servers, wide))] if self._lobby.servers is not None else []),
            _heading("Open"),
            *([_TOLD] if self._lobby.alerts is not None else []),
            opening,
            _heading("Play the demo"),
            *(_demo_row(story, wide) for story in self._lobby.demos),
            *(self._alert_rows(wide) if self._lobby.alerts is not None else []),
            _heading("Go on with"),
            *self._waiting_rows(wide),
        ]

    def _alert_rows(self, width: int) -> list[Row]:
        rows = [_heading("Open an alert")]
        if self._alerts is None:
            rows.append(Row((Content.styled("  asking…", "$muted"),)))
        elif self._alerts_problem:
            rows.append(Row(tuple(folded(self._alerts_problem, width, indent=2, style="$level-warning"))))
        elif not self._alerts:
            rows.append(Row((Content.styled("  no alert fires", "$muted"),)))
        return rows + [_alert_row(one, width) for one in self._alerts or ()]

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
        elif kind == "alert":
            self.post_message(CaseChosen(OpenAlert(name)))
        elif kind == "told":
            self.post_message(TextWanted("What is wrong, in a sentence", self._open_told))
        else:
            self.post_message(
                TextWanted("Files, folder or bundle to open (blanks between; quotes keep one whole)", self._open_files)
            )

    def _open_told(self, text: str) -> None:
        self.post_message(CaseChosen(OpenAlert(text)))

    def _open_files(self, text: str) -> None:
        paths = tuple(str(path_named(part).absolute()) for part in names_in(text))
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


def names_in(text: str) -> list[str]:
    """Return the names in a line, as a shell would; where its quotes do not match, blanks alone part them."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _health_lines(servers: tuple[ServerHealth, ...] | None, width: int) -> tuple[Content, ...]:
    """Say of the configured servers which do, in one line, and of each other one what is wrong."""
    if servers is None:
        return (Content.styled("asking the servers…", "$muted"),)
    well = [one.name for one in servers if not one.problem]
    lines = folded(f"{', '.join(well)}: well", width, style="$muted") if well else []
    for one in servers:
        told = one.problem if one.problem.startswith(one.name) else f"{one.name}: {one.problem}"
        style = "$level-error" if one.failed else "$level-warning"
        lines += folded(f"{'FAILED ' if one.failed else ''}{told}", width, style=style) if one.problem else []
    return tuple(lines)


def _heading(title: str) -> Row:
    return Row((Content(""), Content.styled(title, "bold $pane-title")))


def _demo_row(story: DemoStory, width: int) -> Row:
    lines = folded(story.title, width, indent=2, style="bold")
    lines += folded(story.note, width, indent=4, style="$muted")
    return Row(tuple(lines), key=f"demo:{story.name}", text=story.title)


def _alert_row(alert: WaitingAlert, width: int) -> Row:
    lines = folded(alert.title, width, indent=2, style="bold")
    since = f"since {alert.since:%Y-%m-%d %H:%M:%SZ}" if alert.since else ""
    told = [alert.severity, alert.service, since, alert.muted_by]
    lines += folded(" · ".join(part for part in told if part), width, indent=4, style="$muted")
    return Row(tuple(lines), key=f"alert:{alert.id}", text=alert.title)


def _waiting_row(waiting: Resumable, width: int) -> Row:
    step = Step(waiting.step)
    lines = folded(waiting.title, width, indent=2, style="bold")
    told = (
        f"{waiting.last_at:%Y-%m-%d %H:%MZ} · step {step.value} {step.title} · {counted(waiting.decisions, 'decision')}"
    )
    lines += folded(f"{told} · {waiting.investigation_id}", width, indent=4, style="$muted")
    return Row(tuple(lines), key=f"resume:{waiting.investigation_id}", text=waiting.investigation_id)
