"""The post-mortem as it stands: figures and timeline filled in, judgement left to the author."""

from __future__ import annotations

import re

from textual.content import Content

from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Step
from triage_tui.ui.entries import Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.messages import Said, SectionWanted
from triage_tui.ui.phrases import folded
from triage_tui.ui.safe_text import SafeText

HEADING, LISTED = "## ", "- "
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
        rows, title = [], ""
        for number, line in enumerate(SafeText.lines(markdown(investigation))):
            title = line.plain.removeprefix(HEADING) if line.plain.startswith(HEADING) else title
            lines = _document_lines(line.plain, width, writable=title in authors)
            rows.append(Row(lines, key=f"{number}:{title}" if title and any(lines) else "", text=line.plain))
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
    if line.startswith("|"):
        cells = [cell.strip() for cell in _CELL_EDGE.split(line)[1:-1]]
        line = "" if all(set(cell) <= {"-"} for cell in cells) else "  ".join(cells)
    style = "bold" if line.startswith("# ") else "$muted" if line.startswith("_") and line.endswith("_") else ""
    text = _ESCAPE.sub(r"\1", line.strip("_") if style == "$muted" else line.removeprefix("# "))
    hanging = 2 if line.startswith(LISTED) else 0
    return tuple(folded(text, width, hanging=hanging, style=style)) or (Content(""),)
