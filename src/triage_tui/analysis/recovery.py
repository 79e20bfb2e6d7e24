"""Did the fix work? Errors before and after it, with exact intervals, and the courage to say "too early"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from triage_tui.investigation.findings import Recovery, RecoveryVerdict

_TAIL = 0.025
# Recovered means at most this share of the error ratio before the fix.
_SHARE_LEFT = 0.5
_MOST_REQUESTS = 10**12


@dataclass(frozen=True, slots=True)
class Counts:
    """Errors among requests in a span of ``minutes``."""

    errors: int
    requests: int
    minutes: float

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for counts that cannot be."""
        if not 0 <= self.errors <= self.requests or self.minutes < 0:
            raise ValueError(f"{self.errors} errors in {self.requests} requests, {self.minutes} min cannot be")


def compare(
    before: Counts, after: Counts, *, fixed_at: datetime | None = None, healthy: Counts | None = None
) -> Recovery:
    """Compare the error ratio before and after a fix; ``healthy`` counts are from before the trouble.

    Recovered: even the upper end of the ratio after is below the target, which is half of the ratio before or, where
    healthy counts are known, the upper end of the healthy ratio if that is higher than what they show. Not recovered:
    even the lower end is above it. Otherwise it is too early, and ``minutes_more`` says when this traffic decides it,
    if the ratio stays as it is. Intervals are Clopper-Pearson, 95 %.
    """
    return msgspec.structs.replace(_compared(before, after, _target(before, healthy)), fixed_at=fixed_at)


def interval(counts: Counts) -> tuple[float, float]:
    """The 95 % interval of the error ratio (Clopper & Pearson 1934); (0, 1) without requests.

    Zero errors in n requests give an upper end near 3.7 / n, never zero.
    """
    errors, requests = counts.errors, counts.requests
    if requests == 0:
        return 0.0, 1.0
    low = 0.0 if errors == 0 else _beta_quantile(_TAIL, errors, requests - errors + 1)
    high = 1.0 if errors == requests else _beta_quantile(1 - _TAIL, errors + 1, requests - errors)
    return low, high


def _compared(before: Counts, after: Counts, target: float | None) -> Recovery:
    if target is None:
        return _answer("unknown", before, after, ["no errors before the fix to compare with"])
    low, high = interval(after)
    if high <= target:
        return _answer(
            "recovered", before, after, [f"at most {high:.3%}, under the {target:.3%} that recovery asks for"]
        )
    if low > target:
        return _answer("not_recovered", before, after, [f"at least {low:.3%}, over the {target:.3%} of a recovery"])
    wait = "no traffic since the fix" if after.requests == 0 else f"up to {high:.3%} is possible, {target:.3%} is asked"
    return _answer("too_early", before, after, [wait], _minutes_more(after, target))


def _target(before: Counts, healthy: Counts | None) -> float | None:
    if before.errors == 0:
        return None
    half = _SHARE_LEFT * before.errors / before.requests
    if healthy is None or healthy.requests == 0:
        return half
    return min(half, max(2 * interval(healthy)[1], half / 10))


def _minutes_more(after: Counts, target: float) -> float | None:
    """Minutes until the interval leaves the target on one side, if the ratio after stays what it is."""
    if after.requests == 0 or after.minutes <= 0:
        return None
    ratio = after.errors / after.requests
    enough = after.requests
    while enough < _MOST_REQUESTS:
        low, high = interval(Counts(round(ratio * enough), enough, after.minutes))
        if high <= target or low > target:
            return (enough - after.requests) / (after.requests / after.minutes)
        enough = math.ceil(enough * 1.05) + 1
    return None


def _sentence(counts: Counts) -> str:
    low, high = interval(counts)
    if counts.requests == 0:
        return "no requests"
    if counts.errors == 0:
        return f"no errors in {counts.requests:,} requests, so at most {high:.3%} (95 %)"
    ratio = counts.errors / counts.requests
    return f"{counts.errors:,} errors in {counts.requests:,} requests, {ratio:.3%} ({low:.3%} to {high:.3%}, 95 %)"


def _answer(
    verdict: RecoveryVerdict, before: Counts, after: Counts, because: Sequence[str], minutes_more: float | None = None
) -> Recovery:
    return Recovery(
        verdict=verdict,
        errors_before=before.errors,
        requests_before=before.requests,
        errors_after=after.errors,
        requests_after=after.requests,
        minutes_more=minutes_more,
        because=(f"before: {_sentence(before)}", f"after: {_sentence(after)}", *because),
    )


def _beta_quantile(share: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _beta_share(middle, a, b) < share else (low, middle)
    return (low + high) / 2


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function (DLMF 8.17.22, continued fraction by Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1) or tiny)
    fraction = d
    for m in range(1, 2_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + numerator * d or tiny)
            c = 1.0 + numerator / c or tiny
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-12:  # noqa: PLR2004 - double precision has no more to give
            break
    return front * fraction
