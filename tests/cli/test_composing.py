from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage_tui.cli.composing import compose, with_window
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow

DEMO = CaseInputs(paths=("demo:connection-pool",))
LINE = '{"time":"2026-11-24T12:00:00Z","level":"INFO","message":"fine"}\n'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("metrics.csv", b"", "metrics.csv: is empty"), ("deploys.json", b"\0\1\2" * 50, "deploys.json: is neither text")],
)
def test_an_export_that_cannot_be_read_is_never_left_out_in_silence(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / "app.log").write_text(LINE)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableInput, match=words):
        compose(CaseInputs(paths=(str(tmp_path),)))


def test_what_is_no_export_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(LINE)
    (tmp_path / "screenshot.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    (tmp_path / "README.md").write_text("# how this was exported\n")
    (tmp_path / "logs").mkdir()
    case = compose(CaseInputs(paths=(str(tmp_path),)))
    assert [source.kind for source in case.sources] == [EvidenceKind.LOGS]


def test_the_order_of_the_arguments_changes_nothing(tmp_path: Path) -> None:
    for name in ("b.log", "a.log"):
        (tmp_path / name).write_text(LINE)
    (tmp_path / "cpu.csv").write_text("time,cpu\n2026-11-24T12:00:00Z,1\n2026-11-24T12:01:00Z,2\n")
    paths = tuple(str(tmp_path / name) for name in ("b.log", "cpu.csv", "a.log"))
    names = [[one.name for one in compose(CaseInputs(paths=order)).sources] for order in (paths, paths[::-1])]
    assert names[0] == names[1]


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    for folder in ("blue", "green"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "metrics.csv").write_text("time,cpu\n2026-11-24T12:00:00Z,1\n")
    paths = tuple(str(tmp_path / folder / "metrics.csv") for folder in ("blue", "green"))
    assert [source.name for source in compose(CaseInputs(paths=paths)).sources] == [
        "blue/metrics.csv",
        "green/metrics.csv",
    ]


@pytest.mark.parametrize(
    "sentence", ["Checkout fails for some users", "~50 % of requests fail", ("Checkout fails for many " * 12).strip()]
)
def test_a_sentence_is_an_alert(tmp_path: Path, sentence: str) -> None:
    (tmp_path / "app.log").write_text(LINE)
    case = compose(CaseInputs(paths=(str(tmp_path / "app.log"),), alert=sentence))
    assert case.alert.title == sentence
    assert case.title == case.alert.title


def test_looking_at_the_recorded_window_again_changes_nothing() -> None:
    case = compose(DEMO)
    assert case.baseline is not None
    assert with_window(case, case.window) is case


def test_a_window_over_the_baseline_leaves_of_it_what_comes_before() -> None:
    case = compose(DEMO)
    assert case.window is not None
    assert case.baseline is not None
    middle = case.baseline.start + case.baseline.length / 2
    narrowed = with_window(case, TimeWindow(middle, case.window.end))
    assert narrowed.baseline == narrowed.alert.baseline == TimeWindow(case.baseline.start, middle)
    early = TimeWindow(case.baseline.start - timedelta(minutes=1), case.window.end)
    assert with_window(case, early).baseline is None


async def test_a_time_without_a_zone_is_in_the_zone_that_was_named(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-24 12:00:00,000 INFO app: fine\n")
    case = compose(CaseInputs(paths=(str(tmp_path / "app.log"),), timezone="Europe/Berlin"))
    logs = await case.sources[0].fetch(None)
    assert logs.frame["time"].item() == datetime(2026, 11, 24, 11, tzinfo=UTC)
