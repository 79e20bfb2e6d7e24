"""Rows of an index read straight from the bytes of lines whose layout is known, thousands of lines at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.formats.levels import level_of_status
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.index_options import IndexOptions
from triage_tui.logs.index.index_rows import IDENTIFIED, NAMED, TEMPLATE_BYTES, LogNames, empty_rows, level_code
from triage_tui.logs.quick.codes import MOST_CODES, Codes
from triage_tui.logs.quick.doubtful_lines import (
    are_numbers,
    are_plain,
    close_together,
    lines_misquoted,
    lines_wrapping_objects,
)
from triage_tui.logs.quick.hashing import HASHED_BYTES, Hashes
from triage_tui.logs.quick.hidden_keys import HiddenKeys
from triage_tui.logs.quick.id_hashing import id_hashes_of
from triage_tui.logs.quick.layout_walk import Walk, Walked
from triage_tui.logs.quick.layouts import BARE_STOPS, MOST_REACH, Layout
from triage_tui.logs.quick.quick_times import TimeReader
from triage_tui.logs.quick.texts import Texts
from triage_tui.logs.quick.words import (
    Bytes,
    Places,
    first_hits,
    holding,
    holding_none_of_a_name,
    is_in,
    words_at,
    words_of,
)

Mask = npt.NDArray[np.bool_]
MOST_LAYOUTS = 8
_MOST_ID_BYTES, _SHORTEST_LEVEL, _STATUS_DIGITS = 1024, 3, 3
_ID_STOPS = b' \t\r\n,;()[]"&'
_BARE_ID, _QUOTED_ID = re.compile(rb"[^%s]*" % re.escape(_ID_STOPS)), re.compile(rb'[^"\n]*')
_QUOTE, _BACKSLASH = b'"\\'
_PLAIN_BARE, _PLAIN_TEXT = re.compile(r"0|-?[1-9]\d{0,17}|true|false|null"), re.compile(r'[^"\\]*')
# A pair's value without quotes ends at any blank.
_PLAIN_WORD = re.compile(r"[!#-\[\]-~]*")
# The escapes of what may stand in a template.
_SLASH, _ASCII = (np.uint64(int.from_bytes(one, "little")) for one in (b"\\/", b"\\u00"))
_TWO_BYTES, _FOUR_BYTES = np.uint64(0xFFFF), np.uint64(0xFFFFFFFF)
# As the code of a text, it tells that the line must be parsed.
UNCLEAR = MOST_CODES
_IN_NAMES = np.zeros(256, bool)
_IN_NAMES[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] = True
BUFFER_MARGIN = MOST_REACH + 1024


class QuickRows(NamedTuple):
    """Which of the lines were read, and the rows of these; how many of their times had no offset."""

    read: Mask
    rows: dict[str, Numbers]
    without_zone: int = 0


ReadWalked = Callable[..., QuickRows]


class _Pass(NamedTuple):
    """What is read at once: the layout as far as it tells that, which values may be blank, and what looks further."""

    layout: Layout
    values: AbstractSet[str]
    hidden: HiddenKeys


_ROWS = {"level": "flags", "request_id": "id_hash", "host": "host"}


class LineReader:
    """Reads the lines of one layout, as parsing them does; those of which that is not certain are not read.

    The buffer goes on for ``BUFFER_MARGIN`` bytes behind the last of the lines, with whatever is there.
    """

    def __init__(self, layout: Layout, names: LogNames, options: IndexOptions) -> None:
        self.layout, self._names = layout, names
        self._times = TimeReader(layout.shape, options.zone, options.today)
        level_of_text = level_code if layout.is_marked else partial(_level_of_text, layout.levels)
        self._levels = self._codes("level", _level_by_status if layout.by_status else level_of_text)
        self._hosts = self._codes("host", names.hosts.codes.of)
        self._timed = self._pass(options, "time", "level")
        self._timed_with_ids = self._pass(options, "time", "level", "request_id")
        self._identified = self._pass(options, "request_id")
        self._named = self._pass(options, "host", "event")

    def _pass(self, options: IndexOptions, *columns: str) -> _Pass:
        hidden = HiddenKeys(self.layout, columns, options.id_fields)
        return _Pass(self.layout.telling(*columns), _ROWS.keys() & set(columns), hidden)

    def _codes(self, column: str, code_of: Callable[[str], int]) -> Codes:
        number = self.layout.columns.get(column)
        if number is None or not self.layout.is_marked:
            return Codes(code_of)
        step = self.layout.steps[number]
        is_bare = step.stops == BARE_STOPS and self.layout.is_json
        plain = _PLAIN_BARE if is_bare else _PLAIN_WORD if _QUOTE not in step.stops else _PLAIN_TEXT
        return Codes(lambda text: code_of(text) if _is_as_written(text, plain) else UNCLEAR)

    def timed(self, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read ``order`` and ``flags``."""
        found = self._read(self._timed, self._times_and_levels, data, starts, ends)
        return found._replace(without_zone=int(found.read.sum()) if self._times.assumes_zone else 0)

    def timed_with_ids(self, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read ``order``, ``flags`` and ``id_hash`` of the lines whose ID is where those of the samples are."""
        found = self._read(self._timed_with_ids, self._times_levels_and_ids, data, starts, ends)
        return found._replace(without_zone=int(found.read.sum()) if self._times.assumes_zone else 0)

    def _read(self, one: _Pass, read: ReadWalked, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read what the layout tells, of those lines of which nothing else may tell more."""
        # Most chunks have none, and looking for one takes no time.
        escaped = self.layout.is_marked and len(starts) > 0 and is_in(_BACKSLASH, data[int(starts[0]) : int(ends[-1])])
        layout = one.layout if one.layout.steps else self._timed.layout
        found = read(Walk(data, layout).go(starts, ends), escaped=escaped)
        rows = np.flatnonzero(found.read)
        if len(rows) and self.layout.is_marked:
            whole = len(rows) == len(starts)
            lines = close_together(data, starts if whole else starts[rows], ends if whole else ends[rows])
            blank = {name: found.rows[_ROWS[name]][rows] == 0 for name in one.values & self.layout.columns.keys()}
            found.read[rows[one.hidden.among(lines, blank)]] = False
            if self.layout.is_logfmt:
                found.read[rows[lines_misquoted(lines, escaped=escaped)]] = False
            elif escaped:
                found.read[rows[lines_wrapping_objects(lines)]] = False
        return found

    def _times_levels_and_ids(self, walked: Walked, *, escaped: bool) -> QuickRows:
        timed, ids = self._times_and_levels(walked), self._ids(walked, escaped=escaped)
        return timed._replace(read=timed.read & ids.read, rows=timed.rows | ids.rows)

    def _times_and_levels(self, walked: Walked, *, escaped: bool = False) -> QuickRows:
        del escaped  # Times have none, and levels are looked up as they are written.
        fits, spans = walked
        order, known = self._times.read(*spans["time"], fits)
        flags = np.zeros(len(order), np.int64)
        if "level" in spans:
            levels = self._levels.at(*spans["level"])
            # Where no key stands before it, a word that is no level may mean that the line is of another format.
            known &= (levels != UNCLEAR) & ((levels != 0) | self.layout.is_marked | self.layout.by_status)
            flags |= levels
        return QuickRows(known, {"order": order, "flags": flags})

    def knows(self, kind: str) -> int:
        """How many of the fields of a kind in ``LATER`` its lines have."""
        if kind == "ids":
            return ("request_id" in self.layout.columns) + bool(self.layout.pair)
        return len({"host", "event"} & self.layout.columns.keys())

    def later(self, kind: str, data: Bytes, starts: Places, ends: Places) -> QuickRows:
        """Read the columns of a kind in ``LATER``."""
        if kind == "ids" and self.layout.pair:
            hashed, read = ids_after(self.layout.pair, data, starts, ends)
            return QuickRows(self.timed(data, starts, ends).read & read, {"id_hash": hashed})
        ids = kind == "ids"
        # Lines that have none of them are known by their time.
        one, read_walked = (self._identified, self._ids) if ids else (self._named, self._hosts_and_templates)
        later = self._read(one, read_walked, data, starts, ends)
        if self.layout.is_marked:
            return later
        # Only its time and its level tell that a line is of this layout.
        return later._replace(read=later.read & self.timed(data, starts, ends).read)

    def _ids(self, walked: Walked, *, escaped: bool) -> QuickRows:
        fits, spans = walked
        if "request_id" not in spans:
            return QuickRows(fits, empty_rows(IDENTIFIED, len(fits)))
        texts, ends = spans["request_id"]
        texts, lengths = texts.kept_close(), ends - texts.begins
        step = self.layout.steps[self.layout.columns["request_id"]]
        is_bare = step.stops == BARE_STOPS and self.layout.is_json
        is_word = self.layout.is_logfmt and _QUOTE not in step.stops
        odd = b'"\\' if escaped else b'"' if is_word else b""
        hashed = id_hashes_of(texts, lengths)
        is_clear = are_numbers(texts, lengths) if is_bare else are_plain(texts, lengths, odd, as_words=is_word)
        return QuickRows(fits & is_clear, {"id_hash": hashed})

    def _hosts_and_templates(self, walked: Walked, *, escaped: bool) -> QuickRows:
        fits, spans = walked
        rows = empty_rows(NAMED, len(fits))
        if "host" in spans:
            hosts = self._hosts.at(*spans["host"])
            rows["host"], fits = hosts.astype(np.int64), fits & (hosts != UNCLEAR)
        if "event" in spans:
            rows["template"], is_clear = self._templates(*spans["event"], escaped=escaped)
            fits &= is_clear
        return QuickRows(fits, rows)

    def _templates(self, events: Texts, ends: Places, *, escaped: bool) -> tuple[Numbers, Mask]:
        """The templates of messages, and which go on no further behind an escape."""
        heads = first_hits(words_of(events.data), events.begins, holding_none_of_a_name, TEMPLATE_BYTES)
        codes = self._names.templates.codes.at(events, np.minimum(heads, ends)).astype(np.int64)
        if not escaped:
            return codes, np.ones(len(codes), bool)
        words = words_at(words_of(events.data), heads)
        escapes = ((words & _TWO_BYTES) == _SLASH) | ((words & _FOUR_BYTES) == _ASCII)
        return codes, ~(escapes & (heads < ends) & (heads < events.begins + TEMPLATE_BYTES))


def _is_as_written(text: str, plain: re.Pattern[str]) -> bool:
    """Whether the value in a line is its text; of a number, or anything else without quotes in JSON, few are."""
    return len(text.encode()) < HASHED_BYTES and plain.fullmatch(text) is not None


def ids_after(pair: bytes, data: Bytes, starts: Places, ends: Places) -> tuple[Hashes, Mask]:
    """The hashes of what stands behind the first ``pair`` in each line, 0 for a line without one; which are certain."""
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
    texts, lengths = Texts(data, begins), np.minimum(stops, ends[lines]) - begins
    found[lines], is_clear = id_hashes_of(texts, lengths), np.ones(len(starts), bool)
    is_clear[lines] = are_plain(texts, lengths, b"")
    return found, is_clear


def _level_of_text(known: frozenset[str], text: str) -> int:
    """The code of a word that is certain to be a level: one of the samples, or one in capitals."""
    return level_code(text) if text in known or (text.isupper() and len(text) >= _SHORTEST_LEVEL) else 0


def _level_by_status(status: str) -> int:
    """The code of the level that an HTTP status tells; of what is no number, the line may be of another format."""
    return level_code(level_of_status(status)) if status.isdecimal() and len(status) == _STATUS_DIGITS else UNCLEAR
