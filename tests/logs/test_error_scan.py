"""What a search finds of errors is what the index counts, or nothing is said."""

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from triage_tui.logs.formats.levels import ERROR_LEVELS, error_spellings
from triage_tui.logs.histogram import LevelTally
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.logs.search import error_scan, level_search, line_search
from triage_tui.logs.search.error_scan import FoundErrors

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Minutes = Counter[tuple[datetime, str | None]]


def as_json(at: datetime, level: str, message: str) -> str:
    return json.dumps({"time": at.isoformat(), "level": level.lower(), "message": message})


def as_compact_json(at: datetime, level: str, message: str) -> str:
    return json.dumps({"msg": message, "ts": at.timestamp(), "lvl": level.title()}, separators=(",", ":"))


def as_pino(at: datetime, level: str, message: str) -> str:
    number = {"INFO": 30, "WARNING": 40, "ERROR": 50, "CRITICAL": 60}[level]
    return json.dumps({"level": number, "time": int(at.timestamp() * 1000), "msg": message}, separators=(",", ":"))


def as_logfmt(at: datetime, level: str, message: str) -> str:
    return f'ts={at:%Y-%m-%dT%H:%M:%S.%fZ} level={level.lower()} msg="{message}"'


def as_text(at: datetime, level: str, message: str) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S},123 {level} orders.api: {message}"


FORMS = [as_json, as_compact_json, as_pino, as_logfmt, as_text]
TRACE = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: level=error is no ERROR'
MESSAGES = st.sampled_from(
    ["order done", "x" * 700, '"level": "error"', "level=error", " ERROR ", 'got {"level": "error"}', "Error: critical"]
)
ODD = st.sampled_from(
    [
        TRACE, "", "  at com.example ERROR", '{"level": "error", "message": "without a time"}', '{"level": "error"',
        "no record at all ERROR", "2026-11-24 02:03:00,000 ERROR app: of another form",
        '{"level":"error","time":"2026-11-24T02:04:00Z","message":"closer"}', "level=error msg=alone",
        '{"time": "2026-11-24T02:05:00Z", "severity": "ERROR", "message": "by another key"}', "\0\0\0", "y" * 3000,
        '{"time": "2026-11-24T02:06:00Z", "level": "\\u0065rror", "message": "escaped"}',
        '{"time": "2026-11-24T02:07:00Z", "level": "severe", "message": "spelled otherwise"}',
    ]
)  # fmt: skip
Line = tuple[str, str, int]
LINES = st.lists(
    st.tuples(st.sampled_from(["INFO"] * 6 + ["WARNING", "ERROR", "CRITICAL"]), MESSAGES, st.integers(-300, 300)),
    max_size=30,
)


def mixed(form: int, lines: Sequence[Line], odd: Sequence[tuple[int, str]]) -> list[str]:
    quotes = "'" if FORMS[form] is as_logfmt else '"'
    records = [
        FORMS[form](AT + timedelta(seconds=second), level, message.replace('"', quotes))
        for level, message, second in lines
    ]
    for place, line in odd:
        records.insert(place, line)
    return records


def indexed(data: bytes, options: LogOptions = LogOptions()) -> IndexedLogs:  # noqa: B008 - frozen
    return IndexedLogs([LogInput("app.log", data=data)], options)


def minutes_in(logs: IndexedLogs) -> Minutes:
    logs.build(lambda _: None, Event())
    store = logs.store()
    return minutes_of(store.level_counts(MINUTE, rows=store.search.with_level(ERROR_LEVELS)))


def compared(lines: Sequence[str]) -> FoundErrors | None:
    logs = indexed("\n".join(lines).encode())
    found = logs.find_errors(Event())
    assert found is None or minutes_of(found.level_counts(MINUTE)) == minutes_in(logs)
    return found


def minutes_of(tally: LevelTally) -> Minutes:
    return Counter({(minute, level): count for minute, level, count in tally.counts()})


def usual(form: int, count: int = 60, errors: Sequence[int] = (50,)) -> list[str]:
    levels = ["ERROR" if number in errors else "INFO" for number in range(count)]
    return [FORMS[form](AT + timedelta(seconds=number), level, "done") for number, level in enumerate(levels)]


@pytest.fixture
def _small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_search, "BUFFER_BYTES", 300)
    monkeypatch.setattr(line_search, "_SPAN_BYTES", 1000)
    monkeypatch.setattr(error_scan, "_MOST_ERRORS", 1.0)
    monkeypatch.setattr(level_search, "_SPAN_BYTES", 1000)
    monkeypatch.setattr(level_search, "_MOST_ODD", 1.0)


