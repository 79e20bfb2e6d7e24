"""A live case in the app, with sources whose answers the test gives."""

import asyncio
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
from msgspec.structs import replace

from tests.ui.driving import program, shows, until
from tests.ui.story import START, findings, story
from triage_tui.investigation.case import Case
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Findings, Onset, OnsetRevision
from triage_tui.investigation.refresh import RefreshPolicy
from triage_tui.investigation.source import Source, SourceUnavailable
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.log_input import LogOptions
from triage_tui.sources.log_globs import LogGlobs
from triage_tui.ui.panes.changes import ChangesPane

AT_ONCE = RefreshPolicy(interval_s=0.05, longest_s=0.2)


class Probes:
    """A source of one probe a fetch; ``same`` makes it say the same again and again, ``failing`` makes it fail."""

    kind = EvidenceKind.HEALTH

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = self.running = self.most_at_once = 0
        self.same = self.failing = False
        self.retry_after: float | None = 0.02
        self.targets, self.note = ["api"], ""

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        self.asked, self.running = self.asked + 1, self.running + 1
        self.most_at_once = max(self.most_at_once, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if self.failing:
            raise SourceUnavailable(f"{self.name} at http://x: cannot connect", retry_after=self.retry_after)
        value = 0.0 if self.same else float(self.asked)
        rows = [
            {"time": START, "target": target, "status": 200, "latency_ms": value, "ok": True, "note": self.note}
            for target in self.targets
        ]
        frame = pl.DataFrame(rows, schema=frame_schema(self.kind))
        return Evidence(self.kind, self.name, window, "", datetime.now(UTC), Completeness(complete=True), frame)


def live_case(*sources: Source, policy: RefreshPolicy = AT_ONCE) -> Case:
    now = datetime.now(UTC)
    window = TimeWindow(now - timedelta(minutes=90), now)
    return replace(story(), sources=sources, window=window, inputs=CaseInputs(live="orders"), live=True, refresh=policy)


class AlertStates:
    """A source of the alert's states."""

    kind, name = EvidenceKind.ALERTS, "alertmanager"

    def __init__(self) -> None:
        self.state, self.note, self.failing = "firing", "", False

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        if self.failing:
            raise SourceUnavailable("alertmanager at http://x: cannot connect")
        began = START + timedelta(minutes=40)
        row = {"at": began, "state": self.state, "earliest": began, "latest": began, "note": self.note}
        frame = pl.DataFrame([row], schema=frame_schema(self.kind))
        return Evidence(self.kind, self.name, window, "", datetime.now(UTC), Completeness(complete=True), frame)


class Analyst:
    """Counts computations, and how many ran at once."""

    def __init__(self) -> None:
        self.runs = self.running = self.most_at_once = 0
        self._lock = threading.Lock()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
        del case, evidence, fixed_at
        with self._lock:
            self.runs, self.running = self.runs + 1, self.running + 1
            self.most_at_once = max(self.most_at_once, self.running)
        self.go_on.wait(60)
        with self._lock:
            self.running -= 1
        return findings()


async def test_each_source_is_asked_again_and_never_twice_at_once(tmp_path: Path) -> None:
    sources = [Probes("a"), Probes("b")]
    app = program(tmp_path, live_case(*sources))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: all(source.asked > 5 for source in sources))
    assert [source.most_at_once for source in sources] == [1, 1]


async def test_a_computation_never_runs_beside_another_and_what_changed_meanwhile_is_computed(tmp_path: Path) -> None:
    analyst, source = Analyst(), Probes("a")
    analyst.go_on.clear()
    app = program(tmp_path, live_case(source), compute=analyst)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: analyst.running == 1 and source.asked > 10)
        assert analyst.runs == 1
        analyst.go_on.set()
        await until(pilot, lambda: analyst.runs > 2)
    assert analyst.most_at_once == 1


