"""What the index keeps of each record, and how the fields of parsed lines become that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from triage_tui.logs.formats.fields import plan_for, text_of
from triage_tui.logs.formats.levels import LEVELS, level_of
from triage_tui.logs.formats.line_formats import Fields
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.quick.codes import Names
from triage_tui.logs.quick.id_hashing import id_hashes

if TYPE_CHECKING:
    import polars as pl

TIMED = {"offset": np.int64, "line": np.int64, "order": np.int64, "flags": np.int64}
"""The columns that are known first.

``offset`` is where a record begins in its file, ``line`` its first line from 1 on, ``order`` its time in microseconds
since 1970 UTC, or that of the record before it where it has none; ``flags`` holds the level from 1 on, 0 for none, and
``NO_TIME``.
"""
IDENTIFIED = {"id_hash": np.uint64}
"""The column that comes next: a hash of the correlation ID, 0 where there is none."""
NAMED = {"host": np.int64, "template": np.int64}
"""The columns that come last: codes of the names of the log, 0 for none.

A template is the beginning of the message, up to the first byte that is likely to vary.
"""
LATER: Mapping[str, Mapping[str, npt.DTypeLike]] = {"ids": IDENTIFIED, "names": NAMED}
"""What is read of records in passes of their own, a row for each record, in this order."""
LEVEL_BITS, NO_TIME = 0x0F, 0x80
TEMPLATE_BYTES = 24
_TEMPLATE = re.compile(r'[^\x00-\x1f0-9"\\\x7f-\U0010ffff]{0,24}')
_PLANS_KEPT = 4096
Texts = Sequence[str | None]


# True is 1, but not the same level.
@lru_cache(maxsize=4096, typed=True)
def _level_code(value: str | int) -> int:
    name = level_of(value)
    return LEVELS.index(name) + 1 if name in LEVELS else 0


def level_code(value: object) -> int:
    """The code of a severity, however it is spelled."""
    known = value if isinstance(value, str | int) else text_of(value)
    return _level_code(known) if known is not None else 0


@dataclass(frozen=True, slots=True)
class LogNames:
    """The names that the codes of one log stand for."""

    hosts: Names = field(default_factory=Names)
    templates: Names = field(default_factory=Names)


class FieldRows:
    """Turns the fields of parsed lines into rows of an index.

    ``zone`` is that of times without an offset, and ``today`` gives the year to those that leave it out.
    """

    def __init__(
        self, names: LogNames, zone: tzinfo, id_fields: frozenset[str] = frozenset(), today: datetime | None = None
    ) -> None:
        self._names, self._zone, self._id_fields, self._today = names, zone, id_fields, today
        self._plans: dict[tuple[str, ...], Mapping[str, str]] = {}

    def timed(self, records: Sequence[Fields]) -> tuple[dict[str, Numbers], int]:
        """``order``, 0 without a time, and ``flags``; and how many times had no offset."""
        # Lines with a layout need no frames, and a process that reads nothing else starts in half the time.
        from triage_tui.logs.records.time_columns import read_times

        times = read_times(self._values(records, "time"), self._zone, self._today)
        order = times.times.to_physical().fill_null(0).to_numpy()
        return {"order": order, "flags": flags_of(times.times, self._values(records, "level"))}, times.without_zone

    def ids(self, records: Sequence[Fields]) -> dict[str, Numbers]:
        """The column ``IDENTIFIED``."""
        return {"id_hash": id_hashes([text_of(one) for one in self._values(records, "request_id")])}

    def later(self, records: Sequence[Fields]) -> dict[str, dict[str, Numbers]]:
        """The columns of each kind in ``LATER``."""
        texts = ([text_of(one) for one in self._values(records, name)] for name in ("request_id", "host", "event"))
        return later_rows(self._names, *texts)

    def _values(self, records: Sequence[Fields], column: str) -> list[object]:
        keys = (self._plan(tuple(one)).get(column) for one in records)
        return [None if key is None else one[key] for key, one in zip(keys, records, strict=True)]

    def _plan(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        plan = self._plans.get(keys)
        if plan is None:
            plan = plan_for(keys, self._id_fields).columns
            if len(self._plans) < _PLANS_KEPT:
                self._plans[keys] = plan
        return plan


def flags_of(times: pl.Series, levels: Iterable[object]) -> Numbers:
    """``flags`` of records with these times, null where unknown, and severities."""
    codes = np.fromiter(map(level_code, levels), np.int64, len(times))
    return codes | np.where(times.is_null().to_numpy(), NO_TIME, 0)


def later_rows(names: LogNames, ids: Texts, hosts: Texts, events: Texts) -> dict[str, dict[str, Numbers]]:
    """The columns of each kind in ``LATER`` of records."""
    heads = (_TEMPLATE.match(event or "") for event in events)
    templates = [names.templates.codes.of(head[0] if head else "") for head in heads]
    hosts_of = [names.hosts.codes.of(host or "") for host in hosts]
    return {
        "ids": {"id_hash": id_hashes(ids)},
        "names": {"host": np.array(hosts_of, np.int64), "template": np.array(templates, np.int64)},
    }


def empty_rows(kinds: Mapping[str, npt.DTypeLike], count: int) -> dict[str, Numbers]:
    """Columns of zeros."""
    return {name: np.zeros(count, kind) for name, kind in kinds.items()}
