"""The fields of a record, and the values of a field, as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from textual.content import Content

from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.panes.stack_traces import folded_trace, is_trace
from triage_tui.ui.phrases import figure, words
from triage_tui.ui.safe_text import SafeText

NAME_CELLS, BAR_CELLS = 24, 20
MOST_LINES, MOST_VALUES = 400, 200


def field_rows(fields: Mapping[str, object], unfolded: frozenset[str], width: int, place: PinDraft) -> list[Row]:
    """Return a row for each field, names at the left; a stack trace is folded to the application's frames."""
    names = max([min(len(name), NAME_CELLS) for name in fields], default=0)
    rows = []
    for name, value in fields.items():
        text = readable(value)
        lines = text.split("\n")
        shown = lines if name in unfolded or not is_trace(lines) else folded_trace(lines)
        pin = PinDraft(f"{name}={text}"[:200], place.source, place.moment, place.place)
        rows.append(Row(_lines(name, shown, names, width), key=name, pin=pin, text=text))
    return rows


def _lines(name: str, shown: Sequence[str], names: int, width: int) -> tuple[Content, ...]:
    head = Content.styled(f"{SafeText(name, cells=NAME_CELLS).plain:<{names}} ", "$key")
    contents = [part for line in shown[:MOST_LINES] for part in _fitted(line, width - names - 1)]
    if len(shown) > MOST_LINES:
        contents.append(words(f"… {len(shown) - MOST_LINES:,} more lines: y copies all", "$muted"))
    rest = [Content(" " * (names + 1)) + content for content in contents[1:]]
    return (head + contents[0], *rest)


def _fitted(line: str, width: int) -> list[Content]:
    folded = SafeText(line).content("$muted" if line.lstrip().startswith("… ") else "").fold(max(width, 12))
    return [part.rstrip() for part in folded] or [Content("")]


def readable(value: object) -> str:
    """Write a value as people read it: text as it is, anything nested as indented JSON."""
    if isinstance(value, str):
        nested = _parsed(value)
        return value.rstrip("\n") if nested is None else _pretty(nested)
    return _pretty(value)


def _pretty(value: object) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return str(value)[:MOST_LINES]


def _parsed(text: str) -> object:
    """Return what JSON in a text says, None where it is none."""
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def value_rows(name: str, values: Sequence[tuple[str | None, int]], counted: int, width: int) -> list[Row]:
    """Return a row for each value of a field: how many records have it, its share, and a bar."""
    rows = []
    for value, count in values[:MOST_VALUES]:
        share = count / counted
        bar = "█" * max(1, round(share * BAR_CELLS))
        head = f"{figure(count):>8} {share:>6.1%} {bar:<{BAR_CELLS}} "
        told = words("no such field", "$muted") if value is None else SafeText(value).content()
        line = (Content.styled(head, "$key") + told).truncate(max(width, 1), ellipsis=True)
        pin = PinDraft(f"{name}={value}: {count} of {counted} lines ({share:.1%})"[:200], "log fields")
        rows.append(Row((line,), key=f"={value}" if value is not None else "none", pin=pin, text=value or ""))
    if len(values) > MOST_VALUES:
        rows.append(Row((words(f"and {len(values) - MOST_VALUES:,} more values", "$muted"),)))
    return rows
