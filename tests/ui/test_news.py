"""What is new since someone looked: said in words, and gone by looking."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.investigation.decisions import opened
from tests.ui.driving import program, screen_text, shows, until
from tests.ui.story import evidence_of, findings, log_frame, log_records
from tests.ui.test_live import AlertStates, Probes, live_case
from triage_tui.investigation.case import Case
from triage_tui.investigation.change import Change
from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.packed_frame import PackedFrame
from triage_tui.investigation.refresh import RefreshPolicy
from triage_tui.logs.log_input import LogOptions
from triage_tui.sources.log_globs import LogGlobs
from triage_tui.ui.news import Facts, news_of
from triage_tui.ui.panes.impact import ImpactPane


class Analyst:
    """Finds what the story has, and from then on what ``deployed`` and ``state`` add."""

    def __init__(self) -> None:
        self.deployed = False

    def __call__(self, case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
        del case, evidence, fixed_at
        found = findings()
        if not self.deployed:
            return found
        deploy = Change(id="f00baa1", kind="deploy", at=datetime.now(UTC), title="Try again", verdict="excluded")
        return msgspec.structs.replace(found, changes=(*found.changes, deploy))


async def test_news_stand_on_the_border_until_a_key_is_pressed_in_that_pane(tmp_path: Path) -> None:
    analyst, alert = Analyst(), AlertStates()
    app = program(tmp_path, live_case(alert, Probes("health")), compute=analyst)
    async with app.run_test(size=(150, 50)) as pilot:
        await shows(pilot, "firing since")
        await shows(pilot, "PRIME SUSPECT")
        assert "NEW" not in screen_text(pilot)
        analyst.deployed = True
        await shows(pilot, "Changes ▸ NEW: deploy f00baa1")
        alert.state = "resolved"
        await shows(pilot, "Impact ▸ NEW: alert resolved")
        await pilot.press("j")
        await until(pilot, lambda: "NEW: alert" not in screen_text(pilot))
        assert "Changes ▸ NEW: deploy f00baa1" in screen_text(pilot)
        await pilot.press("tab")
        assert "Changes ▸ NEW: deploy f00baa1" in screen_text(pilot)
        await pilot.press("j")
        await until(pilot, lambda: "NEW" not in screen_text(pilot))


async def test_news_out_of_sight_are_named_beside_the_question(tmp_path: Path) -> None:
    analyst = Analyst()
    app = program(tmp_path, live_case(AlertStates(), Probes("health")), compute=analyst)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "firing since")
        await shows(pilot, "DEGRADED")
        analyst.deployed = True
        await shows(pilot, "NEW in Changes")
        await pilot.press("tab")
        await shows(pilot, "Changes ▸ NEW: deploy f00baa1")
        await until(pilot, lambda: "NEW in Changes" not in screen_text(pilot))
        await pilot.press("k")
        await until(pilot, lambda: "NEW" not in screen_text(pilot))


async def test_new_errors_are_counted_from_the_last_look(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    written = 0

    def write(level: str, count: int) -> None:
        nonlocal written
        with log.open("a") as file:
            for _ in range(count):
                written += 1
                at = datetime.now(UTC) - timedelta(minutes=10) + timedelta(seconds=written)
                file.write(f'{{"time": "{at.isoformat()}", "level": "{level}", "message": "{level} {written}"}}\n')

    write("error", 3)
    logs = LogGlobs(["app.log"], lambda: [log], LogOptions())
    app = program(tmp_path / "state", live_case(logs, AlertStates(), policy=RefreshPolicy(interval_s=0.3)))
    async with app.run_test(size=(150, 50)) as pilot:
        await shows(pilot, "PRIME SUSPECT")
        await shows(pilot, "error 3")
        write("error", 2)
        write("info", 5)
        await shows(pilot, "Logs ▸ NEW: 2 errors")
        await pilot.press("tab", "tab", "tab", "j")
        await until(pilot, lambda: "NEW: 2 errors" not in screen_text(pilot))
        write("error", 1)
        await shows(pilot, "Logs ▸ NEW: 1 error")


async def test_what_is_new_gives_way_to_a_source_that_fails(tmp_path: Path) -> None:
    analyst, source = Analyst(), Probes("health")
    app = program(tmp_path, live_case(source), compute=analyst)
    async with app.run_test(size=(120, 36)) as pilot:
        await shows(pilot, "PRIME SUSPECT")
        pane = app.screen.query_one(ImpactPane)
        pane.tell_news("alert resolved, state up, and much more that takes all the room that there is")
        await shows(pilot, "Impact ▸ NEW: alert resolved")
        source.failing = True
        await shows(pilot, "health stale since")
        await shows(pilot, "cannot connect")
        await until(pilot, lambda: "Impact ▸ NEW: alert" not in screen_text(pilot))


def test_what_stays_the_same_is_compared_without_unpacking_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[object] = []
    monkeypatch.setattr(PackedFrame, "unpacked", lambda _, columns=None: unpacked.append(columns))
    packed = evidence_of(EvidenceKind.LOGS, "app.jsonl", log_frame(log_records()))
    held = msgspec.structs.replace(packed, held=PackedFrame(packed.frame))
    now = opened().with_evidence(held).with_findings(findings())
    assert news_of("logs", Facts(), now) == "a missing line"
    assert not unpacked
