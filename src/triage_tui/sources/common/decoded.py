"""What decoding a file gives, and how it becomes evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.time_window import TimeWindow


class Decoded(msgspec.Struct, frozen=True, eq=False):
    """A frame of some kind's schema, and in ``note`` what is missing from it, "" where nothing is."""

    frame: pl.DataFrame
    note: str = ""


def joined(parts: Sequence[Decoded]) -> Decoded:
    """Put the frames of several files under each other, and their notes behind each other."""
    import polars as pl

    notes = "; ".join(dict.fromkeys(part.note for part in parts if part.note))
    return Decoded(pl.concat([part.frame for part in parts], how="diagonal"), notes)


def evidence_of(kind: EvidenceKind, source: str, decoded: Decoded, window: TimeWindow | None) -> Evidence:
    """Wrap a decoded file as evidence that was fetched now."""
    return Evidence(
        kind=kind,
        source=source,
        window=window,
        query="",
        fetched_at=datetime.now(UTC),
        completeness=Completeness(not decoded.note, decoded.note),
        held=decoded.frame,
    )


def cut_to_window(frame: pl.DataFrame, column: str, window: TimeWindow | None) -> pl.DataFrame:
    """Keep the rows in a window; a row without a time stays, since it may belong there."""
    import polars as pl

    if window is None:
        return frame
    time = pl.col(column)
    return frame.filter(time.is_null() | ((time >= window.start) & (time < window.end)))


def some_unreadable(count: int, what: str, name: str, first_line: int | None) -> str:
    """Say how much of a file was skipped: "3 rows unreadable, first at metrics.csv:17"; "" for none."""
    if not count:
        return ""
    where = f", first at {name}:{first_line}" if first_line is not None else f" in {name}"
    return f"{count} {what}{'s' if count > 1 else ''} unreadable{where}"
