"""The post-mortem as a Markdown file."""

from __future__ import annotations

from pathlib import Path

from triage_tui.ui.messages import TextWanted
from triage_tui.ui.screens.case_screen import CaseScreen

MOST_NAMES = 1000


class Exporting(CaseScreen):
    """The part of the main screen that writes the document to a file."""

    def action_export(self) -> None:
        """Ask for the file's name, then write it."""
        suggestion = str(free_path(Path.cwd(), f"postmortem-{self.case.id}"))
        self.post_message(TextWanted("Write the post-mortem to", self._write_document, suggestion))

    def _write_document(self, name: str) -> None:
        from triage_tui.writing.postmortem import markdown

        path = Path(name).expanduser()
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(markdown(self.case))
        except FileExistsError:
            self.tell(f"{path} is there already: nothing was written; choose another name", wrong=True)
        except OSError as error:
            self.tell(f"{path} could not be written: {error.strerror}", wrong=True)
        else:
            self.tell(f"the post-mortem is in {path.absolute()}")


def free_path(folder: Path, stem: str) -> Path:
    """Return the first name in a folder that no file has: stem.md, stem-2.md, and so on."""
    names = [f"{stem}.md", *(f"{stem}-{number}.md" for number in range(2, MOST_NAMES))]
    return next((folder / name for name in names if not (folder / name).exists()), folder / names[-1])
