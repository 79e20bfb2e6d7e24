"""Records that grow while their log is followed: a stack trace that is written line by line is one record all along."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from tests.logs.indexes import small_chunks
from triage_tui.logs.filters.filtering import matches_in_steps
from triage_tui.logs.filters.line_filters import read_filters
from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogOptions, log_inputs
from triage_tui.sources.log_globs import LogGlobs

__all__ = ["small_chunks"]
pytestmark = pytest.mark.usefixtures("small_chunks")
TRACE = [
    "2026-11-24 02:59:59,000 ERROR shop.orders: checkout failed",
    "Traceback (most recent call last):",
    '  File "/srv/shop/orders.py", line 7, in place',
    "    charge(card)",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "/srv/shop/orders.py", line 9, in place',
    "    raise Declined(card)",
    "shop.errors.DeclinedError: card 4711",
]
LAST = "2026-11-24 03:00:00,000 INFO shop.orders: and on"
BLOCK_ROWS = 32
"""As many as ``small_chunks`` lets there be."""


def line(number: int) -> str:
    return f"2026-11-24 02:{number // 60:02}:{number % 60:02},000 INFO shop.orders: order {number}"


def write(path: Path, *lines: str) -> None:
    with path.open("a") as log:
        log.write("".join(f"{one}\n" for one in lines))


def followed(path: Path) -> IndexedLogs:
    logs = IndexedLogs(log_inputs([path]))
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    logs.follow()
    return logs


def texts(logs: IndexedLogs) -> list[str]:
    store = logs.store()
    return [store.text(row) for row in range(len(store))]


def places(logs: IndexedLogs) -> list[tuple[str, int]]:
    store = logs.store()
    return [(one.file, one.line) for one in map(store.row, range(len(store)))]


def rows_with(logs: IndexedLogs, text: str) -> list[int]:
    *_, last = matches_in_steps(logs.store(), read_filters((text,)).conditions)
    assert isinstance(last.rows, RowSet)
    return list(last.rows)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.mark.parametrize("before", [0, 1, BLOCK_ROWS - 2, BLOCK_ROWS - 1, BLOCK_ROWS, 3 * BLOCK_ROWS - 1, 200])
@pytest.mark.parametrize("there", range(1, len(TRACE) + 1))
def test_a_trace_of_which_a_part_was_there_when_its_log_was_opened_is_one_record(
    path: Path, before: int, there: int
) -> None:
    write(path, *map(line, range(before)), *TRACE[:there])
    logs = followed(path)
    assert len(logs.store()) == before + 1
    write(path, *TRACE[there:], LAST)
    logs.extend()
    assert texts(logs) == [*map(line, range(before)), "\n".join(TRACE), LAST]
    assert places(logs) == [("app.log", number) for number in (*range(1, before + 2), before + 1 + len(TRACE))]
    assert rows_with(logs, "4711") == [before]
    store, frame = logs.store(), logs.records(None).frame()
    assert store.row(before).level == "ERROR"
    counted = [count for *_, count in store.level_counts(timedelta(hours=1)).counts()]
    assert sorted(counted) == sorted(filter(None, (before, 1, 1)))
    assert store.next_level(frozenset({"ERROR"}), before - 1, 1) == before
    assert frame["exception"].to_list()[before].endswith("card 4711")
    assert frame.height == before + 2
    assert logs.records(None).completeness.complete


@pytest.mark.parametrize("rotates", [True, False])
def test_a_trace_that_is_written_line_by_line_is_one_record_at_every_pause(path: Path, *, rotates: bool) -> None:
    write(path, line(0), line(1))
    logs = followed(path)
    for count, text in enumerate(TRACE, 1):
        if rotates and count == 5:
            path.rename(path.with_suffix(".1"))
        write(path, text)
        logs.extend()
        shown = texts(logs)
        assert shown == [line(0), line(1), "\n".join(TRACE[:count]).rstrip("\n")]
        assert rows_with(logs, TRACE[count - 1] or "shop") != []
        assert logs.records(None).frame().height == 3


def test_a_last_line_that_is_unreadable_and_one_without_a_zone_are_counted_once(path: Path) -> None:
    known = '{"time": "2026-11-24 02:00:00", "message": "so far"}'
    for last, note in (('{"torn', "1 lines unreadable, first at app.log:3"), (known, "assumed for 4 times")):
        path.unlink(missing_ok=True)
        write(path, known, known, last)
        logs = followed(path)
        write(path, known)
        logs.extend()
        assert note in logs.records(None).completeness.note
        assert texts(logs) == [known, known, last, known]


def test_a_record_that_has_grown_by_a_line_is_shown_at_the_next_look(path: Path) -> None:
    write(path, line(0), *TRACE[:3])
    source = LogGlobs(["app.log"], lambda: [path], LogOptions())
    source.read()
    assert source.newer_lines() is None
    for text in TRACE[3:]:
        write(path, text)
        lines = source.newer_lines()
        assert lines is not None
        assert len(lines) == 2
        assert lines.row(1).text.endswith(text)
    assert source.newer_lines() is None


def test_of_logs_that_overlap_a_record_that_has_grown_is_found_by_what_it_has_now(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    write(first, *map(line, range(5)), TRACE[0])
    write(second, *map(line, range(5)))
    logs = IndexedLogs(log_inputs([first, second]))
    logs.build(lambda _: None, Event())
    logs.follow()
    logs.store()
    write(second, *(f"2026-11-24 03:{number // 60:02}:{number % 60:02},000 INFO shop: later" for number in range(300)))
    logs.extend()
    before = logs.store()
    write(first, *TRACE[1:])
    logs.extend()
    after = logs.store()
    found = rows_with(logs, "4711")
    assert [after.row(row).line for row in found] == [6]
    assert after.same_rows(before) <= found[0]
