"""What a border says where there is no room for all of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from msgspec.structs import replace

from tests.ui.driving import USUAL, program, running, screen_text, shows
from tests.ui.logged import logged
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, SourceFailure, frame_schema
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.state import CaseInputs, Investigation
from triage_tui.ui.panes.pane_place import border_line
from triage_tui.ui.source_notes import short_note

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
KINDS = (EvidenceKind.CHANGES,)


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (72, "Metrics ▸ 1–4 of 27 series ── prometheus · 17:03:51Z · complete (5 of 6)"),
        (54, "Metrics ▸ 1–4 of 27 series ────── 17:03:51Z · complete"),
        (41, "Metrics ▸ 1–4 of 27 series ─── 17:03:51Z…"),
        (30, "Metrics ▸ 1–4 of… ─ 17:03:51Z…"),
    ],
)
def test_a_note_is_said_shorter_before_it_is_cut_and_cut_behind_a_word(width: int, told: str) -> None:
    full, short = "prometheus · 17:03:51Z · complete (5 of 6)", "17:03:51Z · complete"
    assert border_line("Metrics ▸ 1–4 of 27 series", full, width, 2, short).plain == told


def test_a_title_is_cut_behind_a_word() -> None:
    line = border_line("Impact ▸ NEW: state DEGRADED, since 17:03:48Z", "complete", 45).plain
    assert line == "Impact ▸ NEW: state DEGRADED… ────── complete"


def investigation(*sources: Evidence, failed: str = "", live: str | None = "orders") -> Investigation:
    found = Investigation("1", "x", CaseInputs(live=live), Alert(), None, AT)
    for one in sources:
        found = found.with_evidence(one)
    return found.with_failure(SourceFailure(failed, EvidenceKind.CHANGES, "no", AT)) if failed else found


def changes(name: str, *, complete: bool = True) -> Evidence:
    frame = pl.DataFrame(schema=frame_schema(EvidenceKind.CHANGES))
    return Evidence(EvidenceKind.CHANGES, name, None, "", AT, Completeness(complete, "3 of 4"), frame)


def test_sources_are_counted_where_there_is_no_room_to_name_each() -> None:
    git, log = changes("git"), changes("deploys", complete=False)
    assert short_note(investigation(git), KINDS, ("git",)) == "14:00:00Z · complete"
    assert short_note(investigation(git, live=None), KINDS, ("git",)) == "complete"
    assert short_note(investigation(git, log), KINDS, ("git", "deploys")) == "1 of 2 incomplete"
    assert short_note(investigation(git, changes("x")), KINDS, ()) == "2 complete"
    assert short_note(investigation(git), KINDS, ("git", "deploys")) == ""
    failing = short_note(investigation(git, failed="deploys"), KINDS, ("git", "deploys"))
    assert failing == "deploys failed · 1 complete"


async def test_a_service_that_is_opened_without_an_alert_is_named_once(tmp_path: Path) -> None:
    case = replace(logged(), alert=Alert(service="orders-api"), title="orders-api")
    async with running(program(tmp_path, case), USUAL) as pilot:
        await shows(pilot, "no alert was given")
        assert "orders-api ▸" not in screen_text(pilot)
