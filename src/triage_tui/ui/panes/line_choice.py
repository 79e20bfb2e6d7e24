"""Which lines of a log are wanted, and the rows that they are in, found step by step in a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec
from textual.message import Message

from triage_tui.investigation.source import LogLines
from triage_tui.ui.panes.log_work import LogWork

if TYPE_CHECKING:
    from triage_tui.logs.filters.line_filters import LineFilters
    from triage_tui.logs.filters.row_set import RowSet
    from triage_tui.logs.store import LogStore

SECONDS_BETWEEN_DRAWINGS = 0.15
# Choosing among lines that keep coming may take a fifth of the time.
TIMES_AS_LONG = 4.0


class LineChoice(msgspec.Struct, frozen=True, eq=False):
    """Which lines are wanted.

    Attributes:
        lines: the log itself.
        shown: the same lines as they are drawn.
        request: the correlation ID that they must have, None for any.
        filters: as they were typed.
        day: the day of filters that name a time of day alone.
        work: told of while it takes long; stopped when another choice was made, or by the user.
    """

    lines: LogLines | None = None
    shown: LogLines | None = None
    request: str | None = None
    filters: tuple[str, ...] = ()
    day: date | None = None
    work: LogWork = msgspec.field(default_factory=lambda: LogWork("filtering"))

    def is_same(self, other: LineChoice) -> bool:
        """Tell whether both want the same lines."""
        return self.lines is other.lines and self.wants_as(other)

    def wants_as(self, other: LineChoice) -> bool:
        """Tell whether both want the same, if not of the same log."""
        return (self.request, self.filters, self.day) == (other.request, other.filters, other.day)

    @property
    def is_part(self) -> bool:
        """Whether some lines are wanted and others not."""
        return bool(self.request or self.filters)


class RowsChosen(Message):
    """Some of the rows, or all, are known; ``share`` is how much of the log was looked at, 0 to 1.

    ``met`` are those that meet the conditions themselves, without the context of others.
    """

    def __init__(
        self, choice: LineChoice, rows: Sequence[int] | None, share: float, problems: tuple[str, ...],
        met: RowSet | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.choice, self.rows, self.share, self.problems, self.met = choice, rows, share, problems, met

    def can_replace(self, message: Message) -> bool:
        """Only the newest rows of a choice count."""
        return isinstance(message, RowsChosen) and message.choice is self.choice


class Choosing:
    """How far the rows of the newest choice are known."""

    def __init__(self) -> None:
        self.choice = LineChoice()
        self.problems: tuple[str, ...] = ()
        self._share = 1.0
        self._known: RowsChosen | None = None
        self._goes_on = False
        self._again_at = 0.0

    @property
    def has_ended(self) -> bool:
        """Whether nothing is being looked for."""
        return self._share >= 1 or self.choice.work.stopped.is_set()

    @property
    def _was_stopped(self) -> bool:
        return self._share < 1 and self.choice.work.stopped.is_set()

    def wants(self, choice: LineChoice, *, lines_come: bool) -> bool:
        """Tell whether to begin a choice: another one, or the same of a log that grew if that is not too soon.

        One that was stopped stays as it is, also where more lines come.
        """
        if choice.is_same(self.choice) or (self._was_stopped and choice.wants_as(self.choice)):
            return False
        if lines_come and choice.is_part and choice.wants_as(self.choice):
            return self._share >= 1 and time.monotonic() >= self._again_at
        return True

    def begin(self, choice: LineChoice) -> RowsChosen | None:
        """Give up the choice before for another; returns what was found for it when the log was shorter."""
        self.choice.work.stopped.set()
        known = self._known if self._known is not None and choice.wants_as(self._known.choice) else None
        self.choice, self.problems = choice, ()
        self._goes_on = known is not None
        self._share = 0.0 if choice.lines is not None and choice.is_part else 1.0
        return known

    def take(self, found: RowsChosen) -> None:
        """Take note of what was found."""
        self._share, self.problems = found.share, found.problems
        if found.share >= 1:
            self._known = found
            # How long it took to go through the whole log says nothing of what goes on from there.
            took = time.monotonic() - found.choice.work.began if self._goes_on else 0.0
            self._again_at = time.monotonic() + took * TIMES_AS_LONG

    def why_empty(self) -> str:
        """Say why no line is shown."""
        if not self.choice.is_part:
            return "no log lines"
        if not self.has_ended:
            return "none found yet"
        wanted = "meets the filters" if self.choice.filters else "has this ID"
        return f"no line {wanted} · Esc shows all lines again"

    def note(self, shown: int) -> str:
        """Say of how many lines so many are shown, and where choosing them was stopped; "" where all are."""
        if self.choice.lines is None or not self.choice.is_part:
            return ""
        count = f"{shown:,} of {len(self.choice.lines):,} lines"
        return count if self._share >= 1 or not self.has_ended else f"{count} · stopped at {self._share:.0%}"


def find_rows(choice: LineChoice, known: RowsChosen | None, tell: Callable[[RowsChosen], object]) -> None:
    """Find the rows of a choice, for a thread; tells what is known by then every now and then, and when it is all."""
    from triage_tui.logs.freed_memory import return_freed_memory

    told_at = 0.0
    for found in chosen_rows(choice, known):
        if choice.work.stopped.is_set():
            break
        choice.work.share = found.share
        if found.share >= 1 or time.monotonic() - told_at >= SECONDS_BETWEEN_DRAWINGS:
            told_at = time.monotonic()
            tell(found)
    return_freed_memory()


def chosen_rows(choice: LineChoice, known: RowsChosen | None = None) -> Iterator[RowsChosen]:
    """Find the rows of a choice, step by step; the last one has all of them.

    ``known`` is what was found of the same log when it was shorter: only what has come since is looked at.
    """
    from triage_tui.logs.filters.line_filters import read_filters
    from triage_tui.logs.store import LogStore

    if not isinstance(choice.lines, LogStore):
        of_request = choice.lines.rows_with_id(choice.request) if choice.lines is not None and choice.request else None
        problems = ("this log can be searched with / but not filtered",) if choice.filters else ()
        yield RowsChosen(choice, of_request, 1.0, problems)
        return
    yield from _filtered(choice, choice.lines, read_filters(choice.filters, choice.day), known)


def _filtered(choice: LineChoice, store: LogStore, read: LineFilters, known: RowsChosen | None) -> Iterator[RowsChosen]:
    from triage_tui.logs.filters.filtering import matches_in_steps
    from triage_tui.logs.filters.near_rows import with_rows_around

    first, before = _still_known(store, known)
    of_request = store.rows_with_id(choice.request, first) if choice.request else None
    for step in matches_in_steps(store, read.conditions, first):
        met = step.rows if step.rows is None or of_request is None else step.rows & of_request
        met = met if met is None or before is None else met | before
        rows = with_rows_around(met, read.context) if met is not None and read.context and read.conditions else met
        yield RowsChosen(choice, rows, step.share, read.problems, met)


def _still_known(store: LogStore, known: RowsChosen | None) -> tuple[int, RowSet | None]:
    """How many of the first rows were looked at before, and those of them that met the conditions."""
    from triage_tui.logs.filters.near_rows import rows_below
    from triage_tui.logs.store import LogStore

    if known is None or known.met is None or not isinstance(known.choice.lines, LogStore):
        return 0, None
    same = store.same_rows(known.choice.lines)
    return same, rows_below(known.met, same, len(store)) if same else None
