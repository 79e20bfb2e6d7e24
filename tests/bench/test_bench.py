"""The benchmark itself, on a log of 1 MB: what it measures must be the same work, whatever it takes."""

import json
from pathlib import Path

from tests.bench.engine_tasks import TASKS
from tests.bench.generate_logs import Logs, prepared
from tests.bench.rows import Row, as_markdown
from tests.bench.timing import Run, in_turn


def logs_in(folder: Path) -> Logs:
    return prepared(folder, 1)


def test_logs_are_written_once_in_every_format(tmp_path: Path) -> None:
    logs = logs_in(tmp_path)
    before = [path.stat().st_mtime_ns for path in logs]
    assert logs_in(tmp_path) == logs
    assert [path.stat().st_mtime_ns for path in logs] == before
    assert logs.json.stat().st_size >= 1_000_000
    assert "Traceback" in logs.text.read_text("utf-8")


def test_every_search_finds_the_same_five_lines(tmp_path: Path) -> None:
    log = logs_in(tmp_path).json
    wanted = json.loads(log.read_text("utf-8").splitlines()[1000])["request_id"]
    found = [TASKS["id_scan"](str(log), wanted)[1]]
    assert TASKS["text_scan"](str(log), "session acquired")[1] == log.read_text().count("session acquired")
    found += [TASKS[name](str(log), wanted, str(tmp_path / "index"))[1] for name in ("id_indexed", "id_whole")]
    assert found == [5, 5, 5]


def test_the_counts_are_those_of_the_lines(tmp_path: Path) -> None:
    log, cache = logs_in(tmp_path).json, str(tmp_path / "index")
    text = log.read_text("utf-8")
    assert TASKS["histogram"](str(log), cache)[1] == text.count("\n") == TASKS["newlines"](str(log))[1]
    assert TASKS["first_errors"](str(log))[1] == text.count('"level": "error"')
    assert TASKS["errors_a_minute"](str(log), cache)[1] == text.count('"level": "error"')


def test_a_log_is_opened_scrolled_filtered_and_followed_and_left_as_it_was(tmp_path: Path) -> None:
    log = logs_in(tmp_path).json
    before = log.read_bytes()
    found = TASKS["open_log"](str(log), str(tmp_path / "index"))[1]
    assert isinstance(found, dict)
    assert list(found) == ["imported", "opened", "scrolled", "filtered", "followed"]
    assert log.read_bytes() == before


def test_contenders_run_in_turn_and_the_median_counts() -> None:
    order = []
    times = iter([9.0, 1.0, 5.0])

    def ours() -> Run:
        order.append("a")
        return Run(next(times))

    def peer() -> Run:
        order.append("b")
        return Run(2.0)

    ran = in_turn({"ours": ours, "peer": peer}, 3)
    assert "".join(order) == "ababab"
    assert ran["ours"].seconds == 5.0


def test_a_row_says_whether_its_goal_is_met() -> None:
    assert Row("x", "ms", 8, 0.8, 10, relative=True).verdict == "met"
    assert Row("x", "ms", 9, 0.8, 10, relative=True).verdict == "missed"
    assert Row("x", "ms", 9, 0.8, None, relative=True).verdict == "no peer"
    assert "| 9.0 ms |" in as_markdown([Row("x", "ms", 9, 10)])