@pytest.mark.usefixtures("_small_buffers")
class TestOfAnyLog:
    @pytest.mark.parametrize("form", range(len(FORMS)))
    @examples(15)
    @given(LINES, st.lists(st.tuples(st.integers(0, 40), ODD), max_size=2), st.booleans(), st.booleans())
    def test_what_is_found_is_what_the_index_counts(
        self, form: int, lines: list[Line], odd: list[tuple[int, str]], is_torn: bool, is_naive: bool
    ) -> None:
        text = "\n".join([*mixed(form, lines, odd), *usual(form)] + ([] if is_torn else [""]))
        zone = ZoneInfo("Europe/Berlin") if is_naive else UTC
        logs = indexed((text.replace("+00:00", "") if is_naive else text).encode(), LogOptions(assumed_zone=zone))
        found = logs.find_errors(Event())
        assert found is None or minutes_of(found.level_counts(MINUTE)) == minutes_in(logs)
        assert odd or found is not None

    @examples(25)
    @given(st.integers(0, len(FORMS) - 1), LINES, st.lists(st.tuples(st.integers(0, 40), ODD), max_size=3))
    def test_of_a_log_that_was_read_in_few_places_no_more_is_found_than_the_index_counts(
        self, form: int, lines: list[Line], odd: list[tuple[int, str]]
    ) -> None:
        logs = indexed("\n".join([*usual(form), *mixed(form, lines, odd), *usual(form)]).encode())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(error_scan, "_PROBES", 4)
            patch.setattr(error_scan, "_PROBE_BYTES", 1500)
            found = logs.find_errors(Event())
        assert found is None or not minutes_of(found.level_counts(MINUTE)) - minutes_in(logs)


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_every_form_of_log_is_searched(form: int) -> None:
    found = compared(usual(form, 30_000, errors=range(0, 30_000, 777)))
    assert found is not None
    assert len(found.order) == 39
    assert found.span.start - AT < timedelta(seconds=1)
    assert timedelta(seconds=29_999) < found.span.end - AT < timedelta(seconds=30_001)


def test_a_line_longer_than_what_is_held_at_once_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_scan, "_PROBES", 2)
    long = as_json(AT, "ERROR", "z" * (3 << 20))
    found = compared([*usual(0, 3000), long, as_json(AT, "ERROR", "z" * (9 << 20)), *usual(0, 3000)])
    assert found is not None
    assert len(found.order) == 4


@pytest.mark.parametrize("other", [1, 2, 3, 4])
def test_a_log_that_goes_on_in_another_form_is_searched_for_both_once_that_is_learned(other: int) -> None:
    found = compared([*usual(0, 20_000), *usual(other, 20_000), *usual(0, 20_000)])
    assert found is not None
    assert len(found.order) == 3
    assert compared([*usual(0, 2000), *usual(other, 20, errors=[7]), *usual(0, 2000)]) is None


def test_nothing_is_said_where_the_lines_that_are_looked_at_are_longer_than_that() -> None:
    assert compared([*usual(0), *[as_json(AT, "ERROR", "z" * 50_000)] * 20, *usual(0)]) is None


def test_nothing_is_said_where_errors_are_many() -> None:
    assert compared(usual(0, 3000, errors=range(0, 3000, 4))) is None
    bursts = [*usual(0, 60_000), *usual(0, 60_000, errors=range(1000, 59_000)), *usual(0, 60_000)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(error_scan, "_MOST_ERRORS", 1.0)
        assert compared(bursts) is None


def test_nothing_is_said_once_it_is_cancelled() -> None:
    cancelled = Event()
    cancelled.set()
    assert indexed("\n".join(usual(0)).encode()).find_errors(cancelled) is None


def test_nothing_is_said_of_compressed_logs_plain_text_and_what_is_indexed() -> None:
    data = "\n".join(usual(0)).encode()
    assert indexed(gzip.compress(data)).find_errors(Event()) is None
    assert compared(["some words", "ERROR words"] * 50) is None
    logs = indexed(data)
    logs.build(lambda _: None, Event())
    assert logs.find_errors(Event()) is None


def test_several_logs_are_counted_together_and_one_that_cannot_be_searched_spoils_it() -> None:
    inputs = [LogInput(name, data="\n".join(usual(form)).encode()) for name, form in (("a", 0), ("b", 3))]
    found = IndexedLogs(inputs).find_errors(Event())
    assert found is not None
    assert found.level_counts(MINUTE).total() == 2
    more = [*inputs, LogInput("c", data=b"some words\n" * 50)]
    assert IndexedLogs(more).find_errors(Event()) is None


def test_spellings_are_those_of_the_words_that_were_seen() -> None:
    assert error_spellings({"INFO"}) == ("ERROR", "CRIT", "FATAL", "PANIC")
    assert error_spellings({"info", "notice"})[0] == "err"
    assert error_spellings({"INFO", "CONFIG"}) == ("SEVERE",)
    assert error_spellings({"30", "20"}) == ("50", "60")
    assert error_spellings({"6"}) == ("0", "1", "2", "3")
    assert error_spellings({"9"}) == error_spellings({"30", "info"}) == ()
