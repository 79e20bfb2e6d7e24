"""Whether the records of a log follow each other in time, and which time those have that tell none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from triage_tui.logs.index.blocks import Numbers

Mask = npt.NDArray[np.bool_]


class FileOrder:
    """The times of a log's records in the order of its file, in microseconds since 1970 UTC.

    ``last`` is that of the last one, and ``holds`` tells whether none is earlier than the one before it. ``before`` is
    the last one of a log that this one goes on, 0 where it goes on none.
    """

    def __init__(self, before: int = 0) -> None:
        self.last, self.holds, self._before = 0, True, before

    def continued(self, order: Numbers, unknown: Mask) -> Numbers:
        """Give a record without a time that of the one before it, at the beginning of all that of the next."""
        if not len(order):
            return order
        if unknown.any():
            place = np.maximum.accumulate(np.where(unknown, -1, np.arange(len(order))))
            first = int(order[np.argmin(unknown)]) if not unknown.all() else 0
            order = np.where(place >= 0, order[place], self.last or self._before or first)
        self.holds = self.holds and int(order[0]) >= self.last and bool((order[1:] >= order[:-1]).all())
        self.last = int(order[-1])
        return order

    def of_torn(self, order: Numbers, unknown: Mask) -> Numbers:
        """The same of a record that may not be whole yet, and is not counted."""
        return np.where(unknown, self.last, order)
