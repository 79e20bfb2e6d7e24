"""The ranked list of suspects: which series changed most when the trouble began, and why it is thought so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from textual.content import Content

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Signal, Suspect
from triage_tui.investigation.series_names import series_name
from triage_tui.investigation.state import Investigation
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.panes.impact import source_names
from triage_tui.ui.panes.signals import moved_at, same_series
from triage_tui.ui.phrases import clock, folded

MOST_SHOWN, MOST_REASONS = 100, 3
RANK_WIDTH = 4
DIRECTION_WORDS = {"up": "rises", "down": "falls", None: "moves"}


class SuspectsPane(RowsPane):
    """A row a suspect: its rank, its series, since when it moves and which way, and two or three reasons.

    ``chart`` is called with the suspect on which Enter was pressed.
    """

    TITLE = "Suspects"

    def __init__(self, chart: Callable[[Suspect], None]) -> None:
        super().__init__(id="suspects")
        self._chart = chart

    def open_selected(self) -> None:
        """Go back to the charts, with the selected series among them."""
        suspect = self.selected_suspect()
        if suspect is not None:
            self.app.pop_screen()
            self._chart(suspect)

    def completeness(self, investigation: Investigation) -> str:
        """Count the suspects and name where their series come from."""
        suspects = investigation.findings.suspects if investigation.findings else ()
        if not suspects:
            return "none"
        shown = f"{MOST_SHOWN} of {len(suspects)}" if len(suspects) > MOST_SHOWN else str(len(suspects))
        return f"{shown} series · {source_names(suspects[0]) or 'analysis'}"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return the suspects, the likeliest first; where there are none, why."""
        suspects = investigation.findings.suspects if investigation.findings else ()
        if not suspects:
            lines = folded(_empty_words(investigation), width, style="$muted")
            return [Row(tuple(lines))]
        signals = investigation.findings.signals if investigation.findings else ()
        rows = [_row(one, moved_since(one, signals), width) for one in suspects[:MOST_SHOWN]]
        return [*rows, *_not_ranked(investigation, width)]

    def selected_suspect(self) -> Suspect | None:
        """Return the suspect of the selected row."""
        row, findings = self.selected_row(), self.investigation.findings if self.investigation else None
        suspects = findings.suspects if findings else ()
        return next((one for one in suspects if row is not None and _key(one) == row.key), None)


def moved_since(suspect: Suspect, signals: Iterable[Signal]) -> datetime | None:
    """Return when a suspect's series began to move: where its shape begins, if that is before it was far off."""
    begun = next((moved_at(signal) for signal in signals if same_series(signal, suspect)), None)
    known = [moment for moment in (begun, suspect.change_at) if moment is not None]
    return min(known, default=None)


def _row(suspect: Suspect, since: datetime | None, width: int) -> Row:
    name, moved = series_name(suspect), _moved_words(suspect, since)
    head = folded(f"{name}  {moved}", width, indent=RANK_WIDTH, style="bold")
    rank = Content.styled(f"{suspect.rank}.".ljust(RANK_WIDTH), "$muted")
    reasons = [
        line
        for reason in suspect.because[:MOST_REASONS]
        for line in folded(reason, width, indent=RANK_WIDTH, hanging=RANK_WIDTH + 2)
    ]
    text = f"suspect {suspect.rank}: {name} {moved}"
    why = f" ({suspect.because[0]})" if suspect.because else ""
    pin = PinDraft(f"{text}{why}", source_names(suspect) or "metrics", since)
    lines = (rank + head[0][RANK_WIDTH:], *head[1:], *reasons)
    return Row(lines, key=_key(suspect), moment=since, pin=pin, text="; ".join((text, *suspect.because)))


def _not_ranked(investigation: Investigation, width: int) -> list[Row]:
    """Say which series were not asked for, or that they could not be had."""
    lacking = [
        f"{one.source}: {one.completeness.note}"
        for one in investigation.of_kind(EvidenceKind.SERIES)
        if not one.completeness.complete
    ]
    failed = [one.message for one in investigation.failures_of_kind(EvidenceKind.SERIES)]
    return [Row(tuple(folded(text, width, style="$muted"))) for text in (*lacking, *failed)]


def _key(suspect: Suspect) -> str:
    labels = sorted(suspect.labels.items())
    return f"{suspect.service}:{suspect.name}:{labels}"


def _moved_words(suspect: Suspect, since: datetime | None) -> str:
    return DIRECTION_WORDS[suspect.direction] + (f" since {clock(since)}" if since else "")


def _empty_words(investigation: Investigation) -> str:
    if investigation.findings is None:
        return "ranking the series…"
    failed = investigation.failures_of_kind(EvidenceKind.METRICS)
    if failed:
        return f"no series to rank: {failed[0].message}"
    if not (investigation.of_kind(EvidenceKind.METRICS) or investigation.of_kind(EvidenceKind.SERIES)):
        return "no series to rank: no metrics were given (name a file with --metrics)"
    if investigation.findings.onset.earliest is None and investigation.alert.fired_at is None:
        return "no series to rank: nothing says when the trouble began, so there is no before to compare with"
    return "no suspects: none of the series left what is usual for it"
