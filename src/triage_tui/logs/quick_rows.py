"""Rows of an index read straight from the bytes of lines whose layout is known, thousands of lines at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.codes import Codes
from triage_tui.logs.columns import Numbers
from triage_tui.logs.hashing import Hashes, hashes_of
from triage_tui.logs.index_rows import IDENTIFIED, NAMED, TEMPLATE_BYTES, LogNames, empty_rows, level_code
from triage_tui.logs.layout_walk import SLACK, Walk, Walked
from triage_tui.logs.layouts import MOST_REACH, Layout
from triage_tui.logs.quick_times import TimeReader
from triage_tui.logs.texts import Texts
from triage_tui.logs.words import Bytes, Places, first_hits, holding, holding_none_of_a_name, words_of

Mask = npt.NDArray[np.bool_]
MOST_LAYOUTS = 8
_MOST_ID_BYTES, _SHORTEST_LEVEL = 1024, 3
_ID_STOPS = b' \t\r\n,;()[]"&'
_BARE_ID, _QUOTED_ID = re.compile(rb"[^%s]*" % re.escape(_ID_STOPS)), re.compile(rb'[^"\n]*')
_IN_NAMES = np.zeros(256, bool)
_IN_NAMES[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] = True
BUFFER_MARGIN = MOST_REACH + 1024


class QuickRows(NamedTuple):
    """Which of the lines were read, and the rows of these; how many of their times had no offset."""

    read: Mask
    rows: dict[str, Numbers]
    without_zone: int = 0


ReadWalked = Callable[[Walked], QuickRows]


class LineReader:
    """Reads the lines of one layout.

    The buffer goes on for ``BUFFER_MARGIN`` bytes behind the last of the lines, with whatever is there.
    """

    def __init__(self, layout: Layout, names: LogNames, zone: tzinfo, today: datetime | None = None) -> None:
        self.layout, self._names = layout, names
        self._timed = layout if layout.is_whole else layout.only("time", "level")
        self._timed_with_ids = layout if layout.is_whole else layout.only("time", "level", "request_id")
        self._identified, self._named = layout.only("request_id"), layout.only("host", "event")
        self._times = TimeReader(layout.shape, zone, today)
        self._levels = names.levels if layout.is_marked else Codes(partial(_level_of_text, layout.levels))

    def timed(self, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read ``order`` and ``flags``."""
        found = _in_two_goes(self._timed, self._times_and_levels, data, starts, ends)
        return found._replace(without_zone=int(found.read.sum()) if self._times.assumes_zone else 0)

    def timed_with_ids(self, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read ``order``, ``flags`` and ``id_hash`` of the lines whose ID is where those of the samples are."""
        found = _in_two_goes(self._timed_with_ids, self._times_levels_and_ids, data, starts, ends)
        return found._replace(without_zone=int(found.read.sum()) if self._times.assumes_zone else 0)

    def _times_levels_and_ids(self, walked: Walked) -> QuickRows:
        timed = self._times_and_levels(walked)
        return timed._replace(rows=timed.rows | self._ids(walked).rows)

    def _times_and_levels(self, walked: Walked) -> QuickRows:
        fits, spans = walked
        order, known = self._times.read(*spans["time"], fits)
        flags = np.zeros(len(order), np.int64)
        if "level" in spans:
            levels = self._levels.at(*spans["level"])
            # Where no key stands before it, a word that is no level may mean that the line is of another format.
            known &= (levels != 0) | self.layout.is_marked
            flags |= levels
        return QuickRows(known, {"order": order, "flags": flags})

    def knows(self, kind: str) -> int:
        """How many of the fields of a kind in ``LATER`` its lines have."""
        if kind == "ids":
            return len(self._identified.columns) + bool(self.layout.pair)
        return len(self._named.columns)

    def later(self, kind: str, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read the columns of a kind in ``LATER``."""
        layout = self._identified if kind == "ids" else self._named
        if kind == "ids" and self.layout.pair:
            found = {"id_hash": ids_after(self.layout.pair, data, starts, ends)}
            return QuickRows(self.timed(data, starts, ends).read, found)
        read = self._ids if kind == "ids" else self._hosts_and_templates
        # Lines that have none of them are known by their time.
        later = _in_two_goes(layout if layout.steps else self._timed, read, data, starts, ends)
        if self.layout.is_marked:
            return later
        # Only its time and its level tell that a line is of this layout.
        return later._replace(read=later.read & self.timed(data, starts, ends).read)

    def _ids(self, walked: Walked) -> QuickRows:
        fits, spans = walked
        if "request_id" not in spans:
            return QuickRows(fits, empty_rows(IDENTIFIED, len(fits)))
        texts, ends = spans["request_id"]
        return QuickRows(fits, {"id_hash": hashes_of(texts, ends - texts.begins)})

    def _hosts_and_templates(self, walked: Walked) -> QuickRows:
        fits, spans = walked
        rows = empty_rows(NAMED, len(fits))
        if "host" in spans:
            rows["host"] = self._names.hosts.codes.at(*spans["host"]).astype(np.int64)
        if "event" in spans:
            rows["template"] = self._templates(*spans["event"])
        return QuickRows(fits, rows)

    def _templates(self, events: Texts, ends: Places) -> Numbers:
        heads = first_hits(words_of(events.data), events.begins, holding_none_of_a_name, TEMPLATE_BYTES)
        return self._names.templates.codes.at(events, np.minimum(heads, ends)).astype(np.int64)


def _in_two_goes(layout: Layout, read: ReadWalked, data: Bytes, starts: Places, ends: Places) -> QuickRows:
    """Read the lines as if their values were much as the samples have them, and then those of which that is not so."""
    found = read(Walk(data, layout).go(starts, ends))
    others = np.flatnonzero(~found.read)
    if len(others) and layout.skips(SLACK):
        late = read(Walk(data, layout, boldly=False).go(starts[others], ends[others]))
        found.read[others] = late.read
        for name, numbers in late.rows.items():
            found.rows[name][others] = numbers
    return found


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
    for row in np.flatnonzero(stops - begins >= _MOST_ID_BYTES).tolist():
        rest = (_QUOTED_ID if is_quoted[row] else _BARE_ID).match(data, stops[row])  # type: ignore[call-overload]  # takes any buffer
        stops[row] = rest.end()
    found[lines] = hashes_of(Texts(data, begins), np.minimum(stops, ends[lines]) - begins)
    return found


def _level_of_text(known: frozenset[str], text: str) -> int:
    """The code of a word that is certain to be a level: one of the samples, or one in capitals."""
    return level_code(text) if text in known or (text.isupper() and len(text) >= _SHORTEST_LEVEL) else 0
