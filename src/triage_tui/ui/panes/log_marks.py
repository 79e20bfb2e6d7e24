"""What is done with the lines of a log: marking them, and saving those that are shown."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from textual.message import Message
from textual.widget import Widget
from textual.worker import WorkType

from triage_tui.config.paths import path_named
from triage_tui.investigation.counting import counted
from triage_tui.investigation.events import LineMarked
from triage_tui.investigation.source import LogLine, LogLines, SourceError
from triage_tui.investigation.state import LogMark
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Decided, Said, TextWanted
from triage_tui.ui.new_files import free_path
from triage_tui.ui.panes.line_marks import found_again, mark_of
from triage_tui.ui.panes.log_work import LogWork, Works
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.shown_lines import ShownLines


class MarksFound(Message):
    """The marked lines were looked for among some lines."""

    def __init__(self, lines: LogLines, found: dict[LogMark, LogMark | None]) -> None:
        super().__init__()
        self.lines, self.found = lines, found


class MarkedLines:
    """The marked lines of an investigation, looked for among those of its log in a thread.

    What was found among fewer lines stays in sight until it was found among more.
    """

    def __init__(self, pane: EvidencePane, view: LogView) -> None:
        self._pane, self._view = pane, view
        self._wanted: tuple[LogMark, ...] = ()
        self._found: dict[LogMark, LogMark | None] = {}
        self._found_in: LogLines | None = None
        self._lines: LogLines | None = None
        self._looks = self._goes_on = False

    @property
    def _rows(self) -> list[int]:
        """The rows of the marked lines, as far as they are known."""
        found = (self._found.get(mark) for mark in self._wanted)
        return sorted(mark.row for mark in found if mark is not None)

    def find_in(self, lines: LogLines | None, wanted: tuple[LogMark, ...]) -> None:
        """Find the marked lines among those that are there now."""
        self._lines, self._wanted = lines, wanted
        self._look()
        self._view.set_marked(self._rows)

    def _look(self) -> None:
        """Look for what is not known of the newest lines, one search after the other."""
        if not self._wanted:
            self._found, self._found_in = {}, self._lines
        known = self._found if self._found_in is self._lines else {}
        missing = [mark for mark in self._wanted if mark not in known]
        if self._lines is None or self._looks or not missing:
            return
        self._looks = True
        work: WorkType[None] = partial(self._find, self._lines, missing)
        self._pane.run_worker(work, name="marks", group="marks", thread=True, exit_on_error=False)

    def _find(self, lines: LogLines, wanted: Sequence[LogMark]) -> None:
        self._pane.post_message(MarksFound(lines, {mark: found_again(mark, lines) for mark in wanted}))

    def take(self, message: MarksFound) -> None:
        """Show the marks that were found, and look again where there are more lines by now."""
        before = self._found if self._found_in is message.lines else {}
        self._found, self._found_in = {**before, **message.found}, message.lines
        self.break_off()
        self._look()
        self._view.set_marked(self._rows)
        if self._goes_on:
            self.go_to_next()

    def break_off(self) -> None:
        """Take note that nothing is looked for any more."""
        self._looks = False

    def turn(self) -> None:
        """Mark the line under the cursor, or take its mark away."""
        line = self._view.cursor_line
        if line is None:
            return
        known = next((mark for mark in self._wanted if self._is_mark_of(mark, line)), None)
        mark = known or mark_of(line)
        if known is None and self._found_in is self._lines:
            self._found[mark] = mark
        self._pane.post_message(Decided(LineMarked(at=datetime.now(UTC), mark=mark, is_marked=known is None)))

    def _is_mark_of(self, mark: LogMark, line: LogLine) -> bool:
        """Whether a mark is that of a line, which may stand elsewhere than when it was made."""
        found = self._found.get(mark) if self._found_in is self._lines else None
        return mark.is_of(line.file, line.line) or (found is not None and found.row == line.row)

    def _why_none(self) -> str:
        """Say why there is no marked line to go to."""
        if not self._wanted:
            return "no line is marked: m marks one"
        if self._rows:
            return f"{counted(len(self._rows), 'marked line')} hidden by the filters"
        return f"{counted(len(self._wanted), 'marked line')} not found: rotated, or not read as far"

    def go_to_next(self) -> None:
        """Go to the next marked line that is shown, after the last one to the first; once they have been looked for."""
        shown, here, self._goes_on = self._view.shown, self._view.cursor_row, self._looks
        rows = [row for row in self._rows if shown.holds(row)]
        if self._goes_on:
            return
        if not rows or here is None:
            self._pane.post_message(Said(self._why_none()))
            return
        self._view.sight.jump_to(shown.position(rows[bisect_right(rows, here) % len(rows)]))


def ask_where_to_save(pane: Widget, view: LogView, works: Works) -> None:
    """Ask for a file, and write the lines that a view shows then into it, in a thread, which Esc stops."""
    count = view.row_count()
    if not count:
        pane.post_message(Said("there is no line to save"))
        return
    suggestion = str(free_path(Path.cwd(), "lines", ".log"))
    save = partial(_save, pane, view, works)
    pane.post_message(TextWanted(f"Write {count:,} lines, without secrets, to", save, suggestion))


def _save(pane: Widget, view: LogView, works: Works, name: str) -> None:
    shown = view.shown
    saving = works.begin(LogWork("saving", len(shown)))

    def write() -> None:
        try:
            pane.post_message(_written(path_named(name), shown, saving))
        finally:
            pane.app.call_from_thread(works.end, saving)

    pane.run_worker(write, name="save", group="save", thread=True, exclusive=True, exit_on_error=False)


def _written(path: Path, shown: ShownLines, saving: LogWork) -> Said:
    """Write lines into a new file, and say what came of it."""
    written = 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            for written, text in enumerate(redacted_lines(shown), 1):
                file.write(f"{text}\n")
                saving.share = written / saving.total
                if saving.stopped.is_set():
                    break
    except FileExistsError:
        return Said(f"{path} is there already: nothing was written; choose another name", wrong=True)
    except (OSError, SourceError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        return Said(f"{path} could not be written: {why or error}", wrong=True)
    return Said(saved_words(written, len(shown), path))


def saved_words(written: int, wanted: int, path: Path) -> str:
    """Say how many of the lines that were to be saved are in a file now."""
    if written < wanted:
        return f"stopped: the first {written:,} of {wanted:,} lines are in {path.absolute()}"
    return f"{written:,} lines are in {path.absolute()}"


def redacted_lines(shown: ShownLines) -> Iterator[str]:
    """Return the records that are shown as they are in their files, each secret replaced."""
    from triage_tui.writing.redaction import redact

    if shown.lines is not None:
        for position in range(len(shown)):
            yield redact(shown.lines.row(shown.row(position)).text)
