"""What the border of the impact pane says of the sources that its figures come from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.ui.story import findings, story
from triage_tui.investigation.block import SourceNote
from triage_tui.investigation.events import InvestigationOpened
from triage_tui.investigation.evidence import Completeness
from triage_tui.sources.common.log_parts import part_of_logs
from triage_tui.ui.panes.impact import ImpactPane

READ_THEN = "reading 13%, 350 MB/s, 2 s left · Esc stops"
READ_NOW = "reading 57%, 350 MB/s, 1 s left · Esc stops"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Completeness(False, READ_NOW, reading=True), f"app.log: {READ_NOW}"),
        (Completeness(True, "1 file, 9 records"), "app.log: computing…"),
        (Completeness(False, "stopped, 1.8 of 3.0 GB not read"), "app.log: stopped, 1.8 of 3.0 GB not read"),
    ],
)
def test_a_log_that_was_read_when_the_findings_were_computed_is_told_as_it_is_now(
    now: Completeness, words: str
) -> None:
    case, found = story(), findings()
    opened = InvestigationOpened(
        at=datetime.now(UTC), investigation_id="1", title="", inputs=case.inputs, alert=case.alert
    ).begin()
    sources = (SourceNote("app.log", complete=False, note=READ_THEN),)
    part = replace(part_of_logs("app.log", "", None), completeness=now)
    shown = opened.with_findings(replace(found, impact=replace(found.impact, sources=sources))).with_evidence(part)
    assert ImpactPane(id="impact").completeness(shown) == words
