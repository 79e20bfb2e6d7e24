"""Keys by which a change is found again when the list is computed anew: a version may go out more than once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from triage_tui.investigation.change import Change, ChangeRecord

_TOLD_APART = timedelta(seconds=1)


def change_keys(changes: Sequence[Change]) -> dict[str, Change]:
    """Return the changes by key, oldest first: the ID, with its number from the second change of that ID on."""
    keyed: dict[str, Change] = {}
    counts: dict[str, int] = {}
    for change in sorted(changes, key=lambda one: one.at):
        counts[change.id] = number = counts.get(change.id, 0) + 1
        keyed[change.id if number == 1 else f"{change.id} #{number}"] = change
    return keyed


def recorded_words(change: Change) -> str:
    """Say by which sources a change is recorded, as what and when where that differs; "" where only one knows it."""
    if len(change.records) < 2:  # noqa: PLR2004 - one source says nothing beyond the change itself
        return ""
    return "recorded by " + ", ".join(_recorded(one, change) for one in change.records)


def _recorded(record: ChangeRecord, change: Change) -> str:
    name = f" as {record.short_id}" if record.id != change.id else ""
    moment = f" at {record.at:%H:%M:%SZ}" if abs(record.at - change.at) >= _TOLD_APART else ""
    return f"{record.source}{name}{moment}"
