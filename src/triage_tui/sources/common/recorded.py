"""What a bundle recorded, as sources: each answers for a window what its server answered then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.manifest import MemberEntry

if TYPE_CHECKING:
    from triage_tui.logs.opened_logs import OpenedLogs
    from triage_tui.sources.common.decoded import Decoded

_A_REFRESH = timedelta(seconds=30)

ReadMember = Callable[[MemberEntry], "Decoded"]
ContentOf = Callable[[MemberEntry], bytes]

_TIME_COLUMNS = {
    EvidenceKind.METRICS: "time",
    EvidenceKind.SERIES: "time",
    EvidenceKind.HEALTH: "time",
    EvidenceKind.REQUEST_COUNTS: "time",
}


class BundleSource:
    """The members of one kind and server as a source; what is asked for is cut out of what was recorded."""

    def __init__(self, name: str, kind: EvidenceKind, members: Sequence[MemberEntry], read: ReadMember) -> None:
        self.name, self.kind = name, kind
        self._members, self._read = tuple(members), read
        self._decoded: Decoded | None = None

    def load(self, window: TimeWindow | None = None) -> Evidence:
        """Give the recorded evidence of a window; raises ``UnreadableInput`` that names bundle and member."""
        # What decodes is not loaded before the first frame.
        from triage_tui.sources.common.decoded import cut_to_window, joined

        if self._decoded is None:
            self._decoded = _in_order(self.kind, joined([self._read(member) for member in self._members]))
        column = _TIME_COLUMNS.get(self.kind)
        frame = self._decoded.frame
        notes = [self._decoded.note, *_recording_notes(self._members, window)]
        return Evidence(
            kind=self.kind,
            source=self.name,
            window=window,
            query=_query(self._members),
            fetched_at=_fetched_at(self._members),
            completeness=_completeness(self._members, notes),
            held=frame if column is None else cut_to_window(frame, column, window),
        )

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Decode in a thread."""
        return await asyncio.to_thread(self.load, window)


class BundleLogs:
    """The log members of a bundle, merged by time, with random access to their text."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.LOGS

    def __init__(self, name: str, members: Sequence[MemberEntry], content: ContentOf) -> None:
        self.name, self._members, self._content = name, tuple(members), content
        self._opened: OpenedLogs | None = None

    def load(self, window: TimeWindow | None = None) -> Evidence:
        """Give the recorded lines of a window; raises ``UnreadableInput``."""
        from triage_tui.logs.log_input import LogInput
        from triage_tui.logs.opened_logs import open_logs

        if self._opened is None:
            names = shown_names(self._members)
            contents = [self._content(entry) for entry in self._members]
            self._opened = open_logs([LogInput(name, data=data) for name, data in zip(names, contents, strict=True)])
        opened = self._opened
        recorded = _completeness(self._members, _recording_notes(self._members, window))
        notes = "; ".join(note for note in (opened.completeness.note, recorded.note) if note)
        return Evidence(
            kind=self.kind,
            source=self.name,
            window=window,
            query=_query(self._members),
            fetched_at=_fetched_at(self._members),
            completeness=Completeness(opened.completeness.complete and recorded.complete, notes),
            held=opened.records_in(window),
            lines=opened.store,
        )

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Read in a thread."""
        return await asyncio.to_thread(self.load, window)


def shown_names(entries: Sequence[MemberEntry]) -> list[str]:
    """Name each member by where it came from, or by its own name where that would not tell members apart."""
    sources = [entry.source or entry.name for entry in entries]
    return [
        source if sources.count(source) == 1 else entry.name for source, entry in zip(sources, entries, strict=True)
    ]


def _in_order(kind: EvidenceKind, decoded: Decoded) -> Decoded:
    """Sort what several members brought as one file of them would be."""
    from triage_tui.sources.common.decoded import Decoded
    from triage_tui.sources.common.series_naming import sorted_samples

    if kind in {EvidenceKind.METRICS, EvidenceKind.SERIES}:
        return Decoded(sorted_samples(decoded.frame), decoded.note)
    keys = ["at", "id"] if kind is EvidenceKind.CHANGES else decoded.frame.columns[:2]
    return Decoded(decoded.frame.sort(keys, nulls_last=True, maintain_order=True), decoded.note)


def _query(members: Sequence[MemberEntry]) -> str:
    return "\n".join(member.query for member in members if member.query)


def _fetched_at(members: Sequence[MemberEntry]) -> datetime:
    """When the newest member was fetched, else the end of what was asked; 1970 where neither is recorded."""
    fetched = [entry.fetched_at for entry in members if entry.fetched_at is not None]
    asked = [entry.window.end for entry in members if entry.window is not None]
    return max(fetched or asked, default=datetime.fromtimestamp(0, UTC))


def _completeness(members: Sequence[MemberEntry], notes: Sequence[str]) -> Completeness:
    recorded = [entry.note or f"{entry.name} was recorded as incomplete" for entry in members if not entry.complete]
    everything = list(dict.fromkeys(note for note in [*recorded, *notes] if note))
    return Completeness(not everything, "; ".join(everything))


def _recording_notes(members: Sequence[MemberEntry], window: TimeWindow | None) -> list[str]:
    """Say where a window reaches beyond what was recorded: there is nothing there, and that is not zero.

    Of running systems each source was asked at a moment of its own, which is not worth a word.
    """
    spans = [entry.window for entry in members if entry.window is not None]
    if window is None or not spans:
        return []
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    moment = min(_A_REFRESH, window.length / 10)
    if start - moment <= window.start and window.end <= end + moment:
        return []
    return [f"recorded from {start:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S} UTC only"]
