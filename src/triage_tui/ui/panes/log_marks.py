"""The part of the log pane that acts on lines: goes by their ID, marks them, opens their fields, saves them."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from textual.worker import WorkType

from triage_tui.investigation.source import LogLines, SourceError
from triage_tui.ui.messages import Said, TextWanted
from triage_tui.ui.panes.line_marks import LineMark, found_again
from triage_tui.ui.panes.log_bars import CountedLogs
from triage_tui.ui.panes.log_work import LogWork
from triage_tui.ui.widgets.shown_lines import ShownLines


class MarkedLogs(CountedLogs):
    """Marks last as long as the program; what is to be kept is pinned."""

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, expected=expected)
        self._line_marks: tuple[LineMark, ...] = ()
        self._marked_lines: LogLines | None = None

    def lines_chosen(self) -> None:
        """Find the marked lines among the lines that are shown now."""
        super().lines_chosen()
        lines = self.filtered_lines
        if lines is not None and lines is not self._marked_lines:
            self._marked_lines = lines
            self._line_marks = tuple(mark for old in self._line_marks if (mark := found_again(old, lines)))
        self._draw_marks()

    def action_mark(self) -> None:
        """Mark the line, or take its mark away."""
        line = self._view.cursor_line
        if line is None:
            return
        others = tuple(mark for mark in self._line_marks if mark.row != line.row)
        if len(others) == len(self._line_marks):
            others = (*others, LineMark.of(line))
        self._line_marks = tuple(sorted(others, key=lambda mark: mark.row))
        self._draw_marks()

    def action_next_mark(self) -> None:
        """Go to the next marked line that is shown, after the last one to the first."""
        shown, here = self._view.shown, self._view.cursor_row
        rows = [mark.row for mark in self._line_marks if shown.holds(mark.row)]
        if not rows or here is None:
            self.post_message(Said("no line is marked: m marks one"))
            return
        self._view.sight.jump_to(shown.position(rows[bisect_right(rows, here) % len(rows)]))

    def action_next_same_id(self) -> None:
        """Go to the next line with this line's correlation ID."""
        self._jump_by_id(1)

    def action_previous_same_id(self) -> None:
        """Go to the line before with this line's correlation ID."""
        self._jump_by_id(-1)

    def _jump_by_id(self, step: int) -> None:
        line = self._view.cursor_line
        if line is None or not line.request_id:
            self.post_message(Said("this line has no correlation ID"))
            return
        where = "after" if step > 0 else "before"
        search = partial(next_of_id, line.request_id, step)
        self._looking.begin(search, "looking for the ID", f"no line of {line.request_id} {where} this one")

    def action_fields(self) -> None:
        """Show all fields of the line."""
        from triage_tui.logs.store import LogStore

        line, lines = self._view.cursor_line, self.filtered_lines
        if line is None or self.investigation is None or not isinstance(lines, LogStore):
            self.post_message(Said("there is no record here that could be opened"))
            return
        from triage_tui.ui.screens.fields import FieldsPane, FieldsScreen

        pane = FieldsPane(lines, line, self._view.shown.rows)
        self.app.push_screen(FieldsScreen(pane, self.investigation, self.filters.add))

    def action_save_lines(self) -> None:
        """Ask for a file, and write the lines that are shown into it."""
        count = self._view.row_count()
        if not count:
            self.post_message(Said("there is no line to save"))
            return
        suggestion = str(free_log_path(Path.cwd(), "lines"))
        self.post_message(TextWanted(f"Write {count:,} lines, without secrets, to", self._save, suggestion))

    def _save(self, name: str) -> None:
        shown = self._view.shown
        saving = self.works.begin(LogWork("saving", len(shown)))
        work: WorkType[None] = partial(self._write_lines, Path(name).expanduser(), shown, saving)
        self.run_worker(work, name="save", group="save", thread=True, exclusive=True, exit_on_error=False)

    def _write_lines(self, path: Path, shown: ShownLines, saving: LogWork) -> None:
        written = 0
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                for written, text in enumerate(redacted_lines(shown), 1):
                    file.write(f"{text}\n")
                    saving.share = written / saving.total
                    if saving.stopped.is_set():
                        break
        except FileExistsError:
            self.post_message(Said(f"{path} is there already: nothing was written; choose another name", wrong=True))
        except (OSError, SourceError) as error:
            self.post_message(Said(f"{path} could not be written: {error}", wrong=True))
        else:
            self.post_message(Said(saved_words(written, len(shown), path)))
        finally:
            self.app.call_from_thread(self.works.end, saving)

    def _draw_marks(self) -> None:
        self._view.set_marked(mark.row for mark in self._line_marks)


def saved_words(written: int, wanted: int, path: Path) -> str:
    """Say how many of the lines that were to be saved are in a file now."""
    if written < wanted:
        return f"stopped: the first {written:,} of {wanted:,} lines are in {path.absolute()}"
    return f"{written:,} lines are in {path.absolute()}"


def next_of_id(correlation_id: str, step: int, shown: ShownLines, position: int, work: LogWork) -> int | None:
    """Return the next position in direction ``step`` (1 or -1) whose record has an ID; it may read the whole log."""
    del work  # how much of that is done is not known
    if shown.lines is None:
        return None
    rows = [row for row in shown.lines.rows_with_id(correlation_id) if shown.holds(row)]
    here = shown.row(position)
    place = bisect_right(rows, here) if step > 0 else bisect_left(rows, here) - 1
    return shown.position(rows[place]) if 0 <= place < len(rows) else None


def redacted_lines(shown: ShownLines) -> Iterator[str]:
    """Return the records that are shown as they are in their files, each secret replaced."""
    from triage_tui.writing.redaction import redact

    if shown.lines is not None:
        for position in range(len(shown)):
            yield redact(shown.lines.row(shown.row(position)).text)


def free_log_path(folder: Path, stem: str) -> Path:
    """Return the first name in a folder that no file has: stem.log, stem-2.log, and so on."""
    names = (folder / (f"{stem}-{number}.log" if number > 1 else f"{stem}.log") for number in range(1, 1000))
    return next((path for path in names if not path.exists()), folder / f"{stem}.log")
