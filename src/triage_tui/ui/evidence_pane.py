"""The base of all panes: what it draws, when it draws again, and how complete what it shows is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from triage_tui.investigation.hypothesis_events import EvidencePinned
from triage_tui.investigation.state import Investigation, Pin
from triage_tui.ui.browsing import Browsable, EntryList
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.messages import CursorMoved, Decided, Said
from triage_tui.ui.panes.pane_place import border_line
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.source_notes import completeness_notes, failure_causes, short_note


class EvidencePane(Browsable):
    """A bordered pane that draws a part of the investigation.

    A pane that is not on the screen hears of changes too, so it compares by identity what it would draw.
    """

    TITLE: ClassVar[str] = ""
    KINDS: ClassVar[tuple[str, ...]] = ()

    _told_size: Size | None = None

    # Each part draws itself again where it must; a repaint of all would be the whole screen over the wire.
    investigation: reactive[Investigation | None] = reactive(None, repaint=False)

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.expected = tuple(expected)
        self._drawn: tuple[object, ...] = ()
        self._border_line: Content | None = None
        self._lower_line = ""
        self._news = ""

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return the parts of the snapshot that this pane draws."""
        return (investigation.findings,)

    @abstractmethod
    def draw(self, investigation: Investigation) -> None:
        """Draw a snapshot that differs in a part that this pane draws."""

    def title(self, investigation: Investigation) -> str:
        """Return what the border says at the left."""
        del investigation
        return self.TITLE

    def completeness(self, investigation: Investigation) -> str:
        """Return what the border says at the right: how much of what was asked for is here."""
        return " · ".join(completeness_notes(investigation, self.KINDS, self.expected))

    def short_completeness(self, investigation: Investigation) -> str:
        """Return the same for a border with little room; "" where it cannot be said shorter."""
        return short_note(investigation, self.KINDS, self.expected) if self.KINDS else ""

    def remark(self, investigation: Investigation) -> str:
        """Return what the lower border says beside why a source fails; "" for nothing."""
        del investigation
        return ""

    def watch_investigation(self, investigation: Investigation | None) -> None:
        """Draw again only where a part that this pane draws is another object now, and only while it is shown."""
        if investigation is None or not self.display:
            return
        parts = (investigation.evidence, investigation.failures, *self.drawn_from(investigation))
        if len(parts) == len(self._drawn) and all(new is old for new, old in zip(parts, self._drawn, strict=True)):
            return
        self._drawn = parts
        self.draw_border()
        self.draw(investigation)

    def on_mount(self) -> None:
        """Draw what was known before there was a place to draw it."""
        self.watch_investigation(self.investigation)

    def show_on_screen(self, shown: bool) -> None:
        """Put the pane on the screen, brought up to date, or take it away."""
        if self.display != shown:
            self.display = shown
            self.watch_investigation(self.investigation)

    def pin_selected(self, draft: PinDraft) -> None:
        """Put the selected row into the notebook; what is there already is not put there twice."""
        if self.investigation is None:
            return
        if any(pin.text == draft.text and pin.moment == draft.moment for pin in self.investigation.pins):
            self.post_message(Said("this is pinned already"))
            return
        count = sum(1 for one in self.investigation.decisions if isinstance(one, EvidencePinned))
        pin = Pin(
            id=f"pin-{count + 1}", pane=self.id or "", text=draft.text, source=draft.source,
            pinned_at=datetime.now(UTC), moment=draft.moment, place=draft.place,
        )  # fmt: skip
        self.post_message(Decided(EvidencePinned(at=pin.pinned_at, pin=pin)))
        self.post_message(Said(f"pinned: {draft.text}"))

    def move_clock(self, moment: datetime | None) -> None:
        """Move the time mark of all panes to the row that was selected here."""
        if moment is not None:
            self.post_message(CursorMoved(moment))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Fit the border's words to the size that is drawn in: the first drawing comes before the news of it."""
        self.draw_border()
        if self._told_size != self.size:
            self.call_later(self._make_up_for_news)
        return super().render_lines(crop)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the border's words to the new width."""
        del event
        self._told_size = self.size
        self.draw_border()

    def _make_up_for_news(self) -> None:
        """Tell of the new size; Textual does not where another pane is mounted in the same breath."""
        if self._told_size != self.size:
            for one in (self, *self.children):
                one.post_message(events.Resize(one.size, one.virtual_size, one.container_size))

    def tell_news(self, news: str) -> None:
        """Say on the border what is new since someone looked; "" for nothing."""
        if news != self._news:
            self._news = news
            self.draw_border()

    def draw_border(self) -> None:
        """Draw the border's words, where they are others than before."""
        if self.investigation is None:
            return
        title, note = (
            SafeText(self.title(self.investigation)).plain,
            SafeText(self.completeness(self.investigation)).plain,
        )
        causes = SafeText(" · ".join(failure_causes(self.investigation, self.KINDS))).plain
        news = self._news_in_border(short=bool(causes))
        short = SafeText(self.short_completeness(self.investigation)).plain
        least = 4 if news and not causes else 2
        line = border_line(title + news, note, self.size.width - 4, least, short)
        if line != self._border_line:
            self._border_line = line
            self.border_title = line
        below = " · ".join(part for part in (causes, SafeText(self.remark(self.investigation)).plain) if part)
        if below != self._lower_line:
            self._lower_line = below
            self.border_subtitle = Content(below)

    def _news_in_border(self, *, short: bool) -> str:
        """Say what is new; short where the room is needed for a source that fails."""
        if not self._news:
            return ""
        return " ▸ NEW" if short else SafeText(f" ▸ NEW: {self._news}").plain


class RowsPane(EvidencePane, EntryList):
    """A pane that is a list of rows, what matters most first."""

    STAYS_FIRST = True

    @abstractmethod
    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return the rows of a snapshot for so many columns."""

    def build_rows(self, width: int) -> list[Row]:
        """Return the rows of the snapshot at hand; none before there is one."""
        return self.rows(self.investigation, width - 1) if self.investigation is not None else []

    def draw(self, investigation: Investigation) -> None:
        """Build the rows again."""
        del investigation
        self.rows_changed()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the border and the rows to the new width."""
        EvidencePane.on_resize(self, event)
        EntryList.on_resize(self, event)

    def row_selected(self, row: Row) -> None:
        """Move the one clock to the row's time."""
        self.move_clock(row.moment)
