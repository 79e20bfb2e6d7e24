"""The fields that other records have: a key that appears late in a log, or in its errors alone, is found too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from triage_tui.ui.entries import Row
from triage_tui.ui.safe_text import SafeText

if TYPE_CHECKING:
    from triage_tui.logs.store import LogStore

MOST_ROWS, MOST_NAMES = 2_000, 100
NAME_CELLS = 24


class OtherFields(NamedTuple):
    """The names with how many records have each, the most frequent first, and how many records were looked at."""

    counts: tuple[tuple[str, int], ...] = ()
    counted: int = 0


def other_fields(
    store: LogStore, known: Collection[str], rows: Sequence[int] | None, is_cancelled: Callable[[], bool]
) -> OtherFields:
    """Count fields other than the known ones in rows, all where None: half of them at even distances, half the last.

    Reads at most 2,000 records, so it runs in a thread.
    """
    total = len(store) if rows is None else len(rows)
    places = _sampled(total)
    counts: Counter[str] = Counter()
    for place in places:
        if is_cancelled():
            break
        counts.update(store.fields.of(place if rows is None else rows[place]).keys() - known)
    return OtherFields(tuple(counts.most_common(MOST_NAMES)), len(places))


def _sampled(total: int) -> Sequence[int]:
    if total <= MOST_ROWS:
        return range(total)
    half = MOST_ROWS // 2
    return [*(number * (total - half) // half for number in range(half)), *range(total - half, total)]


def other_field_rows(found: OtherFields) -> list[Row]:
    """Return a heading and a row for each field; none where every record has the same."""
    if not found.counts:
        return []
    heading = Content.styled(f"In other lines, of {found.counted:,} that were looked at", "bold $pane-title")
    return [Row((Content(""),)), Row((heading,)), *(_row(name, count) for name, count in found.counts)]


def _row(name: str, count: int) -> Row:
    told = Content.styled(f" in {count:,} line{'s' if count > 1 else ''}", "$muted")
    line = Content.styled(SafeText(name).fitted(NAME_CELLS), "$key") + told
    return Row((line,), key=name, text=name)
