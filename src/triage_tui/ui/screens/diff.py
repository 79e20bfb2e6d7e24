"""What a change changed: its files, what it says in words, and its diff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.state import Investigation
from triage_tui.ui.browsing import EntryList, Row
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.evidence_pane import border_line
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.phrases import clock, folded
from triage_tui.ui.safe_text import SafeText

MOST_LINES = 20_000
DIFF_STYLES = (
    ("+++", "bold"), ("---", "bold"), ("@@", "$pin"), ("+", "$state-up"), ("-", "$level-error"), ("diff ", "bold"),
)  # fmt: skip


class DiffList(EntryList):
    """The lines of a change."""

    def __init__(self, change: Mapping[str, Any] | None) -> None:
        super().__init__(id="diff")
        self._change = change

    def build_rows(self, width: int) -> list[Row]:
        """Return the change's head, then its diff line by line; lines longer than the screen are folded."""
        if self._change is None:
            return [Row((Content.styled("this change came without its content", "$muted"),))]
        lines = _head_lines(self._change, width - 1)
        for line in SafeText.lines(self._change["diff"] or "", most=MOST_LINES):
            style = next((style for start, style in DIFF_STYLES if line.plain.startswith(start)), "")
            lines += [part.rstrip() for part in line.content(style).fold(max(width - 1, 12))] or [Content("")]
        return [Row((line,)) for line in lines]


class DiffScreen(Screen[None]):
    """One change in full."""

    SCOPE = Scope.DIFF
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.DIFF)]

    def __init__(self, change_id: str, investigation: Investigation) -> None:
        super().__init__()
        self._change_id = change_id
        self._change = recorded_change(investigation, change_id)

    def compose(self) -> ComposeResult:
        """Lay out the diff over its keys."""
        yield DiffList(self._change)
        yield KeyLine(self.SCOPE)

    def on_resize(self) -> None:
        """Name the change in the border."""
        title = SafeText((self._change or {}).get("title") or self._change_id).plain
        self.query_one(DiffList).border_title = border_line(
            f"Change {title}", self._change_id[:12], self.size.width - 4
        )


def recorded_change(investigation: Investigation, change_id: str) -> Mapping[str, Any] | None:
    """Return a change as its source recorded it, None where no source did."""
    for evidence in investigation.of_kind(EvidenceKind.CHANGES):
        for row in evidence.frame.iter_rows(named=True):
            if row["id"] == change_id:
                return row
    return None


def _head_lines(change: Mapping[str, Any], width: int) -> list[Content]:
    lines = folded(change["title"], width, style="bold")
    by = f" by {change['author']}" if change["author"] else ""
    lines += folded(f"{change['kind']} at {change['at']:%Y-%m-%d} {clock(change['at'])}{by}", width, style="$muted")
    lines += [line for route in change["routes"] or () for line in folded(f"new or changed route: {route}", width)]
    lines += [line for detail in change["details"] or () for line in folded(f"· {detail}", width, hanging=2)]
    if not change["diff"]:
        lines += [Content(""), *folded("no diff was recorded; it touches:", width, style="$muted")]
        lines += [line for path in change["paths"] or () for line in folded(path, width, indent=2)]
    return [*lines, Content("")]
