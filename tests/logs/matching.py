"""All rows that filters leave, without the steps in which they are found."""

from collections.abc import Sequence

from triage_tui.logs.filters.conditions import AnyCondition
from triage_tui.logs.filters.filtering import matches_in_steps
from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.store import LogStore


def matching_rows(store: LogStore, conditions: Sequence[AnyCondition]) -> RowSet:
    """The rows that meet every condition; all rows where there is none."""
    *_, last = matches_in_steps(store, conditions)
    assert last.rows is not None
    return last.rows
