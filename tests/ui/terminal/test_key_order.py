"""Keys that arrive together do what they do when they are typed one after the other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from tests.ui.driving import keys, program, running, settled, state, until
from tests.ui.logged import logged
from tests.ui.story import story
from triage_tui.ui.panes.logs import LogsPane
from triage_tui.ui.screens.help import HelpScreen
from triage_tui.ui.screens.prompt import PromptScreen
from triage_tui.ui.terminal import key_order
from triage_tui.ui.terminal.sparing_app import SparingApp
from triage_tui.ui.widgets.log_view import LogView

NAMED = {"/": "slash", "?": "question_mark", "]": "right_square_bracket", " ": "space", "\r": "enter"}


def key(name: str) -> events.Key:
    character = name if len(name) == 1 else "\r" if name == "enter" else None
    return events.Key(NAMED.get(name, name), character)


def arrive(pilot: Pilot[None], *names: str | events.Event) -> None:
    """Hand keys to the app as its driver does with those of one chunk."""
    for name in names:
        pilot.app.post_message(name if isinstance(name, events.Event) else key(name))


async def at_logs(pilot: Pilot[None]) -> LogView:
    pilot.app.screen.query_one(LogsPane).focus()
    view = pilot.app.screen.query_one(LogView)
    view.sight.go_to(0)
    await settled(pilot)
    return view


def line(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one(Input).value


async def test_text_behind_the_key_of_a_prompt_is_typed_into_the_prompt(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        view = await at_logs(pilot)
        arrive(pilot, *"/pool")
        await until(pilot, lambda: isinstance(pilot.app.screen, PromptScreen) and line(pilot) == "pool")
        assert view.sight.cursor == 0
        assert not state(pilot).pins


async def test_the_prompt_is_left_before_the_keys_behind_enter_act(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        view = await at_logs(pilot)
        arrive(pilot, *"/orders/17 took\r", "?")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until(pilot, lambda: view.sight.cursor == 17)
        assert len(pilot.app.screen_stack) == 2


async def test_a_hypothesis_is_written_in_one_chunk(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        arrive(pilot, *"hpxa gets lost\r", *"hagain\r")
        await until(pilot, lambda: len(state(pilot).hypotheses) == 2)
        assert [one.statement for one in state(pilot).hypotheses] == ["pxa gets lost", "again"]
        assert len(state(pilot).answers) <= 1


async def test_text_behind_a_key_that_clears_the_line_stays(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "h", *"wrong")
        arrive(pilot, "ctrl+u", *"right", "left", "left", *"ab", "ctrl+e", "c")
        await until(pilot, lambda: line(pilot).endswith("c"))
        assert line(pilot) == "rigabhtc"


async def test_a_screen_is_gone_before_the_keys_behind_escape_act(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await at_logs(pilot)
        arrive(pilot, "?", "escape", *"/x")
        await until(pilot, lambda: isinstance(pilot.app.screen, PromptScreen))
        await until(pilot, lambda: line(pilot) == "x")


async def test_a_paste_keeps_its_place_among_the_keys_and_stays_one(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await at_logs(pilot)
        arrive(pilot, *"/a", events.Paste("pool of q"), *"z")
        await until(pilot, lambda: isinstance(pilot.app.screen, PromptScreen) and line(pilot) == "apool of qz")


async def test_a_held_key_is_passed_on_together_and_counts_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0
    whole = key_order.KeyOrder._settled

    async def counted(order: key_order.KeyOrder, path: key_order.Path) -> bool:
        nonlocal rounds
        rounds += 1
        return await whole(order, path)

    monkeypatch.setattr(key_order.KeyOrder, "_settled", counted)
    async with running(program(tmp_path, logged())) as pilot:
        view = await at_logs(pilot)
        arrive(pilot, *["down"] * 30, *["up"] * 3)
        await until(pilot, lambda: view.sight.cursor == 27)
        await settled(pilot)
        assert view.sight.cursor == 27
        assert rounds == 3


class Closing(ModalScreen[None]):
    """A screen that is gone as soon as it is there."""

    def on_mount(self) -> None:
        self.dismiss()


class Odd(Widget, can_focus=True):
    """Takes keys that leave it in trouble: ``r`` removes it, ``b`` breaks, ``n`` never ends, ``a`` waits a while."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def on_key(self, event: events.Key) -> None:
        if event.key == "r":
            self.remove()
        elif event.key == "b":
            raise ZeroDivisionError
        elif event.key in "an":
            await self.go_on.wait()


class Trouble(SparingApp):
    """Notes the keys that come through as text; ``c`` opens a screen that closes."""

    BINDINGS = [Binding("c", "close"), Binding("ctrl+c", "stop", priority=True)]  # noqa: RUF012 - as Textual does

    def __init__(self) -> None:
        super().__init__()
        self.odd, self.came, self.stopped = Odd(), "", asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Vertical(self.odd)

    def on_key(self, event: events.Key) -> None:
        self.came += event.key

    def action_close(self) -> None:
        self.push_screen(Closing())

    def action_stop(self) -> None:
        self.stopped.set()


async def test_keys_go_on_when_what_had_them_is_removed() -> None:
    app = Trouble()
    async with app.run_test() as pilot:
        app.odd.focus()
        await pilot.pause()
        arrive(pilot, *"rxy")
        await until(pilot, lambda: app.came.endswith("xy"))


async def test_keys_go_on_when_a_screen_closes_at_once() -> None:
    app = Trouble()
    async with app.run_test() as pilot:
        arrive(pilot, *"cxcy")
        await until(pilot, lambda: app.came.replace("c", "") == "xy")


async def test_a_key_whose_handling_raises_ends_the_program_as_ever() -> None:
    async def broken(app: Trouble) -> None:
        async with app.run_test() as pilot:
            app.odd.focus()
            await pilot.pause()
            arrive(pilot, *"bxy")
            await until(pilot, lambda: not app.is_running)

    with pytest.raises(ZeroDivisionError):
        await broken(Trouble())


async def test_a_key_waits_while_the_one_before_it_is_handled() -> None:
    app = Trouble()
    async with app.run_test() as pilot:
        app.odd.focus()
        await pilot.pause()
        arrive(pilot, "a", "ctrl+c")
        for _ in range(50):
            await asyncio.sleep(0)
        assert not app.stopped.is_set()
        app.odd.go_on.set()
        await app.stopped.wait()
        assert app.came.startswith("a")


async def test_a_widget_that_hangs_holds_the_keys_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_order, "PATIENCE_S", 1)
    app = Trouble()
    async with app.run_test() as pilot:
        app.odd.focus()
        await pilot.pause()
        arrive(pilot, *"nxyz", "ctrl+c")
        async with asyncio.timeout(20):
            await app.stopped.wait()
        app.odd.go_on.set()
        await until(pilot, lambda: app.came.startswith("nxyz"))
