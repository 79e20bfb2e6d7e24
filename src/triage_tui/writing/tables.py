"""The smaller headless answers for people: aligned tables, or Markdown's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from triage_tui.investigation.findings import ClockOffset
from triage_tui.investigation.units import format_value
from triage_tui.writing.document import escaped, line
from triage_tui.writing.phrases import clock_in_words, figure, span

Row = list[str]
Table = tuple[Row, list[Row]]


def table(kind: str, answer: object, *, markdown: bool = False) -> str:
    """Return an answer as a table; ``kind`` is the command's name. Below the table stands what has no columns."""
    plain = msgspec.to_builtins(answer, builtin_types=(datetime,))
    (header, rows), notes = _TABLES[kind](plain)
    write = _markdown if markdown else _aligned
    nothing = f"{_NOTHING.get(kind, 'nothing found')}\n"
    body = write(header, [[line(cell) for cell in row] for row in rows]) if rows else nothing
    return body + "".join(f"{line(note)}\n" for note in notes)


def _aligned(header: Row, rows: list[Row]) -> str:
    """Pad all columns but the last to their widest cell."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)), row[-1]])
        for row in [[name.upper() for name in header], *rows]
    ]
    return "\n".join(text.rstrip() for text in lines) + "\n"


def _markdown(header: Row, rows: list[Row]) -> str:
    lines = [header, ["---"] * len(header), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines) + "\n"


def _suspects(answer: Mapping[str, Any]) -> tuple[Table, list[str]]:
    rows = [
        [str(one["rank"]), one["service"] or "", one["metric"] or "", figure(one["score"]), _time(one["change_at"]),
         one["direction"] or "", "; ".join(one["because"])]
        for one in answer["ranking"]
    ]  # fmt: skip
    header = ["rank", "service", "metric", "score", "changed at", "direction", "because"]
    onset = answer["onset"]
    notes = [f"onset {_time(onset['earliest'])} to {_time(onset['latest'])}"] if onset.get("earliest") else []
    return (header, rows), notes


def _signals(answer: Mapping[str, Any]) -> tuple[Table, list[str]]:
    rows = [
        [one["service"] or "", one["metric"], one["role"], one["shape"], _value(one, "before"), _value(one, "after"),
         _time(one["changes"][0]["latest"]) if one["changes"] else ""]
        for one in answer["signals"]
    ]  # fmt: skip
    return (["service", "metric", "role", "shape", "before", "after", "changed at"], rows), []


def _patterns(answer: Mapping[str, Any]) -> tuple[Table, list[str]]:
    rows = [[one["kind"], _time(one["start"]), _places(one), one["statement"]] for one in answer["patterns"]]
    return (["pattern", "start", "example", "statement"], rows), []


def _trace(answer: Mapping[str, Any]) -> tuple[Table, list[str]]:
    rows = [
        [f"+{one['offset_s']:.3f}", span(one["gap_s"]) if one["gap_s"] >= 1 else f"{one['gap_s'] * 1000:.0f} ms",
         one["level"] or "", f"{one['file']}:{one['line']}", one["event"]]
        for one in answer["records"]
    ]  # fmt: skip
    notes = [f"gap: {one['statement']}" for one in answer["gaps"]]
    return (["offset", "gap", "level", "at", "event"], rows), [
        *notes,
        *(f"missing: {one['statement']}" for one in answer["missing"]),
        *(f"clock, not applied: {clock_in_words(ClockOffset(**one))}" for one in answer.get("clocks", ())),
    ]


def _templates(answer: Mapping[str, Any]) -> tuple[Table, list[str]]:
    header = ["count", "first", "last", "template"]
    rows = [
        [str(one["count"]), _time(one["first"]), _time(one["last"]), one["template"] or ""]
        for one in answer["templates"]
    ]
    return (header, rows), []


def _investigations(answer: Mapping[str, Any]) -> tuple[Table, list[str]]:
    rows = [
        [one["investigation_id"], _time(one["opened_at"]), _time(one["last_at"]), str(one["step"]), one["title"]]
        for one in answer["investigations"]
    ]
    notes = ["go on with `triage resume ID`"] if rows else ["begin one with `triage demo` or `triage replay FILE...`"]
    return (["id", "opened", "last decision", "step", "title"], rows), notes


def _alerts(answer: Mapping[str, Any]) -> tuple[Table, list[str]]:
    header = ["id", "severity", "since", "service", "muted by", "title"]
    rows = [
        [one["id"], one["severity"], _time(one["since"]), one["service"] or "", one["muted_by"], one["title"]]
        for one in answer["alerts"]
    ]
    return (header, rows), ["investigate one with `triage open ID`"] if rows else []


def _places(pattern: Mapping[str, Any]) -> str:
    return next((f"{one['file']}:{one['line']}" for one in pattern["examples"]), "")


def _time(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M:%SZ}" if value is not None else ""


def _value(signal: Mapping[str, Any], side: str) -> str:
    return format_value(signal[side], signal["unit"]) if signal[side] is not None else ""


_NOTHING = {"alerts": "no alert fires", "investigations": "no investigation was begun"}
_TABLES: Mapping[str, Callable[[Mapping[str, Any]], tuple[Table, list[str]]]] = {
    "suspects": _suspects,
    "signals": _signals,
    "patterns": _patterns,
    "trace": _trace,
    "templates": _templates,
    "investigations": _investigations,
    "alerts": _alerts,
}
