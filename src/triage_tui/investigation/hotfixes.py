"""The catalogue of hotfixes, the proper fix that each one stands in for, and whether one worked, in words.

A hotfix is safe, small and fast. Rolling back comes first because it returns to a known state. The commands are for
copying: the program runs none of them.
"""

from __future__ import annotations

import math

import msgspec

from triage_tui.investigation.change import Change
from triage_tui.investigation.findings import Findings, Recovery, Signal
from triage_tui.investigation.units import format_value


class HotfixOption(msgspec.Struct, frozen=True, kw_only=True):
    """A way to stop the bleeding.

    ``fits`` says which finding speaks for it, "" where none does; ``caution`` what it does not repair; ``command`` is a
    line to copy and adapt, "" where there is none; ``proper_fix`` what must follow it.
    """

    kind: str
    description: str
    fits: str = ""
    caution: str = ""
    command: str = ""
    proper_fix: str


def hotfix_catalogue(findings: Findings | None) -> tuple[HotfixOption, ...]:
    """Return every hotfix: rolling back first, then those that a finding speaks for, then the others."""
    changes = findings.changes if findings else ()
    signals = findings.signals if findings else ()
    prime = next((change for change in changes if change.verdict == "prime"), None)
    saturated = next((one for one in signals if one.role == "saturation" and one.shape == "saturated"), None)
    driven = findings is not None and findings.traffic is not None and findings.traffic.driven
    others = [_flag(), _raise_limit(saturated), _rate_limit(driven), _redirect()]
    return (_roll_back(prime), *sorted(others, key=lambda option: not option.fits))


def named(change: Change) -> str:
    """Name a change in a sentence: its ID, and its title where that says more."""
    return f"{change.short_id} ({change.title})" if change.says_more else change.short_id


def recovery_verdict(recovery: Recovery) -> str:
    """Say whether a fix worked; where it is too early, how much longer that takes to tell."""
    if recovery.verdict != "too_early":
        return {"recovered": "recovered", "not_recovered": "not recovered"}.get(recovery.verdict, "not known")
    if recovery.minutes_more is None:
        return "too early to say"
    more = math.ceil(recovery.minutes_more)
    return f"too early: about {more:,} more {'minute' if more == 1 else 'minutes'} at this traffic"


def _roll_back(prime: Change | None) -> HotfixOption:
    if prime is None:
        return HotfixOption(
            kind="rollback", description="Roll back the last deploy",
            caution="no change is a prime suspect: rolling back may change nothing",
            proper_fix="Find what the deploy broke, and repair it with a test that fails without the repair",
        )  # fmt: skip
    return HotfixOption(
        kind="rollback", description=f"Roll back {named(prime)}",
        fits=prime.speaks_for[0] if prime.speaks_for else "it is the prime suspect",
        caution="data written since then stays; check that migrations can be undone",
        command=f"git revert --no-edit {prime.id}" if prime.is_revision else "",
        proper_fix="Repair what the change broke, with a test that fails without the repair",
    )  # fmt: skip


def _flag() -> HotfixOption:
    return HotfixOption(
        kind="flag", description="Turn the feature flag off",
        caution="only where the failing path is behind a flag",
        proper_fix="Repair the feature behind the flag before it is turned on again",
    )  # fmt: skip


def _raise_limit(saturated: Signal | None) -> HotfixOption:
    fits = ""
    if saturated is not None and saturated.cap is not None:
        since = f" at {saturated.at_cap_since:%H:%M:%SZ}" if saturated.at_cap_since is not None else ""
        fits = f"{saturated.metric} reached its cap of {format_value(saturated.cap, saturated.unit)}{since}"
    return HotfixOption(
        kind="limit", description="Raise the limit that is exhausted, and restart", fits=fits,
        caution="buys time only: where something leaks, the new limit fills too",
        proper_fix="Stop the leak or the growth, and alert at 80 % of the limit",
    )  # fmt: skip


def _rate_limit(driven: bool) -> HotfixOption:
    return HotfixOption(
        kind="rate_limit", description="Rate-limit the endpoint that is hammered",
        fits="errors rose in proportion to requests" if driven else "",
        caution="turns some requests away; say so to the clients",
        proper_fix="Make the endpoint bear the load, or agree on a limit with its clients",
    )  # fmt: skip


def _redirect() -> HotfixOption:
    return HotfixOption(
        kind="redirect", description="Send the traffic elsewhere",
        caution="the other side must bear the load, and may have the same bug",
        proper_fix="Repair this side, and send the traffic back",
    )  # fmt: skip
