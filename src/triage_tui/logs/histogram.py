"""How many records of each level there were, over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.filters.row_set import Rows
from triage_tui.logs.formats.levels import LEVELS
from triage_tui.logs.formats.timestamps import EPOCH, MICROSECOND
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.columns import Columns
from triage_tui.logs.index.index_rows import LEVEL_BITS, NO_TIME

_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_CODES = LEVEL_BITS + 1


class LevelTally:
    """Counts of records by bucket and level; records without a time, or outside a half-open window, are left out.

    A bucket begins at a multiple of ``every`` since 1970.
    """

    def __init__(self, every: timedelta, window: TimeWindow | None = None) -> None:
        self._every = every // MICROSECOND
        self._start = (window.start - EPOCH) // MICROSECOND if window else None
        self._end = (window.end - EPOCH) // MICROSECOND if window else None
        self._counts: Counter[int] = Counter()

    def add_all(self, timed: Columns) -> None:
        """Count all rows of a log; blocks that lie in one bucket need not be read."""
        for start, stop in timed.spans():
            tally, (least, most) = timed.tally_at("flags", start), timed.range_at("order", start)
            if self._lies_outside(least, most):
                continue
            if tally is not None and least // self._every == most // self._every and self._lies_inside(least, most):
                for flags, count in tally.items():
                    if not flags & NO_TIME:
                        self._counts[least // self._every * _CODES + (flags & LEVEL_BITS)] += count
            else:
                self.add_rows(timed.read("order", start, stop), timed.read("flags", start, stop))

    def add(self, timed: Columns, rows: Rows) -> None:
        """Count some rows of a log."""
        ordered = np.sort(rows)
        self.add_rows(timed.take("order", ordered), timed.take("flags", ordered))

    def add_rows(self, order: Numbers, flags: Numbers) -> None:
        """Count rows by these columns of ``TIMED``."""
        kept = (flags & NO_TIME) == 0
        if self._start is not None and self._end is not None:
            kept &= (order >= self._start) & (order < self._end)
        keys = order[kept] // self._every * _CODES + (flags[kept] & LEVEL_BITS)
        if not len(keys):
            return
        least = int(keys.min())
        if int(keys.max()) - least < 1 << 16:
            counts = np.bincount(keys - least)
            found = np.flatnonzero(counts)
            self._counts.update(dict(zip((found + least).tolist(), counts[found].tolist(), strict=True)))
        else:
            found, numbers = np.unique(keys, return_counts=True)
            self._counts.update(dict(zip(found.tolist(), numbers.tolist(), strict=True)))

    def counts(self) -> Iterator[tuple[datetime, str | None, int]]:
        """Each bucket's beginning, UTC, with a level, None where it is unknown, and their count: sorted by both."""
        for key in sorted(self._counts):
            bucket, code = divmod(key, _CODES)
            yield EPOCH + bucket * self._every * MICROSECOND, LEVELS[code - 1] if code else None, self._counts[key]

    def total(self) -> int:
        """How many records were counted."""
        return self._counts.total()

    def _lies_inside(self, least: int, most: int) -> bool:
        return self._start is None or self._end is None or (self._start <= least and most < self._end)

    def _lies_outside(self, least: int, most: int) -> bool:
        return self._start is not None and self._end is not None and (most < self._start or least >= self._end)


def bucket_width(window: TimeWindow, most: int) -> timedelta:
    """The finest round width, from a second to days, that cuts a window into at most ``most`` buckets."""
    wanted = window.length.total_seconds() / max(1, most)
    fitting = next((width for width in _WIDTHS if width >= wanted), None)
    return timedelta(seconds=fitting) if fitting else timedelta(days=-(-wanted // 86400))
