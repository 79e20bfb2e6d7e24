"""How the records of a log are read for its index."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import NamedTuple


class IndexOptions(NamedTuple):
    """How records are read: the zone of times without an offset, further names of IDs, and the day of reading."""

    zone: tzinfo = UTC
    id_fields: frozenset[str] = frozenset()
    today: datetime | None = None


DEFAULT_INDEX_OPTIONS = IndexOptions()
