import io
from pathlib import Path
from typing import TextIO

import pytest

from triage_tui.cli import main, progress_line
from triage_tui.cli.progress_line import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_line, "SECONDS_UNTOLD", 0.0)
    monkeypatch.setattr(progress_line, "SECONDS_BETWEEN", 0.0)


@pytest.mark.usefixtures("at_once")
def test_words_are_written_over_each_other_and_taken_away() -> None:
    terminal = Terminal()
    line = ProgressLine(quiet=False, stream=terminal)
    for words in ("reading 40%", "reading 80%"):
        line.say(words)
    line.take_away()
    assert terminal.getvalue() == "\r\x1b[Ktriage: reading 40%\r\x1b[Ktriage: reading 80%\r\x1b[K"


@pytest.mark.usefixtures("at_once")
def test_a_name_from_outside_does_not_act_on_the_terminal() -> None:
    terminal = Terminal()
    ProgressLine(quiet=False, stream=terminal).say("\x1b]0;owned\x07.log: " + "x" * 500)
    written = terminal.getvalue().removeprefix("\r\x1b[K")
    assert not any(character < " " for character in written)
    assert len(written) < 100


def test_nothing_is_written_where_it_is_soon_over_or_nobody_looks_or_wants_it() -> None:
    for line, stream in [
        (ProgressLine(quiet=False, stream=(terminal := Terminal())), terminal),
        (ProgressLine(quiet=True, stream=(terminal := Terminal())), terminal),
        (ProgressLine(quiet=False, stream=(file := io.StringIO())), file),
    ]:
        line.say("reading 40%")
        line.take_away()
        assert stream.getvalue() == ""


def test_a_quiet_command_that_asks_for_a_part_of_the_time_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[bool] = []
    whole = progress_line.ProgressLine.__init__

    def noting(self: ProgressLine, *, quiet: bool, stream: TextIO | None = None) -> None:
        said.append(quiet)
        whole(self, quiet=quiet, stream=stream)

    monkeypatch.setattr(ProgressLine, "__init__", noting)
    log = tmp_path / "app.log"
    log.write_text('{"time":"2026-11-24T12:00:00Z","level":"INFO","message":"fine"}\n' * 2)
    assert main(["report", str(log), "--since", "5m", "--quiet", "--format", "json"]) == 0
    assert said
    assert all(said)
    assert capsys.readouterr().err == ""
