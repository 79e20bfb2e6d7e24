"""What all decisions have in common, and how they change the entries of the state."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from triage_tui.investigation.state import ActionItem, Hypothesis, Investigation, Pin

Entry = TypeVar("Entry", Pin, Hypothesis, ActionItem)


class Decision(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """The base of all decisions; ``at`` is when it was made, UTC."""

    at: datetime

    def change(self, before: Investigation) -> Investigation:
        """Return the snapshot that this decision leads to."""
        raise TypeError(f"{type(self).__name__} cannot change {before.id}")


def find(entries: tuple[Entry, ...], entry_id: str) -> Entry | None:
    """The entry with an id."""
    return next((entry for entry in entries if entry.id == entry_id), None)


def put(entries: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """Add an entry, or replace the one with its id."""
    if find(entries, entry.id) is None:
        return entries + (entry,)  # noqa: RUF005 - mypy solves the type variable only so
    return tuple(entry if known.id == entry.id else known for known in entries)
