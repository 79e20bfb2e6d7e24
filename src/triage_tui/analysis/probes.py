"""What probes say of a service: by target, and by the place from which it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from triage_tui.analysis.findings_text import clock

_SILENT = 0.1  # of the probes answered well, at most
_WELL = 0.99
_FAILING_RUN = 3  # probes in a row that fail: an outage, and no lost packet
_MOST_TOLD = 6


@dataclass(frozen=True, slots=True)
class View:
    """How one target looks from one place; ``turned_at`` is the first probe of the run that still lasts."""

    target: str
    vantage: str
    well: int
    asked: int
    last_ok: bool
    run: int
    turned_at: datetime
    last_status: int | None

    @property
    def silent(self) -> bool:
        """Tell whether the target does not answer from there at present."""
        return not self.last_ok and (self.run >= _FAILING_RUN or self.well <= _SILENT * self.asked)

    @property
    def hurt(self) -> bool:
        """Tell whether some of the probes failed, beyond one in a hundred."""
        return self.well < _WELL * self.asked

    def words(self) -> str:
        """Say it in a sentence."""
        return f"{self.well} of {self.asked} health probes were answered well{self._at_present()}"

    def short_words(self, *, with_target: bool) -> str:
        """Say it among others: where it looks at, unless all look at the same, and from where."""
        place = f"from {self.vantage}" if self.vantage else ""
        where = " ".join(part for part in (self.target if with_target or not place else "", place) if part)
        return f"{where}: {self.well} of {self.asked} probes well{self._at_present()}"

    def _at_present(self) -> str:
        if not self.last_ok:
            status = f" ({self.last_status})" if self.last_status is not None else ""
            return f", failing since {clock(self.turned_at)}{status}"
        return f", well again since {clock(self.turned_at)}" if self.well < self.asked else ""


def views_of(probes: pl.DataFrame) -> tuple[View, ...]:
    """Return a view a target and place, those that fail first; ``probes`` follows ``frame_schema(HEALTH)``.

    Probes whose ``ok`` is not known say nothing.
    """
    known = probes.filter(pl.col("ok").is_not_null()).sort("time", maintain_order=True)
    parts = known.partition_by("target", "vantage", maintain_order=True)
    return tuple(
        sorted(
            (_view(part) for part in parts), key=lambda view: (view.last_ok, not view.hurt, view.target, view.vantage)
        )
    )


def told(views: Sequence[View]) -> list[str]:
    """Say which view says what, the first ones where they are many."""
    if len(views) == 1:
        return [views[0].words()]
    several = len({view.target for view in views}) > 1
    lines = [view.short_words(with_target=several) for view in views[:_MOST_TOLD]]
    rest = len(views) - len(lines)
    return (
        [*lines, f"and {rest} more, {sum(view.last_ok for view in views[_MOST_TOLD:])} of them well"] if rest else lines
    )


def _view(part: pl.DataFrame) -> View:
    ok = part["ok"].to_list()
    run = next((back for back, one in enumerate(reversed(ok)) if one is not ok[-1]), len(ok))
    last = part.row(-1, named=True)
    return View(
        target=last["target"] or "health",
        vantage=last["vantage"] or "",
        well=sum(ok),
        asked=len(ok),
        last_ok=ok[-1],
        run=run,
        turned_at=part["time"][-run],
        last_status=last["status"],
    )
