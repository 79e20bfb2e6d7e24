"""CSV files and JSON records as frames of text, and columns by their usual names."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.decoding import decoded_json, decoded_text

if TYPE_CHECKING:
    import polars as pl


def read_csv_text(content: bytes, name: str) -> pl.DataFrame:
    """Read a CSV with a header, separated by comma, semicolon or tab; every column is text.

    Raises ``UnreadableInput`` for an empty or binary file and for one that is no table.
    """
    import polars as pl

    text = decoded_text(content)
    header = text.split("\n", 1)[0]
    if not text.strip():
        raise UnreadableInput(name, "is empty")
    if "\0" in text[:8192]:
        raise UnreadableInput(name, "is binary, a table with a header is needed here")
    separator = max(",;\t", key=header.count)
    try:
        table = pl.read_csv(
            io.BytesIO(text.encode()), separator=separator, infer_schema=False, truncate_ragged_lines=True
        )
        # Polars undoes the doubling of quotes in cells and forgets it in the header.
        return table.rename(lambda column: column.replace('""', '"'))
    except pl.exceptions.PolarsError as error:
        raise UnreadableInput(name, f"not a readable CSV: {str(error).splitlines()[0]}") from error


def renamed_by_alias(table: pl.DataFrame, aliases: Mapping[str, Iterable[str]]) -> pl.DataFrame:
    """Rename columns to the names they are known by here, ignoring case; the first alias that is there wins."""
    lowered: dict[str, str] = {}
    for column in table.columns:
        lowered.setdefault(column.strip().lower(), column)
    found = {
        name: next((lowered[alias] for alias in names if alias in lowered), None) for name, names in aliases.items()
    }
    taken = {column: name for name, column in found.items() if column is not None}
    strays = [column for column in table.columns if column in aliases and column not in taken]
    return table.drop(strays).rename(taken)


def read_records(content: bytes, name: str) -> list[dict[str, Any]]:
    """Read rows from a JSON list of objects, JSON lines, or a CSV; the names of columns are the file's own.

    Raises ``UnreadableInput`` that names the line of the first broken row.
    """
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head == b"[":
        return decoded_json(content, name, list[dict[str, Any]])
    if head == b"{":
        lines = [line for line in content.splitlines() if line.strip()]
        return [_record(line, name, number) for number, line in enumerate(lines, start=1)]
    return read_csv_text(content, name).to_dicts()


def _record(line: bytes, name: str, number: int) -> dict[str, Any]:
    return decoded_json(line, f"{name}:{number}", dict[str, Any])


def first_of(record: Mapping[str, Any], *names: str) -> Any:
    """The first filled field of these names; None where there is none."""
    return next((record[name] for name in names if record.get(name) not in (None, "")), None)


def text_of(record: Mapping[str, Any], *names: str) -> str | None:
    """The first filled field of these names as text."""
    value = first_of(record, *names)
    return None if value is None else str(value)
