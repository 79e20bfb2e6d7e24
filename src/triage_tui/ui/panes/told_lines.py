"""Log lines that say more than their message: what else a structured record holds, behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from triage_tui.investigation.source import LogLine, LogLines
from triage_tui.logs.told_fields import told_fields


class ToldLines:
    """The same lines, each event followed by the record's other short fields."""

    def __init__(self, lines: LogLines) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def row(self, number: int) -> LogLine:
        """Read one record; raises ``IndexError`` beyond the end."""
        line = self._lines.row(number)
        details = _details(line)
        return msgspec.structs.replace(line, event=f"{line.event}  {details}") if details else line

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


def _details(line: LogLine) -> str:
    """Write the short fields of a JSON record; none of a record of another form."""
    if not line.text.startswith("{"):
        return ""
    try:
        record = msgspec.json.decode(line.text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return ""
    return told_fields(record, line.event) if isinstance(record, dict) else ""
