"""Log templates: which records say the same thing with other values in it.

Two passes, neither tuned to a system. The first is vectorised: every word with a digit, every path, address and quoted
value becomes a wildcard. The second looks at the few distinct results only, and joins those of one length that differ
in words of which there are too many to be anything but values (the idea of the longest common pattern in Brain,
Yu et al., TSC 2023, with fixed thresholds).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

WILDCARD = "<*>"
# One pass over the text, leftmost alternative first: what is quoted or looks like a path, an address or an identifier.
_VALUES = "|".join(
    (
        r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s,;)\]}>\"']+",
        r"[^\s=:,;()\[\]{}\"'<>|/]*(?:/[^\s=:,;()\[\]{}\"'<>|/]+){2,}/?",
        r"[^\s=:,;()\[\]{}\"'<>|]*\d[^\s=,;()\[\]{}\"'<>|]*",
        r"\b(?:[A-Za-z0-9_-]+\.){2,}[A-Za-z]{2,}:<\*>",
        r"\b(?i:true|false|null|none|nan)\b",
    )
)
_JOINED = r"<\*>(?:[:.,#|/\s-]*<\*>)+"
_LONGEST = 300  # characters: what comes after them rarely tells two events apart


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """Templates of a column of messages.

    Attributes:
        of_row: the template's text for each row, null where the message is null (String).
        counts: how many rows each template has.
    """

    of_row: pl.Series
    counts: dict[str, int]


def mine_templates(events: pl.Series) -> Templates:
    """Give every message its template; the order of the rows changes nothing.

    ``events`` is a String series. Cost is a few regular expressions over the distinct messages, and Python over the
    distinct masked messages.
    """
    distinct = events.cast(pl.String).alias("event").to_frame().group_by("event").len().drop_nulls("event")
    masked = distinct.select("event", "len", _masked(pl.col("event")).alias("masked"))
    weights = masked.group_by("masked").agg(pl.col("len").sum()).sort("masked")
    merged = weights["masked"].to_list()
    names = pl.DataFrame({"masked": weights["masked"], "template": pl.Series(merged, dtype=pl.String)})
    by_event = masked.join(names, on="masked").select("event", "template")
    of_row = (
        events.cast(pl.String).alias("event").to_frame().join(by_event, on="event", how="left", maintain_order="left")
    )
    counts: Counter[str] = Counter()
    for template, count in zip(merged, weights["len"].to_list(), strict=True):
        counts[template] += count
    return Templates(of_row["template"], dict(counts))


def template_lines(logs: pl.DataFrame) -> pl.DataFrame:
    """List the templates of a LOGS frame, most frequent first.

    Returns ``template`` (String), ``count`` (UInt32), ``first`` and ``last`` (times) and ``lines`` (List(Int64), the
    1-based line numbers, ascending).
    """
    named = logs.with_columns(mine_templates(logs["event"]).of_row.alias("template"))
    return (
        named.group_by("template")
        .agg(
            pl.len().alias("count"),
            pl.col("time").min().alias("first"),
            pl.col("time").max().alias("last"),
            pl.col("line").sort().alias("lines"),
        )
        .sort(["count", "template"], descending=[True, False], nulls_last=True)
    )


def _masked(message: pl.Expr) -> pl.Expr:
    one_line = message.str.slice(0, _LONGEST).str.replace_all(r"\s+", " ").str.strip_chars()
    return one_line.str.replace_all(_VALUES, WILDCARD).str.replace_all(_JOINED, WILDCARD)
