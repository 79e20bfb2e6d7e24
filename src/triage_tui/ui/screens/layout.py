"""Which panes are on the screen, which has the focus, and how high their parts are: decided here, drawn elsewhere."""

from __future__ import annotations

from triage_tui.investigation.steps import Step

WIDE_FROM = 120
BARS_LOW, BARS_HIGH = 2, 4
_ROOM_FOR_LOW, _ROOM_FOR_HIGH = 13, 26
# What stands above and below a log that has the screen to itself.
_ROWS_AROUND = 7
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


def bars_height(pane: int) -> int:
    """Return how many rows the bars of a log have in a pane of so many; none where it is low."""
    return BARS_HIGH if pane >= _ROOM_FOR_HIGH else BARS_LOW if pane >= _ROOM_FOR_LOW else 0


def bars_height_alone(screen: int) -> int:
    """Return how many rows the bars have where the log has a screen of so many rows to itself."""
    return bars_height(screen - _ROWS_AROUND)


def next_pane(step: Step, active: str, by: int) -> str:
    """Return the pane that Tab goes to."""
    order = panes_of(step)
    return order[(order.index(active) + by) % len(order)] if active in order else order[0]
