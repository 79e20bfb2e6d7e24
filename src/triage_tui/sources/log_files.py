"""Log files, or logs in memory, as a source of evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import Evidence, EvidenceKind

if TYPE_CHECKING:
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.logs.opened_logs import LogInput, LogOptions, OpenedLogs


class LogFileSource:
    """Log files of any known format, merged by time."""

    kind = EvidenceKind.LOGS

    def __init__(self, name: str, inputs: Sequence[Path | LogInput], options: LogOptions | None = None) -> None:
        self._name, self._inputs, self._options = name, tuple(inputs), options
        self._opened: OpenedLogs | None = None

    @classmethod
    def from_bytes(cls, name: str, data: bytes, options: LogOptions | None = None) -> LogFileSource:
        """A log that is already in memory."""
        from triage_tui.logs.opened_logs import LogInput

        return cls(name, [LogInput(name, data=data)], options)

    @property
    def name(self) -> str:
        """The name shown in the pane border."""
        return self._name

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Read all files, once; a window narrows the frame, while ``lines`` always reach over everything.

        Raises ``UnreadableInput``.
        """
        return await asyncio.to_thread(self.read, window)

    def read(self, window: TimeWindow | None = None) -> Evidence:
        """Do the work of ``fetch`` without an event loop."""
        opened = self._open()
        return Evidence(
            kind=self.kind,
            source=self._name,
            window=window,
            query="",
            fetched_at=datetime.now(UTC),
            completeness=opened.completeness,
            frame=opened.records_in(window),
            lines=opened.store,
        )

    def _open(self) -> OpenedLogs:
        from triage_tui.logs.opened_logs import LogOptions, log_inputs, open_logs

        if self._opened is None:
            paths = [one for one in self._inputs if isinstance(one, Path)]
            in_memory = [one for one in self._inputs if not isinstance(one, Path)]
            self._opened = open_logs([*log_inputs(paths), *in_memory], self._options or LogOptions())
        return self._opened
