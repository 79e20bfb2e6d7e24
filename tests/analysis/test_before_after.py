from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from triage_tui.analysis.before_after import recovery_of
from triage_tui.analysis.request_outcomes import outcomes
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.findings import Onset

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ONSET = Onset(earliest=START + timedelta(minutes=10), latest=START + timedelta(minutes=10))
FIX = START + timedelta(minutes=20)


def requests(*, minutes: int, failing_after_fix: float) -> pl.DataFrame:
    """Twenty requests a minute: healthy for ten, half of them failing for ten, then a chosen share failing."""
    rows = []
    for number in range(minutes * 20):
        at = START + timedelta(seconds=3 * number)
        share = 0.0 if at < START + timedelta(minutes=10) else 0.5 if at < FIX else failing_after_fix
        fails = number % 20 < share * 20
        rows.append({"time": at, "level": "ERROR" if fails else "INFO", "request_id": f"r{number}", "event": "done"})
    logs = (
        pl.DataFrame(
            rows, schema={name: dtype for name, dtype in frame_schema(EvidenceKind.LOGS).items() if name in rows[0]}
        )
        .with_columns(
            *(
                pl.lit(None, dtype).alias(name)
                for name, dtype in frame_schema(EvidenceKind.LOGS).items()
                if name not in rows[0]
            )
        )
        .select(frame_schema(EvidenceKind.LOGS).names())
    )
    return outcomes(logs).requests


@pytest.mark.parametrize(
    ("minutes", "failing", "verdict"),
    [(60, 0.0, "recovered"), (60, 0.5, "not_recovered"), (20, 0.0, "too_early")],
)
def test_the_requests_after_a_fix_are_compared_with_those_before(minutes: int, failing: float, verdict: str) -> None:
    recovery = recovery_of(requests(minutes=minutes, failing_after_fix=failing), onset=ONSET, fixed_at=FIX)
    assert recovery.verdict == verdict
    assert recovery.fixed_at == FIX
    assert (recovery.errors_before, recovery.requests_before) == (100, 200)
    assert recovery.requests_after == (minutes - 20) * 20


def test_a_fix_before_the_onset_is_compared_with_everything_before_it() -> None:
    recovery = recovery_of(
        requests(minutes=30, failing_after_fix=0.0), onset=ONSET, fixed_at=START + timedelta(minutes=5)
    )
    assert recovery.errors_before == 0
    assert recovery.requests_before == 100
