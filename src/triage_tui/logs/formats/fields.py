"""Which column of a log record each of its fields belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from triage_tui.logs.formats.field_names import ALIASES, COLUMN_OF

# Containers that only group; their fields are lifted out without a prefix.
_TRANSPARENT = frozenset(
    {"attrs", "attributes", "fields", "extra", "context", "ctx", "labels", "jsonpayload", "_source", "resource", "mdc"}
)
_DEEPEST = 12
_PRIORITY = {name: rank for names in ALIASES.values() for rank, name in enumerate(names.split())}
# The unit of a duration whose name tells it, in milliseconds; a bare "duration" is milliseconds unless it carries one.
DURATION_UNITS = {
    "duration_s": 1e3, "elapsed_s": 1e3, "latency_s": 1e3, "duration_seconds": 1e3, "response_time_seconds": 1e3,
    "request_time": 1e3, "rt": 1e3, "duration_us": 1e-3, "duration_ns": 1e-6, "event.duration": 1e-6,
}  # fmt: skip


TOO_DEEP = "(nested too deep)"


class Plan(NamedTuple):
    """For records with the same keys: which key fills which column, and which keys stay attributes."""

    columns: Mapping[str, str]
    attributes: tuple[str, ...]


def plan_for(keys: tuple[str, ...], extra_id_fields: frozenset[str] = frozenset()) -> Plan:
    """Choose a key for each column; of several names for one column the best known wins, the rest stay attributes."""
    best: dict[str, tuple[int, str]] = {}
    for key in keys:
        lowered = key.lower()
        column = "request_id" if lowered in extra_id_fields else COLUMN_OF.get(lowered)
        if column is None:
            continue
        rank = -1 if lowered in extra_id_fields else _PRIORITY[lowered]
        if column not in best or rank < best[column][0]:
            best[column] = (rank, key)
    columns = {column: key for column, (_, key) in best.items()}
    _take_status_for_level(columns, keys)
    used = frozenset(columns.values())
    return Plan(columns, tuple(key for key in keys if key not in used))


@lru_cache(256)
def outranking(column: str, key: str | None, extra_id_fields: frozenset[str] = frozenset()) -> frozenset[str]:
    """The names, in small letters, that fill a column rather than a key does; all of the column's without a key."""
    own = (key or "").lower()
    further = extra_id_fields if column == "request_id" else frozenset()
    if own in further:
        return frozenset()
    rank = _PRIORITY[own] if COLUMN_OF.get(own) == column else len(_PRIORITY)
    return further | {name for name, one in COLUMN_OF.items() if one == column and _PRIORITY[name] < rank}


def shared_columns(keys: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """The columns that several of these keys could fill, with these."""
    found: dict[str, tuple[str, ...]] = {}
    for key in keys:
        column = COLUMN_OF.get(key.lower())
        if column is not None:
            found[column] = (*found.get(column, ()), key)
    return {column: several for column, several in found.items() if len(several) > 1}


_shared_columns = lru_cache(4096)(shared_columns)


def without_blanks(fields: dict[str, object]) -> dict[str, object]:
    """Leave out fields that are null or "" where another one may fill their column, as ``trace_id`` does the ID's."""
    shared = _shared_columns(tuple(fields))
    if not shared:
        return fields
    blank = {key for keys in shared.values() for key in keys if is_blank(fields[key])}
    kept = {column for column, keys in shared.items() if not blank.issuperset(keys)}
    left_out = {key for key in blank if COLUMN_OF[key.lower()] in kept}
    return {key: value for key, value in fields.items() if key not in left_out} if left_out else fields


def is_blank(value: object) -> bool:
    """Whether a field has nothing in it."""
    return value is None or value == ""


def _take_status_for_level(columns: dict[str, str], keys: tuple[str, ...]) -> None:
    """Where an HTTP status stands beside it, and no level, ``status`` is the level, as Datadog has it."""
    status = columns.get("status", "")
    if status.lower() != "status" or "level" in columns:
        return
    others = [key for key in keys if COLUMN_OF.get(key.lower()) == "status" and key != status]
    if others:
        columns |= {"level": status, "status": min(others, key=lambda key: _PRIORITY[key.lower()])}


def flattened(record: Mapping[str, object]) -> dict[str, object]:
    """Lift nested objects to dotted keys; grouping containers such as ``attrs`` leave no prefix.

    A key that exists already is kept, and the nested one gets its full dotted name.
    """
    flat: dict[str, object] = {}
    _flatten_into(flat, record, "", "", 0)
    return flat


def _flatten_into(flat: dict[str, object], record: Mapping[str, object], prefix: str, full: str, depth: int) -> None:
    nested = []
    for key, value in record.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            nested.append((key, value))
            continue
        name = prefix + key if prefix + key not in flat else full + key
        flat[name] = value
    for key, value in nested:
        inner = prefix if key.lower() in _TRANSPARENT else f"{prefix}{key}."
        _flatten_into(flat, value, inner, f"{full}{key}.", depth + 1)


def text_of(value: object) -> str | None:
    """A value as the text of a column: null and "" are unknown, what is not text becomes compact JSON.

    A list of one text, as Elasticsearch's fields and HTTP's headers are, is that text.
    """
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value, enc_hook=str).decode("utf-8", "replace")
    except RecursionError:
        return TOO_DEEP
