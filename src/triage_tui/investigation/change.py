"""A change to the systems, and what the evidence says of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from triage_tui.investigation.block import Block

ChangeKind = Literal["deploy", "config", "dependency", "infrastructure", "traffic", "flag"]
ChangeVerdict = Literal["prime", "possible", "excluded"]
_SHORTEST_REVISION, _LONGEST_NAME = 7, 28


class ChangeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Where a change is recorded: by which source, by which name, at what time."""

    source: str
    id: str
    at: datetime

    @property
    def short_id(self) -> str:
        """Its ID for a line of text."""
        return short_change_id(self.id)


class Change(Block, frozen=True, kw_only=True, rename={"speaks_for": "for", "speaks_against": "against"}):
    """A change and what the evidence says of it; ``lag_s`` is onset minus change, negative where it came after.

    ``records`` are those of the one change, oldest first; ``at`` is when it was finished.
    """

    id: str
    kind: ChangeKind
    service: str | None = None
    at: datetime
    title: str
    lag_s: float | None = None
    verdict: ChangeVerdict
    records: tuple[ChangeRecord, ...] = ()
    speaks_for: tuple[str, ...] = ()
    speaks_against: tuple[str, ...] = ()

    @property
    def is_revision(self) -> bool:
        """Tell whether its ID is a git revision."""
        return _is_revision(self.id)

    @property
    def short_id(self) -> str:
        """Its ID for a line of text."""
        return short_change_id(self.id)

    @property
    def name(self) -> str:
        """Its kind and ID: "deploy a1b2c3d"; a tag such as "deploy-v1.4.2" says both."""
        return change_name(self.kind, self.id)

    @property
    def headline(self) -> str:
        """Its ID and title; the ID alone where the title says no more."""
        return f"{self.short_id} {self.title}" if self.says_more else self.short_id

    @property
    def summary(self) -> str:
        """Its kind, ID and title: "deploy a1b2c3d: Add reports"."""
        return f"{self.name}: {self.title}" if self.says_more else self.name

    @property
    def says_more(self) -> bool:
        """Tell whether its title says more than its kind and ID."""
        return self.title not in {"", self.id, f"{self.kind} {self.id}"}


def change_name(kind: str, change_id: str) -> str:
    """Return the kind and the short ID of a change, the kind once."""
    short = short_change_id(change_id)
    return short if short.startswith(f"{kind}-") else f"{kind} {short}"


def short_change_id(change_id: str) -> str:
    """Return the beginning of a revision, a name in full up to a length that fits a line of text."""
    if _is_revision(change_id):
        return change_id[:_SHORTEST_REVISION]
    return change_id if len(change_id) <= _LONGEST_NAME else f"{change_id[: _LONGEST_NAME - 1]}…"


def _is_revision(change_id: str) -> bool:
    return len(change_id) >= _SHORTEST_REVISION and all(character in "0123456789abcdef" for character in change_id)
