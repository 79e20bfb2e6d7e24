"""The manifest of a bundle: ``docs/bundle-format.md`` as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.time_window import TimeWindow

BUNDLE_SCHEMA = 1
MANIFEST_NAME = "manifest.json"

MemberKind = Literal[
    "alert",
    "logs",
    "metrics",
    "series",
    "changes",
    "health",
    "alerts",
    "topology",
    "request_counts",
    "journal",
    "attachment",
]


class BundleHead(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says of its incident; times carry UTC, ``timezone`` is the one that people read it in."""

    schema: int = BUNDLE_SCHEMA
    title: str
    service: str | None = None
    created_at: datetime
    window: TimeWindow
    baseline: TimeWindow | None = None
    timezone: str = "UTC"
    note: str = ""
    signals: tuple[SignalHint, ...] = ()


class MemberFacts(msgspec.Struct, frozen=True):
    """What a member holds, and where it came from.

    ``metric`` names the series of a query that dropped ``__name__``.
    """

    name: str
    kind: MemberKind
    source: str = ""
    query: str = ""
    metric: str | None = None
    window: TimeWindow | None = None
    fetched_at: datetime | None = None
    complete: bool = True
    note: str = ""


class MemberEntry(MemberFacts, frozen=True, kw_only=True):
    """One member as the manifest lists it, with the size and SHA-256 of its content."""

    bytes: int
    sha256: str


class Manifest(BundleHead, frozen=True, kw_only=True):
    """The whole of ``manifest.json``."""

    members: tuple[MemberEntry, ...]
