"""The charts on the screen: drawn in a thread, and only the cells that changed are sent again."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial

from msgspec.structs import replace
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, WorkerState, WorkType

from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.chart_spec import ChartSpec
from triage_tui.ui.widgets.content_strips import ContentStrips


class ChartView(Widget):
    """Small charts on one time axis; binds no keys and has no focus of its own."""

    DEFAULT_CSS = """
    ChartView { height: 1fr; width: 1fr; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.spec: ChartSpec | None = None
        self.empty = "no metrics in this window"
        self._lines: tuple[Content, ...] = ()
        self._strips: list[Strip] = []
        self._drawing = ContentStrips(self)

    def show(self, spec: ChartSpec | None) -> None:
        """Draw other series or another window; what is on the screen stays until the new drawing is there."""
        self.spec = spec
        if spec is None:
            self._put(())
        elif self.size:
            # Given as a callable: a drawing that is called off before it begins leaves no coroutine behind.
            work: WorkType[None] = partial(self._draw, spec)
            self.run_worker(work, name="charts", group="draw", exclusive=True, exit_on_error=False)

    def set_cursor(self, moment: datetime | None) -> None:
        """Move the time cursor, UTC; the curves are not drawn again."""
        if self.spec is not None:
            self._change(replace(self.spec, cursor=moment.timestamp() if moment else None))

    def select(self, index: int | None) -> None:
        """Mark the heading of a series, and bring it into sight."""
        if self.spec is not None:
            self._change(replace(self.spec, selected=index))

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        while len(self._strips) <= y:
            self._strips.append(self._strip(self._content(len(self._strips))))
        return self._strips[y]

    def notify_style_update(self) -> None:
        """Forget what was drawn in the colours of another theme."""
        self._strips.clear()
        self._drawing.forget_theme()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Draw again for the new size."""
        del event
        self.show(self.spec)

    async def _draw(self, spec: ChartSpec) -> None:
        from triage_tui.ui.widgets.chart_drawing import render_chart

        width, height = self.size
        lines = await asyncio.to_thread(render_chart, spec, width, height)
        # The cursor may have moved meanwhile; with the curves at hand that costs nothing.
        if self.spec is not None and self.spec is not spec:
            lines = render_chart(self.spec, width, height)
        self._put(lines)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say that nothing could be drawn, which would be silent otherwise."""
        if event.state is WorkerState.ERROR:
            self.spec, self.empty = None, SafeText(f"the charts could not be drawn: {event.worker.error}").plain
            self._put(())

    def _change(self, spec: ChartSpec) -> None:
        from triage_tui.ui.widgets.chart_drawing import render_chart

        self.spec = spec
        if self._lines:
            self._put(render_chart(spec, *self.size))

    def _put(self, lines: tuple[Content, ...]) -> None:
        before, self._lines = self._strips, lines
        self._strips = [self._strip(self._content(y)) for y in range(self.size.height)]
        if len(before) != len(self._strips):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._strips, strict=True)):
            changed = changed_cells(old, new)
            if changed is not None:
                self.refresh(Region(changed[0], y, changed[1] - changed[0], 1))

    def _content(self, y: int) -> Content:
        if y < len(self._lines):
            return self._lines[y]
        return (
            Content.styled(f" {self.empty}", "$muted") if y == 0 and not self._lines and not self.spec else Content("")
        )

    def _strip(self, content: Content) -> Strip:
        base = self.visual_style
        return self._drawing.strip(content, base).adjust_cell_length(self.size.width, base.rich_style).simplify()


def changed_cells(old: Strip, new: Strip) -> tuple[int, int] | None:
    """Return the first changed cell and the one behind the last; None where both look the same."""
    if old == new:
        return None
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        return 0, max(old.cell_length, new.cell_length)
    different = [n for n, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    return (different[0], different[-1] + 1) if different else None


def _cells(strip: Strip) -> list[tuple[str, RichStyle | None]]:
    """Return one entry a cell; the second cell of a wide character repeats it."""
    return [
        (char, segment.style) for segment in strip for char in segment.text for _ in range(Segment(char).cell_length)
    ]
