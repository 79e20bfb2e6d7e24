"""Rows of an index read straight from the bytes of lines whose layout is known, thousands of lines at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.codes import Codes
from triage_tui.logs.columns import Numbers
from triage_tui.logs.hashing import Hashes, hashes_at
from triage_tui.logs.index_rows import IDENTIFIED, NAMED, TEMPLATE_BYTES, LogNames, empty_rows, level_code
from triage_tui.logs.layout_walk import Span, Walk
from triage_tui.logs.layouts import MOST_REACH, Layout
from triage_tui.logs.quick_times import TimeReader
from triage_tui.logs.words import Bytes, Places, first_hits, holding, holding_none_of_a_name, words_of

Mask = npt.NDArray[np.bool_]
Spans = Mapping[str, Span]
MOST_LAYOUTS = 8
_MOST_ID_BYTES, _SHORTEST_LEVEL = 1024, 3
_ID_STOPS = b' \t\r\n,;()[]"'
_IN_NAMES = np.zeros(256, bool)
_IN_NAMES[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] = True
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

    def __init__(self, layout: Layout, names: LogNames, zone: tzinfo, today: datetime | None = None) -> None:
        self.layout, self._names = layout, names
        self._timed = layout if layout.is_whole else layout.only("time", "level")
        self._identified, self._named = layout.only("request_id"), layout.only("host", "event")
        self._times = TimeReader(layout.shape, zone, today)
        self._levels = names.levels if layout.is_marked else Codes(partial(_level_of_text, layout.levels))

    def timed(self, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read ``order`` and ``flags``."""
        fits, spans = Walk(data).go(self._timed, starts, ends)
        order, known = self._times.read(data, *spans["time"])
        fits &= known
        flags = np.zeros(len(starts), np.int64)
        if "level" in spans:
            levels = self._levels.at(data, *spans["level"])
            # Where no key stands before it, a word that is no level may mean that the line is of another format.
            fits &= (levels != 0) | self.layout.is_marked
            flags |= levels
        return QuickRows(fits, {"order": order, "flags": flags}, int(fits.sum()) if self._times.assumes_zone else 0)

    def knows(self, kind: str) -> int:
        """How many of the fields of a kind in ``LATER`` its lines have."""
        if kind == "ids":
            return len(self._identified.columns) + bool(self.layout.pair)
        return len(self._named.columns)

    def later(self, kind: str, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read the columns of a kind in ``LATER``."""
        layout = self._identified if kind == "ids" else self._named
        # Lines that have none of them are known by their time.
        fits, spans = Walk(data).go(layout if layout.steps else self._timed, starts, ends)
        if not self.layout.is_marked:
            # Only its time and its level tell that a line is of this layout.
            fits &= self.timed(data, starts, ends).read
        read = self._ids if kind == "ids" else self._hosts_and_templates
        return QuickRows(fits, read(spans, data, starts, ends))

    def _ids(self, spans: Spans, data: Bytes, starts: Places, ends: Places) -> dict[str, Numbers]:
        if "request_id" in spans:
            return {"id_hash": hashes_at(data, *spans["request_id"])}
        if self.layout.pair:
            return {"id_hash": ids_after(self.layout.pair, data, starts, ends)}
        return empty_rows(IDENTIFIED, len(starts))

    def _hosts_and_templates(self, spans: Spans, data: Bytes, starts: Places, ends: Places) -> dict[str, Numbers]:
        del ends
        rows = empty_rows(NAMED, len(starts))
        if "host" in spans:
            rows["host"] = self._names.hosts.codes.at(data, *spans["host"]).astype(np.int64)
        if "event" in spans:
            rows["template"] = self._templates(data, spans["event"])
        return rows

    def _templates(self, data: Bytes, event: Span) -> Numbers:
        heads = first_hits(words_of(data), event.begins, holding_none_of_a_name, TEMPLATE_BYTES)
        return self._names.templates.codes.at(data, event.begins, np.minimum(heads, event.ends)).astype(np.int64)


def ids_after(pair: bytes, data: Bytes, starts: Places, ends: Places) -> Hashes:
    """The hashes of what stands behind the first ``pair`` in each line; 0 for a line without one."""
    found = np.zeros(len(starts), np.uint64)
    first, last = int(starts[0]), int(ends[-1])
    places = (match.start() + first for match in re.finditer(re.escape(pair), data[first:last].data))
    at = np.fromiter(places, np.int64)
    lines = np.searchsorted(starts, at, side="right") - 1
    alone = (at < ends[lines]) & ~_IN_NAMES[data[np.maximum(at, 1) - 1]]
    lines, which = np.unique(lines[alone], return_index=True)
    begins = at[alone][which] + len(pair)
    is_quoted = data[begins] == ord('"')
    begins += is_quoted
    words = words_of(data)
    stops = first_hits(words, begins, holding(_ID_STOPS), _MOST_ID_BYTES)
    stops[is_quoted] = first_hits(words, begins[is_quoted], holding(b'"\n'), _MOST_ID_BYTES)
    found[lines] = hashes_at(data, begins, np.minimum(stops, ends[lines]))
    return found


def _level_of_text(known: frozenset[str], text: str) -> int:
    """The code of a word that is certain to be a level: one of the samples, or one in capitals."""
    return level_code(text) if text in known or (text.isupper() and len(text) >= _SHORTEST_LEVEL) else 0
