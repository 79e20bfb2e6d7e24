"""Logs that are exported as one document: a JSON array, an answer of Elasticsearch, Loki or CloudWatch, OTLP, or CSV.

They are turned into JSON lines, one a record, so that everything else sees a log.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.content.framing import line_blocks
from triage_tui.logs.content.otlp import is_otlp, is_otlp_by_line, otlp_records
from triage_tui.logs.content.temporary_bytes import SpillingBytes, no_room
from triage_tui.logs.formats.field_names import COLUMN_OF

DOCUMENT_BYTES_CAP = 256 << 20
_HEAD_BYTES = 64 << 10
_FEWEST_KNOWN_COLUMNS = 2
# An open quote would take in the rest of the log.
_CELL_BYTES_CAP = 1 << 20
_BATCH_RECORDS = 1000


def may_be_export(source: ByteSource) -> bool:
    """Tell from its beginning whether content may be an exported document, which makes sense only as a whole."""
    head = source.read_at(0, _HEAD_BYTES)
    return _delimiter(head) is not None or is_otlp(head) or _may_be_document(head)


def as_lines(source: ByteSource) -> ByteSource:
    """Turn an exported document into JSON lines; what is none is returned as it is.

    Raises ``UnreadableInput`` for a JSON document over 256 MiB, which must be read whole, and for one without records.
    """
    head = source.read_at(0, _HEAD_BYTES)
    if delimiter := _delimiter(head):
        return _recoded(source, _csv_records(source, delimiter))
    if is_otlp(head):
        by_line = is_otlp_by_line(head)
        return _recoded(source, otlp_records(_text_lines(source) if by_line else [_whole(source)]))
    if not _may_be_document(head):
        return source
    records = _document_records(_whole(source))
    return source if records is None else _recoded(source, records)


def _may_be_document(head: bytes) -> bool:
    """A document begins with a bracket, or with an object that its first line does not end."""
    first, _, others = head.lstrip().partition(b"\n")
    if first[:1] == b"[":
        return first.rstrip() == b"[" or first[1:].lstrip()[:1] in (b"{", b"]")
    wrapped = (b'"hits"', b'"events"', b'"data"', b'"entries"', b'"results"')
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
    results = document.get("results")
    if isinstance(results, list) and all(isinstance(row, list) for row in results):
        return [_insights_row(row) for row in results]
    lists = (document.get(name) for name in ("events", "entries", "records"))
    found = next((one for one in lists if isinstance(one, list)), None)
    return found if found is not None else _loki_records(document)


def _insights_row(cells: Sequence[object]) -> dict[str, object]:
    """A row of CloudWatch Logs Insights, a list of names with values; its times are UTC without saying so."""
    row = {cell["field"]: cell.get("value") for cell in cells if isinstance(cell, dict) and "field" in cell}
    moment = row.get("@timestamp")
    return row | {"@timestamp": f"{moment}Z"} if isinstance(moment, str) else row


def _loki_records(document: dict[str, object]) -> list[object] | None:
    data = document.get("data")
    result = data.get("result") if isinstance(data, dict) else None
    if not isinstance(result, list) or not all(isinstance(one, dict) and "stream" in one for one in result):
        return None
    return [
        {"timestamp": value[0], "labels": stream["stream"] | _metadata(value), "line": value[1]}
        for stream in result
        for value in stream.get("values", [])
    ]


def _delimiter(head: bytes) -> str | None:
    """Tell CSV from its header, all plain names and at least two that logs use; None where it is none."""
    first = head.partition(b"\n")[0].decode("utf-8", "replace").lstrip("\ufeff").strip()
    for delimiter in (",", ";", "\t"):
        names = [_plain_name(name) for name in first.split(delimiter)]
        known = {COLUMN_OF[name] for name in names if name in COLUMN_OF}
        plain = all(re.sub(r"[.@-]", "_", name).isidentifier() for name in names)
        if plain and "time" in known and len(known) >= _FEWEST_KNOWN_COLUMNS:
            return delimiter
    return None


def _plain_name(name: str) -> str:
    """A name of a header as logs write it: ``Trace Id`` is ``trace_id``."""
    return name.strip(' "\r').lower().replace(" ", "_")


def _csv_records(source: ByteSource, delimiter: str) -> Iterator[dict[str, str]]:
    """The rows; a cell without content is unknown, and cells beyond the header are dropped."""
    import csv  # not before the first frame

    csv.field_size_limit(_CELL_BYTES_CAP)
    rows = csv.DictReader(_text_lines(source), delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield {"message": f"line {rows.reader.line_num} is no CSV: {error}"}
            continue
        yield {
            _plain_name(key) if _plain_name(key) in COLUMN_OF else key: cell
            for key, cell in row.items()
            if isinstance(cell, str) and cell != ""
        }


def _text_lines(source: ByteSource) -> Iterator[str]:
    for block in line_blocks(source):
        yield from io.StringIO(block.data.decode("utf-8", "replace").removeprefix("\ufeff"), newline="")


def _metadata(value: Sequence[object]) -> dict[str, object]:
    """What an answer with categorized labels says of a line beside its stream."""
    more = value[2] if len(value) > 2 and isinstance(value[2], dict) else {}  # noqa: PLR2004 - time, line, metadata
    parts = (more.get(name) for name in ("structuredMetadata", "parsed"))
    return {key: one for part in parts if isinstance(part, dict) for key, one in part.items()}


def _recoded(source: ByteSource, records: Iterable[object]) -> ByteSource:
    """The records as JSON lines, in memory or in a temporary file."""
    lines, encoder, rest = SpillingBytes(source.name), msgspec.json.Encoder(), iter(records)
    try:
        while batch := list(islice(rest, _BATCH_RECORDS)):
            lines.append(encoder.encode_lines(batch))
    except OSError as error:
        raise UnreadableInput(source.name, f"cannot be turned into lines: {no_room(error)}") from error
    if not lines.size:
        raise UnreadableInput(source.name, "an export without records; widen what was exported")
    return lines
