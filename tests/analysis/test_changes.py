from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from tests.analysis import log_generator as log
from triage_tui.analysis.change_scene import scene_of
from triage_tui.analysis.changes import judge
from triage_tui.analysis.request_outcomes import outcomes
from triage_tui.investigation.change import Change
from triage_tui.investigation.findings import Alert, Onset, Signal, SignalChange

ONSET = Onset(earliest=log.minute(40), latest=log.minute(40.5))


def judged(*rows: dict[str, Any], **more: Any) -> dict[str, Change]:
    logs = more.pop("logs", None)
    found = None if logs is None else outcomes(logs)
    scene = scene_of(found, **({"onset": ONSET, "alert": Alert(service="shop")} | more))
    return {change.id: change for change in judge(log.changes(*rows), scene)}


def verdicts(*rows: dict[str, Any], **more: Any) -> dict[str, str]:
    return {name: change.verdict for name, change in judged(*rows, **more).items()}


def signal(service: str, minute: float, metric: str = "errors") -> Signal:
    at = log.minute(minute)
    change = SignalChange(earliest=at - timedelta(seconds=30), latest=at, row=1)
    return Signal(service=service, metric=metric, shape="step", score=8.0, changes=(change,), before=1.0, after=9.0)


def failing_logs() -> pl.DataFrame:
    records = log.requests(1, noise=0.0)
    hit = log.fail_some(
        records,
        "ValueError: no rate",
        0.5,
        1,
        lambda one: one["route"] == "POST /pay" and one["time"] >= log.minute(40),
    )
    for record in hit:
        record["exception"] = 'File "/app/shop/rates.py", line 7, in rate\nValueError: no rate'
    return log.frame(records)


def test_a_change_after_the_onset_is_excluded_and_says_so() -> None:
    late = judged({"id": "late", "at": log.minute(45), "routes": ["POST /pay"]}, logs=failing_logs())["late"]
    assert late.verdict == "excluded"
    assert late.lag_s is not None
    assert late.lag_s < 0
    assert "after the onset" in late.speaks_against[0]


def test_a_change_inside_the_onset_interval_says_that_too() -> None:
    inside = judged({"id": "inside", "at": log.minute(40.2)})["inside"]
    assert inside.verdict == "possible"
    assert "inside the onset interval" in inside.speaks_for[0]


def test_being_the_last_change_before_the_onset_is_no_reason_to_be_prime() -> None:
    assert set(verdicts({"id": "a", "at": log.minute(20)}, {"id": "b", "at": log.minute(39)}).values()) == {"possible"}


def test_the_change_whose_new_endpoint_fails_is_prime() -> None:
    found = judged(
        {"id": "guilty", "at": log.minute(35), "routes": ["POST /pay"]},
        {"id": "later", "at": log.minute(38), "routes": ["GET /help"]},
        logs=failing_logs(),
    )
    assert {name: change.verdict for name, change in found.items()} == {"guilty": "prime", "later": "possible"}
    assert "POST /pay" in " ".join(found["guilty"].speaks_for)
    assert "none of its endpoints fails" in found["later"].speaks_against


def test_the_change_of_a_file_in_the_stack_trace_is_prime() -> None:
    found = verdicts(
        {"id": "guilty", "at": log.minute(36), "paths": ["shop/rates.py"]},
        {"id": "other", "at": log.minute(38), "paths": ["shop/help.py"]},
        logs=failing_logs(),
    )
    assert found == {"guilty": "prime", "other": "possible"}


def test_an_old_change_of_a_file_in_the_stack_trace_is_not() -> None:
    old = {"id": "old", "at": log.minute(40) - timedelta(days=2), "paths": ["shop/rates.py"]}
    assert verdicts(old, logs=failing_logs()) == {"old": "possible"}


def test_a_change_of_documents_and_tests_is_not_prime() -> None:
    harmless = {"id": "docs", "at": log.minute(38), "paths": ["docs/pay.md", "tests/test_pay.py"]}
    assert verdicts(harmless, logs=failing_logs()) == {"docs": "possible"}


def test_of_many_services_the_change_of_the_one_that_moved_first_is_prime() -> None:
    signals = (signal("shop", 40.0), signal("mail", 43.0))
    found = verdicts(
        {"id": "own", "at": log.minute(37)}, {"id": "other", "service": "mail", "at": log.minute(39)}, signals=signals
    )
    assert found == {"own": "prime", "other": "possible"}


def test_a_signal_that_moves_right_after_an_earlier_change_speaks_for_that_change() -> None:
    found = judged(
        {"id": "leak", "at": log.minute(10), "routes": ["GET /cart"]},
        {"id": "near", "at": log.minute(38)},
        signals=(signal("shop", 11.0, "pool_in_use"), signal("shop", 40.0)),
        alert=Alert(service="shop", route="GET /cart"),
    )
    assert found["leak"].verdict == "prime"
    reasons = " ".join(found["leak"].speaks_for)
    assert "pool_in_use begins to rise" in reasons
    assert "before any other that went as far" in reasons


def test_without_an_onset_nothing_is_prime() -> None:
    found = verdicts({"id": "a", "at": log.minute(39), "routes": ["POST /pay"]}, onset=Onset(), logs=failing_logs())
    assert found == {"a": "possible"}


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = log.changes(*({"id": f"c{number}", "at": log.minute(30 + number)} for number in range(9)))
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=3)
    scene = scene_of(None, onset=ONSET, alert=Alert())
    assert judge(rows, scene) == judge(mixed, scene)


def test_no_changes_give_no_verdicts() -> None:
    assert judge(log.changes(), scene_of(None, onset=ONSET, alert=Alert())) == ()
