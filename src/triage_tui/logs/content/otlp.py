"""Logs in OpenTelemetry's JSON encoding of OTLP, as the collector's file exporter writes it: many records a line.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

_BEGIN = re.compile(rb"\s*\{\s*\"resourceLogs\"\s*:\s*\[")
_SCALARS = ("stringValue", "boolValue", "intValue", "doubleValue", "bytesValue")
_NO_TIME = ("0", 0)
_DEEPEST, _LONGEST_TEXT = 12, 1 << 20


def is_otlp(head: bytes) -> bool:
    """Tell OTLP from the beginning of a log."""
    return _BEGIN.match(head) is not None


def is_otlp_by_line(head: bytes) -> bool:
    """Whether the first line is a document of its own."""
    return isinstance(_decoded(head.partition(b"\n")[0]), dict) and b"\n" in head


def otlp_records(documents: Iterable[str | bytes]) -> Iterator[dict[str, object]]:
    """Give the records of documents, with the attributes of their resource; what is none is a message of its own."""
    for document in documents:
        if not document.strip():
            continue
        decoded = _decoded(document)
        if isinstance(decoded, dict):
            yield from _records(decoded)
        else:
            yield {"message": _text(document)}


def _decoded(document: str | bytes) -> object:
    try:
        return msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _text(document: str | bytes) -> str:
    text = document if isinstance(document, str) else document.decode("utf-8", "replace")
    return text.rstrip("\r\n")[:_LONGEST_TEXT]


def _records(document: dict[str, object]) -> Iterator[dict[str, object]]:
    resources = _list(document, "resourceLogs")
    if not resources:
        yield document
    for resource in resources:
        common = _attributes(_list(_member(resource, "resource"), "attributes"))
        for scope in _list(resource, "scopeLogs"):
            name = _member(_member(scope, "scope"), "name")
            for record in _list(scope, "logRecords"):
                yield {**common, **({"logger": name} if name else {}), **_record(record)}


def _record(record: object) -> dict[str, object]:
    known = record if isinstance(record, dict) else {}
    plain = {key: value for key, value in known.items() if key not in {"body", "attributes"}}
    # It is left at zero where the source did not say.
    if plain.get("timeUnixNano") in _NO_TIME:
        del plain["timeUnixNano"]
    body = _value(known.get("body"), 0)
    said = body if isinstance(body, dict) else {"body": body}
    return {**plain, **_attributes(_list(known, "attributes")), **said}


def _attributes(pairs: list[object], depth: int = 0) -> dict[str, object]:
    return {
        str(pair["key"]): _value(pair.get("value"), depth) for pair in pairs if isinstance(pair, dict) and "key" in pair
    }


def _value(value: object, depth: int) -> object:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return value
    for kind in _SCALARS:
        if kind in value:
            return value[kind]
    if "kvlistValue" in value:
        return _attributes(_list(value["kvlistValue"], "values"), depth + 1)
    return [_value(one, depth + 1) for one in _list(value.get("arrayValue"), "values")]


def _member(holder: object, name: str) -> object:
    return holder.get(name) if isinstance(holder, dict) else None


def _list(holder: object, name: str) -> list[object]:
    found = _member(holder, name)
    return found if isinstance(found, list) else []
