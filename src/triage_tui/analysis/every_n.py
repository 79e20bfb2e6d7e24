"""Failures on a beat: every n-th request, of all requests in order or of those of one host."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.analysis.chance import log_binomial_tail
from triage_tui.analysis.findings_text import moment, one_line, ratio
from triage_tui.analysis.request_outcomes import Outcomes, example
from triage_tui.investigation.findings import Pattern

_LARGEST_N = 100
_LEAST_FAILURES = 6
_LEAST_EVIDENCE = 9.0  # natural logarithm of the odds against chance, after every n, template and host that was tried
_LEAST_ON_BEAT = 0.6  # of the template's failures in the stretch must lie on the beat

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Beat:
    """Failures of one template that come every ``n`` requests; ``expected`` hits would come by chance."""

    n: int
    hits: int
    failures: int
    turns: int
    expected: float
    evidence: float


def every_n_patterns(found: Outcomes) -> list[tuple[float, Pattern]]:
    """Look for a beat in each template's failures over all requests in order, then host by host."""
    best: list[tuple[float, Pattern]] = []
    hosts = [host for host in found.requests["host"].unique().sort().to_list() if host is not None]
    streams = [(None, found.requests)]
    if len(hosts) > 1:
        streams += [(host, found.requests.filter(pl.col("host") == host)) for host in hosts]
    for host, requests in streams:
        best += _in_stream(requests, host, len(streams))
    return sorted(best, key=lambda one: (-one[0], one[1].statement))[:1]


def find_beat(positions: IntArray, tried: int) -> Beat | None:
    """Find the n on whose beat these request numbers lie, None where chance would do as well.

    The distances between successive failures are compared with those of failures at random with the same frequency:
    a distance of exactly n, and a place in the same phase as most, has a chance of 1/n. It is an exact binomial test of
    the fullest phase, corrected for all n and streams that were tried (Bonferroni); ``tried`` is how many streams.
    """
    if len(positions) < _LEAST_FAILURES:
        return None
    beats = [_beat(positions, n) for n in range(2, min(_LARGEST_N, int(positions[-1] - positions[0])) + 1)]
    best = max(beats, key=lambda beat: beat.evidence, default=None)
    if best is None:
        return None
    evidence = best.evidence - log(tried * len(beats))
    enough = evidence >= _LEAST_EVIDENCE and best.hits >= _LEAST_ON_BEAT * best.failures
    return Beat(best.n, best.hits, best.failures, best.turns, best.expected, evidence) if enough else None


def _beat(positions: IntArray, n: int) -> Beat:
    phases = np.bincount(positions % n, minlength=n)
    phase = int(np.argmax(phases))
    hits = int(phases[phase])
    evidence = -log_binomial_tail(hits, len(positions), 1 / n) - log(n)
    turns = int(positions[-1] - phase) // n - int(positions[0] - phase - 1) // n
    return Beat(n, hits, len(positions), turns, len(positions) / n, evidence)


def _in_stream(requests: pl.DataFrame, host: str | None, streams: int) -> list[tuple[float, Pattern]]:
    numbered = requests.with_row_index("number")
    failures = numbered.filter("failed")
    templates = failures["template"].unique().sort().to_list()
    found = []
    for template in templates:
        of_template = failures.filter(pl.col("template") == template)
        beat = find_beat(of_template["number"].to_numpy().astype(np.int64), streams * len(templates))
        if beat:
            found.append((beat.evidence, _pattern(beat, of_template.row(0, named=True), host)))
    return found


def _pattern(beat: Beat, row: dict[str, Any], host: str | None) -> Pattern:
    where = f" on {host}" if host else ""
    statement = (
        f"every {_ordinal(beat.n)} request{where} fails with {one_line(str(row['template']))}: {beat.hits} of "
        f"{beat.failures} failures are on the beat ({ratio(beat.hits / max(beat.turns, 1))} of its turns), "
        f"{beat.expected:.1f} would be by chance"
    )
    numbers: dict[str, object] = {
        "n": beat.n,
        "hits": beat.hits,
        "expected": round(beat.expected, 2),
        "failures": beat.failures,
        "turns": beat.turns,
        "template": row["template"],
        "host": host,
    }
    return Pattern(
        kind="every_n",
        statement=statement,
        start=moment(row["error_time"]),
        numbers=numbers,
        examples=example(row["file"], row["line"]),
    )


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number % 10, 'th')}"
