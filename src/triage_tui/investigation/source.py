"""What the outside must offer.

Exceptions::

    SourceError                 a source could not answer; the message is written for the user
    ├── SourceUnavailable       refused, timed out, 5xx: trying again may help
    │   └── SourceWaiting       what is asked for is not there yet, which is no fault
    ├── SourceRejected          the request itself was refused: bad query, no permission
    └── UnreadableInput         a file that cannot be read as what it should be; names the file, and the line if known
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from triage_tui.investigation.evidence import Evidence, EvidenceKind
    from triage_tui.investigation.time_window import TimeWindow


class SourceError(Exception):
    """A source could not answer; the message tells the user what happened and what to do."""


class SourceUnavailable(SourceError):
    """The source did not answer; trying again may help. ``retry_after`` is in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceWaiting(SourceUnavailable):
    """What is asked for is not there yet, which is no fault of anyone."""


class SourceRejected(SourceError):
    """The source refused the request itself."""


class UnreadableInput(SourceError):
    """A file that cannot be read as what it should be."""

    def __init__(self, path: str, problem: str, line: int | None = None) -> None:
        where = f"{path}:{line}" if line is not None else path
        super().__init__(f"{where}: {problem}")
        self.path, self.problem, self.line = path, problem, line


class Source(Protocol):
    """One outside system that brings one kind of evidence."""

    @property
    def name(self) -> str:
        """The name shown in the pane border."""

    @property
    def kind(self) -> EvidenceKind:
        """The kind of evidence that it brings."""

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Bring the evidence of a window, everything where it is None.

        Raises ``SourceError``; never blocks the event loop.
        """


@runtime_checkable
class PacedSource(Source, Protocol):
    """A source that is asked less often than the others, since its answer costs more: every ``interval_s`` seconds."""

    @property
    def interval_s(self) -> float:
        """Seconds between two fetches at least."""


@runtime_checkable
class GradualSource(Protocol):
    """A source whose answer takes long: it hands over what it has meanwhile, and can be stopped."""

    @property
    def name(self) -> str:
        """The name shown in the pane border."""

    def hand_parts_to(self, take: Callable[[Evidence], None]) -> None:
        """From now on call ``take``, from another thread, with each part of an answer."""

    def stop_reading(self) -> None:
        """Let the answer be what was read by now."""


@runtime_checkable
class ThoroughSource(Protocol):
    """A source that can read more than its answer takes, so that what is looked for later is found faster."""

    def read_rest(self) -> None:
        """Begin to read that in a thread, where it is not read yet; to be called when nothing is computed."""


@runtime_checkable
class PartialSource(Source, Protocol):
    """A source that may hold more than an answer: a narrower window brings all of what is in it."""

    @property
    def holds_more(self) -> bool:
        """Whether the last answer left something out, or one before it did."""


@runtime_checkable
class FollowedSource(Protocol):
    """A source of log lines that grow while they are looked at."""

    @property
    def name(self) -> str:
        """The name shown in the pane border."""

    def newer_lines(self) -> LogLines | None:
        """Take in what was written since the last call or fetch; all lines by now, None where nothing came.

        Reads files, so it is called in a thread.
        """


@runtime_checkable
class HeadedSource(Protocol):
    """A source of logs whose first lines are there at once, long before its answer."""

    def head(self) -> LogLines | None:
        """Return the first lines, None where they cannot be told at once; reads little, and does so once."""


@runtime_checkable
class Questionable(Source, Protocol):
    """A source of metrics to which a person can put further questions."""

    async def add_query(self, expression: str, window: TimeWindow) -> None:
        """Put a question, and again with every fetch from now on.

        Raises ``SourceError`` in the server's own words where it is not accepted, or where no series answers it.
        """

    async def known_names(self) -> tuple[str, ...]:
        """What an expression may name, sorted; raises ``SourceError``."""


class LevelTally(Protocol):
    """Counts of log records."""

    def counts(self) -> Iterator[tuple[datetime, str | None, int]]:
        """The beginning of each bucket of time, UTC, with a level, None where it is unknown, and their count."""


class EarlyErrors(Protocol):
    """Errors of logs that are still read, as a search found them before: at least these are there."""

    @property
    def span(self) -> TimeWindow:
        """From the first time of the logs to the last."""

    def level_counts(self, every: timedelta, window: TimeWindow | None = None, /) -> LevelTally:
        """Count them in buckets of a width, within a half-open window."""


class LogLine(msgspec.Struct, frozen=True):
    """One record as it is shown; ``text`` is the raw record, ``fields`` what was read in it; both are untrusted."""

    row: int
    time: datetime | None
    level: str | None
    request_id: str | None
    event: str
    text: str
    file: str
    line: int
    fields: Mapping[str, object] = {}


class LogLines(Protocol):
    """Random access to log records whose text stays in the file; rows are in time order."""

    def __len__(self) -> int:
        """How many records there are by now."""

    def row(self, number: int) -> LogLine:
        """Read one record from the file; raises ``IndexError`` beyond the end."""

    def row_at(self, moment: datetime) -> int:
        """The first row at or after a moment; the last row where there is none."""

    def rows_with_id(self, correlation_id: str) -> Sequence[int]:
        """Every row whose correlation ID, or else whose text, has this ID, in time order."""

    def next_match(self, text: str, start: int, step: int) -> int | None:
        """The next row after ``start`` in direction ``step`` (1 or -1) that holds a text, ignoring case."""

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        """The next row from ``start`` (not included) whose level is one of these."""
