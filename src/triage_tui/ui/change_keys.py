"""Keys by which a change is found again when the list is computed anew: a version may go out more than once."""

from __future__ import annotations

from collections.abc import Sequence

from triage_tui.investigation.findings import Change


def change_keys(changes: Sequence[Change]) -> dict[str, Change]:
    """Return the changes by key, oldest first: the ID, with its number from the second change of that ID on."""
    keyed: dict[str, Change] = {}
    counts: dict[str, int] = {}
    for change in sorted(changes, key=lambda one: one.at):
        counts[change.id] = number = counts.get(change.id, 0) + 1
        keyed[change.id if number == 1 else f"{change.id} #{number}"] = change
    return keyed


def recorded_words(change: Change) -> str:
    """Say by which sources a change is recorded, as what and when; "" where only one knows it."""
    if len(change.records) < 2:  # noqa: PLR2004 - one source says nothing beyond the change itself
        return ""
    return "recorded by " + ", ".join(f"{one.source} as {one.short_id} at {one.at:%H:%M:%SZ}" for one in change.records)
