"""One row of a table: what was measured, the goal, and whether it is met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """A measurement beside its goal.

    Attributes:
        ours, peer: in ``unit``; ``peer`` is None where nothing was there to compare with.
        limit: what ``ours`` must not exceed, or with ``relative`` what ``ours / peer`` must not exceed; None without
            a goal.
        note: which peer it is, and what else was measured.
    """

    what: str
    unit: str
    ours: float
    limit: float | None
    peer: float | None = None
    relative: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's; None without a peer."""
        return self.ours / self.peer if self.peer else None

    @property
    def verdict(self) -> str:
        """Whether the goal is met."""
        if self.limit is None:
            return ""
        measured = self.ratio if self.relative else self.ours
        if measured is None:
            return "no peer"
        return "met" if measured <= self.limit else "missed"

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.limit is None:
            return ""
        return f"≤ {self.limit:g} ×" if self.relative else f"≤ {self.limit:,g} {self.unit}"


def as_markdown(rows: Iterable[Row]) -> str:
    """Lay rows out as a table."""
    head = "| what | ours | peer | ratio | goal | | |\n|---|--:|--:|--:|--:|---|---|"
    return "\n".join([head, *map(_line, rows)])


def _line(row: Row) -> str:
    peer = _number(row.peer, row.unit) if row.peer is not None else ""
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    return (
        f"| {row.what} | {_number(row.ours, row.unit)} | {peer} | {ratio} | {row.goal} | {row.verdict} | {row.note} |"
    )


def _number(value: float, unit: str) -> str:
    return f"{value:,.1f} {unit}" if value < 10 and unit != "bytes" else f"{value:,.0f} {unit}"
