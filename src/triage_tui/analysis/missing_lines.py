"""Lines that healthy requests have and a failing one lacks, such as the release of what was acquired."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import log
from typing import Any

import msgspec
import polars as pl

from triage_tui.analysis.coded_records import coded_records
from triage_tui.analysis.request_outcomes import Outcomes, example
from triage_tui.investigation.findings import Pattern

_ALWAYS = 0.99  # of the healthy requests have the line
_LEAST_HEALTHY = 10
_MOST_KINDS = 12  # sequences of lines that failing requests have, the frequent ones first
# The second word undoes the first; a line that undoes another is missed even where the request was cut short.
_UNDOINGS = {
    "acquir": "releas|return",
    "open": "clos",
    "lock": "unlock|releas",
    "begin|began|start": "commit|roll(ed)? ?back|end|finish|complet|stop",
    "connect": "disconnect|clos",
    "borrow": "return",
    "check(ed)? ?out": "check(ed)? ?in|return",
    "alloc": "free|releas|dealloc",
    "enter": "exit|leav|left",
    "subscrib": "unsubscrib",
    "attach": "detach",
    "mount": "unmount",
    "enqueu": "dequeu",
    "reserv": "releas|cancel|confirm",
    "pause": "resum",
}
_PAIRS = tuple(
    (re.compile(rf"\b({one})", re.IGNORECASE), re.compile(rf"\b({other})", re.IGNORECASE))
    for one, other in _UNDOINGS.items()
)


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A template that healthy requests have after another one and this request lacks."""

    template: str
    after: str
    present_in: int
    of: int
    undoes: bool


def missing_in(found: Outcomes, request: str, events: Iterable[str], endpoint: str | None) -> list[MissingLine]:
    """List what a request with these templates lacks, in the order in which healthy requests have it.

    Healthy requests are those that did not fail, of the same endpoint where there are enough of them and otherwise of
    all endpoints; ``request`` itself never counts.
    """
    return _missing(_healthy(found, coded_records(found), request, endpoint), list(events))


def missing_line_patterns(found: Outcomes, top: int = 2) -> list[tuple[float, Pattern]]:
    """Find the line that most failing requests lack though they did what calls for it.

    What calls for what is an association rule (Agrawal et al., SIGMOD 1993) of a confidence near one among healthy
    requests, with an order: the one line comes after the other.
    """
    failed = found.failures.filter("has_id")
    if failed.is_empty():
        return []
    coded = coded_records(found).select("of", "template")
    sequences = _sequences(found, coded)
    told: dict[str, tuple[float, Pattern]] = {}
    kinds = (
        failed.join(sequences, on="request", maintain_order="left")
        .group_by("templates", "route", maintain_order=True)
        .agg(pl.len(), pl.col("request").first())
        .sort("len", descending=True, maintain_order=True)
    )
    for row in kinds.head(_MOST_KINDS).iter_rows(named=True):
        for line in _missing(_healthy(found, coded, row["request"], row["route"]), row["templates"]):
            if line.undoes and line.template not in told:
                told[line.template] = _pattern(found, row, line, sequences)
    return sorted(told.values(), key=lambda one: (-one[0], one[1].statement))[:top]


def pattern_of(request_id: str | None, line: MissingLine, at: dict[str, Any] | None) -> Pattern:
    """Say a missing line in words; ``at`` is the record after which it should have come."""
    count = f"{line.present_in} of {line.of}"
    statement = (
        f'"{line.template}" is missing after "{line.after}" in request {request_id}; {count} healthy requests have it'
    )
    numbers: dict[str, object] = {
        "event": line.template,
        "after_event": line.after,
        "present_in": line.present_in,
        "of": line.of,
        "request_id": request_id,
    }
    shown = example(at["file"], at["line"]) if at else ()
    start = at["time"] if at else None
    return Pattern(kind="missing_line", statement=statement, start=start, numbers=numbers, examples=shown)


def _sequences(found: Outcomes, coded: pl.DataFrame) -> pl.DataFrame:
    grouped = coded.group_by("of", maintain_order=True).agg(pl.col("template").alias("templates"))
    return grouped.select(found.requests["request"][grouped["of"]], "templates")


def _healthy(found: Outcomes, coded: pl.DataFrame, request: str, endpoint: str | None) -> pl.DataFrame:
    """The records, coded, of the healthy requests that this one is held against."""
    good = (
        found.requests.select("request", "route", "has_id", "failed", "refused")
        .with_row_index("of")
        .filter(pl.col("has_id") & ~pl.col("failed") & ~pl.col("refused") & (pl.col("request") != request))
    )
    here = good.filter(pl.col("route") == endpoint) if endpoint is not None else good
    chosen = here if here.height >= _LEAST_HEALTHY else good
    return coded.select("of", "template").join(chosen.select("of"), on="of", how="semi", maintain_order="left")


def _missing(healthy: pl.DataFrame, have: list[str]) -> list[MissingLine]:
    """For each template of the request: which later ones nearly every healthy request with it has."""
    found: dict[str, MissingLine] = {}
    placed = healthy.with_columns(pl.int_range(pl.len()).over("of").alias("place"))
    for after in dict.fromkeys(have):
        starts = placed.filter(pl.col("template") == after).group_by("of").agg(pl.col("place").min().alias("from"))
        if starts.height < _LEAST_HEALTHY:
            continue
        later = placed.join(starts, on="of").filter(pl.col("place") > pl.col("from"))
        counts = later.group_by("template").agg(
            pl.col("of").n_unique().alias("n"), (pl.col("place") - pl.col("from")).median().alias("way")
        )
        for template, count, _ in counts.cast({"template": pl.String}).sort("way", "template").iter_rows():
            if count >= _ALWAYS * starts.height and template not in have:
                line = MissingLine(template, after, count, starts.height, _undoes(after, template))
                # What undoes something is missed after that; anything else after the last line that precedes it.
                if template not in found or line.undoes or not found[template].undoes:
                    found[template] = line
    return list(found.values())


def _undoes(after: str, template: str) -> bool:
    shared = _words(after) & _words(template)
    return bool(shared) and any(one.search(after) and other.search(template) for one, other in _PAIRS)


def _words(template: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z]{3,}", template)}


def _pattern(found: Outcomes, row: dict[str, Any], line: MissingLine, sequences: pl.DataFrame) -> tuple[float, Pattern]:
    lacking = sequences.filter(
        pl.col("templates").list.contains(line.after) & ~pl.col("templates").list.contains(line.template)
    )
    at = found.records.filter((pl.col("request") == row["request"]) & (pl.col("template") == line.after))
    told = pattern_of(str(row["request"]), line, at.row(0, named=True) if at.height else None)
    if row["route"] is None:
        told = msgspec.structs.replace(told, unknown=("the request's endpoint: it was held against those of any",))
    # Each request without the line is as unlikely as its share among healthy ones allows (rule of succession).
    return lacking.height * log(line.of + 2), told
