"""One field of many lines of a text format at once, where its pattern alone says what the fields of a line are.

So it is for access logs. The pattern is run by polars, whose engine (docs.rs/regex) takes the same of a plain line as
Python's: the leftmost match, and of alternatives the first. Lines that are not plain are left to who parses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from triage_tui.logs.formats.field_names import COLUMN_OF
from triage_tui.logs.formats.fields import plan_for
from triage_tui.logs.formats.format_choice import PARSED_TEXT, FormatChoice
from triage_tui.logs.formats.line_formats import NOT_KNOWN

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.logs.filters.row_set import Mask

_WHOLE, _TRAILING = "_whole", "trailing"
_PLAIN, _JSON = r"^[\x20-\x7e]*$", r"^\s*\{"
KeyedField = tuple[str, object]


class PatternColumn:
    """The field of a column, or of its own name, of lines that one pattern describes."""

    def __init__(self, pattern: str, groups: Sequence[str], name: str, id_fields: frozenset[str]) -> None:
        self._pattern, self._name, self._id_fields = f"^(?P<{_WHOLE}>{pattern})", name, id_fields
        self._groups = [group for group in groups if group != _TRAILING]

    @classmethod
    def of(cls, formats: FormatChoice, name: str, id_fields: frozenset[str]) -> PatternColumn | None:
        """The field of most lines of a log; None where it takes more than a pattern to tell it."""
        form = formats.plain_pattern
        is_derived = formats.primary is not None and formats.primary.tells_level_by_status
        if form is None or (is_derived and COLUMN_OF.get(name.lower(), name) == "level"):
            return None
        import polars as pl  # other logs are filtered without it

        column = cls(form.pattern, tuple(form.groupindex), name, id_fields)
        try:
            return column if column.read(["-"]) == [None] else None
        except pl.exceptions.ComputeError:
            # Not every expression of Python's is one of polars'.
            return None

    def read(self, texts: Sequence[str]) -> list[KeyedField | None]:
        """The field of each record, after the key that it has there; None for those that are left to be parsed."""
        import polars as pl

        lines = pl.Series(texts, dtype=pl.String)
        found = lines.str.extract_groups(self._pattern).struct.unnest()
        fits = found[_WHOLE].is_not_null() & lines.str.contains(_PLAIN) & ~lines.str.contains(_JSON)
        fits &= lines.str.len_bytes() <= PARSED_TEXT
        if _TRAILING in found.columns:
            fits &= found[_TRAILING].fill_null("").is_in(["", NOT_KNOWN])
        return self._by_keys(found, fits.to_numpy())

    def _by_keys(self, found: pl.DataFrame, fits: Mask) -> list[KeyedField | None]:
        known = {group: (found[group].fill_null(NOT_KNOWN) != NOT_KNOWN).to_numpy() for group in self._groups}
        shapes = np.zeros(len(fits), np.int64)
        for bit, group in enumerate(self._groups):
            shapes |= known[group].astype(np.int64) << bit
        fields: list[KeyedField | None] = [None] * len(fits)
        for shape in np.unique(shapes[fits]).tolist():
            keys = tuple(group for bit, group in enumerate(self._groups) if shape >> bit & 1)
            key = plan_for(keys, self._id_fields).columns.get(self._name, self._name)
            places = np.flatnonzero(fits & (shapes == shape))
            values = found[key][places].to_list() if key in keys else [None] * len(places)
            for place, value in zip(places.tolist(), values, strict=True):
                fields[place] = (key, value)
        return fields
