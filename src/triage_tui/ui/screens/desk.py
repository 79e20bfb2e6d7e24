"""The panes of the main screen, side by side: which are in sight, which has the keys, and which are made yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import var

from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Step
from triage_tui.ui.screens.layout import LEFT, PANE_OF_STEP, RIGHT, WIDE_FROM, panes_in_sight
from triage_tui.ui.screens.pane_making import PaneMaker

if TYPE_CHECKING:
    from textual.widget import Widget

    from triage_tui.ui.evidence_pane import EvidencePane
    from triage_tui.ui.panes.logs import LogsPane
    from triage_tui.ui.panes.pane_place import PanePlace

_SIDES = {"left": LEFT, "right": RIGHT}


class Desk(Horizontal):
    """Makes a pane when it is first looked at, and before the first frame is out the active one at most.

    Attributes:
        panes: those that are made, by name.
        active: the one that has the keys.
        zoomed: whether that has the desk to itself.
        step: whose panes are shown.
    """

    active = var("impact", init=False)

    def __init__(self, maker: PaneMaker, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._maker = maker
        self._investigation: Investigation | None = None
        self.panes: dict[str, EvidencePane] = {}
        self._places: dict[str, PanePlace] = {}
        self.step, self.zoomed, self._reads = Step.ALERT, False, False

    def compose(self) -> ComposeResult:
        """Lay out the active pane, or the first lines of the log alone, and places for the others in sight."""
        shown = self.in_sight()
        for side, names in _SIDES.items():
            here = [name for name in names if name in shown]
            yield Vertical(*(self._placed(name) for name in here), id=side)

    def on_mount(self) -> None:
        """Make the other panes when the first frame is out."""
        self.call_after_refresh(self.fill_places)

    def fill_places(self) -> None:
        """Put the panes into the places that are held for them."""
        places, self._places = self._places, {}
        for name, place in places.items():
            place.display = False
            # By the screen, which draws nothing before all are mounted.
            self.screen.mount(self._made(name), before=place)
            # Until then, Textual may draw what it laid out before.
            self.call_after_refresh(place.remove)
        if places:
            self.lay_out()
            self._give_keys()

    def take_key(self, event: events.Key) -> None:
        """Have a key that comes before the active pane is made act in that."""
        if self.active in self._places:
            event.stop()
            self.fill_places()
            # As Textual passes keys on, behind what mounts the pane; a message goes no further up than who sent it.
            key = events.Key(event.key, event.character).set_sender(self.app)
            self.panes[self.active]._forward_event(key)  # noqa: SLF001

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Know which pane the keys go to."""
        name = event.widget.id
        if name in self.panes and name != self.active:
            self.active = name
            self.lay_out()

    def turn_to(self, step: Step, *, reads: bool = False) -> None:
        """Begin with the pane of a step, or where someone ``reads`` with the logs alone; ``activate`` shows it."""
        self.step, self.zoomed, self._reads = step, reads, reads
        self.active = "logs" if reads else PANE_OF_STEP[step]

    def in_sight(self) -> frozenset[str]:
        """The panes that are drawn."""
        wide = self.app.size.width >= WIDE_FROM
        return panes_in_sight(self.step, self.active, wide=wide, zoomed=self.zoomed)

    def show(self, investigation: Investigation) -> None:
        """Draw a snapshot in all panes."""
        self._investigation = investigation
        for pane in self.panes.values():
            pane.investigation = investigation

    def activate(self, name: str) -> None:
        """Bring a pane into sight and give it the keys."""
        self.active = name
        # The first lines of a log are drawn without the focus, and stay until their frame is out.
        if name in self._places and self.screen.focused is not None:
            self.fill_places()
        self.lay_out()
        self._give_keys()

    def pane(self, name: str) -> EvidencePane:
        """Return a pane in sight, made at once where another thing stands for it."""
        if name in self._places:
            self.fill_places()
        return self.panes[name]

    def _give_keys(self) -> None:
        pane = self.panes.get(self.active)
        if pane is None:
            return
        if self.screen.focused is None:
            # At once: the first frame shows the pane in focus.
            self.screen.set_focus(pane, scroll_visible=False)
        else:
            pane.focus(scroll_visible=False)

    def lay_out(self) -> None:
        """Put the panes in sight in their places, and the others out of sight."""
        shown = self.in_sight()
        for side, names in _SIDES.items():
            column = self.query_one(f"#{side}", Vertical)
            self._mount_missing(column, [name for name in names if name in shown])
            column.display = bool(shown & set(names))
        for name, pane in self.panes.items():
            pane.show_on_screen(name in shown)
        for name, place in self._places.items():
            place.display = name in shown
        self.set_class("postmortem" in shown and len(shown) > 1, "-document")

    def logs(self) -> LogsPane | None:
        """The pane of the logs, None before it is made."""
        return cast("LogsPane | None", self.panes.get("logs"))

    def _mount_missing(self, column: Vertical, names: list[str]) -> None:
        """Make the panes that were not looked at before; they stand above those that come after them."""
        for name in names:
            if name not in self.panes and name not in self._places:
                order = [*LEFT, *RIGHT]
                later = order[order.index(name) :]
                following = next((one for one in column.children if one.id in later), None)
                column.mount(self._made(name), before=following)

    def _placed(self, name: str) -> Widget:
        place = self._maker.place(name) if name != self.active else self._maker.head_place() if self._reads else None
        if place is None:
            return self._made(name)
        self._places[name] = place
        return place

    def _made(self, name: str) -> EvidencePane:
        pane = self.panes[name] = self._maker.made(name)
        pane.investigation = self._investigation
        return pane
