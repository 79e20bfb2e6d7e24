"""What the signals answer: how requests, errors, latency and saturation moved."""

from __future__ import annotations

from collections.abc import Callable

from triage_tui.investigation.findings import Findings, Signal, SignalRole
from triage_tui.investigation.series_names import series_name
from triage_tui.investigation.suggestion import Suggestion, clock, resting_on
from triage_tui.investigation.units import format_value, from_to


def traffic(findings: Findings) -> Suggestion | None:
    """Say whether more requests are the reason, or how their rate moved."""
    if findings.traffic is not None and findings.traffic.driven:
        return resting_on(findings.traffic, "yes: errors rose in proportion to requests")
    signal = _strongest(findings, "traffic")
    if signal is None:
        return None
    text = "no change in request rate" if signal.shape == "none" else _signal_in_words(signal, findings)
    return resting_on(signal, text)


def signal_of(role: SignalRole) -> Callable[[Findings], Suggestion | None]:
    """Say how the strongest signal of a role moved."""

    def answer(findings: Findings) -> Suggestion | None:
        signal = _strongest(findings, role)
        return resting_on(signal, _signal_in_words(signal, findings)) if signal else None

    return answer


def latency_first(findings: Findings) -> Suggestion | None:
    """Say what moved before what, and by how much."""
    lead = findings.lead
    if lead is not None:
        return resting_on(lead, f"{lead.first[1]} moved {lead.seconds:.0f} s before {lead.then[1]}")
    signal = _strongest(findings, "latency")
    return resting_on(signal, "no signal moved clearly before the errors") if signal else None


def _strongest(findings: Findings, role: SignalRole) -> Signal | None:
    of_role = [signal for signal in findings.signals if signal.role == role]
    return max(of_role, key=lambda signal: (signal.shape != "none", signal.score), default=None)


def _signal_in_words(signal: Signal, findings: Findings) -> str:
    name = series_name(signal, among=findings.alert.service)
    if signal.shape == "none":
        return f"{name}: no change"
    moved = ""
    if signal.before is not None and signal.after is not None:
        moved = f", {from_to(signal.before, signal.after, signal.unit, between=' to ')}"
    capped = ""
    if signal.cap is not None and signal.shape == "saturated":
        capped = f", at its cap of {format_value(signal.cap, signal.unit)}"
    since = f" since {clock(signal.at_cap_since)}" if signal.at_cap_since else ""
    return f"{name}: {signal.shape}{moved}{capped}{since}"
