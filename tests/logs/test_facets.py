import json
from threading import Event

from triage_tui.logs.filters.facets import STEP_ROWS, ValueCounts, ValueOrder, host_counts, value_counts
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.store import LogStore


def store(count: int) -> LogStore:
    lines = [
        json.dumps({"time": f"2026-11-24T14:00:00.{n:06}Z", "user_id": n % 4, "zone": "eu" if n % 3 else None})
        for n in range(count)
    ]
    return open_logs([LogInput("app.log", data="\n".join(lines).encode())]).store


def test_values_are_counted_over_the_given_rows_and_missing_ones_too() -> None:
    *_, counts = value_counts(store(12), "zone")
    assert counts == ((("eu", 8), (None, 4)), 12, 12)
    *_, some = value_counts(store(12), "user_id", [0, 4, 8, 1])
    assert some == ((("0", 3), ("1", 1)), 4, 4)


def test_many_rows_are_sampled_evenly_and_told_step_by_step() -> None:
    steps = list(value_counts(store(4 * STEP_ROWS), "user_id", most_rows=2 * STEP_ROWS + 1))
    assert [step.counted for step in steps] == [STEP_ROWS, 2 * STEP_ROWS, 2 * STEP_ROWS + 1]
    assert steps[-1].total == 4 * STEP_ROWS
    assert sum(count for _, count in steps[-1].values) == 2 * STEP_ROWS + 1


def test_values_are_in_order_by_number_by_length_of_time_and_by_the_digits_in_texts() -> None:
    values = ["10", "web-10", "1.5s", "9", "web-9", "80ms", "-1e1", "", "Web-1", "nan"]
    counts = ValueCounts((*((value, 1) for value in values), (None, 5)), 15, 15)
    lowest = [value for value, _ in counts.in_order(ValueOrder.LOWEST_FIRST).values]
    assert lowest == ["-1e1", "9", "10", "80ms", "1.5s", "", "nan", "Web-1", "web-9", "web-10", None]
    highest = [value for value, _ in counts.in_order(ValueOrder.HIGHEST_FIRST).values]
    assert highest == [*reversed(lowest[:-1]), None]
    assert counts.in_order(ValueOrder.FREQUENT_FIRST) is counts


def test_no_row_has_no_value() -> None:
    assert list(value_counts(store(3), "zone", [])) == [((), 0, 0)]


def test_hosts_are_counted_by_the_index_over_all_rows_or_some() -> None:
    lines = [
        json.dumps({"time": f"2026-11-24T14:00:00.{n:06}Z"} | ({"host": f"web-{n % 3}"} if n % 4 else {}))
        for n in range(100)
    ]
    logs = IndexedLogs([LogInput("app.log", data="".join(f"{line}\n" for line in lines).encode())])
    logs.build(lambda _: None, Event())
    indexed = logs.store()
    assert host_counts(indexed) is None
    (sampled,) = value_counts(indexed, "host")
    logs.complete(Event())
    (counted,) = value_counts(indexed, "host", most_rows=10)
    assert counted == sampled
    assert counted.counted == 100
    (some,) = value_counts(indexed, "host", [1, 4, 5, 8])
    assert dict(some.values) == {"web-1": 1, "web-2": 1, None: 2}
