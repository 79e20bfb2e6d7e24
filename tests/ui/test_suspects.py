"""The ranked list of suspects, and the chart that Enter shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from tests.ui.driving import LARGE, NARROW, USUAL, keys, program, running, screen_text, shows, state
from tests.ui.story import METRICS, ONSET, findings, sources, story, with_sources
from triage_tui.investigation.case import Case
from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.findings import Findings, Lead, Signal, Suspect
from triage_tui.ui.panes.metric_series import ordered
from triage_tui.ui.panes.metrics import MetricsPane
from triage_tui.ui.panes.signals import shape_words
from triage_tui.ui.panes.suspects import moved_since
from triage_tui.ui.screens.investigation import InvestigationScreen


def suspect(rank: int, metric: str, direction: Literal["up", "down"]) -> Suspect:
    return Suspect(
        rank=rank, kind="metric", service="orders-api", metric=metric, name=f"orders-api {metric}", score=9.0 - rank,
        change_at=ONSET - timedelta(minutes=rank), direction=direction, sources=METRICS,
        because=(f"median 5 before, {rank} after", f"peak {rank}0 spreads away"),
    )  # fmt: skip


SUSPECTS = (suspect(1, "pool_checked_out", "up"), suspect(2, "requests_per_second", "down"))


def ranked(case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
    del case, evidence, fixed_at
    return msgspec.structs.replace(findings(), suspects=SUSPECTS)


@pytest.mark.parametrize("size", [NARROW, USUAL, LARGE])
async def test_each_suspect_is_shown_with_its_rank_its_move_and_its_reasons(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with running(program(tmp_path, story(), compute=ranked), size) as pilot:
        await keys(pilot, "R")
        for told in (
            "1.  orders-api pool_checked_out  rises since 13:59:00Z",
            "2.  orders-api requests_per_second  falls since 13:58:00Z",
            "median 5 before, 1 after",
            "peak 20 spreads away",
            "2 series · prometheus",
        ):
            await shows(pilot, told)
        await keys(pilot, "escape")
        assert isinstance(pilot.app.screen, InvestigationScreen)


@pytest.mark.parametrize("size", [NARROW, USUAL])
async def test_enter_charts_the_series_and_moves_the_clock_to_where_it_changed(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with running(program(tmp_path, story(), compute=ranked), size) as pilot:
        await keys(pilot, "R", "j", "enter")
        metrics = pilot.app.screen.query_one(MetricsPane)
        assert pilot.app.focused is metrics
        assert metrics.selected_text().startswith("orders-api requests_per_second")
        assert state(pilot).cursor == SUSPECTS[1].change_at
        assert "requests_per_second" in screen_text(pilot)


async def test_a_suspect_can_be_pinned_with_its_first_reason(tmp_path: Path) -> None:
    async with running(program(tmp_path, story(), compute=ranked)) as pilot:
        await keys(pilot, "R", "p", "q")
        (pin,) = state(pilot).pins
        assert pin.text == ("suspect 1: orders-api pool_checked_out rises since 13:59:00Z (median 5 before, 1 after)")
        assert (pin.source, pin.moment) == ("prometheus", SUSPECTS[0].change_at)


async def test_a_list_without_suspects_says_why(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "R")
        await shows(pilot, "none of the series left what is usual for it")
        await keys(pilot, "enter", "p")
    logs_alone = with_sources(sources()[0])
    async with running(program(tmp_path / "other", logs_alone), NARROW) as pilot:
        await keys(pilot, "R")
        await shows(pilot, "no metrics were given")


def signal(metric: str, role: str, score: float, **more: object) -> Signal:
    return msgspec.convert({"metric": metric, "role": role, "score": score, "shape": "step", **more}, Signal)


def test_what_moved_first_and_the_gauge_at_its_cap_come_right_after_the_errors() -> None:
    signals = (
        signal("p95", "latency", 90.0), signal("upstream_p95", "latency", 20.0), signal("requests", "traffic", 1.0),
        signal("errors", "errors", 50.0), signal("cpu", "saturation", 60.0, cap=100.0),
        signal("pool", "saturation", 7.0, cap=20.0, shape="saturated", at_cap_since=ONSET),
    )  # fmt: skip
    lead = Lead(first=(None, "upstream_p95"), then=(None, "errors"), seconds=60.0)
    shown = [one.metric for one in ordered(Findings(signals=signals, lead=lead))]
    assert shown == ["errors", "upstream_p95", "pool", "requests", "p95", "cpu"]
    shown = [one.metric for one in ordered(Findings(signals=signals))]
    assert shown == ["errors", "pool", "p95", "requests", "cpu", "upstream_p95"]


def test_a_latency_that_stays_at_its_timeout_is_not_said_to_be_at_a_cap() -> None:
    flat = signal("p95", "latency", 9.0, shape="saturated", cap=3.0, at_cap_since=ONSET)
    assert shape_words(flat) == "levels off at 14:00:00Z"
    full = signal("pool", "saturation", 9.0, shape="saturated", cap=20.0, at_cap_since=ONSET)
    assert shape_words(full) == "at cap 20 since 14:00:00Z"


def test_a_series_moves_since_its_shape_begins_not_since_it_was_far_off() -> None:
    begun = ONSET - timedelta(minutes=20)
    moved = signal("pool_checked_out", "saturation", 9.0, service="orders-api", changes=[
        {"earliest": begun, "latest": begun, "row": 40}
    ])  # fmt: skip
    assert moved_since(SUSPECTS[0], [moved]) == begun
    assert moved_since(SUSPECTS[1], [moved]) == SUSPECTS[1].change_at
