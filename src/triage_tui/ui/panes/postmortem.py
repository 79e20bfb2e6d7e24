"""The post-mortem as it stands: figures and timeline filled in, judgement left to the author."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from itertools import groupby, zip_longest

from textual.content import Content

from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Step
from triage_tui.ui.entries import Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.messages import Said, SectionWanted
from triage_tui.ui.phrases import folded
from triage_tui.ui.safe_text import SafeText

HEADING, LISTED = "## ", "- "
_LEAST_COLUMN = 8
_ESCAPE = re.compile(r"\\([\\`*_\[\]<>|#])")
_CELL_EDGE = re.compile(r"(?<!\\)\|")


class PostmortemPane(RowsPane):
    """The document; Enter writes the section of the author's that the selected line is in."""

    TITLE = "Post-mortem"

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return all that the document is made of."""
        return (investigation.findings, investigation.decisions)

    def completeness(self, investigation: Investigation) -> str:
        """Say how to write it."""
        del investigation
        return "Enter writes a section · x exports"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return the document line by line; all of it but its head can be selected."""
        from triage_tui.writing.postmortem import AUTHOR_SECTIONS, markdown

        authors = {section.title for section in AUTHOR_SECTIONS}
        rows: list[Row] = []
        title = ""
        for is_table, group in groupby(SafeText.lines(markdown(investigation)), key=_is_of_table):
            shown = [line.plain for line in group]
            drawn = _table_lines(shown, width) if is_table else None
            for line in shown:
                title = line.removeprefix(HEADING) if line.startswith(HEADING) else title
                lines = next(drawn) if drawn else _document_lines(line, width, writable=title in authors)
                rows.append(Row(lines, key=f"{len(rows)}:{title}" if title and any(lines) else "", text=line))
        return rows

    def open_selected(self) -> None:
        """Write the section that the selected line is in, where it is one of the author's."""
        from triage_tui.writing.postmortem import AUTHOR_SECTIONS

        row = self.selected_row()
        title = row.key.partition(":")[2] if row else ""
        section = next((one for one in AUTHOR_SECTIONS if one.title == title), None)
        if section is None:
            self.post_message(Said("this part is filled in from the evidence and your decisions"))
        else:
            self.post_message(SectionWanted(section.id, section.title))


class LintPane(RowsPane):
    """What the document still lacks, and why that matters."""

    TITLE = "Still missing"

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return all that the document is made of."""
        return (investigation.findings, investigation.decisions)

    def completeness(self, investigation: Investigation) -> str:
        """Count the gaps."""
        from triage_tui.writing.postmortem import lint

        gaps = len(lint(investigation))
        return f"{gaps} to do" if gaps else "nothing"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return a row a gap."""
        from triage_tui.writing.postmortem import lint

        rows = []
        for number, note in enumerate(lint(investigation)):
            lines = folded(f"{note.section}: {note.problem}", width, hanging=2, style="$level-warning")
            lines += folded(note.why, width, indent=2, style="$muted")
            rows.append(Row(tuple(lines), key=f"{number}:{note.section}", text=note.problem))
        return rows or [Row((Content.styled("the document is complete", "$state-up bold"),))]

    def open_selected(self) -> None:
        """Write what is missing: a section here, anything else in its own step."""
        from triage_tui.writing.postmortem import AUTHOR_SECTIONS

        row = self.selected_row()
        title = row.key.partition(":")[2] if row else ""
        section = next((one for one in AUTHOR_SECTIONS if one.title == title), None)
        if section is not None:
            self.post_message(SectionWanted(section.id, section.title))
        elif row is not None:
            self.post_message(Said(f"that is written in step {_step_of(title)}"))


def _step_of(section: str) -> str:
    known = {step.title: step for step in Step}
    step = known.get(section, Step.HYPOTHESIS if section == "Hypotheses" else Step.FIX)
    return f"{step.value}, {step.title}"


def _document_lines(line: str, width: int, *, writable: bool) -> tuple[Content, ...]:
    """Return a line of Markdown as it reads, without its marks."""
    if line.startswith(HEADING):
        hint = ("  Enter writes it", "$muted") if writable else ""
        return (Content.assemble((line.removeprefix(HEADING), "bold $pane-title"), hint),)
    style = "bold" if line.startswith("# ") else "$muted" if line.startswith("_") and line.endswith("_") else ""
    text = _ESCAPE.sub(r"\1", line.strip("_") if style == "$muted" else line.removeprefix("# "))
    depth = len(line) - len(line.lstrip())
    hanging = depth + 2 if line.lstrip().startswith(LISTED) else 0
    return tuple(folded(text.lstrip(), width, indent=depth, hanging=hanging, style=style)) or (Content(""),)


def _is_of_table(line: SafeText) -> bool:
    return line.plain.startswith("|")


def _table_lines(table: list[str], width: int) -> Iterator[tuple[Content, ...]]:
    """Return the rows of a table, each cell folded in its column; where room is scarce the widest give way."""
    cells = [[_ESCAPE.sub(r"\1", cell.strip()) for cell in _CELL_EDGE.split(line)[1:-1]] for line in table]
    cells[1] = [""] * len(cells[1])
    columns = [max(map(len, column)) for column in zip(*cells, strict=True)]
    while sum(columns) + 2 * len(columns) - 2 > width and max(columns) > _LEAST_COLUMN:
        columns[columns.index(max(columns))] -= 1
    for number, row in enumerate(cells):
        parts = [textwrap.wrap(cell, room, break_on_hyphens=False) for cell, room in zip(row, columns, strict=True)]
        lines = zip_longest(*parts, fillvalue="")
        padded = ("  ".join(map(str.ljust, line, columns)).rstrip() for line in lines)
        yield tuple(Content.styled(line, "$muted" if number == 0 else "") for line in padded) or (Content(""),)
