"""How unlikely a count is by chance."""

from __future__ import annotations

from math import lgamma, log, log1p

_MOST_TERMS = 2000


def log_binomial_tail(hits: int, trials: int, share: float) -> float:
    """Natural logarithm of P(X >= hits) for X ~ Binomial(trials, share); 0 where it is certain.

    Exact but for far tails, which end once a term no longer counts.
    """
    if hits <= 0 or trials <= 0 or share >= 1:
        return 0.0
    if share <= 0:
        return float("-inf")
    largest = _log_probability(hits, trials, share)
    total, term = 1.0, 1.0
    for count in range(hits, min(trials, hits + _MOST_TERMS)):
        term *= (trials - count) / (count + 1) * share / (1 - share)
        total += term
        if term < 1e-12 * total:
            break
    return min(largest + log(total), 0.0)


def likelihood_ratio(bad_in: float, total_in: float, bad_out: float, total_out: float) -> float:
    """How much better two failure rates, inside and outside, explain the counts than one (natural logarithm, >= 0).

    Kulldorff's Bernoulli scan statistic (A spatial scan statistic, 1997).
    """
    pooled = _log_likelihood(bad_in + bad_out, total_in + total_out)
    return _log_likelihood(bad_in, total_in) + _log_likelihood(bad_out, total_out) - pooled


def _log_probability(hits: int, trials: int, share: float) -> float:
    choose = lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1)
    return choose + hits * log(share) + (trials - hits) * log1p(-share)


def _log_likelihood(bad: float, total: float) -> float:
    if bad <= 0 or bad >= total:
        return 0.0
    return bad * log(bad / total) + (total - bad) * log1p(-bad / total)
