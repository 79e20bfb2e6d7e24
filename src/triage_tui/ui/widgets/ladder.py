"""One request as a ladder: when each line came, how long until the next one, and what is normal for that."""

from __future__ import annotations

from textual.content import Content

from triage_tui.investigation.trace import Trace
from triage_tui.investigation.units import format_value
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.ladder_rows import Rung, ladder_rungs, record_rungs
from triage_tui.ui.widgets.line_list import LineList
from triage_tui.ui.widgets.log_line import is_error, is_warning, level_style

BESIDE_FROM = 100
_OFFSET_CELLS = 9
_WAIT_CELLS = 8
_BAR_CELLS = 10
_NARROW = 60
_NORMAL_CELLS = 20
_NORMAL_FROM = 76
_EIGHTHS = " ▏▎▍▌▋▊▉"


class LadderRows:
    """Rows for a list: the rungs of a request, and beside them those of a healthy one where asked for."""

    def __init__(self) -> None:
        self.empty = "its lines are looked for…"
        self.rungs: tuple[Rung, ...] = ()
        self._healthy: tuple[Rung, ...] = ()
        self._beside = False

    def choose(self, trace: Trace | None, *, beside: bool) -> None:
        """Take the rungs of another trace; ``beside`` lays its healthy example to the right."""
        self.empty = "no line of this request was found"
        self.rungs = ladder_rungs(trace) if trace else ()
        self._healthy = record_rungs(trace.healthy_example) if trace else ()
        self._beside = beside

    def __len__(self) -> int:
        """How many rows the longer side has."""
        return max(len(self.rungs), len(self._healthy) if self._beside else 0)

    def is_selectable(self, position: int) -> bool:
        """Let the cursor stand on rungs of the request itself."""
        return position < len(self.rungs)

    def content(self, position: int, width: int) -> Content:
        """Draw a rung, and the healthy one beside it; below 100 cells the request stands alone."""
        if not self._beside or width < BESIDE_FROM:
            return _side(self.rungs, position, width)
        half = (width - 3) // 2
        left = _side(self.rungs, position, half).truncate(half, pad=True)
        right = _side(self._healthy, position, half)
        return Content.assemble(left, (" │ ", "$pane-border"), right)


class Ladder(LineList):
    """A trace's rungs, and beside them a typical healthy request where asked for; binds no keys."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        self.rows = LadderRows()
        super().__init__(self.rows, id=id, classes=classes)

    def show(self, trace: Trace | None, *, beside: bool = False) -> None:
        """Draw a trace; ``beside`` lays its healthy example to the right."""
        self.rows.choose(trace, beside=beside)
        self.redraw()

    @property
    def cursor_rung(self) -> Rung | None:
        """The rung under the cursor, None where there is none; a healthy request's own rungs cannot be chosen."""
        return self.rows.rungs[self.sight.cursor] if self.sight.cursor < len(self.rows.rungs) else None


def rung_content(rung: Rung, longest_s: float, width: int) -> Content:
    """Draw a rung in so many cells; its bar is the wait's share of ``longest_s``."""
    bar_cells = 0 if width < _NARROW else _BAR_CELLS
    normal = rung.normal if width >= _NORMAL_FROM else SafeText()
    head = _offset(rung) + _wait(rung, longest_s, bar_cells)
    tail = Content(" " * (1 + max(_NORMAL_CELLS - normal.cell_length, 0))) + normal.content("$normal")
    tail = tail if normal else Content("")
    room = max(8, width - head.cell_length - tail.cell_length - 1)
    return head + _text(rung, room, pad=bool(tail)) + tail


def _side(rungs: tuple[Rung, ...], position: int, width: int) -> Content:
    if position >= len(rungs):
        return Content("")
    longest = max((rung.wait_s or 0.0 for rung in rungs), default=0.0)
    return rung_content(rungs[position], longest, width)


def _offset(rung: Rung) -> Content:
    if rung.offset_s is None:
        return Content.styled("╌╌".rjust(_OFFSET_CELLS) + " ", "$gap" if rung.kind == "gap" else "$missing")
    return Content.styled(f"{rung.offset_s:+.3f}".rjust(_OFFSET_CELLS) + " ", "bold")


def _wait(rung: Rung, longest_s: float, bar_cells: int) -> Content:
    """Write the wait until the next line, and draw its bar."""
    if rung.kind != "step":
        return Content("")
    if rung.wait_s is None:
        return Content(" " * (_WAIT_CELLS + 1 + (bar_cells + 1 if bar_cells else 0)))
    figure = Content.styled(f"{format_value(rung.wait_s, 's'):>{_WAIT_CELLS}} ", "$muted")
    bar = "" if not bar_cells else f"{_bar(rung.wait_s, longest_s, bar_cells)} "
    return figure + Content.styled(bar, "$series-latency")


def _bar(value: float, longest: float, cells: int) -> str:
    """Draw a share in eighths of a cell; what is more than nothing shows at least a sliver."""
    eighths = round(value / longest * cells * 8) if longest > 0 else 0
    eighths = max(eighths, 1 if value > 0 else 0)
    return ("█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")).ljust(cells)


def _text(rung: Rung, room: int, *, pad: bool) -> Content:
    style = {"gap": "bold $gap", "missing": "bold $missing", "step": ""}[rung.kind]
    letter = ""
    if rung.kind == "step" and (is_error(rung.level) or is_warning(rung.level)):
        # Without colours the letter alone tells them.
        style, letter = level_style(rung.level), "E " if is_error(rung.level) else "W "
    left = room - len(letter)
    shown = rung.text.fitted(left) if pad else rung.text.cut(max(left, 8 - len(letter))).plain
    return Content.styled(letter + shown, style)
