"""The journal as the screen sees it: what is on disk, and what is still waiting for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.investigation.journal import Journal, JournalWriteError

if TYPE_CHECKING:
    from triage_tui.investigation.decision import Decision


class Ledger:
    """Keeps decisions in the order in which they were made; one that could not be written is tried again with the next.

    ``problem`` says why the newest decisions are not on disk, "" where all are. Opening raises ``JournalBusyError``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem = ""
        self._waiting: list[Decision] = []
        self._journal: Journal | None = None
        self._open()

    def keep(self, decision: Decision) -> None:
        """Write what is waiting and then the decision, as far as the disk lets us."""
        self.keep_soon(decision)
        self.write()

    def keep_soon(self, decision: Decision) -> None:
        """Have a decision written with the next one, or by ``write``; until then it is not kept."""
        self._waiting.append(decision)

    def write(self) -> None:
        """Write what is waiting, as far as the disk lets us."""
        if self._waiting and self._journal is None:
            self._open()
        if self._journal is None:
            return
        try:
            while self._waiting:
                self._journal.append(self._waiting[0])
                self._waiting.pop(0)
        except JournalWriteError as error:
            self.problem = str(error)
        else:
            self.problem = ""

    def close(self) -> None:
        """Write what is waiting, and give the investigation back to other runs of the program."""
        self.write()
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _open(self) -> None:
        try:
            self._journal = Journal(self.folder, datetime.now(UTC))
        except JournalWriteError as error:
            self.problem = str(error)
