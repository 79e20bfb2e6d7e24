"""What else a structured record tells beside its message. Only names are loaded here."""

from __future__ import annotations

from collections.abc import Mapping

from triage_tui.logs.formats.field_names import COLUMN_OF

MOST_FIELDS, LONGEST_VALUE = 6, 60
# What a line shows already under any of its names.
_SHOWN_COLUMNS = frozenset({"time", "level", "request_id"})
# What is the same in every line, or of use to the system alone that kept the record.
_SAME_IN_ALL = frozenset(
    {
        "service", "service.name", "logger", "logger_name", "name", "syslog_identifier", "_comm", "scope.name",
        "host", "hostname", "host.name", "host.hostname", "_hostname", "logstreamname", "@logstream",
        "span_id", "spanid", "span.id", "trace_flags", "traceflags", "version", "@version", "ecs.version", "pid",
        "_pid", "environment", "level_value", "levelno", "ingestiontime", "eventid", "@ptr", "_id", "_index",
        "insertid", "logname", "receivetimestamp",
    }
)  # fmt: skip
# Where a line of text comes from, if it came through a prefix that says so.
_ORIGINS = frozenset({"pod", "container"})
_REQUEST_COLUMNS = ("status", "method", "route")


def told_fields(record: Mapping[str, object], event: str, level: str | None = None) -> str:
    """Write the short fields that the event does not hold, two blanks apart; ``level`` is what the line shows."""
    told = (
        f"{key}={value}"
        for key, value in record.items()
        if not _is_shown(key) and _is_short(value) and not _says_the_same(str(value), event, level or "")
    )
    return "  ".join(text for _, text in zip(range(MOST_FIELDS), told, strict=False))


def told_origin(record: Mapping[str, object]) -> Mapping[str, object]:
    """Return the fields of a line of text that say which pod or container it comes from."""
    return {key: value for key, value in record.items() if key in _ORIGINS}


def told_host(record: Mapping[str, object], told: str) -> str:
    """Write the host of a record, ``host=web-1``; "" where there is none, or what is told already names it."""
    named = ((key, value) for key, value in record.items() if COLUMN_OF.get(key.lower()) == "host")
    return next((f"{key}={value}" for key, value in named if _is_short(value) and not _holds(told, str(value))), "")


def told_request(record: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
    """Write the request of a record without a message, ``503 POST /api/orders``, and return the fields that are left.

    A status that is always in sight comes first. "" where there is no request.
    """
    keys = {COLUMN_OF.get(key.lower()): key for key in reversed(list(record))}
    found = {column: keys[column] for column in _REQUEST_COLUMNS if keys.get(column) is not None}
    if "route" not in found or "status" not in found:
        return "", record
    parts = [str(record[key]) for key in found.values()]
    parts[-1] = parts[-1].partition(" HTTP/")[0]
    if not parts[-1].strip("- "):
        return "", record
    return " ".join(parts), {key: value for key, value in record.items() if key not in found.values()}


def _is_shown(key: str) -> bool:
    name = key.lower()
    return name in _SAME_IN_ALL or COLUMN_OF.get(name) in _SHOWN_COLUMNS


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float) and value not in ("", "-") and len(str(value)) <= LONGEST_VALUE


def _says_the_same(value: str, event: str, level: str) -> bool:
    """Tell whether a value is in the event or the event in it, as where a record wraps another; or is the level."""
    return _holds(event, value) or _holds(value, event) or value.upper() == level


def _holds(text: str, part: str) -> bool:
    """Tell whether a part stands in a text, not as a piece of a longer word or number."""
    start = text.find(part) if part else -1
    while start >= 0:
        if not (text[start - 1 : start] + text[start + len(part) : start + len(part) + 1]).isalnum():
            return True
        start = text.find(part, start + 1)
    return False
