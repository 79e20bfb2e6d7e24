"""What is known of one failing request: what it takes to make it fail again."""

from __future__ import annotations

from triage_tui.investigation.findings import Findings, Pattern
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.units import format_value
from triage_tui.ui.entries import Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.messages import Said, TraceWanted
from triage_tui.ui.panes.impact import labelled, source_names


class ReproducePane(RowsPane):
    """The failing request, where it stopped, and what was exhausted meanwhile."""

    TITLE = "Reproduce"

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return the findings and the request that is followed."""
        return (investigation.findings, investigation.correlation_id, investigation.hypotheses)

    def completeness(self, investigation: Investigation) -> str:
        """Return which request it is about."""
        return failing_request(investigation) or "no failing request is known"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return the conditions of the failure, one a row."""
        rows = [_request_row(failing_request(investigation), width)]
        if investigation.alert.route:
            rows.append(labelled("endpoint", investigation.alert.route, width, source="alert"))
        if investigation.findings is not None:
            rows += _condition_rows(investigation.findings, width)
        if investigation.hypotheses:
            rows.append(labelled("hypothesis", investigation.hypotheses[-1].statement, width))
        advice = (
            "Only against a copy on this machine. Where it does not fail, answer with the log line that is missing."
        )
        return [*rows, labelled("then", advice, width, style="$muted")]

    def open_selected(self) -> None:
        """Show the trace of the failing request."""
        request = failing_request(self.investigation) if self.investigation else None
        self.post_message(TraceWanted(request) if request else Said("no failing request is known"))


def failing_request(investigation: Investigation) -> str | None:
    """Return the correlation ID that is followed, else the one that a pattern or the alert names."""
    if investigation.correlation_id:
        return investigation.correlation_id
    patterns = investigation.findings.patterns if investigation.findings else ()
    named = (str(one.numbers["request_id"]) for one in patterns if one.numbers.get("request_id"))
    return next(named, investigation.alert.request_id)


def _request_row(request: str | None, width: int) -> Row:
    if request is None:
        return labelled("request", "none is known: look for one in the logs (4, then e)", width, style="bold")
    return labelled("request", request, width, style="bold", more=["t shows its trace; y copies the ID"])


def _condition_rows(findings: Findings, width: int) -> list[Row]:
    within: list[Pattern] = [one for one in findings.patterns if one.kind in {"gap", "missing_line"}]
    other = [one for one in findings.patterns if one not in within]
    rows = [
        labelled("it stopped", one.statement, width, source=source_names(one), moment=one.start) for one in within[:2]
    ]
    rows += [
        labelled("condition", one.statement, width, source=source_names(one), moment=one.start) for one in other[:3]
    ]
    full = [signal for signal in findings.signals if signal.shape == "saturated"]
    return rows + [
        labelled("condition", f"{one.metric} at its cap of {format_value(one.cap, one.unit)}", width,
                 source=source_names(one))
        for one in full[:2] if one.cap is not None
    ]  # fmt: skip
