"""The second line of the screen: the nine steps, how far each is, and the clock where the first line is full."""

from __future__ import annotations

from typing import Literal

import msgspec
from textual.content import Content

from triage_tui.ui.widgets.one_line import OneLine, spread
from triage_tui.ui.widgets.status_line import CLOCK_ON_TOP_FROM, ClockFacts, clock_content

StepState = Literal["open", "done", "skipped"]
_SIGNS: dict[StepState, str] = {"open": "", "done": "✓", "skipped": "–"}


class StepFacts(msgspec.Struct, frozen=True):
    """One step; ``answered`` of its ``questions`` have an answer."""

    number: int
    title: str
    state: StepState = "open"
    answered: int = 0
    questions: int = 0
    current: bool = False


class StepsFacts(msgspec.Struct, frozen=True):
    """All steps, and the clock."""

    steps: tuple[StepFacts, ...] = ()
    clock: ClockFacts = msgspec.field(default_factory=ClockFacts)


class StepsLine(OneLine[StepsFacts]):
    """The steps; their names are shown where they fit, that of the current one always."""

    def draw(self, facts: StepsFacts, width: int) -> Content:
        """Return the line for so many cells."""
        return steps_content(facts, width)


def steps_content(facts: StepsFacts, width: int) -> Content:
    """Draw the widest wording that fits: names apart, names close, or numbers alone."""
    clock = clock_content(facts.clock) if width < CLOCK_ON_TOP_FROM else Content("")
    room = width - clock.cell_length
    named = (_named(facts.steps, gap) for gap in (3, 2, 1))
    line = next((one for one in named if one.cell_length <= room), None)
    return spread(line or _numbered(facts.steps), clock, width)


def _named(steps: tuple[StepFacts, ...], gap: int) -> Content:
    words = [Content.styled(_full(step), _style(step)) for step in steps]
    return Content(" ") + Content(" " * gap).join(words)


def _full(step: StepFacts) -> str:
    if step.current:
        return f"{step.number} {step.title} ●{step.answered}/{step.questions}"
    return f"{step.number} {step.title} {_SIGNS[step.state]}".rstrip()


def _numbered(steps: tuple[StepFacts, ...]) -> Content:
    words = [f"{s.number}●{s.title}" if s.current else f"{s.number}{_SIGNS[s.state]}" for s in steps]
    styled = [Content.styled(word, _style(step)) for word, step in zip(words, steps, strict=True)]
    return Content(" ") + Content(" ").join(styled)


def _style(step: StepFacts) -> str:
    if step.current:
        return "bold $step-current"
    return "$step-done" if step.state == "done" else "$step-open"
