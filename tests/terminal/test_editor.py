"""Writing a section of the post-mortem in the user's own editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.session import TerminalSession, triage
from triage_tui.investigation.events import NoteWritten
from triage_tui.investigation.journal import read_journal
from triage_tui.ui.screens.section import editor_of

OPEN = "opens $EDITOR"
PARAGRAPH = "The pool filled up. " * 400


def begin_summary(session: TerminalSession) -> None:
    """Go to the last step, and open its first section."""
    session.wait_for("DEGRADED")
    session.press("9")
    session.wait_for("Why move on?")
    session.press("to write it", "enter")
    session.wait_for("Enter writes it")
    session.press("enter")
    session.wait_for(OPEN)


def keep(session: TerminalSession, words: str) -> None:
    """Keep the section, and wait until the document has it."""
    session.press("ctrl+s")
    session.wait_until(lambda text: words in text and OPEN not in text, f"{words} in the document")


def notes(state: Path) -> list[str]:
    (folder,) = (state / "triage" / "investigations").iterdir()
    return [one.text for one in read_journal(folder).decisions if isinstance(one, NoteWritten)]


def environment(state: Path, editor: str) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(state), "VISUAL": "", "EDITOR": editor}


@pytest.mark.parametrize(
    ("named", "command"),
    [("", ["vi"]), (" ", ["vi"]), ("code --wait", ["code", "--wait"]), ("vim 'unended", ["vim 'unended"])],
)
def test_what_the_environment_names_is_taken_as_a_command(named: str, command: list[str]) -> None:
    assert editor_of({"EDITOR": named}) == command
    assert editor_of({"EDITOR": "other", "VISUAL": "mine"}) == ["mine"]


@pytest.mark.parametrize("editor", ["false", "vim 'unended"])
def test_an_editor_that_does_not_work_is_told_of_and_the_section_is_written_here(tmp_path: Path, editor: str) -> None:
    nowhere = {"PATH": str(tmp_path)}
    with triage("demo", environment={**environment(tmp_path / "state", editor), **nowhere}) as session:
        begin_summary(session)
        session.press("sold out", "\x05")
        session.wait_for(f"{editor} did not work", "sold out")
        session.press(" twice")
        keep(session, "sold out twice")
    assert notes(tmp_path / "state") == ["sold out twice"]


def test_a_long_paragraph_comes_back_whole_from_the_editor_and_stays_so(tmp_path: Path) -> None:
    editor, paragraph = tmp_path / "editor", tmp_path / "paragraph"
    paragraph.write_text(PARAGRAPH)
    editor.write_text(f'#!/bin/sh\ncat "{paragraph}" >> "$1"\n')
    editor.chmod(0o755)
    with triage("demo", environment=environment(tmp_path / "state", str(editor))) as session:
        begin_summary(session)
        session.press("\x05")
        session.wait_for("The pool filled up.", OPEN)
        keep(session, "The pool filled up.")
        session.press("enter")
        session.wait_for(OPEN)
        session.press("Once. ")
        keep(session, "Once. The pool filled up.")
    first, second = notes(tmp_path / "state")
    assert first == PARAGRAPH.strip()
    assert second == f"Once. {first}"
