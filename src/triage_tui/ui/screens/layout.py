"""Which panes are on the screen, and which has the focus: decided here, drawn elsewhere."""

from __future__ import annotations

from triage_tui.investigation.steps import Step

WIDE_FROM = 120
LEFT = ("impact", "changes", "notebook", "reproduce", "fix", "postmortem")
RIGHT = ("metrics", "logs", "lint")

PANE_OF_STEP: dict[Step, str] = {
    Step.ALERT: "impact",
    Step.IMPACT: "impact",
    Step.CHANGES: "changes",
    Step.LOGS: "logs",
    Step.METRICS: "metrics",
    Step.HYPOTHESIS: "notebook",
    Step.REPRODUCE: "reproduce",
    Step.FIX: "fix",
    Step.POSTMORTEM: "postmortem",
}


def panes_of(step: Step) -> tuple[str, ...]:
    """Return the panes of a step, in the order in which Tab goes through them."""
    if step <= Step.METRICS:
        return ("impact", "changes", "metrics", "logs", "notebook")
    if step is Step.POSTMORTEM:
        return ("postmortem", "lint", "notebook")
    own = PANE_OF_STEP[step]
    return (own, *(name for name in ("metrics", "logs", "changes", "impact", "notebook") if name != own))


def panes_in_sight(step: Step, active: str, *, wide: bool, zoomed: bool) -> frozenset[str]:
    """Return the panes that are drawn: the active one alone where there is no room or it is zoomed."""
    if zoomed or not wide:
        return frozenset({active})
    if step <= Step.METRICS and active != "notebook":
        return frozenset({"impact", "changes", "metrics", "logs"})
    left = "postmortem" if step is Step.POSTMORTEM else PANE_OF_STEP[step]
    right = {"lint"} if step is Step.POSTMORTEM else {"metrics", "logs"}
    if active in right or active == left:
        return frozenset({left, *right})
    return frozenset({active, *right})


def next_pane(step: Step, active: str, by: int) -> str:
    """Return the pane that Tab goes to."""
    order = panes_of(step)
    return order[(order.index(active) + by) % len(order)] if active in order else order[0]
