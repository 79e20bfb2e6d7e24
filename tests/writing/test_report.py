from __future__ import annotations

from datetime import timedelta

import msgspec

from tests.investigation.decisions import NOON
from tests.investigation.test_suggestions import FINDINGS
from triage_tui.investigation.block import SourceNote
from triage_tui.investigation.change import Change
from triage_tui.investigation.findings import Findings, Onset, Pattern, Signal
from triage_tui.writing.document import TEXT_COLUMNS
from triage_tui.writing.report import report

STARTED = Onset(earliest=NOON, latest=NOON)


def change(number: int, **fields: object) -> Change:
    known = {"kind": "deploy", "at": NOON, "title": f"change {number}", "verdict": "possible", **fields}
    return msgspec.convert({"id": f"c{number}", **known}, Change)


def test_the_report_says_what_since_when_who_and_which_change() -> None:
    text = report(FINDINGS, title="connection pool exhausted")
    assert text.startswith("connection pool exhausted\n")
    for words in ("Since", "47 errors, 23 users", "PRIME SUSPECT", "'released' is missing", "cap 20"):
        assert words in text


def test_no_line_of_the_text_is_wider_than_the_smallest_terminal() -> None:
    statement = "a statement with many words that goes on " * 8
    findings = Findings(patterns=(Pattern(kind="gap", statement=statement),), onset=STARTED)
    text = report(findings, title="t")
    assert max(len(line) for line in text.splitlines()) <= TEXT_COLUMNS


def test_of_many_changes_the_prime_suspect_comes_first_and_the_rest_is_counted() -> None:
    prime = change(9, verdict="prime", **{"for": ["a", "b", "c"]})
    findings = Findings(onset=STARTED, changes=(*(change(number) for number in range(6)), prime))
    changes = report(findings, title="t").partition("Changes")[2]
    assert changes.index("change 9") < changes.index("change 0")
    assert "for: c" in changes
    assert "and 3 more that say less" in changes
    assert "no change to blame" not in changes


def test_without_a_prime_suspect_nothing_is_blamed_unless_nothing_started() -> None:
    changes = (change(1),)
    assert "no change to blame" in report(Findings(onset=STARTED, changes=changes), title="t")
    assert "no change to blame" not in report(Findings(changes=changes), title="t")


def test_labels_are_shown_where_they_tell_series_apart() -> None:
    signals = tuple(
        Signal(service="api", metric="p95", labels={"route": route, "job": "api"}, shape="step")
        for route in ("/a", "/b")
    )
    text = report(Findings(signals=signals), title="t")
    assert "api p95 {route=/a}" in text
    assert "job=api" not in text
    assert "route" not in report(Findings(signals=signals[:1]), title="t")


def test_what_is_not_known_is_not_written_as_zero() -> None:
    text = report(Findings(sources=(SourceNote("app.jsonl", complete=False, note="3 lines unreadable"),)), title="t")
    assert "Since     not known" in text
    assert " 0 " not in text
    assert "app.jsonl: incomplete (3 lines unreadable)" in text


def test_the_markdown_lists_reasons_below_their_change_and_reads_nothing_as_markup() -> None:
    reasons = {"for": ["adds `x`"], "against": ["later | than"]}
    findings = Findings(onset=STARTED, changes=(change(1, title="<b>", lag_s=timedelta(minutes=5).seconds, **reasons),))
    text = report(findings, title="# not a heading", markdown=True)
    assert text.startswith("# \\# not a heading\n")
    assert "\\<b\\>, 5 min before the onset: possible\n  - for: adds \\`x\\`\n  - against: later \\| than" in text


def test_control_characters_and_secrets_stay_out() -> None:
    statement = "\x1b[31mpassword=hunter2\u202e\n## injected"
    text = report(Findings(patterns=(Pattern(kind="gap", statement=statement),)), title="\x07", markdown=True)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "hunter2" not in text
    assert "\n## injected" not in text
