from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.analysis.request_outcomes import outcomes
from triage_tui.investigation.evidence import EvidenceKind, frame_schema

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ORDER = ["time", "file", "line", "event", "request_id"]
RECORDS = st.lists(
    st.tuples(
        st.none() | st.integers(0, 3), st.none() | st.sampled_from("ab"), st.none() | st.integers(1, 3),
        st.sampled_from(["x", "y"]),
    ),
    max_size=8,
)  # fmt: skip


@given(RECORDS, st.booleans())
def test_records_of_outcomes_stand_in_time_order_however_they_came(
    records: list[tuple[int | None, str | None, int | None, str]], in_order: bool
) -> None:
    rows = [
        {"time": None if at is None else AT + timedelta(seconds=at), "file": file, "line": line, "event": event}
        for at, file, line, event in records
    ]
    frame = pl.DataFrame(rows, schema=frame_schema(EvidenceKind.LOGS))
    expected = frame.filter(pl.col("time").is_not_null()).sort(ORDER, nulls_last=True)
    found = outcomes(expected if in_order else frame).records
    assert found.select(ORDER).equals(expected.select(ORDER))
