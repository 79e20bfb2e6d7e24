"""Where the indexed fields stand in lines of text that look like a sample, to find them without parsing."""

from __future__ import annotations

from collections.abc import Mapping

from triage_tui.logs.formats.fields import plan_for, shared_columns
from triage_tui.logs.formats.interleaved import Match
from triage_tui.logs.formats.line_formats import FieldSpan, Logfmt
from triage_tui.logs.quick.layouts import INDEXED, MOST_STEPS, Layout, Step, columns_to_the_end
from triage_tui.logs.quick.quick_times import shape_of


def learn_text(line: str, found: Match, id_fields: frozenset[str] = frozenset()) -> Layout | None:
    """The layout of a line that was parsed; None where its time or level cannot be told from where they stand."""
    spans = found.form.spans(line)
    columns = plan_for(tuple(found.fields), id_fields).columns
    numbers = {span.name: number for number, span in enumerate(spans)}
    if any(span.begin == span.end and span.name not in found.fields for span in spans):
        # Another field fills the column of this one, which is blank.
        return None
    chosen = {column: numbers[columns[column]] for column in INDEXED if columns.get(column) in numbers}
    by_status = found.form.tells_level_by_status and "status" in numbers
    if by_status:
        chosen["level"] = numbers["status"]
    if not {"time", *columns} & {"time", "level", "host"} <= chosen.keys():
        return None
    shape = shape_of(_value(line, spans[chosen["time"]]).encode())
    if shape is None:
        return None
    # Each pair has a key of its own, so that a better known one may stand behind all else.
    is_logfmt = isinstance(found.form, Logfmt)
    to_the_end = columns_to_the_end(found.fields, columns, id_fields) if is_logfmt else frozenset[str]()
    count = len(spans) if to_the_end else max(chosen.values()) + 1
    behind = line[spans[count - 1].end : spans[count].begin if count < len(spans) else len(line)]
    pair, is_odd = _pair_of(line, found.fields, columns.get("request_id"), chosen)
    if count > MOST_STEPS or is_odd:
        return None
    levels = frozenset({_value(line, spans[chosen["level"]])} if "level" in chosen else ())
    filled = frozenset(shared_columns(tuple(found.fields)))
    steps = _steps(line, spans[:count])
    return Layout(steps, behind.encode(), chosen, shape, pair, levels, to_the_end, filled, columns, by_status)


def _steps(line: str, spans: list[FieldSpan]) -> tuple[Step, ...]:
    ends = [0, *(span.end for span in spans)]
    return tuple(
        Step(line[before : span.begin].encode(), _stops(line, span), *[len(_value(line, span).encode())] * 2)
        for before, span in zip(ends, spans, strict=False)
    )


def _stops(line: str, span: FieldSpan) -> bytes:
    """What ends a value: what does in the sample, and a space where the sample has none, so that words stay words."""
    further = " " if len(span.stops) == 1 and " " not in _value(line, span) + span.stops else ""
    return (span.stops + further).encode()


def _value(line: str, span: FieldSpan) -> str:
    return line[span.begin : span.end]


def _pair_of(line: str, fields: Mapping[str, object], key: str | None, chosen: Mapping[str, int]) -> tuple[bytes, bool]:
    """What stands before a correlation ID within the message; and whether one is there that nothing such precedes."""
    if key is None or "request_id" in chosen:
        return b"", False
    pair = f"{key}="
    stands = f"{pair}{fields[key]}" in line or f'{pair}"{fields[key]}"' in line
    return (pair.encode(), False) if stands else (b"", True)
