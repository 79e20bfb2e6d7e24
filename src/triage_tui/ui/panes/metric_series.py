"""Which series the metrics pane shows, in which order, and their samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import Evidence, EvidenceKind, SignalHint
from triage_tui.investigation.findings import Findings, Signal, SignalRole
from triage_tui.investigation.state import Investigation
from triage_tui.ui.panes.signals import can_fill_up

if TYPE_CHECKING:
    import polars as pl

ROLES: tuple[SignalRole, ...] = ("errors", "latency", "saturation", "traffic")
CHART_ROWS = 3
AXIS_ROWS = 2


def ordered(findings: Findings, hints: Iterable[SignalHint] = ()) -> list[Signal]:
    """Return the errors, what moved before them, the gauge at its cap, the other roles' strongest, then all others.

    What the recorder or the settings name comes before what was guessed, and what has a cap before what has none.
    """
    named = {hint.metric for hint in hints}

    def order(signal: Signal) -> tuple[bool, bool, bool, float, float]:
        at_rest = signal.shape in {"none", "unclear"}
        return (signal.metric not in named, at_rest, signal.cap is None, -signal.score, -(signal.before or 0.0))

    strongest = {
        role: min(of_role, key=order)
        for role in ROLES
        if (of_role := [one for one in findings.signals if one.role == role])
    }
    telling = [one for one in _telling(findings) if one is not strongest.get("errors")]
    told = {one.role for one in telling}
    errors = [strongest["errors"]] if "errors" in strongest else []
    first = errors + telling + [one for role, one in strongest.items() if role not in told | {"errors"}]
    others = [signal for signal in findings.signals if not any(signal is one for one in first)]
    return first + sorted(others, key=lambda signal: -signal.score)


def _telling(findings: Findings) -> list[Signal]:
    """Return the signal that moved before the errors did and the gauge at its cap, which may be the same one."""
    lead = findings.lead.first if findings.lead else None
    first = [one for one in findings.signals if (one.service, one.metric) == lead]
    full = [one for one in findings.signals if can_fill_up(one) and one.at_cap_since is not None]
    best = [max(some, key=lambda signal: signal.score) for some in (first, full) if some]
    return best[:1] if len(best) > 1 and best[0] is best[1] else best


class SignalPages:
    """The signals in their order, one of them selected, and page by page those that have room.

    ``height`` tells how many rows there is room for.
    """

    def __init__(self, height: Callable[[], int]) -> None:
        self._height = height
        self.signals: list[Signal] = []
        self.index = 0
        self._wanted = ""

    @property
    def selected(self) -> Signal | None:
        """The selected signal; None where there is none."""
        return self.signals[self.index] if self.signals else None

    def replace(self, signals: list[Signal]) -> None:
        """Take other signals; the first of the metric that is waited for, if it is among them, becomes selected."""
        self.signals = signals
        self.index = self._nearest(self.index)
        found = next((at for at, signal in enumerate(signals) if signal.metric == self._wanted), None)
        if found is not None:
            self.index, self._wanted = found, ""

    def wait_for(self, metric: str) -> None:
        """Select a metric once it is there."""
        self._wanted = metric

    def move(self, rows: int) -> None:
        """Select another signal."""
        self.index = self._nearest(self.index + rows)

    @property
    def page(self) -> range:
        """The places of the signals in sight, among them the selected one."""
        rows = self._height() - AXIS_ROWS
        size = max(1, rows // CHART_ROWS, min(len(ROLES), rows // 2))
        first = self.index // size * size
        return range(first, min(first + size, len(self.signals)))

    @property
    def in_sight(self) -> list[Signal]:
        """The signals of the page."""
        return [self.signals[place] for place in self.page]

    @property
    def index_in_sight(self) -> int | None:
        """Which one of the page is selected; None where it is empty."""
        return self.index - self.page[0] if self.page else None

    def note(self) -> str:
        """Say which of how many are in sight; "" where all are."""
        page, count = self.page, len(self.signals)
        return f"{page[0] + 1}–{page[-1] + 1} of {count} series" if count > len(page) else ""

    def _nearest(self, index: int) -> int:
        return min(max(index, 0), max(len(self.signals) - 1, 0))


def measured(investigation: Investigation) -> tuple[Evidence, ...]:
    """Return the evidence that holds samples: of the signals, and of all other series."""
    return investigation.of_kind(EvidenceKind.METRICS) + investigation.of_kind(EvidenceKind.SERIES)


def samples(signal: Signal, investigation: Investigation) -> tuple[list[float], list[float]]:
    """Return a series' times (seconds since 1970) and values, from every source that has it."""
    import polars as pl

    times: list[float] = []
    values: list[float] = []
    for evidence in measured(investigation):
        own = evidence.frame.filter(
            (pl.col("metric") == signal.metric) & pl.col("service").eq_missing(pl.lit(signal.service, dtype=pl.String))
        )
        own = _with_labels(own, signal.labels)
        if own.height > len(times):
            times = (own["time"].dt.epoch("us") / 1e6).to_list()
            values = own["value"].to_list()
    return times, values


def _with_labels(frame: pl.DataFrame, labels: dict[str, str]) -> pl.DataFrame:
    import json  # not before the first frame

    import polars as pl

    same = [text for text in frame["labels"].unique().to_list() if (json.loads(text) if text else {}) == labels]
    return frame.filter(pl.col("labels").is_in(same)).sort("time")
