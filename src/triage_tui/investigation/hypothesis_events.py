"""What a person can decide about hypotheses, and the evidence that is pinned for and against them."""

from __future__ import annotations

from msgspec.structs import replace

from triage_tui.investigation.decision import Decision, find, put
from triage_tui.investigation.state import Hypothesis, HypothesisState, Investigation, Pin, Side


class EvidencePinned(Decision, frozen=True, kw_only=True, tag="pinned"):
    """A piece of evidence was chosen."""

    pin: Pin

    def change(self, before: Investigation) -> Investigation:
        """Add the pin, or replace the one with its id."""
        return replace(before, pins=put(before.pins, self.pin))


class PinRemoved(Decision, frozen=True, kw_only=True, tag="unpinned"):
    """A pin, and its links to hypotheses, are no longer wanted."""

    pin_id: str

    def change(self, before: Investigation) -> Investigation:
        """Drop the pin everywhere."""
        pins = tuple(pin for pin in before.pins if pin.id != self.pin_id)
        hypotheses = tuple(_unlinked(one, self.pin_id) for one in before.hypotheses)
        return replace(before, pins=pins, hypotheses=hypotheses)


class HypothesisWritten(Decision, frozen=True, kw_only=True, tag="hypothesis"):
    """A hypothesis was stated, or put in other words."""

    hypothesis_id: str
    statement: str

    def change(self, before: Investigation) -> Investigation:
        """Add the hypothesis, or change its words."""
        known = find(before.hypotheses, self.hypothesis_id)
        written = (
            replace(known, statement=self.statement)
            if known
            else Hypothesis(id=self.hypothesis_id, statement=self.statement)
        )
        return replace(before, hypotheses=put(before.hypotheses, written))


class HypothesisJudged(Decision, frozen=True, kw_only=True, tag="judged"):
    """The evidence supports, refutes or does not decide a hypothesis."""

    hypothesis_id: str
    state: HypothesisState

    def change(self, before: Investigation) -> Investigation:
        """Set the hypothesis' state."""
        return _with_hypothesis(before, self.hypothesis_id, state=self.state)


class RefutationNamed(Decision, frozen=True, kw_only=True, tag="refutation"):
    """The test that would disprove a hypothesis."""

    hypothesis_id: str
    test: str

    def change(self, before: Investigation) -> Investigation:
        """Keep the test with its hypothesis."""
        return _with_hypothesis(before, self.hypothesis_id, refuted_by=self.test)


class PinLinked(Decision, frozen=True, kw_only=True, tag="linked"):
    """A pin speaks for or against a hypothesis; the side None takes the link back."""

    hypothesis_id: str
    pin_id: str
    side: Side | None

    def change(self, before: Investigation) -> Investigation:
        """Put the pin on one side, and on that side only."""
        known = find(before.hypotheses, self.hypothesis_id)
        if known is None:
            return before
        free = _unlinked(known, self.pin_id)
        pins_for = (*free.pins_for, self.pin_id) if self.side == "for" else free.pins_for
        pins_against = (*free.pins_against, self.pin_id) if self.side == "against" else free.pins_against
        return _with_hypothesis(before, self.hypothesis_id, pins_for=pins_for, pins_against=pins_against)


def _unlinked(hypothesis: Hypothesis, pin_id: str) -> Hypothesis:
    return replace(
        hypothesis,
        pins_for=tuple(pin for pin in hypothesis.pins_for if pin != pin_id),
        pins_against=tuple(pin for pin in hypothesis.pins_against if pin != pin_id),
    )


def _with_hypothesis(before: Investigation, hypothesis_id: str, **fields: object) -> Investigation:
    known = find(before.hypotheses, hypothesis_id)
    if known is None:
        return before
    return replace(before, hypotheses=put(before.hypotheses, replace(known, **fields)))
