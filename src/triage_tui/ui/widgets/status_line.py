"""The first line of the screen: what, how bad, which way, who, since when, and the clock."""

from __future__ import annotations

import msgspec
from textual.content import Content

from triage_tui.investigation.counting import counted
from triage_tui.investigation.findings import ServiceState, TrendVerdict
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.one_line import OneLine, spread

CLOCK_ON_TOP_FROM = 120
_LEAST_LEFT = 24

_STATE_STYLES: dict[ServiceState, str] = {
    "up": "bold $state-up",
    "degraded": "bold $state-degraded",
    "down": "bold $state-down",
    "unknown": "bold $muted",
}
_TREND_SIGNS: dict[TrendVerdict, str] = {"worsening": "▲", "steady": "=", "improving": "▼", "unclear": "?"}


class ClockFacts(msgspec.Struct, frozen=True):
    """The clock: live or a replay, and which time the screen shows ("15:32:10Z").

    ``paused`` tells that a live window stands still because someone looks back; ``failing`` is how many sources do not
    answer at present, also those whose pane is out of sight.
    """

    live: bool = False
    paused: bool = False
    time: SafeText = msgspec.field(default_factory=SafeText)
    failing: int = 0


class StatusFacts(msgspec.Struct, frozen=True):
    """What the first line says; None and empty texts are not known and left out.

    Attributes:
        since: when it started, in full ("14:00:03Z ±4s (1h32m)").
        since_short: the same where there is little room ("14:00Z").
        alert: that the alert is no longer simply firing, in full ("ALERT RESOLVED since 14:40:03Z").
        alert_short: the same in two words.
        until: since when nothing fails any more ("17:04:17Z"), "" while something does or where that is not known.
        warning: what must not be missed, such as "not saved"; it is never dropped.
    """

    service: SafeText = msgspec.field(default_factory=SafeText)
    title: SafeText = msgspec.field(default_factory=SafeText)
    state: ServiceState = "unknown"
    trend: TrendVerdict = "unclear"
    events: int | None = None
    users: int | None = None
    since: SafeText = msgspec.field(default_factory=SafeText)
    since_short: SafeText = msgspec.field(default_factory=SafeText)
    alert: SafeText = msgspec.field(default_factory=SafeText)
    alert_short: SafeText = msgspec.field(default_factory=SafeText)
    until: SafeText = msgspec.field(default_factory=SafeText)
    warning: SafeText = msgspec.field(default_factory=SafeText)
    clock: ClockFacts = msgspec.field(default_factory=ClockFacts)


class StatusLine(OneLine[StatusFacts]):
    """The first line; below 120 cells the clock is on the second."""

    def draw(self, facts: StatusFacts, width: int) -> Content:
        """Return the line for so many cells."""
        return status_content(facts, width)


def status_content(facts: StatusFacts, width: int) -> Content:
    """Draw the line: the longest wording that leaves room for service and title, which are cut last."""
    left = _what(facts)
    least = min(left.cell_length + 1, max(_LEAST_LEFT, width * 2 // 5))
    wordings = (_right(facts, width, detail) for detail in (3, 2, 1))
    right = next((one for one in wordings if one.cell_length + least <= width), None)
    return spread(left, right or _right(facts, width, 0), width)


def clock_content(clock: ClockFacts) -> Content:
    """Draw "● LIVE 15:32:10Z", and before it how many sources fail."""
    word, style = ("● LIVE", "bold $state-up") if clock.live else ("◆ REPLAY", "bold $mark-cursor")
    if clock.paused:
        word, style = "◆ PAUSED", "bold $level-warning"
    failing = f"{clock.failing} FAILING  " if clock.failing else ""
    return Content.assemble((failing, "bold $level-warning"), (word, style), " ", clock.time.content(), " ")


def _what(facts: StatusFacts) -> Content:
    between = " ▸ " if facts.service and facts.title else ""
    return Content.assemble(" ", facts.service.content("bold"), (between, "$muted"), facts.title.content())


def _right(facts: StatusFacts, width: int, detail: int) -> Content:
    """Draw what stands at the right: detail 3 says all, 0 only the state."""
    alert = facts.alert if detail >= 2 else facts.alert_short  # noqa: PLR2004 - the fuller wordings
    parts = [facts.warning.content("bold $level-error"), alert.content("bold $level-warning"), _state(facts, detail)]
    if detail >= 1:
        parts.append(Content(_counts(facts, with_events=detail >= 2)))  # noqa: PLR2004 - the middle wordings
        parts.append(_since(facts, full=detail >= 3))  # noqa: PLR2004 - the fullest wording
    if width >= CLOCK_ON_TOP_FROM:
        parts.append(clock_content(facts.clock))
    return Content("  " if detail < 3 else "   ").join([part for part in parts if part]) + Content(" ")  # noqa: PLR2004


def _state(facts: StatusFacts, detail: int) -> Content:
    if facts.until:
        until = f" until {facts.until.plain}" if detail >= 2 else ""  # noqa: PLR2004 - the fuller wordings
        return Content.styled(f"WAS {facts.state.upper()}{until}", _STATE_STYLES["up"])
    word = "STATE UNKNOWN" if facts.state == "unknown" else facts.state.upper()
    trend = "" if facts.trend == "unclear" else _TREND_SIGNS[facts.trend] + (facts.trend if detail >= 2 else "")  # noqa: PLR2004
    return Content.assemble((f"{word} {trend}".rstrip(), _STATE_STYLES[facts.state]))


def _counts(facts: StatusFacts, *, with_events: bool) -> str:
    events = counted(facts.events, "event") if with_events and facts.events is not None else ""
    users = counted(facts.users, "user") if facts.users is not None else ""
    return " ".join(part for part in (events, users) if part)


def _since(facts: StatusFacts, *, full: bool) -> Content:
    since = facts.since if full else facts.since_short or facts.since
    return Content.assemble(("since ", "$muted"), since.content()) if since else Content("")
