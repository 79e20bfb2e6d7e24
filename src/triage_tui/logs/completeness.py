"""What is known of how complete the records of logs are, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from triage_tui.investigation.evidence import Completeness
from triage_tui.logs.excerpts import Excerpts
from triage_tui.logs.index import FileIndex

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
    assumed = [f"zone {zone} assumed for {without_zone:,} times"] if without_zone else []
    return Completeness(chosen.kept == chosen.found and not missing, "; ".join((_counted(chosen), *missing, *assumed)))


def _counted(chosen: Excerpts) -> str:
    if chosen.kept == chosen.found:
        return f"{chosen.found:,} records"
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
