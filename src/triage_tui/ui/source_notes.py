"""What the borders say of the sources: what each brought, since when one is stale, why, and when it is asked again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from triage_tui.investigation.state import Investigation
from triage_tui.ui.phrases import clock

if TYPE_CHECKING:
    from triage_tui.investigation.evidence import Evidence, SourceFailure


def completeness_notes(investigation: Investigation, kinds: Iterable[str], expected: Iterable[str]) -> list[str]:
    """Return a note for each source of these kinds: what it brought, that it failed, or that it is awaited.

    ``expected`` are the names of the sources that were asked. Those that failed come first, since a border that is too
    short for all is cut at its end.
    """
    wanted = set(kinds)
    arrived = {name: one for name, one in investigation.evidence.items() if one.kind in wanted}
    failed = {name: one for name, one in investigation.failures.items() if one.kind in wanted}
    notes = []
    for name in sorted({*arrived, *failed, *expected}, key=lambda name: (name not in failed, name)):
        if name in failed:
            notes.append(_failure_note(failed[name], arrived.get(name)))
        elif name in arrived:
            note = arrived[name].completeness
            age = f" · {clock(arrived[name].fetched_at)}" if investigation.inputs.live is not None else ""
            notes.append(f"{name}{age} · {note.note or ('complete' if note.complete else 'incomplete')}")
        else:
            notes.append(f"{name} · loading…")
    return notes


def short_note(investigation: Investigation, kinds: Iterable[str], expected: Iterable[str]) -> str:
    """Return the same for a border that is too short: which sources fail, and how many of the others are complete."""
    wanted = set(kinds)
    failed = failure_notes(investigation, wanted)
    arrived = [one for name, one in investigation.evidence.items() if one.kind in wanted]
    good = [one for one in arrived if one.source not in investigation.failures]
    if len({*expected, *(one.source for one in arrived)}) > len(failed) + len(good) or not good:
        return " · ".join(failed)
    lacking = sum(not one.completeness.complete for one in good)
    state = "incomplete" if lacking else "complete"
    if len(good) > 1 or failed:
        count = f"{lacking} of {len(good)}" if lacking else f"{len(good)}"
        return " · ".join([*failed, f"{count} {state}"])
    live = investigation.inputs.live is not None
    return f"{clock(good[0].fetched_at)} · {state}" if live else state


def failure_notes(investigation: Investigation, kinds: Iterable[str]) -> list[str]:
    """Return a note for each source of these kinds that failed: which, and since when it is stale."""
    wanted = set(kinds)
    failed = [one for _, one in sorted(investigation.failures.items()) if one.kind in wanted]
    return [_failure_note(one, investigation.evidence.get(one.source)) for one in failed]


def failure_causes(investigation: Investigation, kinds: Iterable[str]) -> list[str]:
    """Return for each source of these kinds that failed why, and when it is asked again; named where there are more."""
    wanted = set(kinds)
    failed = [one for _, one in sorted(investigation.failures.items()) if one.kind in wanted]
    return [_cause(one, named=len(failed) > 1) for one in failed]


def _failure_note(failure: SourceFailure, last_good: Evidence | None) -> str:
    if last_good is not None:
        return f"{failure.source} stale since {clock(last_good.fetched_at)}"
    return f"{failure.source} {'waiting' if failure.waiting else 'failed'}"


def _cause(failure: SourceFailure, *, named: bool) -> str:
    retry = f", retry {clock(failure.retry_at)}" if failure.retry_at else ""
    return f"{failure.source}: {cause_of(failure)}{retry}" if named else f"{cause_of(failure)}{retry}"


def cause_of(failure: SourceFailure) -> str:
    """Return what went wrong without the source's name and address, which stand beside it."""
    address, _, cause = failure.message.partition(": ")
    return cause if cause and address.startswith(f"{failure.source} at ") else failure.message
