"""The questions that are put to a metrics server, the user's own and the ready-made sets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from triage_tui.investigation.findings import SignalRole


@dataclass(frozen=True, slots=True)
class SignalQuery:
    """A question in PromQL and what its answer means; ``metric`` names series whose labels carry no name."""

    metric: str
    promql: str
    service: str | None = None
    role: SignalRole | None = None
    unit: str | None = None
    cap: float | None = None


class _Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    metric: str
    promql: str
    role: SignalRole
    unit: str
    cap: float | None = None


class MetricSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions for metrics that an exporter names; a server that knows ``probe`` is likely to answer them.

    Metrics ``of_host`` carry other labels than the service's own.
    """

    title: str
    probe: str
    signals: tuple[_Signal, ...]
    of_host: bool = False


@cache
def metric_sets() -> Mapping[str, MetricSet]:
    """Return the ready-made sets by name."""
    text = files("triage_tui.sources.common").joinpath("metric_sets.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, MetricSet])


def ready_made(
    name: str, *, service: str, selector: str, rate_window_s: float, host_selector: str = ""
) -> tuple[SignalQuery, ...]:
    """Return a set's queries for one service; raises ``KeyError`` for an unknown set."""
    narrowed = host_selector if metric_sets()[name].of_host and host_selector else selector
    return tuple(
        SignalQuery(
            metric=one.metric,
            promql=one.promql.replace("<selector>", narrowed).replace("<window>", f"{rate_window_s:.0f}s"),
            service=service,
            role=one.role,
            unit=one.unit,
            cap=one.cap,
        )
        for one in metric_sets()[name].signals
    )
