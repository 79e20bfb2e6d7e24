"""The post-mortem as a Markdown file, and what was fetched as a bundle."""

from __future__ import annotations

from pathlib import Path

from triage_tui.config.paths import path_named
from triage_tui.ui.messages import CaptureWanted, TextWanted
from triage_tui.ui.new_files import free_path
from triage_tui.ui.screens.case_screen import CaseScreen


class Exporting(CaseScreen):
    """The part of the main screen that writes files."""

    def action_export(self) -> None:
        """Ask for the file's name, then write it."""
        suggestion = str(free_path(Path.cwd(), f"postmortem-{self.case.id}", ".md"))
        self.post_message(TextWanted("Write the post-mortem to", self._write_document, suggestion))

    def action_capture(self) -> None:
        """Ask for the file's name, then freeze what was fetched into it."""
        suggestion = str(free_path(Path.cwd(), f"triage-{self.case.id}", ".zip"))
        self.post_message(TextWanted("Write the bundle to", self._write_bundle, suggestion))

    def _write_bundle(self, name: str) -> None:
        self.post_message(CaptureWanted(path_named(name)))

    def _write_document(self, name: str) -> None:
        from triage_tui.writing.postmortem import markdown

        path = path_named(name)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(markdown(self.case))
        except FileExistsError:
            self.tell(f"{path} is there already: nothing was written; choose another name", wrong=True)
        except OSError as error:
            self.tell(f"{path} could not be written: {error.strerror}", wrong=True)
        else:
            self.tell(f"the post-mortem is in {path.absolute()}")
