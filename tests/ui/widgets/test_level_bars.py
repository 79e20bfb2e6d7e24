import json
from datetime import UTC, datetime, timedelta
from threading import Event

from msgspec.structs import replace

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput
from triage_tui.ui.screens.layout import BARS_HIGH, BARS_LOW
from triage_tui.ui.widgets.level_bars import (
    ERRORS_ONLY,
    LABEL_CELLS,
    BarFacts,
    Counting,
    bar_rows,
    count_levels,
)
from triage_tui.ui.widgets.time_marks import MarkKind, TimeMark

AT = datetime(2026, 11, 24, 14, 0, 30, tzinfo=UTC)
WINDOW = TimeWindow(AT, AT + timedelta(minutes=10))


def index(*records: tuple[float, str | None]) -> Counting:
    rows = [{"time": (AT + timedelta(minutes=at)).isoformat(), "level": level, "message": ""} for at, level in records]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    logs = IndexedLogs([LogInput("app.log", data=lines.encode() or b"x\n")])
    if records:
        logs.build(lambda _: None, Event())
    return logs.store().level_counts


def test_records_are_counted_by_bucket_and_kind_of_level() -> None:
    counts = count_levels(index((0, "INFO"), (0.1, None), (1, "ERROR"), (1, "CRITICAL"), (9.9, "WARNING")), WINDOW, 12)
    assert counts.every == timedelta(minutes=1)
    assert counts.window.start == AT - timedelta(seconds=30)
    assert counts.all == (2, 2, *(0,) * 8, 1)
    assert counts.errors == (0, 2, *(0,) * 9)
    assert counts.warnings == (*(0,) * 10, 1)


def test_there_are_never_more_buckets_than_cells() -> None:
    for most in (1, 2, 7, 50, 400):
        counts = count_levels(index((0, "INFO"), (9.9, "INFO")), WINDOW, most)
        assert len(counts.all) <= most
        assert sum(counts.all) == 2


def test_the_chosen_window_the_cursor_and_the_marks_stand_at_their_buckets() -> None:
    counts = count_levels(index(*((minute, "INFO") for minute in range(10))), WINDOW, 12)
    chosen = TimeWindow(AT + timedelta(minutes=2), AT + timedelta(minutes=4))
    facts = BarFacts(counts, chosen, AT + timedelta(minutes=3), (TimeMark(MarkKind.ONSET, AT + timedelta(minutes=5)),))
    rows = bar_rows(facts, counts, BARS_HIGH)
    assert len(rows) == BARS_HIGH
    assert rows[0].plain.startswith("all  ██████████  ≤1/1m")
    assert rows[-1].plain[LABEL_CELLS + 5] == "O"
    coloured = [(span.start, span.end) for span in rows[0].spans if "level-info" in str(span.style)]
    assert coloured == [(LABEL_CELLS + 2, LABEL_CELLS + 5)]
    reversed_cells = [(span.start, span.end) for span in rows[0].spans if str(span.style) == "reverse"]
    assert reversed_cells == [(LABEL_CELLS + 3, LABEL_CELLS + 4)]
    assert len(bar_rows(facts, counts, BARS_LOW)) == BARS_LOW


def test_where_only_errors_are_known_nothing_is_said_of_other_levels() -> None:
    whole = count_levels(index((0, "INFO"), (1, "ERROR"), (2, "WARNING"), (9.9, "INFO")), WINDOW, 12)
    for height in (BARS_LOW, BARS_HIGH):
        counts = replace(whole, errors_only=True)
        rows = [row.plain for row in bar_rows(BarFacts(counts), counts, height)]
        assert len(rows) == height
        assert rows[0].strip() == ERRORS_ONLY
        assert not any(row.startswith(("all", "warn")) for row in rows)
        assert rows[height // 2].startswith("err   █")


def test_no_record_at_all_is_an_empty_row() -> None:
    counts = count_levels(index(), WINDOW, 12)
    assert bar_rows(BarFacts(counts), counts, BARS_LOW)[0].plain == f"all  {' ' * 11} ≤0/1m"
