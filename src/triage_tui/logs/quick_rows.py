"""Rows of an index read straight from the bytes of lines whose layout is known, thousands of lines at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.columns import Numbers
from triage_tui.logs.hashing import hashes_at
from triage_tui.logs.index_rows import NAMED, NO_TIME, TEMPLATE_BYTES, LogNames, empty_rows
from triage_tui.logs.layout_walk import Span, Walk
from triage_tui.logs.layouts import MOST_REACH, Layout, learn_all
from triage_tui.logs.quick_times import TimeReader
from triage_tui.logs.words import Bytes, Places, first_hits, holding_none_of_a_name, words_of

Mask = npt.NDArray[np.bool_]
MOST_LAYOUTS = 8
BUFFER_MARGIN = MOST_REACH + 1024


class QuickRows(NamedTuple):
    """Which of the lines were read, and the rows of these; how many of their times had no offset."""

    read: Mask
    rows: dict[str, Numbers]
    without_zone: int = 0


class LineReader:
    """Reads the lines of one layout.

    The buffer goes on for ``BUFFER_MARGIN`` bytes behind the last of the lines, with whatever is there.
    """

    def __init__(self, layout: Layout, names: LogNames, zone: tzinfo) -> None:
        self.layout, self._names = layout, names
        self._timed, self._named = layout.only("time", "level"), layout.only("request_id", "host", "event")
        self._times = TimeReader(layout.shape, zone) if layout.shape else None

    def timed(self, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read ``order`` and ``flags``."""
        fits, spans = Walk(data).go(self._timed, starts, ends)
        order, flags, without_zone = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64), 0
        if self._times is None:
            flags |= NO_TIME
        else:
            order, known = self._times.read(data, *spans["time"])
            fits &= known
            without_zone = int(fits.sum()) if self._times.assumes_zone else 0
        if "level" in spans:
            flags |= self._names.levels.at(data, *spans["level"])
        return QuickRows(fits, {"order": order, "flags": flags}, without_zone)

    def named(self, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read ``id_hash``, ``host`` and ``template``."""
        fits, spans = Walk(data).go(self._named, starts, ends)
        rows = empty_rows(NAMED, len(starts))
        if "request_id" in spans:
            rows["id_hash"] = hashes_at(data, *spans["request_id"])
        if "host" in spans:
            rows["host"] = self._names.hosts.codes.at(data, *spans["host"]).astype(np.int64)
        if "event" in spans:
            rows["template"] = self._templates(data, spans["event"])
        return QuickRows(fits, rows)

    def _templates(self, data: Bytes, event: Span) -> Numbers:
        heads = first_hits(words_of(data), event.begins, holding_none_of_a_name, TEMPLATE_BYTES)
        return self._names.templates.codes.at(data, event.begins, np.minimum(heads, event.ends)).astype(np.int64)


def line_readers(
    lines: Sequence[bytes], names: LogNames, zone: tzinfo, id_fields: frozenset[str], most: int = MOST_LAYOUTS
) -> list[LineReader]:
    """Readers for the layouts of sample lines, the most frequent first; none for lines that must be parsed."""
    return [LineReader(layout, names, zone) for layout in learn_all(lines, most, id_fields)]
