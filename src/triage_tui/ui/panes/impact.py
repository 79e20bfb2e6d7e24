"""What fired, who is hurt, since when, and whether it gets worse."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from triage_tui.investigation.block import Block, SourceNote
from triage_tui.investigation.counting import counted
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Alert, Findings, Impact, Onset, OnsetRevision
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.trend_words import trend_in_words
from triage_tui.ui.alert_words import standing_lines
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.phrases import clock, folded, span
from triage_tui.ui.source_notes import failure_notes

if TYPE_CHECKING:
    import polars as pl

LABEL_WIDTH = 11
_SOURCES = (EvidenceKind.LOGS, EvidenceKind.METRICS, EvidenceKind.HEALTH, EvidenceKind.REQUEST_COUNTS)
MOST_ENDPOINTS = 8
STATE_STYLES = {"down": "$state-down bold", "degraded": "$state-degraded bold", "up": "$state-up bold"}
TREND_STYLES = {"worsening": "$level-error bold", "improving": "$state-up"}


class ImpactPane(RowsPane):
    """The answers to: what, who, since when, how bad, getting worse."""

    TITLE = "Impact"
    KINDS: ClassVar[tuple[str, ...]] = (EvidenceKind.HEALTH, EvidenceKind.REQUEST_COUNTS)

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return the alert and the findings."""
        return (investigation.alert, investigation.findings)

    def completeness(self, investigation: Investigation) -> str:
        """Return how complete the sources of the impact were, and which of them say nothing at present."""
        if investigation.findings is None:
            return "; ".join(_being_read(investigation)) or "waiting for the sources…"
        failed = failure_notes(investigation, _SOURCES)
        lacking = [_lacking(investigation, note) for note in investigation.findings.impact.sources]
        return "; ".join([*failed, *filter(None, lacking)]) or "complete"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return the alert, then the impact, the most urgent first."""
        rows = _alert_rows(investigation, width)
        findings = investigation.findings
        if findings is None:
            return [*rows, Row((Content.styled("computing the impact…", "$muted"),))]
        rows += _state_rows(findings.impact, width, live=investigation.inputs.live is not None)
        rows += _users_rows(findings, width)
        rows += _trend_rows(findings.impact, width)
        rows += _onset_rows(findings.onset, investigation.alert, width)
        rows += _endpoint_rows(findings.impact, width)
        return [*rows, *_health_rows(investigation, width), *_unknown_rows(findings, width)]


def _being_read(investigation: Investigation) -> list[str]:
    read = sorted(investigation.evidence.items())
    return [f"{name}: {one.completeness.note}" for name, one in read if one.completeness.reading]


def _lacking(investigation: Investigation, known: SourceNote) -> str:
    """Say what a source lacks, where the findings were computed without it; of one that is read how far that is."""
    arrived = investigation.evidence.get(known.name)
    if arrived is not None and arrived.completeness.reading:
        return f"{known.name}: {arrived.completeness.note}"
    if known.complete:
        return ""
    if arrived is not None and arrived.completeness.complete:
        return f"{known.name}: computing…"
    newest = known if arrived is None else arrived.completeness
    return f"{known.name}: {newest.note or 'incomplete'}"


def labelled(
    label: str,
    text: str,
    width: int,
    *,
    style: str = "",
    source: str = "",
    moment: datetime | None = None,
    more: Iterable[str] = (),
) -> Row:
    """Return a row "label  text" that folds under its text; ``more`` are further lines, dimmed."""
    lines = folded(text, width, indent=LABEL_WIDTH, style=style)
    head = Content.styled(label.ljust(LABEL_WIDTH), "$muted")
    first = (lines[0] if lines else Content(" " * LABEL_WIDTH))[LABEL_WIDTH:]
    rest = [
        line for one in more for line in folded(one, width, indent=LABEL_WIDTH, hanging=LABEL_WIDTH + 2, style="$muted")
    ]
    pin = PinDraft(f"{label}: {text}", source or "analysis", moment)
    return Row((head + first, *lines[1:], *rest), key=f"{label}:{text}", moment=moment, pin=pin, text=text)


def source_names(block: Block) -> str:
    """Name the sources of a block once each."""
    return ", ".join(dict.fromkeys(note.name for note in block.sources))


def _alert_rows(investigation: Investigation, width: int) -> list[Row]:
    alert = investigation.alert
    if not alert.title:
        return [Row((Content.styled("no alert was given: i writes what is wrong", "$muted"),))]
    times = counted(alert.count, "time") if alert.count is not None else ""
    where = " · ".join(part for part in (alert.service, alert.route, alert.release, times, alert.source) if part)
    moment = alert.first_seen or alert.fired_at
    more = [where, *standing_lines(investigation)]
    return [
        labelled("alert", alert.title, width, style="bold", source=alert.source or "alert", moment=moment, more=more)
    ]


def _state_rows(impact: Impact, width: int, *, live: bool) -> list[Row]:
    style = STATE_STYLES.get(impact.state, "")
    if live and impact.over_since is not None:
        text = f"WAS {impact.state.upper()} until {clock(impact.over_since)}, nothing fails since"
        return [
            labelled("state", text, width, style=STATE_STYLES["up"], source=source_names(impact), more=impact.because)
        ]
    text = impact.state.upper() if impact.state != "unknown" else "unknown: nothing measured tells"
    return [labelled("state", text, width, style=style, source=source_names(impact), more=impact.because)]


def _users_rows(findings: Findings, width: int) -> list[Row]:
    impact, alert = findings.impact, findings.alert
    told = f" (the alert says {alert.users})" if alert.users is not None and alert.users != impact.users else ""
    users = "not known" if impact.users is None else str(impact.users)
    errors = "errors not known" if impact.errors is None else counted(impact.errors, "error")
    return [labelled("users", f"{users}{told}, {errors}", width, style="bold", source=source_names(impact))]


def _onset_rows(onset: Onset, alert: Alert, width: int) -> list[Row]:
    revised = _revised(onset)
    if onset.earliest is None or onset.latest is None:
        return [labelled("since", "nothing started in this window", width, source=source_names(onset), more=revised)]
    estimates = [f"{_interval(one.earliest, one.latest)}  by {one.by}" for one in onset.estimates]
    doubt = [] if onset.agree else ["these estimates do not agree"]
    early = [onset.too_early] if onset.too_early else []
    known = alert.first_seen is None or any(one.earliest == alert.first_seen for one in onset.estimates)
    seen = [] if known or alert.first_seen is None else [f"{clock(alert.first_seen)}  first seen by the alert"]
    text = span(onset.earliest, onset.latest)
    return [labelled("since", text, width, style="bold", source=source_names(onset), moment=onset.earliest,
                     more=[*early, *revised, *doubt, *estimates, *seen])]  # fmt: skip


def _revised(onset: Onset) -> list[str]:
    """Say what the onset was before, newest first, and what the newest evidence alone says."""
    lines = [f"REVISED at {_at(one)}: it was {_onset_words(one)}" for one in reversed(onset.revisions)]
    if onset.doubt is not None:
        lines.append(f"at {_at(onset.doubt)} found at {_onset_words(onset.doubt)}; kept until that is found again")
    return lines


def _at(one: OnsetRevision) -> str:
    return clock(one.at) if one.at is not None else "some time"


def _onset_words(one: OnsetRevision) -> str:
    return "none" if one.earliest is None or one.latest is None else span(one.earliest, one.latest)


def _unknown_rows(findings: Findings, width: int) -> list[Row]:
    """Say what the evidence could not tell, so that silence is not read as health."""
    unknown = (*findings.impact.unknown, *findings.onset.unknown)
    return [labelled("not known", unknown[0], width, style="$muted", more=unknown[1:])] if unknown else []


def _interval(earliest: datetime, latest: datetime) -> str:
    whole_second = clock(earliest) == clock(latest)
    return clock(earliest) if whole_second else f"{clock(earliest)} to {clock(latest)}"


def _trend_rows(impact: Impact, width: int) -> list[Row]:
    style = TREND_STYLES.get(impact.trend.verdict, "")
    text = "not known" if impact.errors is None and not impact.trend.n else trend_in_words(impact.trend)
    return [labelled("trend", text, width, style=style, source=source_names(impact))]


def _endpoint_rows(impact: Impact, width: int) -> list[Row]:
    rows = []
    for number, hit in enumerate(impact.endpoints[:MOST_ENDPOINTS]):
        share = f" ({hit.error_ratio:.1%})" if hit.error_ratio is not None else ""
        of = f" of {hit.requests}" if hit.requests is not None else ""
        row = labelled("endpoints", f"{hit.endpoint}  {hit.errors}{of}{share}", width, source=source_names(impact))
        blank = Content(" " * LABEL_WIDTH) + row.lines[0][LABEL_WIDTH:]
        rows.append(row if number == 0 else Row((blank, *row.lines[1:]), row.key, row.moment, row.pin, row.text))
    left_out = len(impact.endpoints) - MOST_ENDPOINTS
    return rows + ([Row((Content.styled(f"{'':{LABEL_WIDTH}}and {left_out} more", "$muted"),))] if left_out > 0 else [])


def _health_rows(investigation: Investigation, width: int) -> list[Row]:
    rows = []
    for probes in investigation.of_kind(EvidenceKind.HEALTH):
        if probes.frame.is_empty():
            continue
        parts = probes.frame.sort("time", maintain_order=True).partition_by("target", "vantage", maintain_order=True)
        noted: set[tuple[str, str]] = set()
        names = _view_names(parts)
        ordered = sorted(zip(parts, names, strict=True), key=lambda one: _fails(one[0]))
        rows += [_target_row(probes.source, part, width, name=name, noted=noted) for part, name in ordered]
    return rows


def _view_names(parts: list[pl.DataFrame]) -> list[str]:
    """Name what was probed and from where by what tells the views apart; a sole one needs no name."""
    if len(parts) == 1:
        return [""]
    targets, places = ([part[0, column] or "" for part in parts] for column in ("target", "vantage"))
    several = len(set(targets)) > 1
    named = [(target if several or not place else "", f"from {place}" if place else "") for target, place in
             zip(targets, places, strict=True)]  # fmt: skip
    return [" ".join(part for part in pair if part) for pair in named]


def _fails(probes: pl.DataFrame) -> tuple[bool, str, str]:
    last = probes.row(-1, named=True)
    return last["ok"] is not False, last["target"] or "", last["vantage"] or ""


def _target_row(source: str, probes: pl.DataFrame, width: int, *, name: str, noted: set[tuple[str, str]]) -> Row:
    """Say how the last probe of a target went, how many failed, and what was noted of a target, once."""
    last = probes.row(-1, named=True)
    failing = probes.filter(~probes["ok"]).height
    answered = "answered" if last["ok"] else "no answer"
    status = answered if last["status"] is None else str(last["status"])
    took = "" if last["latency_ms"] is None else f" in {last['latency_ms']:.0f} ms"
    text = f"{status}{took} at {clock(last['time'])}; {failing} of {probes.height} probes failed in all"
    note = (last["target"], last["note"])
    more = [last["note"]] if last["note"] and note not in noted else []
    noted.add(note)
    where = f"{name}: " if name else ""
    return labelled("health", f"{where}{text}", width, source=source, moment=last["time"], more=more)
