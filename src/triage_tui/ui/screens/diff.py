"""What a change changed: its files, what it says in words, and its diff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.state import Investigation
from triage_tui.ui.change_keys import change_keys, recorded_words
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.phrases import clock, folded
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.screens.pane_screen import PaneScreen

MOST_LINES = 20_000
SHOWN_ID = 12
DIFF_STYLES = (
    ("+++", "bold"), ("---", "bold"), ("@@", "$pin"), ("+", "$state-up"), ("-", "$level-error"), ("diff ", "bold"),
)  # fmt: skip


class DiffPane(RowsPane):
    """The lines of a change; any of them can be pinned."""

    TITLE = "Change"

    def __init__(self, change_key: str) -> None:
        super().__init__(id="diff")
        self._change_key = change_key
        self._found_in: tuple[object, ...] = ()
        self._found: Mapping[str, Any] | None = None

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return nothing beyond the evidence: a change is what its source recorded."""
        del investigation
        return ()

    def title(self, investigation: Investigation) -> str:
        """Name the change."""
        change = self._change(investigation)
        return f"{self.TITLE} ▸ {change['title'] if change else self._change_key}"

    def completeness(self, investigation: Investigation) -> str:
        """Return the change's id."""
        del investigation
        return self._change_key[:SHOWN_ID]

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return the change's head, then its diff line by line; lines longer than the screen are folded."""
        change = self._change(investigation)
        if change is None:
            return [Row((Content.styled("this change came without its content", "$muted"),))]
        lines = _head_lines(change, width)
        for line in SafeText.lines(change["diff"] or "", most=MOST_LINES):
            style = next((style for start, style in DIFF_STYLES if line.plain.startswith(start)), "")
            lines.append([part.rstrip() for part in line.content(style).fold(max(width, 12))] or [Content("")])
        return [_row(number, tuple(parts), change) for number, parts in enumerate(lines)]

    def _change(self, investigation: Investigation) -> Mapping[str, Any] | None:
        """Find the change once in the same evidence: the border names it at every drawing."""
        parts = (investigation.findings, investigation.evidence)
        if not self._found_in or any(one is not other for one, other in zip(parts, self._found_in, strict=True)):
            self._found_in, self._found = parts, recorded_change(investigation, self._change_key)
        return self._found


class DiffScreen(PaneScreen[DiffPane]):
    """One change in full."""

    SCOPE = Scope.DIFF
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.DIFF)]

    def __init__(self, change_key: str, investigation: Investigation) -> None:
        super().__init__(DiffPane(change_key), investigation)


def recorded_change(investigation: Investigation, change_key: str) -> Mapping[str, Any] | None:
    """Return a change as it is listed with what its sources recorded of it, None where no source did."""
    change = change_keys(investigation.findings.changes if investigation.findings else ()).get(change_key)
    if change is None:
        return None
    wanted = {(one.source, one.id, one.at) for one in change.records}
    rows = [
        row
        for evidence in investigation.of_kind(EvidenceKind.CHANGES)
        for row in evidence.frame.iter_rows(named=True)
        if (evidence.source, row["id"] or "", row["at"]) in wanted
    ]
    if not rows:
        return None
    told = next((row for row in rows if row["id"] == change.id), rows[0])
    by, others = recorded_words(change), [row["title"] for row in rows if row is not told]
    known = {"at": change.at, "title": change.title, "kind": change.kind, "recorded": [by, *others] if by else []}
    return {**told, **known, "source": " and ".join(one.source for one in change.records)}


def _row(number: int, lines: tuple[Content, ...], change: Mapping[str, Any]) -> Row:
    text = "".join(line.plain for line in lines).strip()
    pin = PinDraft(f"{change['title']}: {text}", change["source"], change["at"]) if text else None
    return Row(lines, key=str(number), pin=pin, text=text)


def _head_lines(change: Mapping[str, Any], width: int) -> list[list[Content]]:
    by = f" by {change['author']}" if change["author"] else ""
    when = f"{change['kind']} at {change['at']:%Y-%m-%d} {clock(change['at'])}{by}"
    lines = [folded(change["title"], width, style="bold"), folded(when, width, style="$muted")]
    lines += [folded(text, width, style="$muted") for text in change["recorded"]]
    lines += [folded(f"new or changed route: {route}", width) for route in change["routes"] or ()]
    lines += [folded(f"· {detail}", width, hanging=2) for detail in change["details"] or ()]
    if not change["diff"]:
        lines += [[Content("")], folded("no diff was recorded; it touches:", width, style="$muted")]
        lines += [folded(path, width, indent=2) for path in change["paths"] or ()]
    return [*lines, [Content("")]]
