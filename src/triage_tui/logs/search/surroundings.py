"""What other requests did around the time of one and well before it, which tells what is normal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from triage_tui.logs.log_input import LogOptions
from triage_tui.logs.records.record_frame import SCHEMA, FrameBuilder, in_time_order
from triage_tui.logs.search.time_places import TimePlaces

STRETCH_BYTES = 4 << 20
# A request that has a record so near to where a stretch was cut, as a share of its length, may be cut too.
_EDGE = 0.05


def surroundings(logs: Sequence[TimePlaces], options: LogOptions, at: datetime) -> pl.DataFrame:
    """A LOGS frame of two stretches of time: around ``at`` (UTC), and half way between the logs' beginning and that.

    Each takes some 4 MiB of text over all logs. Of a stretch, what all logs cover that have its time is kept, without
    the requests that may go on beyond it.
    """
    begun = [first for log in logs if (first := log.ends()[0]) is not None and first < at]
    # What is earlier comes first: of a compressed log only what is later can be read without beginning again.
    moments = [at] if not begun else [min(begun) + (at - min(begun)) / 2, at]
    share = STRETCH_BYTES // max(1, len(logs))
    found = [_whole_requests([_stretch(log, options, moment, share) for log in logs], moment) for moment in moments]
    return pl.concat(found).unique(["file", "offset"], keep="first", maintain_order=True)


def _stretch(log: TimePlaces, options: LogOptions, moment: datetime, size: int) -> pl.DataFrame:
    if not log.has(moment):
        return pl.DataFrame(schema=SCHEMA)
    records, place = log.records, log.nearest_to(moment)
    source = records.reader.source
    begin = records.begin_of(max(0, min(place - size // 2, source.size - size)))
    end = begin + size
    end = records.begin_of(end) if end < source.size else source.size
    builder = FrameBuilder(source.name, options.assumed_zone, options.id_fields, options.today)
    frames = [builder.frame(batch) for batch in records.reader.batches(begin, end, records.line_at(begin))]
    return pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA)


def _whole_requests(stretches: Sequence[pl.DataFrame], moment: datetime) -> pl.DataFrame:
    spans = [(span, one) for one in stretches if (span := _span_of(one)) is not None]
    covering = [(span, one) for span, one in spans if span[0] <= moment <= span[1]]
    if not covering:
        return pl.DataFrame(schema=SCHEMA)
    first, last = max(span[0] for span, _ in covering), min(span[1] for span, _ in covering)
    inside = in_time_order([one for _, one in covering])
    margin = (last - first) * _EDGE
    is_within = pl.col("time").is_between(first + margin, last - margin)
    cut = inside.filter(~is_within)["request_id"].drop_nulls().unique()
    return inside.filter(is_within & ~pl.col("request_id").is_in(cut.implode()).fill_null(value=False))


def _span_of(stretch: pl.DataFrame) -> tuple[datetime, datetime] | None:
    first, last = stretch["time"].min(), stretch["time"].max()
    return (first, last) if isinstance(first, datetime) and isinstance(last, datetime) else None
