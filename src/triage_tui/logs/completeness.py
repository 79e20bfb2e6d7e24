"""What is known of how complete the records of logs are, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from triage_tui.investigation.evidence import Completeness
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.excerpts import Excerpts
from triage_tui.logs.index.file_index import FileIndex

if TYPE_CHECKING:
    from triage_tui.investigation.source import LogLines

_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


class LeftOut(NamedTuple):
    """What was not read of logs, and never will be, since reading was stopped: so many bytes of so many."""

    unread: int
    of: int

    def __str__(self) -> str:
        unread, of = map(_size, self)
        number, unit = unread.split()
        return f"{number if of.endswith(f' {unit}') else unread} of {of} not read"


def completeness_of(chosen: Excerpts, files: Sequence[FileIndex], wanting: Sequence[str], zone: tzinfo) -> Completeness:
    """Say how many records there are, and what else is ``wanting`` than lines that could not be read.

    ``zone`` is the one that times without an offset are taken to be in.
    """
    missing = [*_unreadable(files), *_cut(files), *wanting]
    without_zone = sum(file.without_zone for file in files)
    assumed = (
        [f"zone {zone} assumed for {without_zone:,} time{'s' if without_zone != 1 else ''}"] if without_zone else []
    )
    return Completeness(chosen.kept == chosen.found and not missing, "; ".join((_counted(chosen), *missing, *assumed)))


def with_time_told(known: Completeness, lines: LogLines | None, window: TimeWindow | None) -> Completeness:
    """Say of logs that have no record in a window how far before or after it they are, and which window holds them."""
    from triage_tui.logs.store import LogStore

    span = lines.span() if isinstance(lines, LogStore) else None
    if window is None or span is None or (span.start < window.end and window.start < span.end):
        return known
    is_before = span.end <= window.start
    where = (
        f"ends {_length(window.start - span.end)} before"
        if is_before
        else f"begins {_length(span.start - window.end)} after"
    )
    options = f"--from {_minute(span.start)} --to {_minute(span.end + timedelta(seconds=59))}"
    _, *others = known.note.split("; ")
    told = (f"none of {_records(len(lines or ()))} in the window", f"{where} it: {options}")
    return replace(known, note="; ".join((*told, *others)))


def _length(length: timedelta) -> str:
    """A length of time in its largest unit alone."""
    seconds = length.total_seconds()
    units = ((86_400, "d"), (3_600, "h"), (60, "min"))
    return next((f"{seconds / size:.0f} {unit}" for size, unit in units if seconds >= size), f"{seconds:.0f} s")


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _records(count: int) -> str:
    return f"{count:,} record{'s' if count != 1 else ''}"


def _counted(chosen: Excerpts) -> str:
    if chosen.kept == chosen.found:
        return _records(chosen.found)
    if chosen.rise is None:
        return f"{chosen.found:,} records, findings from the latest {chosen.kept:,}"
    return f"{chosen.found:,} records, findings from {chosen.kept:,} around {chosen.rise:%H:%M:%S}Z where errors rise"


def _unreadable(files: Sequence[FileIndex]) -> list[str]:
    readers = [file.reader for file in files if file.reader.unreadable.count]
    if not readers:
        return []
    count = sum(reader.unreadable.count for reader in readers)
    return [f"{count:,} lines unreadable, first at {readers[0].source.name}:{readers[0].unreadable.first_line}"]


def _cut(files: Sequence[FileIndex]) -> list[str]:
    names = [file.reader.source.name for file in files if file.beginning.is_cut]
    return [f"{name} was truncated or overwritten while it was read: the rest is not here" for name in names]


def _size(count: int) -> str:
    """Bytes in the unit that shows them with the fewest digits: ``6.2 GB``."""
    size, unit = next(((size, unit) for size, unit in _UNITS if count >= size), _UNITS[-1])
    return f"{count / size:.1f} {unit}"
