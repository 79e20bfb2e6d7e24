"""Lines that a layout takes for its own, though behind what it looks at there is a key that fills a column instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from triage_tui.logs.formats.fields import outranking
from triage_tui.logs.quick.doubtful_lines import CloseLines, close_together
from triage_tui.logs.quick.key_search import KeySearch
from triage_tui.logs.quick.layouts import KEYED, Layout
from triage_tui.logs.quick.words import Places

Mask = npt.NDArray[np.bool_]


class HiddenKeys:
    """Finds those lines of a layout in which another key than in the samples may fill one of some columns."""

    def __init__(self, layout: Layout, columns: Sequence[str], id_fields: frozenset[str]) -> None:
        self._layout, self._columns, self._id_fields = layout, KEYED.intersection(columns), id_fields
        # Lines that are gone through to the end have no key that the samples do not have.
        self._is_needed = (layout.is_json or layout.is_logfmt) and layout.to_the_end.isdisjoint(columns)

    @cached_property
    def _better_known(self) -> KeySearch | None:
        keys = self._layout.keys
        return self._search(*(outranking(one, keys.get(one), self._id_fields) for one in sorted(self._columns)))

    @cached_property
    def _any_known(self) -> dict[str, KeySearch | None]:
        keys = self._layout.keys
        return {one: self._search(outranking(one, None) - {keys[one].lower()}) for one in self._columns & keys.keys()}

    def _search(self, *names: frozenset[str]) -> KeySearch | None:
        every = frozenset[str]().union(*names)
        usual = b"".join(step.literal for step in self._layout.steps) + self._layout.after
        return KeySearch(every, usual, is_json=self._layout.is_json) if every else None

    def among(self, lines: CloseLines, blank: Mapping[str, Mask]) -> Places:
        """The numbers of the lines that have such a key; of the columns, some are ``blank`` in some lines."""
        if not self._is_needed:
            return np.empty(0, np.int64)
        found = [self._with_one(self._better_known, lines)]
        for column, search in self._any_known.items():
            rows = np.flatnonzero(blank[column]) if column in blank and search is not None else ()
            if len(rows):
                some = close_together(lines.data, lines.starts[rows], lines.ends[rows])
                found.append(np.asarray(rows)[self._with_one(search, some)])
        return np.concatenate(found)

    @staticmethod
    def _with_one(search: KeySearch | None, lines: CloseLines) -> Places:
        places = [] if search is None else search.places(lines.text)
        return lines.with_any_of(np.asarray(places, np.int64) + lines.first)
