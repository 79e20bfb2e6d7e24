"""What the screen says when something does not work: sources, the analysis, the disk, the text itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.worker import WorkerState

from tests.ui.driving import (
    LARGE,
    NARROW,
    USUAL,
    fixed_findings,
    keys,
    program,
    running,
    screen_text,
    shows,
    state,
    until,
    write,
)
from tests.ui.story import FixedSource, log_records, minutes, sources, story, with_sources
from triage_tui.investigation.case import Case
from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.findings import Alert, Findings
from triage_tui.investigation.journal import Journal
from triage_tui.investigation.source import SourceUnavailable, UnreadableInput
from triage_tui.investigation.trace import Trace
from triage_tui.ui.app import TriageApp
from triage_tui.ui.screens import trace

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202egnp\u202c zero\u200bwidth [/] [@click=app.exit]go[/] \x9b2J tag\U000e0041"
ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


async def test_a_source_that_fails_says_so_in_its_border_and_the_others_are_computed(tmp_path: Path) -> None:
    broken = FixedSource(None, SourceUnavailable("loki: 503 Service Unavailable"))
    async with running(program(tmp_path, with_sources(*sources()[1:], broken))) as pilot:
        assert "loki failed" in screen_text(pilot)
        assert "loki: 503 Service Unavailable" in screen_text(pilot)
        assert "PRIME SUSPECT" in screen_text(pilot)
        assert "no log could be read" in screen_text(pilot)


async def test_a_source_with_a_bug_is_shown_as_failed_and_not_as_empty(tmp_path: Path) -> None:
    app = program(tmp_path, with_sources(*sources()[1:], FixedSource(None, ZeroDivisionError("oops"))))
    async with app.run_test(size=USUAL, notifications=True) as pilot:
        await shows(pilot, "loki failed")
        await shows(pilot, "ZeroDivisionError")
        assert [one.state for one in app.workers if one.name == "loki"] == []


async def test_an_analysis_that_fails_is_told_in_the_first_line(tmp_path: Path) -> None:
    def broken(case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
        raise ZeroDivisionError(f"{case.title} {len(evidence)} {fixed_at}")

    app = program(tmp_path, story(), compute=broken)
    async with app.run_test(size=LARGE, notifications=True) as pilot:
        await shows(pilot, "ANALYSIS FAILED: ZeroDivisionError")
        await keys(pilot, "p")
        assert len(state(pilot).pins) == 1


async def test_a_journal_that_cannot_be_written_is_told_until_it_can(tmp_path: Path) -> None:
    (tmp_path / "journals").write_text("a file where the folder should be")
    case = story()
    async with running(program(tmp_path / "journals", case)) as pilot:
        assert "NOT SAVED" in screen_text(pilot)
        await keys(pilot, "p")
        assert len(state(pilot).pins) == 1
        (tmp_path / "journals").unlink()
        await keys(pilot, "a")
        assert "NOT SAVED" not in screen_text(pilot)


async def test_an_investigation_that_is_open_elsewhere_is_refused(tmp_path: Path) -> None:
    case = story()
    held = Journal(tmp_path / case.investigation_id, minutes(0))
    app = program(tmp_path, case)
    async with app.run_test(size=USUAL):
        pass
    held.close()
    assert app.return_code == 2


@pytest.mark.parametrize("size", [NARROW, LARGE])
async def test_hostile_text_reaches_no_pane_raw(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(hostile_program(tmp_path), size) as pilot:
        for key in ("p", "d", "q", "e", "t", "y", "q", "o", "i"):
            await keys(pilot, key)
            assert ACTING.search(screen_text(pilot)) is None
        await keys(pilot, "escape")
        for number in "3456789":
            await keys(pilot, number)
            if state(pilot).step.value != int(number):
                await write(pilot, HOSTILE)
            await keys(pilot, "z", "j", "z")
            assert ACTING.search(screen_text(pilot)) is None
        await keys(pilot, "4", "h")
        await write(pilot, HOSTILE)
        await keys(pilot, "colon", "escape", "question_mark")
        assert ACTING.search(screen_text(pilot)) is None


def hostile_program(root: Path) -> TriageApp:
    """The story with hostile text wherever text comes from outside."""
    records = [record | {"event": HOSTILE, "request_id": f"id{HOSTILE}"} for record in log_records()]
    given = sources(records)
    changes = next(one for one in given if one.kind is EvidenceKind.CHANGES)
    assert changes._evidence is not None
    frame = changes._evidence.frame
    import polars as pl

    frame = frame.with_columns(title=pl.lit(HOSTILE), diff=pl.lit(f"+{HOSTILE}\n{HOSTILE}"), author=pl.lit(HOSTILE))
    changes._evidence = replace(changes._evidence, held=frame)
    alert = Alert(title=HOSTILE, service=HOSTILE, source=HOSTILE, request_id=HOSTILE, route=HOSTILE)
    case = replace(with_sources(*given), title=HOSTILE, alert=alert)
    return program(root, case, compute=hostile_findings)


def hostile_findings(case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
    """The findings with every text replaced, as an analysis of hostile evidence would quote it."""
    import msgspec

    found = fixed_findings(case, evidence, fixed_at)
    structs = msgspec.structs
    return structs.replace(
        found,
        changes=tuple(structs.replace(one, title=HOSTILE, speaks_for=(HOSTILE,)) for one in found.changes),
        patterns=tuple(structs.replace(one, statement=HOSTILE) for one in found.patterns),
        signals=tuple(structs.replace(one, metric=HOSTILE) for one in found.signals),
    )


async def test_a_crash_report_shows_no_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = program(tmp_path, story())
    with pytest.raises(RuntimeError):
        await _run_into(app)
    shown = "".join(str(one) for one in app._exit_renderables) + capsys.readouterr().err
    assert "went wrong" in shown
    assert "hunter2" not in shown


async def _run_into(app: TriageApp) -> None:
    async with app.run_test(size=USUAL) as pilot:
        app.call_later(_crash, "hunter2")
        await until(pilot, lambda: bool(app._exit_renderables))


def _crash(password: str) -> None:
    raise RuntimeError(f"went wrong after {len(password)} characters")


async def test_a_request_that_cannot_be_followed_is_not_said_to_be_followed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(logs: object, correlation_id: str) -> Trace:
        raise UnreadableInput("app.log", f"is gone, and {correlation_id} of {logs} with it")

    monkeypatch.setattr(trace, "trace_in", gone)
    app = program(tmp_path, story())
    async with app.run_test(size=USUAL, notifications=True) as pilot:
        await shows(pilot, "PRIME SUSPECT")
        await pilot.press("e", "t")
        await shows(pilot, "it could not be followed")
        await shows(pilot, "app.log: is gone")
        assert "following it through the log" not in screen_text(pilot)


async def test_no_worker_of_a_whole_run_fails(tmp_path: Path) -> None:
    app = program(tmp_path, story())
    async with running(app) as pilot:
        await keys(pilot, "e", "t", "c", "q", "d", "q", "slash")
        await write(pilot, "session")
        assert not [one for one in app.workers if one.state is WorkerState.ERROR]
