"""The marks that every pane shows at the same moments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class MarkKind(StrEnum):
    """What happened at a mark; the value is the letter that stands for it."""

    DEPLOY = "D"
    ONSET = "O"
    FIX = "F"


MARK_STYLES: dict[MarkKind, str] = {
    MarkKind.DEPLOY: "bold $mark-deploy",
    MarkKind.ONSET: "bold $mark-onset",
    MarkKind.FIX: "bold $state-up",
}


class TimeMark(msgspec.Struct, frozen=True):
    """A mark at a UTC time."""

    kind: MarkKind
    at: datetime
