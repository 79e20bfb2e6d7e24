"""Fields that stand inside a message: ``request_id=abc``, or a whole JSON record in the message of another."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from triage_tui.logs.formats.field_names import COLUMN_OF
from triage_tui.logs.formats.fields import flattened

_PAIR = re.compile(r'(?<![\w.])([A-Za-z][\w.-]*)=("[^"]*"|[^\s,;()\[\]]+)')
_ID = re.compile(
    r"(?i)\b((?:request|correlation|trace|req)[_-]?id)[\"']?\s*(?:[:=]\s*[\"'\[]?|[\"'\[])([A-Za-z0-9][\w-]{5,})"
)
_TAGGED_UUID = re.compile(r"(?i)\[([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\]")
_REQUEST = re.compile(
    r'"?\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) "?(/[^\s"?]*)[^\s"]*(?: HTTP/[\d.]+"?)?(?:"? (?:-> ?)?(\d{3})\b)?'
)
_LIFTED_COLUMNS = frozenset({"request_id", "user", "client", "route", "method", "status", "duration", "exception_type"})
_WORTH_LIFTING = frozenset(name for name, column in COLUMN_OF.items() if column in _LIFTED_COLUMNS)
_ID_NAMES = frozenset(name for name, column in COLUMN_OF.items() if column == "request_id")
Fields = dict[str, object]
_WRAPPING_TEXT = frozenset({"log", "MESSAGE", "@message", "line", "textPayload"})
_WRAPPING = ("log", "MESSAGE", "message", "@message", "line", "textPayload", "msg")
# CloudWatch's events, whose message is a line too.
_WRAPPING_RECORD = frozenset({"logStreamName", "ingestionTime", "@logStream"})
_SAID_ONCE = frozenset({"level", "event"})


def embedded_fields(message: str) -> Fields:
    """Find the fields that a message spells out as pairs, a tagged UUID, or an HTTP request with its status."""
    fields: Fields = {}
    if "=" in message:
        for key, value in _PAIR.findall(message):
            if key.lower() in _WORTH_LIFTING:
                fields[key] = value.strip('"') if value[0] == '"' or key.lower() not in _ID_NAMES else _in_query(value)
    if not any(key.lower() in _ID_NAMES for key in fields):
        identifier = _ID.search(message) or _TAGGED_UUID.search(message)
        if identifier is not None:
            fields["request_id"] = identifier[identifier.lastindex or 0]
    if (" /" in message or ' "/' in message) and (request := _REQUEST.search(message)):
        fields |= {"method": request[1], "path": request[2]}
        if request[3]:
            fields.setdefault("status", request[3])
    return fields


def _in_query(value: str) -> str:
    """An ID up to where the next parameter of a URL begins."""
    return value.partition("&")[0].strip('"')


def unwrapped(record: Fields, parse_text: Callable[[str], Fields | None]) -> Fields:
    """Merge in the record that another wraps: docker's ``log``, journald's ``MESSAGE``, Loki's ``line``.

    The inner record knows better; what only the wrapper knows (host, unit) is kept, and so is its time where the inner
    one is a line of text, whose time may lack its zone.
    """
    if isinstance(trace := record.get("trace"), str) and trace.startswith("projects/"):
        record["trace"] = trace.rpartition("/")[2]
    for key in _WRAPPING:
        value = record.get(key)
        if isinstance(value, list) and key == "MESSAGE":
            value = record[key] = _text_of_bytes(value)
        if not isinstance(value, str):
            continue
        if value[:1] == "{" and (inner := _object_in(value)) is not None:
            return merged(_without(record, key), flattened(inner))
        # "line" is also what a source line's number is called, beside a message.
        if _is_line(record, key) and not any(COLUMN_OF.get(name.lower()) == "event" for name in record if name != key):
            return _with_line(_without(record, key), value.rstrip("\r\n"), parse_text)
    return record


def _with_line(outer: Fields, line: str, parse_text: Callable[[str], Fields | None]) -> Fields:
    inner = parse_text(line)
    if inner is None:
        return embedded_fields(line) | {"message": line} | outer
    return merged(outer, inner, is_text=True)


def _is_line(record: Fields, key: str) -> bool:
    return key in _WRAPPING_TEXT or (key == "message" and not _WRAPPING_RECORD.isdisjoint(record))


def _without(record: Fields, key: str) -> Fields:
    return {name: value for name, value in record.items() if name != key}


def merged(outer: Fields, inner: Fields, *, is_text: bool = False) -> Fields:
    """Put the fields of a wrapped record over those of its wrapper; of a line of text, the wrapper's time is kept.

    Level, message and time come from one of the two; of the others, whichever is the better known name wins later.
    """
    if is_text and _fills(outer, "time"):
        inner = {key: value for key, value in inner.items() if COLUMN_OF.get(key.lower()) != "time"}
    once = _SAID_ONCE if is_text or not _fills(inner, "time") else _SAID_ONCE | {"time"}
    known = {COLUMN_OF.get(key.lower()) for key in inner} & once
    kept = {key: value for key, value in outer.items() if COLUMN_OF.get(key.lower()) not in known}
    return kept | inner


def _fills(fields: Fields, column: str) -> bool:
    return any(COLUMN_OF.get(key.lower()) == column for key in fields)


def _object_in(text: str) -> Fields | None:
    try:
        inner = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return inner if isinstance(inner, dict) and inner else None


def _text_of_bytes(numbers: list[object]) -> str:
    """Journald gives a message with control bytes as a list of byte values, and a field that was set twice as two."""
    if all(isinstance(one, str) for one in numbers):
        return "\n".join(map(str, numbers))
    if not all(isinstance(number, int) and 0 <= number < 256 for number in numbers):  # noqa: PLR2004 - a byte
        return str(numbers)
    return bytes(number for number in numbers if isinstance(number, int)).decode("utf-8", "replace")
