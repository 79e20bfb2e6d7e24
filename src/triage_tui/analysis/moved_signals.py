"""Signals that went far enough to be part of the trouble."""

from __future__ import annotations

from triage_tui.investigation.findings import Signal

_LEAST_MOVE = 0.25  # of where the signal was before
_LEAST_SCORE = 2.0


def has_moved(signal: Signal, least_move: float = _LEAST_MOVE, least_score: float = _LEAST_SCORE) -> bool:
    """Tell whether a signal has a shape with a beginning, and a move that is not small beside where it was."""
    if signal.shape in {"none", "periodic", "unclear"} or not signal.changes or signal.score < least_score:
        return False
    if signal.before is None or signal.after is None:
        return signal.role == "errors"  # a counter of errors appears with the first error
    return abs(signal.after - signal.before) >= least_move * abs(signal.before)
