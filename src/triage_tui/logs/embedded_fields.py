"""Fields that stand inside a message: ``request_id=abc``, or a whole JSON record in the message of another."""

from __future__ import annotations

import re

import msgspec

from triage_tui.logs.fields import COLUMN_OF, flattened

_PAIR = re.compile(r'(?<![\w.])([A-Za-z][\w.-]*)=("[^"]*"|[^\s,;()\[\]]+)')
_ID = re.compile(
    r"(?i)\b((?:request|correlation|trace|req)[_-]?id)\s*(?:[:=]\s*[\"'\[]?|[\"'\[])([A-Za-z0-9][\w-]{5,})"
)
_TAGGED_UUID = re.compile(r"\[([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\]")
_REQUEST = re.compile(
    r'"?\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/[^\s"?]*)[^\s"]*(?: HTTP/[\d.]+"?)?(?:"? (?:-> ?)?(\d{3})\b)?'
)
_LIFTED_COLUMNS = frozenset({"request_id", "user", "client", "route", "method", "status", "duration", "exception_type"})
_WORTH_LIFTING = frozenset(name for name, column in COLUMN_OF.items() if column in _LIFTED_COLUMNS)
_ID_NAMES = frozenset(name for name, column in COLUMN_OF.items() if column == "request_id")
_WRAPPING = ("log", "MESSAGE", "message", "@message", "line", "textPayload", "msg")


def embedded_fields(message: str) -> dict[str, object]:
    """Find the fields that a message spells out as pairs, a tagged UUID, or an HTTP request with its status."""
    fields: dict[str, object] = {}
    if "=" in message:
        for key, value in _PAIR.findall(message):
            if key.lower() in _WORTH_LIFTING:
                fields[key] = value.strip('"')
    if not any(key.lower() in _ID_NAMES for key in fields):
        identifier = _ID.search(message) or _TAGGED_UUID.search(message)
        if identifier is not None:
            fields["request_id"] = identifier[identifier.lastindex or 0]
    if " /" in message and (request := _REQUEST.search(message)):
        fields |= {"method": request[1], "path": request[2]}
        if request[3]:
            fields.setdefault("status", request[3])
    return fields


def unwrapped(record: dict[str, object]) -> dict[str, object]:
    """Merge in the record that another wraps: docker's ``log``, journald's ``MESSAGE``, Loki's ``line``.

    The inner record knows better; what only the wrapper knows (host, unit, its time) is kept.
    """
    for key in _WRAPPING:
        value = record.get(key)
        if isinstance(value, list) and key == "MESSAGE":
            value = _text_of_bytes(value)
            record[key] = value
        if isinstance(value, str) and value[:1] == "{":
            inner = _object_in(value)
            if inner is not None:
                del record[key]
                return _merged(record, flattened(inner))
    return record


def _merged(outer: dict[str, object], inner: dict[str, object]) -> dict[str, object]:
    known = {COLUMN_OF.get(key.lower()) for key in inner} - {None}
    kept = {key: value for key, value in outer.items() if COLUMN_OF.get(key.lower()) not in known}
    return kept | inner


def _object_in(text: str) -> dict[str, object] | None:
    try:
        inner = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return inner if isinstance(inner, dict) else None


def _text_of_bytes(numbers: list[object]) -> str:
    """Journald gives a message with control bytes as a list of byte values."""
    if not all(isinstance(number, int) and 0 <= number < 256 for number in numbers):  # noqa: PLR2004 - a byte
        return str(numbers)
    return bytes(number for number in numbers if isinstance(number, int)).decode("utf-8", "replace")
