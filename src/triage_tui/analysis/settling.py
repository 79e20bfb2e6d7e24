"""Keep the onset where it was found while evidence grows, and say plainly where it has to be revised.

With each refresh the same trouble is found a few scrapes earlier or later: the bins of requests and the fits of shapes
reach over all that has come. Those moves say nothing. A larger one counts once it is found twice in a row, or at once
where a source has its say that had none before. The rule is the project's own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from triage_tui.investigation.findings import Onset, OnsetRevision

_LEAST_TOLERANCE = timedelta(seconds=15)
_WIDTHS = 2
_MOST_REVISIONS = 3


def settled(before: Onset | None, found: Onset, at: datetime | None) -> Onset:
    """Return the onset to go by, given the one that was gone by before; ``at`` is how far the evidence reaches.

    The estimates are always those of the newest evidence.
    """
    if before is None or at is None or (before.earliest is None and not before.revisions):
        return found
    if before.too_early or (before.earliest is None and found.too_early):
        return msgspec.structs.replace(found, revisions=before.revisions)
    if found.too_early:
        return _kept(before, found, before.doubt)
    if _same(before, found):
        return _kept(before, found, None)
    doubt = OnsetRevision(at=at, earliest=found.earliest, latest=found.latest)
    said_before = before.doubt is not None and _near(before.doubt, doubt)
    if not said_before and not _has_new_source(before, found):
        return _kept(before, found, doubt)
    was = OnsetRevision(at=at, earliest=before.earliest, latest=before.latest)
    return msgspec.structs.replace(found, revisions=(*before.revisions, was)[-_MOST_REVISIONS:])


def _kept(before: Onset, found: Onset, doubt: OnsetRevision | None) -> Onset:
    return msgspec.structs.replace(
        found, earliest=before.earliest, latest=before.latest, revisions=before.revisions, doubt=doubt, too_early=""
    )


def _same(before: Onset, found: Onset) -> bool:
    return _near(
        OnsetRevision(earliest=before.earliest, latest=before.latest),
        OnsetRevision(earliest=found.earliest, latest=found.latest),
    )


def _near(one: OnsetRevision, other: OnsetRevision) -> bool:
    """Tell whether two intervals meet, or lie no further apart than twice the wider one's width."""
    if one.earliest is None or one.latest is None or other.earliest is None or other.latest is None:
        return one.earliest is None and other.earliest is None
    widest = max(one.latest - one.earliest, other.latest - other.earliest)
    tolerance = max(_LEAST_TOLERANCE, _WIDTHS * widest)
    return one.earliest <= other.latest + tolerance and other.earliest <= one.latest + tolerance


def _has_new_source(before: Onset, found: Onset) -> bool:
    return bool({one.by for one in found.estimates} - {one.by for one in before.estimates})
