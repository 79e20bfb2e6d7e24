"""A deploy that goes back to an older revision is a rollback, whether or not somebody called it one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from triage_tui.analysis.revision_names import TAG_WORDS, names_of

Row = dict[str, Any]

SAYS_ROLLBACK = ("roll back", "rollback", "rolled back", "revert")


class _Deploy(NamedTuple):
    at: datetime
    id: str


def told_as_rollbacks(deploys: Sequence[Row]) -> list[Row]:
    """Say so in the title of each of these rows of a CHANGES frame, in time order, that is a rollback.

    That is the deploy of a revision that went out first before the one did that it takes the place of: where v2 comes
    back after a rollback to v1, it is none.
    """
    first: dict[tuple[str | None, str], _Deploy] = {}
    running: dict[str | None, datetime] = {}
    told = []
    for row in deploys:
        service, names = row["service"], names_of(row)
        known = min((first[service, name] for name in names if (service, name) in first), default=None)
        is_back = known is not None and known.at < running.get(service, known.at)
        told.append({**row, "title": _title(row, known)} if is_back and known is not None else row)
        for name in names:
            first.setdefault((service, name), _Deploy(row["at"], str(row["id"])))
        running[service] = row["at"] if known is None else known.at
    return told


def says_rollback(row: Row) -> bool:
    """Tell whether a row of a CHANGES frame calls itself a rollback."""
    return str(row["title"]).lower().startswith(SAYS_ROLLBACK)


def _title(row: Row, to: _Deploy) -> str:
    named = TAG_WORDS.sub("", to.id)
    return str(row["title"]) if says_rollback(row) else f"Roll back to {named}: {row['title']}"
