"""Logs that are exported as one document: a JSON array, an answer of Elasticsearch, Loki or CloudWatch, or CSV.

They are turned into JSON lines in memory, one a record, so that everything else sees a log.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.byte_source import ByteSource, MemoryBytes
from triage_tui.logs.fields import COLUMN_OF

DOCUMENT_BYTES_CAP = 256 << 20
_HEAD_BYTES = 64 << 10
_FEWEST_KNOWN_COLUMNS = 2


def may_be_export(source: ByteSource) -> bool:
    """Tell from its beginning whether content may be an exported document, which makes sense only as a whole."""
    head = source.read_at(0, _HEAD_BYTES)
    return _is_csv(head) or _may_be_document(head)


def as_lines(source: ByteSource) -> ByteSource:
    """Turn an exported document into JSON lines; what is none is returned as it is.

    Raises ``UnreadableInput`` for a document over 256 MiB: it must be read whole.
    """
    head = source.read_at(0, _HEAD_BYTES)
    if _is_csv(head):
        return _recoded(source, _csv_records(_whole(source)))
    if not _may_be_document(head):
        return source
    records = _document_records(_whole(source))
    return source if records is None else _recoded(source, records)


def _may_be_document(head: bytes) -> bool:
    """A document begins with a bracket, or with an object that its first line does not end."""
    first, _, others = head.lstrip().partition(b"\n")
    if first[:1] == b"[":
        return first.rstrip() == b"[" or first[1:].lstrip()[:1] in (b"{", b"]")
    wrapped = (b'"hits"', b'"events"', b'"data"', b'"entries"')
    if first.rstrip() == b"{":
        return True
    return first[:1] == b"{" and not others.strip() and any(key in first for key in wrapped)


def _whole(source: ByteSource) -> bytes:
    document = source.read_at(0, DOCUMENT_BYTES_CAP + 1)
    if len(document) > DOCUMENT_BYTES_CAP:
        raise UnreadableInput(source.name, "one document of more than 256 MB; export it as JSON lines instead")
    return document


def _document_records(data: bytes) -> Iterable[object] | None:
    """The records of a JSON document; None where it is damaged, or is one plain record after all."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(document, list):
        return document
    hits = document.get("hits")
    if isinstance(hits, dict) and isinstance(hits.get("hits"), list):
        return list(hits["hits"])
    lists = (document.get(name) for name in ("events", "entries", "records"))
    found = next((one for one in lists if isinstance(one, list)), None)
    return found if found is not None else _loki_records(document)


def _loki_records(document: dict[str, object]) -> list[object] | None:
    data = document.get("data")
    result = data.get("result") if isinstance(data, dict) else None
    if not isinstance(result, list) or not all(isinstance(one, dict) and "stream" in one for one in result):
        return None
    return [
        {"timestamp": value[0], "labels": stream["stream"], "line": value[1]}
        for stream in result
        for value in stream.get("values", [])
    ]


def _is_csv(head: bytes) -> bool:
    """Tell CSV from its header: all plain names, and at least two that logs use."""
    first = head.partition(b"\n")[0].decode("utf-8", "replace").strip().lower()
    names = [name.strip(' "') for name in first.split(",")]
    if len(names) < _FEWEST_KNOWN_COLUMNS or not all(
        name.replace(".", "_").lstrip("@").isidentifier() for name in names
    ):
        return False
    known = {COLUMN_OF[name] for name in names if name in COLUMN_OF}
    return "time" in known and len(known) >= _FEWEST_KNOWN_COLUMNS


def _csv_records(data: bytes) -> Iterator[dict[str, str]]:
    """The rows; a cell without content is unknown, and cells beyond the header are dropped."""
    for row in csv.DictReader(io.StringIO(data.decode("utf-8", "replace"), newline="")):
        yield {key: cell for key, cell in row.items() if isinstance(cell, str) and cell != ""}


def _recoded(source: ByteSource, records: Iterable[object]) -> ByteSource:
    lines = msgspec.json.Encoder().encode_lines(list(records))
    if not lines.strip():
        raise UnreadableInput(source.name, "an export without records; widen what was exported")
    return MemoryBytes(source.name, lines)