class Learning:
    """Finds the onset a minute earlier each time, and the changes in another order."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
        del case, evidence, fixed_at
        self.runs += 1
        known = findings()
        assert known.onset.latest is not None
        at = known.onset.latest - timedelta(minutes=self.runs)
        turned = known.changes[self.runs % 2 :] + known.changes[: self.runs % 2]
        return msgspec.structs.replace(known, onset=Onset(earliest=at, latest=at), changes=turned)


async def test_what_nobody_has_moved_stays_with_what_is_found(tmp_path: Path) -> None:
    learning = Learning()
    app = program(tmp_path, live_case(Probes("a")), compute=learning)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: learning.runs > 4)
        pane = app.screen.query_one(ChangesPane)
        assert app.investigation is not None
        assert app.investigation.findings is not None
        assert app.investigation.cursor == app.investigation.findings.onset.latest
        assert pane.selected_row() is pane._entries.rows[0]
        pane.focus()
        await pilot.press("down")
        chosen, moved_to = pane.selected_row(), app.investigation.cursor
        assert chosen is not None
        runs = learning.runs
        await until(pilot, lambda: learning.runs > runs + 4)
        kept = pane.selected_row()
        assert kept is not None
        assert kept.key == chosen.key
        assert app.investigation.cursor == moved_to


async def test_what_says_the_same_again_is_not_computed_again(tmp_path: Path) -> None:
    analyst, source = Analyst(), Probes("a")
    source.same = True
    app = program(tmp_path, live_case(source), compute=analyst)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: analyst.runs == 1)
        asked = source.asked
        await until(pilot, lambda: source.asked > asked + 10)
        assert analyst.runs == 1


async def test_the_last_good_answer_stays_while_a_source_fails_and_it_recovers(tmp_path: Path) -> None:
    source = Probes("a")
    app = program(tmp_path, live_case(source))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.investigation is not None and "a" in app.investigation.evidence)
        source.failing = True
        await until(pilot, lambda: app.investigation is not None and "a" in app.investigation.failures)
        assert app.investigation is not None
        failure = app.investigation.failures["a"]
        assert failure.retry_at is not None
        assert failure.retry_at > failure.failed_at
        assert "a" in app.investigation.evidence
        source.failing = False
        await until(pilot, lambda: app.investigation is not None and not app.investigation.failures)


async def test_a_key_asks_every_source_at_once_but_those_that_asked_to_be_left_alone(tmp_path: Path) -> None:
    down, busy, well = Probes("down"), Probes("busy"), Probes("well")
    down.failing = busy.failing = True
    down.retry_after, busy.retry_after = None, 3600.0
    slowly = RefreshPolicy(interval_s=3600.0, longest_s=3600.0)
    app = program(tmp_path, live_case(down, busy, well, policy=slowly))
    async with app.run_test(size=(120, 36)) as pilot:
        for times in (1, 2, 3):
            await until(pilot, lambda times=times: (down.asked, well.asked) == (times, times))  # type: ignore[misc]
            await until(pilot, lambda: app.investigation is not None and "down" in app.investigation.failures)
            await pilot.press("f")
        assert busy.asked == 1


async def test_every_target_is_shown_with_what_its_probe_noted(tmp_path: Path) -> None:
    source = Probes("health")
    source.targets, source.note = ["from Berlin", "from Lisbon"], "TLS certificate expires in 3 days"
    app = program(tmp_path, live_case(source))
    async with app.run_test(size=(120, 50)) as pilot:
        for words in ("from Berlin: 200", "from Lisbon: 200", "TLS certificate expires in 3 days"):
            await shows(pilot, words)


async def test_what_becomes_of_the_alert_is_said_on_top_and_beside_it(tmp_path: Path) -> None:
    alert = AlertStates()
    app = program(tmp_path, live_case(alert, Probes("health")))
    async with app.run_test(size=(150, 50)) as pilot:
        await shows(pilot, "firing since")
        alert.note = "summary: 80 % → 95 %"
        await shows(pilot, "summary: 80 % → 95 %")
        alert.state = "resolved"
        await shows(pilot, "ALERT RESOLVED")
        await shows(pilot, f"resolved since {START + timedelta(minutes=40):%H:%M:%SZ}")
        alert.failing = True
        await shows(pilot, "ALERT STALE")
        await shows(pilot, "cannot connect")
        await shows(pilot, "resolved since")
        alert.failing, alert.state = False, "silenced"
        await shows(pilot, "ALERT SILENCED")


async def test_a_log_that_is_not_there_yet_is_waited_for_without_alarm(tmp_path: Path) -> None:
    logs = LogGlobs(["app.log"], lambda: sorted(tmp_path.glob("app.log")), LogOptions())
    app = program(tmp_path / "state", live_case(logs, Probes("health")))
    async with app.run_test(size=(150, 50), notifications=True) as pilot:
        await shows(pilot, "app.log waiting")
        await shows(pilot, "waiting for the first line of a log")
        assert not app._notifications
        at = datetime.now(UTC).isoformat()
        (tmp_path / "app.log").write_text(f'{{"time": "{at}", "level": "info", "message": "here it is"}}\n')
        await shows(pilot, "here it is")


async def test_an_onset_that_is_revised_says_what_it_was(tmp_path: Path) -> None:
    def watched(case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
        del evidence, fixed_at
        found = findings()
        if case.onset is None:
            return found
        was = OnsetRevision(at=START, earliest=case.onset.earliest, latest=case.onset.latest)
        moved = START + timedelta(minutes=7)
        onset = msgspec.structs.replace(found.onset, earliest=moved, latest=moved, revisions=(was,))
        return msgspec.structs.replace(found, onset=onset)

    app = program(tmp_path, live_case(Probes("health")), compute=watched)
    async with app.run_test(size=(150, 50)) as pilot:
        await shows(pilot, f"since      {START + timedelta(minutes=7):%H:%M:%SZ}")
        await shows(pilot, f"REVISED at {START:%H:%M:%SZ}: it was ")


class CostlyProbes(Probes):
    """A source that is not to be asked more often than each hour."""

    interval_s = 3600.0


async def test_a_source_whose_answer_costs_more_is_asked_less_often(tmp_path: Path) -> None:
    costly, cheap = CostlyProbes("costly"), Probes("cheap")
    app = program(tmp_path, live_case(costly, cheap))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: cheap.asked > 10)
    assert costly.asked == 1
