"""A log of any size that counts how often it is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from triage_tui.investigation.source import LogLine

START = datetime(2026, 11, 24, 13, 59, 50, tzinfo=UTC)
LEVELS = ("INFO", "INFO", "DEBUG", "WARNING", "ERROR")


class CountedLines:
    """Records one second apart, made as they are asked for; every seventh belongs to request "abc-123"."""

    def __init__(
        self, count: int, events: Sequence[str] = ("Database session acquired", "Querying report data")
    ) -> None:
        self.count, self.events = count, events
        self.reads = 0

    def __len__(self) -> int:
        return self.count

    def row(self, number: int) -> LogLine:
        if not 0 <= number < self.count:
            raise IndexError(number)
        self.reads += 1
        event = self.events[number % len(self.events)]
        request = "abc-123" if number % 7 == 0 else f"r-{number}"
        moment, level = START + timedelta(seconds=number), LEVELS[number % len(LEVELS)]
        return LogLine(number, moment, level, request, event, f"raw {number} {event}", "app.jsonl", number + 1)

    def row_at(self, moment: datetime) -> int:
        return max(0, min(-(-int((moment - START).total_seconds() * 1000) // 1000), self.count - 1))

    def rows_with_id(self, correlation_id: str) -> Sequence[int]:
        return range(0, self.count, 7) if correlation_id == "abc-123" else []

    def next_match(self, text: str, start: int, step: int) -> int | None:
        ahead = range(start + step, self.count if step > 0 else -1, step)
        return next((n for n in ahead if text.casefold() in self.row(n).text.casefold()), None)

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        ahead = range(start + step, self.count if step > 0 else -1, step)
        return next((n for n in ahead if LEVELS[n % len(LEVELS)] in levels), None)
