"""What a series did, in words: for the charts, the notebook and the pins."""

from __future__ import annotations

from datetime import datetime

from triage_tui.investigation.findings import Lead, Signal, Suspect
from triage_tui.investigation.series_names import series_name
from triage_tui.investigation.units import format_value, from_to
from triage_tui.ui.phrases import clock, duration

SHAPE_WORDS = {
    "none": "no change", "spike": "spike", "step": "step", "creep": "creeping", "sawtooth": "climbs and drops",
    "saturated": "at its cap", "periodic": "periodic", "unclear": "unclear",
}  # fmt: skip


def same_series(signal: Signal, suspect: Suspect) -> bool:
    """Tell whether a signal and a suspect are about one series."""
    mine = (signal.service, signal.metric, signal.labels)
    return mine == (suspect.service, suspect.metric, suspect.labels)


def can_fill_up(signal: Signal) -> bool:
    """Tell whether a series is of something that fills up; a latency that stays at its timeout is not at a cap."""
    return signal.role in {"saturation", "other"}


def is_at_cap(signal: Signal) -> bool:
    """Tell whether what a series measures is full."""
    return signal.at_cap_since is not None and can_fill_up(signal)


def shape_words(signal: Signal, *, with_cap: bool = True) -> str:
    """Say what shape a series has, and since when it is at its cap."""
    if signal.shape == "saturated" and not can_fill_up(signal):
        since = signal.at_cap_since
        return "levels off" if since is None else f"levels off at {clock(since)}"
    if signal.at_cap_since is not None and can_fill_up(signal):
        cap = f" {format_value(signal.cap, signal.unit)}" if with_cap and signal.cap is not None else ""
        return f"at cap{cap} since {clock(signal.at_cap_since)}"
    return SHAPE_WORDS[signal.shape]


def signal_words(signal: Signal, *, among: str | None = None) -> str:
    """Say in a sentence what a series did, with its figures."""
    moved = ""
    if signal.before is not None and signal.after is not None and signal.shape != "none":
        moved = f", {from_to(signal.before, signal.after, signal.unit)}"
    return f"{series_name(signal, among=among)}: {shape_words(signal)}{moved}"


def moved_at(signal: Signal) -> datetime | None:
    """Return when the series first changed."""
    return signal.changes[0].earliest if signal.changes else None


def lead_words(lead: Lead) -> str:
    """Say what moved before what, and by how much."""
    margin = f" ±{duration(lead.uncertainty_s)}" if lead.uncertainty_s else ""
    return f"{lead.first[1]} moved {duration(lead.seconds)}{margin} before {lead.then[1]}"
