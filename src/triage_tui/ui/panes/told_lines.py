"""Log lines that say more than their message: what else a structured record holds, behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from triage_tui.investigation.source import LogLine, LogLines
from triage_tui.logs.formats.logfmt import parse_logfmt
from triage_tui.logs.formats.told_fields import told_fields, told_host, told_origin, told_request
from triage_tui.logs.formats.wrapped_lines import tagged_line


class ToldLines:
    """The same lines, each event followed by the host, where there are several, and the record's other short fields."""

    def __init__(self, lines: LogLines) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def row(self, number: int) -> LogLine:
        """Read one record; raises ``IndexError`` beyond the end."""
        line = self._lines.row(number)
        event, fields = _event_of(line)
        details = told_fields(fields, event, line.level)
        # Of the beginning of a log it is not known yet.
        has_several_hosts = getattr(self._lines, "has_several_hosts", False)
        host = told_host(line.fields, f"{event}  {details}") if has_several_hosts else ""
        told = "  ".join(part for part in (event, host, details) if part)
        return msgspec.structs.replace(line, event=told) if told != line.event else line

    def row_at(self, moment: datetime) -> int:
        """The first row at or after a moment."""
        return self._lines.row_at(moment)

    def rows_with_id(self, correlation_id: str) -> Sequence[int]:
        """Every row of a correlation ID."""
        return self._lines.rows_with_id(correlation_id)

    def next_match(self, text: str, start: int, step: int) -> int | None:
        """The next row that holds a text."""
        return self._lines.next_match(text, start, step)

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        """The next row of these levels."""
        return self._lines.next_level(levels, start, step)


def _event_of(line: LogLine) -> tuple[str, Mapping[str, object]]:
    """Return what happened, and the fields that tell more of it.

    A line without a message, as an access log has them, tells of its request. A tag that is the ID is left out:
    it would take half of a narrow screen.
    """
    if line.event == line.text.partition("\n")[0]:
        request, others = told_request(line.fields)
        if request:
            return request, others
    tag = f"[{line.request_id}]"
    event = (tag in line.event and line.event.replace(tag, "").strip()) or line.event
    return event, line.fields if _is_structured(line.text) else told_origin(line.fields)


def _is_structured(text: str) -> bool:
    """Tell whether a record is JSON, ends with it, or is all pairs: its other fields are what its author put there."""
    first = text.partition("\n")[0].rstrip()
    # Of an object that a runtime has cut, the end is in another line.
    tagged = tagged_line(first)
    begins_object = first.startswith("{") or (tagged is not None and tagged["text"].startswith("{"))
    return begins_object or first.endswith("}") or parse_logfmt(first) is not None
