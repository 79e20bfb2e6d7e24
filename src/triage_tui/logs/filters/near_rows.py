"""Sets of rows made from other ones: with those around them, or as far as they were known before."""

from __future__ import annotations

import numpy as np

from triage_tui.logs.filters.row_set import RowSet

_ROWS_AT_ONCE = 4096


def with_rows_around(rows: RowSet, distance: int) -> RowSet:
    """These rows, and those up to ``distance`` before and after each."""
    if not distance:
        return rows
    around = np.arange(-distance, distance + 1)
    parts = (
        np.unique(np.clip((some[:, None] + around).ravel(), 0, rows.size - 1))
        for piece in rows.pieces()
        for some in np.array_split(piece, -(-len(piece) // _ROWS_AT_ONCE))
    )
    return RowSet.gathered(rows.size, parts)


def rows_below(rows: RowSet, row: int, size: int) -> RowSet:
    """The rows before one, as a set out of more or fewer rows."""
    return RowSet.gathered(size, (piece[piece < row] for piece in rows.pieces()))
