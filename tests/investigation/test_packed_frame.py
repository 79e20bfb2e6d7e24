from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.packed_frame import WORTH_PACKING_BYTES, PackedFrame, packed_if_large

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def records(count: int) -> pl.DataFrame:
    """Records of a log, some of whose fields are not known, in several chunks."""
    rows = [
        {"time": AT + timedelta(seconds=number), "level": None if number % 3 else "ERROR", "event": f"order {number} é"}
        for number in range(count)
    ]
    half = count // 2
    parts = [pl.DataFrame(part, schema_overrides={"level": pl.String}) for part in (rows[:half], rows[half:])]
    schema = frame_schema(EvidenceKind.LOGS)
    known = pl.concat(parts, rechunk=False).with_columns(pl.col("time").cast(schema["time"]))
    return known.with_columns(pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in known)


def evidence(held: pl.DataFrame | PackedFrame) -> Evidence:
    return Evidence(EvidenceKind.LOGS, "app", None, "", AT, Completeness(complete=True), held)


def test_a_packed_frame_comes_back_as_it_was() -> None:
    frame = records(2000)
    held = PackedFrame(frame)
    assert len(held.data) < frame.estimated_size() / 2
    assert evidence(held).frame.equals(frame)
    assert evidence(held).frame.schema == frame.schema
    assert evidence(held).columns("level", "time").equals(frame.select("level", "time"))


def test_only_a_large_frame_is_packed() -> None:
    small, texts = records(10), [f"{number}{'x' * (WORTH_PACKING_BYTES // 9)}" for number in range(10)]
    large = small.with_columns(event=pl.Series(texts))
    assert packed_if_large(small) is small
    assert isinstance(packed_if_large(large), PackedFrame)


def test_two_answers_say_the_same_where_their_rows_are_equal_however_they_are_held() -> None:
    frame = records(100)
    for one in (frame, PackedFrame(frame)):
        for other in (frame, PackedFrame(frame)):
            assert evidence(one).says_the_same(evidence(other))
        for other in (frame.head(99), PackedFrame(frame.head(99))):
            assert not evidence(one).says_the_same(evidence(other))


def test_a_packed_frame_comes_back_in_one_piece_so_that_no_selection_copies_it() -> None:
    frame = pl.concat([records(100_000)] * 2, rechunk=False)
    assert frame.n_chunks() > 1
    assert PackedFrame(frame).unpacked().n_chunks("all") == [1] * frame.width
