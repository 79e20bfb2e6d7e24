from triage_tui.analysis.not_known import with_unknown
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Findings, Impact, Suspect

ALL = frozenset(EvidenceKind)


def test_with_all_evidence_nothing_is_left_unknown() -> None:
    findings = Findings(impact=Impact(errors=3, users=2, endpoints=()))
    known = with_unknown(findings, ALL, baseline_named=True)
    assert known.onset.unknown == ()
    assert known.impact.unknown == ("which endpoints: no record names one",)


def test_each_kind_that_is_missing_is_named_where_it_would_have_told() -> None:
    suspect = Suspect(rank=1, kind="series", name="cpu", score=1.0)
    known = with_unknown(Findings(impact=Impact(errors=3), suspects=(suspect,)), frozenset(), baseline_named=False)
    assert known.onset.unknown == (
        "what the logs say: none were given",
        "what the metrics say: none were given",
        "how calm it was before: no healthy span was named",
    )
    assert known.impact.unknown[0] == "how many users: no record names one"
    assert known.impact.unknown[-1] == "whether it answers: no health probe was given"
    assert known.suspects[0].unknown == ("who calls whom: no call graph was given",)


def test_no_errors_are_no_reason_to_miss_their_users() -> None:
    known = with_unknown(Findings(impact=Impact(errors=0)), ALL, baseline_named=True)
    assert known.impact.unknown == ()
