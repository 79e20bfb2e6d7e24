"""Findings (computed), pins (chosen) and hypotheses (written), each with its time and source."""

from __future__ import annotations

from datetime import UTC, datetime

from textual.content import Content

from triage_tui.investigation.counting import counted
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.hypothesis_events import HypothesisJudged, PinLinked, PinRemoved
from triage_tui.investigation.state import Hypothesis, HypothesisState, Investigation, Pin, Side
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.messages import Decided, Said
from triage_tui.ui.panes.impact import source_names
from triage_tui.ui.panes.signals import lead_words, moved_at, signal_words
from triage_tui.ui.phrases import clock, folded

NEXT_STATE: dict[HypothesisState, HypothesisState] = {
    "open": "supported", "supported": "refuted", "refuted": "inconclusive", "inconclusive": "open",
}  # fmt: skip
NEXT_SIDE: dict[Side | None, Side | None] = {None: "for", "for": "against", "against": None}
STATE_STYLES = {
    "supported": "$state-up bold",
    "refuted": "$level-error",
    "open": "bold",
    "inconclusive": "$level-warning",
}


class NotebookPane(RowsPane):
    """The notebook: hypotheses first, since this is where they are weighed."""

    TITLE = "Notebook"

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return what the notebook holds."""
        return (investigation.findings, investigation.pins, investigation.hypotheses)

    def completeness(self, investigation: Investigation) -> str:
        """Return how much it holds."""
        return f"{counted(len(investigation.hypotheses), 'hypothesis')} · {counted(len(investigation.pins), 'pin')}"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return hypotheses, pins and findings, each under its heading."""
        written = [_hypothesis_row(one, investigation, width) for one in investigation.hypotheses]
        pins = [_pin_row(pin, investigation, width) for pin in investigation.pins]
        found = _finding_rows(investigation.findings, width) if investigation.findings else []
        return [
            _heading("Hypotheses", "Enter judges · l lays a pin for or against"),
            *(written or [_hint("none yet: h writes one, as “X happens because Y under condition Z”", width)]),
            _heading("Pins", "p takes one away"),
            *(pins or [_hint("none yet: p pins what is selected in any pane", width)]),
            _heading("Findings", "computed"),
            *(found or [_hint("nothing was found yet", width)]),
        ]

    def open_selected(self) -> None:
        """Judge the selected hypothesis anew; for anything else, there is nothing to open."""
        hypothesis = self._selected_hypothesis()
        if hypothesis is None:
            row = self.selected_row()
            self.move_clock(row.moment if row else None)
            return
        state = NEXT_STATE[hypothesis.state]
        self.post_message(Decided(HypothesisJudged(at=datetime.now(UTC), hypothesis_id=hypothesis.id, state=state)))

    def pin_selected(self, draft: PinDraft) -> None:
        """Take the selected pin away; a finding is pinned."""
        pin = self._selected_pin()
        if pin is None:
            super().pin_selected(draft)
        else:
            self.post_message(Decided(PinRemoved(at=datetime.now(UTC), pin_id=pin.id)))
            self.post_message(Said(f"no longer pinned: {pin.text}"))

    def action_link(self) -> None:
        """Lay the selected pin for the newest hypothesis, then against it, then take it away."""
        pin, investigation = self._selected_pin(), self.investigation
        if pin is None or investigation is None or not investigation.hypotheses:
            self.post_message(Said("select a pin in the notebook, and write a hypothesis first (h)"))
            return
        hypothesis = investigation.hypotheses[-1]
        side = NEXT_SIDE[side_of(pin, hypothesis)]
        self.post_message(
            Decided(PinLinked(at=datetime.now(UTC), hypothesis_id=hypothesis.id, pin_id=pin.id, side=side))
        )

    def _selected_pin(self) -> Pin | None:
        row = self.selected_row()
        pins = self.investigation.pins if self.investigation else ()
        return next((pin for pin in pins if row is not None and row.key == pin.id), None)

    def _selected_hypothesis(self) -> Hypothesis | None:
        row = self.selected_row()
        written = self.investigation.hypotheses if self.investigation else ()
        return next((one for one in written if row is not None and row.key == one.id), None)


def side_of(pin: Pin, hypothesis: Hypothesis) -> Side | None:
    """Return on which side of a hypothesis a pin lies."""
    if pin.id in hypothesis.pins_for:
        return "for"
    return "against" if pin.id in hypothesis.pins_against else None


def _heading(title: str, note: str) -> Row:
    return Row((Content.assemble((title, "bold $pane-title"), (f"  {note}", "$muted")),))


def _hint(text: str, width: int) -> Row:
    return Row(tuple(folded(text, width, indent=2, style="$muted")))


def _hypothesis_row(hypothesis: Hypothesis, investigation: Investigation, width: int) -> Row:
    by_id = {pin.id: pin for pin in investigation.pins}
    lines = folded(f"{hypothesis.state.upper()}: {hypothesis.statement}", width, hanging=2,
                   style=STATE_STYLES[hypothesis.state])  # fmt: skip
    for mark, pin_ids in (("+", hypothesis.pins_for), ("−", hypothesis.pins_against)):
        for pin in (by_id[pin_id] for pin_id in pin_ids if pin_id in by_id):
            lines += folded(f"{mark} {pin.text}", width, indent=4, hanging=6)
    test = hypothesis.refuted_by or "not named yet (question of this step)"
    lines += folded(
        f"would be refuted by: {test}", width, indent=4, hanging=6, style="" if hypothesis.refuted_by else "$muted"
    )
    return Row(tuple(lines), key=hypothesis.id, text=hypothesis.statement)


def _pin_row(pin: Pin, investigation: Investigation, width: int) -> Row:
    side = side_of(pin, investigation.hypotheses[-1]) if investigation.hypotheses else None
    mark = {"for": "+", "against": "−", None: " "}[side]
    when = f"{clock(pin.moment)} " if pin.moment else ""
    lines = folded(f"{mark} {when}{pin.text}", width, hanging=4)
    place = f" · {pin.place}" if pin.place else ""
    lines += folded(f"{pin.source}{place}", width, indent=4, style="$muted")
    draft = PinDraft(pin.text, pin.source, pin.moment, pin.place)
    return Row(tuple(lines), key=pin.id, moment=pin.moment, pin=draft, text=pin.text)


def _finding_rows(findings: Findings, width: int) -> list[Row]:
    rows = [_found(one.statement, source_names(one), width, one.start) for one in findings.patterns]
    rows += [
        _found(signal_words(signal), source_names(signal), width, signal.at_cap_since or moved_at(signal))
        for signal in findings.signals
        if signal.shape not in {"none", "unclear"}
    ]
    if findings.lead is not None:
        rows.append(_found(lead_words(findings.lead), source_names(findings.lead), width))
    rows += [_found(f"suspect {one.rank}: {one.name}{_because(one.because)}", source_names(one), width, one.change_at)
             for one in findings.suspects[:3]]  # fmt: skip
    return rows


def _found(text: str, source: str, width: int, moment: datetime | None = None) -> Row:
    when = f"{clock(moment)} " if moment else ""
    lines = folded(f"{when}{text}", width, indent=2, hanging=4)
    pin = PinDraft(text, source or "analysis", moment)
    return Row(tuple(lines), key=f"found:{text}", moment=moment, pin=pin, text=text)


def _because(reasons: tuple[str, ...]) -> str:
    return f" ({reasons[0]})" if reasons else ""
