import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage_tui.analysis.diagnosis import diagnose
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.sources.log_files import LogFileSource

LOG = b'{"ts":1795485600,"message":"a","request_id":"r-1"}\n{"ts":1795485660,"message":"b"}\n'
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


async def test_files_become_evidence_with_random_access_to_their_lines(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(LOG)
    evidence = await LogFileSource("app.log", [tmp_path / "app.log"]).fetch(None)
    assert (evidence.kind, evidence.source) == (EvidenceKind.LOGS, "app.log")
    assert evidence.frame["event"].to_list() == ["a", "b"]
    assert evidence.completeness.note == "2 of 2 lines"
    assert evidence.lines is not None
    assert evidence.lines.row(1).event == "b"


async def test_a_window_narrows_the_frame_and_not_the_lines() -> None:
    source = LogFileSource.from_bytes("logs.jsonl", LOG)
    evidence = await source.fetch(TimeWindow(AT, AT + timedelta(seconds=30)))
    assert evidence.frame.height == 1
    assert evidence.lines is not None
    assert len(evidence.lines) == 2


async def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"gone\.log: no such file"):
        await LogFileSource("gone", [tmp_path / "gone.log"]).fetch(None)


def line(second: int) -> bytes:
    return b'{"ts":%d,"message":"m%d"}\n' % (1795485600 + second, second)


async def test_large_files_are_indexed_and_a_window_of_them_is_parsed(tmp_path: Path) -> None:
    for name, seconds in (("a.log", range(0, 100, 2)), ("b.log", range(1, 100, 2))):
        (tmp_path / name).write_bytes(b"".join(map(line, seconds)))
    paths = [tmp_path / "a.log", tmp_path / "b.log"]
    window = TimeWindow(AT + timedelta(seconds=40), AT + timedelta(seconds=60))
    large = await LogFileSource("logs", paths, whole_bytes=0).fetch(window)
    small = await LogFileSource("logs", paths).fetch(window)
    assert large.frame.equals(small.frame)
    assert large.frame["event"].to_list() == [f"m{second}" for second in range(40, 60)]
    assert large.lines is not None
    assert (len(large.lines), large.lines.row(99).event) == (100, "m99")
    assert large.completeness.note == "20 records"


async def test_the_latest_records_are_taken_where_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.log").write_bytes(b"".join(map(line, range(100))))
    whole = IndexedLogs.records
    monkeypatch.setattr(IndexedLogs, "records", lambda logs, window, *_: whole(logs, window, bytes_cap=400))
    evidence = await LogFileSource("app.log", [tmp_path / "app.log"], whole_bytes=0).fetch(None)
    assert evidence.frame["event"][-1] == "m99"
    assert evidence.frame.height == 11
    assert not evidence.completeness.complete
    assert evidence.completeness.note == "100 records, findings from the latest 11"
    assert evidence.reach == TimeWindow(AT, AT + timedelta(seconds=100))
    assert diagnose([evidence], Alert()).window == evidence.reach


async def test_a_compressed_log_is_as_large_as_its_text(tmp_path: Path) -> None:
    (tmp_path / "app.gz").write_bytes(gzip.compress(b"".join(map(line, range(1000)))))
    source = LogFileSource("app.gz", [tmp_path / "app.gz"], whole_bytes=20_000)
    evidence = await source.fetch(None)
    assert (tmp_path / "app.gz").stat().st_size < 20_000
    assert source.holds_more
    assert evidence.reach is not None
    assert evidence.frame.height == 1000


async def test_a_window_without_records_is_an_empty_frame(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(line(0))
    window = TimeWindow(AT + timedelta(days=1), AT + timedelta(days=2))
    evidence = await LogFileSource("app.log", [tmp_path / "app.log"], whole_bytes=0).fetch(window)
    assert evidence.frame.schema == frame_schema(EvidenceKind.LOGS)
    assert evidence.frame.height == 0


@pytest.mark.parametrize("whole_bytes", [0, 1 << 20])
async def test_logs_that_lie_before_or_after_the_window_say_how_far_and_which_window_holds_them(
    tmp_path: Path, whole_bytes: int
) -> None:
    (tmp_path / "app.log").write_bytes(line(0) + line(30))
    source = LogFileSource("app.log", [tmp_path / "app.log"], whole_bytes=whole_bytes)
    options = f"--from {AT:%Y-%m-%dT%H:%M}Z --to {AT + timedelta(minutes=1):%Y-%m-%dT%H:%M}Z"
    later = await source.fetch(TimeWindow(AT + timedelta(days=1), AT + timedelta(days=2)))
    assert later.completeness.note == f"none of 2 records in the window; ends 24 h before it: {options}"
    earlier = await source.fetch(TimeWindow(AT - timedelta(hours=2), AT - timedelta(hours=1)))
    assert earlier.completeness.note == f"none of 2 records in the window; begins 1 h after it: {options}"
    around = await source.fetch(TimeWindow(AT - timedelta(hours=2), AT + timedelta(hours=1)))
    assert "window" not in around.completeness.note
