"""What changed, how long before the onset, and what speaks for and against each change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.content import Content

from triage_tui.investigation.change import Change
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.state import Investigation
from triage_tui.ui.change_keys import change_keys, recorded_words
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.messages import DiffWanted, Said
from triage_tui.ui.panes.impact import source_names
from triage_tui.ui.phrases import duration, folded, stamp, words

VERDICT_STYLES = {"prime": "$verdict-prime bold", "possible": "$verdict-possible", "excluded": "$verdict-excluded"}


class ChangesPane(RowsPane):
    """Changes, the prime suspect first; one that came after the onset is shown as excluded, with the reason."""

    TITLE = "Changes"
    KINDS: ClassVar[tuple[str, ...]] = (EvidenceKind.CHANGES,)

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return the findings, and the change that was in force at the time mark."""
        changes = investigation.findings.changes if investigation.findings else ()
        return (investigation.findings, change_in_force(changes, investigation.cursor))

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return a row a change."""
        if investigation.findings is None:
            return [Row((Content.styled("weighing the changes against the onset…", "$muted"),))]
        keyed = change_keys(investigation.findings.changes)
        changes = sorted(keyed.items(), key=lambda one: _nearness(one[1]))
        in_force = change_in_force(investigation.findings.changes, investigation.cursor)
        beside = investigation.findings.onset.earliest or investigation.opened_at
        listed = [_row(key, change, width, beside, in_force=change is in_force) for key, change in changes]
        return [*_unblamed(investigation.findings, width), *listed] if listed else [_nothing(investigation, width)]

    def open_selected(self) -> None:
        """Show what the change changed."""
        row = self.selected_row()
        if row is None:
            self.post_message(Said("there is no change to open"))
        else:
            self.post_message(DiffWanted(row.key))

    def action_diff(self) -> None:
        """Show what the selected change changed."""
        self.open_selected()


def _nearness(change: Change) -> tuple[bool, bool, float]:
    """Order changes: the prime suspect, then by how near they are to the onset; without an onset the newest first."""
    near = abs(change.lag_s) if change.lag_s is not None else -change.at.timestamp()
    return change.verdict != "prime", change.lag_s is None, near


def _unblamed(findings: Findings, width: int) -> list[Row]:
    """Say so where trouble began and no change is to blame, or where it is too early to say."""
    if findings.onset.earliest is None or any(change.verdict == "prime" for change in findings.changes):
        return []
    told = f"which change is to blame: {findings.onset.too_early}" if findings.onset.too_early else "no change to blame"
    return [Row(tuple(folded(told, width, style="bold")))]


def change_in_force(changes: Sequence[Change], moment: datetime | None) -> Change | None:
    """Return the last change at or before a moment."""
    before = [change for change in changes if moment is not None and change.at <= moment]
    return max(before, key=lambda change: change.at, default=None)


def lag_words(change: Change) -> str:
    """Say how long before the onset a change came: 30m before; nothing where that excludes it, which says so."""
    if change.lag_s is None or (change.verdict == "excluded" and change.speaks_against):
        return ""
    when = f"{duration(change.lag_s)} {'before' if change.lag_s > 0 else 'after'}" if change.lag_s else "at"
    return f"{when} onset"


def verdict_words(change: Change) -> str:
    """Say what the evidence makes of a change; what excludes it is named."""
    if change.verdict == "excluded":
        return f"excluded: {change.speaks_against[0]}" if change.speaks_against else "excluded"
    return "PRIME SUSPECT" if change.verdict == "prime" else "possible"


def _row(key: str, change: Change, width: int, beside: datetime, *, in_force: bool) -> Row:
    faded = "$muted" if change.verdict == "excluded" else ""
    kind = [] if change.name == change.short_id else [words(change.kind, faded)]
    head = Content(" ").join([words(stamp(change.at, beside), faded), words(change.short_id, faded or "$pin"), *kind])
    verdict = folded(verdict_words(change), max(width - 4, 20), style=VERDICT_STYLES[change.verdict])
    lag = Content.styled(lag_words(change), faded)
    first = head + Content("  ") + lag if lag else head
    if first.cell_length > width:
        first, verdict = head, [lag, *verdict]
    one_line = len(verdict) == 1 and first.cell_length + 2 + verdict[0].cell_length <= width
    lines = [first + Content("  ") + verdict[0]] if one_line else [first, *(Content("  ") + line for line in verdict)]
    if change.says_more:
        lines += folded(change.title, width, indent=2, style=faded or "bold")
    if in_force:
        lines.append(Content.styled("  ◂ the last change before the time cursor", "$pin"))
    lines += _reasons(change, width)
    lines += folded(recorded_words(change), width, indent=4, hanging=6, style="$muted")
    pin = PinDraft(f"{change.summary} ({verdict_words(change)})", source_names(change), change.at)
    return Row(tuple(lines), key=key, moment=change.at, pin=pin, text=f"{change.id} {change.title}")


def _reasons(change: Change, width: int) -> list[Content]:
    against = change.speaks_against[1:] if change.verdict == "excluded" else change.speaks_against
    lines = [line for one in change.speaks_for for line in folded(f"+ {one}", width, indent=4, hanging=6)]
    lines += [line for one in against for line in folded(f"− {one}", width, indent=4, hanging=6)]
    return [line.stylize("$muted") for line in lines] if change.verdict == "excluded" else lines


def _nothing(investigation: Investigation, width: int) -> Row:
    asked = ", ".join(one.source for one in investigation.of_kind(EvidenceKind.CHANGES))
    text = (
        f"no change was recorded in this window ({asked})"
        if asked
        else "no history of changes was given: name a repository with --repo, or a file of deploys"
    )
    return Row(tuple(folded(text, width, style="$muted")))
