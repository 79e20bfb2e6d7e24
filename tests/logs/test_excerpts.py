import json
import random
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.excerpts import excerpts_of, rise_of_errors
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.store import LogStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOUR = 3600


def opened(*files: list[tuple[float, str]]) -> LogStore:
    inputs = [
        LogInput(
            f"{name}.log",
            data="".join(
                json.dumps({"time": (AT + timedelta(seconds=at)).isoformat(), "level": level, "message": f"{at:09.3f}"})
                + "\n"
                for at, level in lines
            ).encode(),
        )
        for name, lines in enumerate(files)
    ]
    logs = IndexedLogs(inputs)
    logs.build(lambda _: None, Event())
    return logs.store()


def lines(rate_before: float, rate_after: float, rise: float = HOUR / 2, seed: int = 1) -> list[tuple[float, str]]:
    dice = random.Random(seed)
    return [
        (at, "ERROR" if dice.random() < (rate_after if at >= rise else rate_before) else "INFO") for at in range(HOUR)
    ]


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.02), (0.01, 0.2), (0.1, 0.5)])
def test_errors_rise_where_they_become_more_frequent(before: float, after: float) -> None:
    rise = rise_of_errors(opened(lines(before, after)).logs, None)
    assert rise is not None
    assert abs(rise - AT - timedelta(minutes=30)) < timedelta(minutes=3)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rate", [0.0, 0.01, 0.3])
def test_errors_that_come_evenly_do_not_rise(rate: float, seed: int) -> None:
    assert rise_of_errors(opened(lines(rate, rate, seed=seed)).logs, None) is None


def test_more_records_with_the_same_share_of_errors_are_no_rise() -> None:
    quiet, busy = lines(0.1, 0.1), lines(0.1, 0.1, seed=2)
    both = sorted([*quiet, *((at + 0.5, level) for at, level in busy if at > HOUR / 2)])
    assert rise_of_errors(opened(both).logs, None) is None


def test_errors_that_cease_do_not_rise() -> None:
    assert rise_of_errors(opened(lines(0.2, 0.0)).logs, None) is None


def test_a_log_that_is_too_large_is_read_around_the_rise_and_as_much_of_each() -> None:
    store = opened(lines(0.0, 0.2), lines(0.0, 0.0))
    size = sum(log.end for log in store.logs)
    chosen = excerpts_of(store.logs, None, size // 4)
    assert chosen.rise is not None
    assert (chosen.found, len(chosen.parts)) == (2 * HOUR, 2)
    assert chosen.kept == pytest.approx(2 * HOUR / 4, rel=0.02)
    for part in chosen.parts:
        assert part.start + part.stop == pytest.approx(HOUR, rel=0.1)


def test_what_is_not_too_large_is_read_whole_and_without_a_rise_the_latest_is() -> None:
    store = opened(lines(0.1, 0.1))
    assert excerpts_of(store.logs, None, 10**9).kept == HOUR
    latest = excerpts_of(store.logs, None, 5000)
    assert latest.rise is None
    assert latest.parts[0].stop == HOUR
    assert 0 < latest.kept < HOUR
    at_rise = opened(lines(0.0, 0.2))
    assert excerpts_of(at_rise.logs, None, 5000, at_rise=False).parts[0].stop == HOUR


def test_only_the_window_is_looked_at() -> None:
    store = opened(lines(0.0, 0.2))
    window = TimeWindow(AT, AT + timedelta(minutes=20))
    chosen = excerpts_of(store.logs, window, 5000)
    assert chosen.rise is None
    assert (chosen.found, chosen.parts[0].stop) == (1200, 1200)


def test_a_log_without_records_in_the_window_has_no_part() -> None:
    store = opened(lines(0.0, 0.2), [(2 * HOUR, "INFO")])
    chosen = excerpts_of(store.logs, TimeWindow(AT, AT + timedelta(minutes=1)), 100)
    assert [part.log for part in chosen.parts] == [0]
    assert excerpts_of(store.logs, TimeWindow(AT - timedelta(days=2), AT - timedelta(days=1)), 100).parts == ()
