import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.matching import matching_rows
from triage_tui.logs.filters.conditions import HoldsText
from triage_tui.logs.filters.filtering import matches_in_steps
from triage_tui.logs.filters.near_rows import rows_below
from triage_tui.logs.index import columns, later_columns
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, log_inputs
from triage_tui.logs.order import merged_order
from triage_tui.logs.order.merged_order import Merged
from triage_tui.logs.order.time_order import OneAfterTheOther
from triage_tui.logs.store import LogStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FILES = st.lists(st.lists(st.integers(0, 200), min_size=1, max_size=90), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (columns, later_columns, merged_order):
        monkeypatch.setattr(module, "BLOCK_ROWS", 16)
    monkeypatch.setattr(merged_order, "MERGED_AT_ONCE", 32)
    monkeypatch.setattr(merged_order, "FEW_RECORDS", 20)


def line(second: int, text: str) -> str:
    return json.dumps({"time": (AT + timedelta(seconds=second)).isoformat(), "message": text, "request_id": "r"}) + "\n"


def opened(files: list[list[int]]) -> LogStore:
    inputs = [
        LogInput(f"{name}.log", data="".join(line(at, f"{name}-{row}") for row, at in enumerate(seconds)).encode())
        for name, seconds in enumerate(files)
    ]
    logs = IndexedLogs(inputs)
    logs.build(lambda _: None, Event())
    return logs.store()


def expected(files: list[list[int]]) -> list[str]:
    return [
        f"{name}-{row}"
        for at, name, row in sorted((at, name, row) for name, each in enumerate(files) for row, at in enumerate(each))
    ]


@given(FILES, st.booleans(), st.data())
def test_records_of_all_logs_stand_in_time_order(files: list[list[int]], in_order: bool, data: st.DataObject) -> None:
    files = [sorted(each) for each in files] if in_order else files
    store, wanted = opened(files), expected(files)
    assert [store.row(row).event for row in range(len(store))] == wanted
    some = data.draw(st.sampled_from(wanted))
    assert [wanted[row] for row in store.search.holding(f'"{some}"')] == [some]
    at = data.draw(st.integers(-1, 201))
    times = sorted(second for each in files for second in each)
    first = sum(one < at for one in times)
    assert store.row_at(AT + timedelta(seconds=at)) == min(first, len(times) - 1)
    assert len(store.rows_with_id("r")) == len(store)


@given(FILES, st.data())
def test_any_records_are_found_again_in_time_order(files: list[list[int]], data: st.DataObject) -> None:
    store, wanted = opened(files), expected(files)
    names = data.draw(st.sets(st.sampled_from(wanted)))
    places = [tuple(map(int, name.split("-"))) for name in sorted(names)]
    number_of = {log.source.name: number for number, log in enumerate(store.logs)}
    parts = [(number_of[f"{name}.log"], np.array([row])) for name, row in places]
    assert [wanted[row] for row in store.search.rows_of(parts)] == [name for name in wanted if name in names]


def test_logs_that_do_not_overlap_are_not_merged() -> None:
    assert isinstance(opened([[5, 6], [1, 2], [7]]).order, OneAfterTheOther)
    assert isinstance(opened([[1, 5], [5, 9]]).order, OneAfterTheOther)
    assert isinstance(opened([[5, 9], [1, 5]]).order, Merged)
    assert isinstance(opened([[1, 3], [2]]).order, Merged)
    assert isinstance(opened([[2, 1]]).order, Merged)


def test_logs_that_grow_are_merged_from_where_they_have_grown(tmp_path: Path) -> None:
    paths = [tmp_path / "0.log", tmp_path / "1.log"]
    seconds: list[list[int]] = [list(range(0, 200, 2)), list(range(1, 200, 2))]
    for name, path in enumerate(paths):
        path.write_text("".join(line(at, f"{name}-{row}") for row, at in enumerate(seconds[name])))
    logs = IndexedLogs(log_inputs(paths))
    logs.build(lambda _: None, Event())
    before = logs.store()
    assert isinstance(before.order, Merged)
    with paths[1].open("a") as file:
        for at in range(199, 259, 3):
            file.write(line(at, f"1-{len(seconds[1])}"))
            seconds[1].append(at)
    assert logs.extend() == 20
    after = logs.store()
    assert isinstance(after.order, Merged)
    assert after.order.storage is before.order.storage
    assert len(before) == 200
    assert [before.row(row).event for row in range(3)] == ["0-0", "1-0", "0-1"]
    assert sorted(after.row(row).event for row in range(len(after))) == sorted(
        [f"0-{row}" for row in range(100)] + [f"1-{row}" for row in range(120)]
    )
    times = [after.row(row).time for row in range(len(after))]
    assert times == sorted(times, key=lambda one: one or AT)


@pytest.mark.parametrize("overlaps", [False, True])
def test_of_logs_that_have_grown_only_what_is_new_is_looked_at(tmp_path: Path, overlaps: bool) -> None:
    paths = [tmp_path / "0.log", tmp_path / "1.log"]
    for name, path in enumerate(paths):
        first = name if overlaps else 300 * name
        path.write_text("".join(line(first + 2 * row, f"{name} {row % 3}") for row in range(100)))
    logs = IndexedLogs(log_inputs(paths))
    logs.build(lambda _: None, Event())
    before = logs.store()
    known = matching_rows(before, [HoldsText(text=" 2")])
    with paths[1].open("a") as file:
        file.writelines(line(900 + row, f"1 {row % 3}") for row in range(30))
    logs.extend()
    after = logs.store()
    same = after.same_rows(before)
    assert 100 < same < 200
    assert [after.row(row).text for row in range(same)] == [before.row(row).text for row in range(same)]
    *_, last = matches_in_steps(after, [HoldsText(text=" 2")], same)
    assert last.rows is not None
    found = last.rows | rows_below(known, same, len(after))
    assert list(found) == list(matching_rows(after, [HoldsText(text=" 2")]))
    assert set(last.rows) == {row for row in matching_rows(after, [HoldsText(text=" 2")]) if row >= same}
    assert list(after.rows_with_id("r", same))[-1] == len(after) - 1


def test_other_logs_have_no_row_in_common() -> None:
    assert opened([[1, 2], [3]]).same_rows(opened([[1]])) == 0
    assert opened([[1, 3], [2]]).same_rows(opened([[1, 2]])) == 0


def test_a_log_out_of_order_can_be_followed_from_where_it_was_merged(tmp_path: Path) -> None:
    path = tmp_path / "0.log"
    path.write_text("".join(line(at, f"0-{at}") for at in (3, 1, 2)))
    logs = IndexedLogs(log_inputs([path]))
    logs.build(lambda _: None, Event())
    before = logs.store()
    assert isinstance(before.order, Merged)
    logs.follow()
    with path.open("a") as file:
        file.write(line(0, "0-0"))
    assert logs.extend() == 1
    after = logs.store()
    assert [after.row(row).event for row in range(4)] == ["0-0", "0-1", "0-2", "0-3"]
    assert after.same_rows(before) == 0
    assert isinstance(after.order, Merged)
    assert after.order.storage is not before.order.storage
    logs.close()


@given(FILES, st.lists(st.lists(st.integers(0, 400), max_size=30), min_size=4, max_size=4), st.booleans())
def test_logs_that_have_grown_stand_as_if_they_were_ordered_at_once(
    files: list[list[int]], more: list[list[int]], late: bool
) -> None:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.log" for name in range(len(files))]
        grown = [[200 * late + at for at in news] for news in more[: len(files)]]
        for name, (path, seconds) in enumerate(zip(paths, files, strict=True)):
            path.write_text("".join(line(at, f"{name}-{row}") for row, at in enumerate(seconds)))
        logs = IndexedLogs(log_inputs(paths))
        logs.build(lambda _: None, Event())
        before = logs.store()
        known = matching_rows(before, [HoldsText(text='1"')])
        for name, (path, news) in enumerate(zip(paths, grown, strict=True)):
            with path.open("a") as file:
                file.writelines(line(at, f"{name}-{row}") for row, at in enumerate(news, len(files[name])))
        logs.extend()
        after = logs.store()
        wanted = expected([one + news for one, news in zip(files, grown, strict=True)])
        assert [after.row(row).event for row in range(len(after))] == wanted
        same = after.same_rows(before)
        assert [before.row(row).event for row in range(same)] == wanted[:same]
        *_, last = matches_in_steps(after, [HoldsText(text='1"')], same)
        assert last.rows is not None
        assert list(last.rows | rows_below(known, same, len(after))) == [
            row for row, name in enumerate(wanted) if name[-1] == "1"
        ]


def test_of_a_log_out_of_order_that_has_grown_only_what_is_new_is_ordered(tmp_path: Path) -> None:
    path = tmp_path / "0.log"
    path.write_text("".join(line(at ^ 1, f"0-{at ^ 1}") for at in range(200)))
    logs = IndexedLogs(log_inputs([path]))
    logs.build(lambda _: None, Event())
    before = logs.store()
    with path.open("a") as file:
        file.writelines(line(at ^ 1, f"0-{at ^ 1}") for at in range(200, 220))
    assert logs.extend() == 20
    after = logs.store()
    assert isinstance(before.order, Merged)
    assert isinstance(after.order, Merged)
    assert after.order.storage is before.order.storage
    assert after.same_rows(before) >= 160
    assert [after.row(row).event for row in range(220)] == [f"0-{at}" for at in range(220)]
