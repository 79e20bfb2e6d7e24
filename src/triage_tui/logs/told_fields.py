"""What else a structured record tells beside its message. Nothing is loaded here."""

from __future__ import annotations

from collections.abc import Mapping

MOST_FIELDS, LONGEST_VALUE = 6, 60
# What a line shows already, or what is the same in every line.
SHOWN_KEYS = frozenset(
    {
        "time", "timestamp", "@timestamp", "ts", "@t", "asctime", "datetime", "level", "severity", "levelname", "lvl",
        "loglevel", "log_level", "log.level", "severity_text", "@l", "event", "message", "msg", "service",
        "service.name", "logger", "host", "hostname", "request_id", "requestId", "correlation_id", "correlationId",
        "trace_id", "traceId", "span_id", "spanId", "version", "@version", "pid", "environment",
    }
)  # fmt: skip


def told_fields(record: Mapping[str, object], event: str) -> str:
    """Write the short fields that the event does not hold, two blanks apart."""
    told = (f"{key}={value}" for key, value in record.items() if key not in SHOWN_KEYS and _is_short(value, event))
    return "  ".join(text for _, text in zip(range(MOST_FIELDS), told, strict=False))


def _is_short(value: object, event: str) -> bool:
    return isinstance(value, str | int | float) and len(str(value)) <= LONGEST_VALUE and str(value) not in event
