"""Log templates: which records say the same thing with other values in it.

Two passes, neither tuned to a system. The first is vectorised: numbers with their units, paths, addresses, identifiers
and what follows "=" become wildcards. The second looks at the few distinct results only and joins those of one length
that differ in one or two words of which there are too many for a choice of words (``template_merging``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from triage_tui.analysis.template_merging import WILDCARD, merged_templates

_UNIT = r"(?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|hours?|days?|bytes?|[KMGT]i?B|B|%)"
# What is a value by its look, leftmost alternative first.
_VALUES = "|".join(
    (
        r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s,;)\]}>\"']+",  # addresses
        r"\b[A-Za-z]:\\[^\s,;\"']+",  # paths
        r"(?:/[^\s\"'<>,;:()\[\]{}]+){2,}/?",
        r"\b(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9_-]*:\d+",  # a host with its port, a file with its line
        rf"[<>~+-]?\d[\d.,:]*\s?{_UNIT}\b",  # a measure
        r"[^\s=:,;()\[\]{}\"'<>|]*\d[^\s=,;()\[\]{}\"'<>|]*",  # what has a digit
        r"\b(?i:true|false|null|none|nan)\b",
        r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d+",
    )
)
_AFTER_EQUALS = r"( = |=)(?:\"[^\"]*\"|'[^']*'|[^\s,;()\[\]{}\"'<>]+)"
# "for user root" names somebody, "user loaded" does not.
_SOMEBODY = r"\b((?i:for|by|as|of|invalid|illegal|unknown) (?i:user|account|host) )[^\s=:,;()\[\]{}\"'<>]+"
_RESTATED = rf"\s?\({_UNIT}?\s?<\*>\s?{_UNIT}?\)"  # "(2.8 KB)" after a number of bytes
_RUN = r"<\*>(?:[:.,#|/&?%@+_\s-]*<\*>)+"
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

    Numbers, addresses and the like are masked first, as Drain does (He et al., ICWS 2017); then messages of one length
    are joined (``merged_templates``). ``events`` is a String series. Cost is a few regular expressions over the
    distinct messages, and Python over the distinct masked messages.
    """
    column = events.cast(pl.String).alias("event").to_frame()
    distinct = column.group_by("event").len().drop_nulls("event").with_columns(_masked(pl.col("event")).alias("masked"))
    weights = distinct.group_by("masked").agg(pl.col("len").sum()).sort("masked")
    templates = merged_templates(weights["masked"].to_list())
    names = weights.select("masked").with_columns(pl.Series("template", templates, dtype=pl.String))
    by_event = distinct.join(names, on="masked").select("event", "template")
    of_row = column.join(by_event, on="event", how="left", maintain_order="left")["template"]
    counts: Counter[str] = Counter()
    for template, count in zip(templates, weights["len"].to_list(), strict=True):
        counts[template] += count
    return Templates(of_row, dict(counts))


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
    masked = one_line.str.replace_all(_VALUES, WILDCARD).str.replace_all(_AFTER_EQUALS, f"${{1}}{WILDCARD}")
    masked = masked.str.replace_all(_SOMEBODY, f"${{1}}{WILDCARD}")
    return masked.str.replace_all(_RESTATED, "").str.replace_all(_RUN, WILDCARD)
