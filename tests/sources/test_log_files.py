from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
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
