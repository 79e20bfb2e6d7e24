from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from triage_tui.cli import main
from triage_tui.cli.arguments import command_of, parser, take_in
from triage_tui.cli.plain_arguments import plain_options

SPAN = ["--since", "10m"]
COMMANDS_WITH_A_SPAN = {
    "demo": [],
    "replay": ["f"],
    "analyze": ["f"],
    "report": ["f"],
    "suspects": ["--metrics", "f"],
    "signals": ["--metrics", "f"],
    "patterns": ["f"],
    "trace": ["id", "f"],
    "templates": ["f"],
}


@pytest.mark.parametrize("command", COMMANDS_WITH_A_SPAN)
def test_every_command_on_evidence_takes_the_common_options(command: str) -> None:
    common = [*SPAN, "--service", "api", "--timezone", "Europe/Berlin", "--format", "json", "-q", "-v"]
    options = take_in(parser(), [command, *COMMANDS_WITH_A_SPAN[command], *common])
    assert (options.since, options.service, options.timezone) == ("10m", "api", "Europe/Berlin")
    assert (options.format, options.quiet, options.verbose) == ("json", True, True)


@pytest.mark.parametrize(
    "arguments",
    [["replay", "a.log", "--metrics", "m.csv"], ["demo", "--ascii"], ["open", "Down", "--since", "5m"], ["list"], []],
)
def test_the_parser_of_what_is_asked_for_understands_it_as_the_whole_one_does(arguments: list[str]) -> None:
    short = parser(next(iter(arguments), None))
    assert take_in(short, arguments) == take_in(parser(), arguments)
    assert (
        command_of(short, next(iter(arguments), None)).format_help()
        == command_of(parser(), next(iter(arguments), None)).format_help()
    )


@pytest.mark.parametrize(
    "arguments", [["demo"], ["demo", "slow-dependency"], ["replay"], ["replay", "a.log"], ["replay", "b.zip", "a.log"]]
)
def test_plain_arguments_are_understood_as_the_parser_does(arguments: list[str]) -> None:
    assert vars(plain_options(arguments) or object()) == vars(take_in(parser(), arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["list"],
        ["--help"],
        ["demo", "a", "b"],
        ["demo", "--ascii"],
        ["replay", "-"],
        ["replay", "a", "--repo", "b"],
    ],
)
def test_arguments_that_are_not_plain_are_left_to_the_parser(arguments: list[str]) -> None:
    assert plain_options(arguments) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["anlyze"], "there is no command 'anlyze'; did you mean 'analyze'?; see triage --help"),
        (["analyze", "f", "--formt", "json"], "'--formt' here; did you mean '--format'?; see triage analyze --help"),
        (["trace", "id", "f", "--snice=5m"], "did you mean '--since'?"),
        (["list", "more"], "there is no place for 'more' here; see triage list --help"),
        (["trace", "abc\udcff", "f"], "argument ID: holds bytes that are no UTF-8"),
        (["xyzzy"], "there is no command 'xyzzy'; see triage --help"),
    ],
)
def test_a_typing_mistake_names_what_was_meant(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        take_in(parser(), arguments)
    assert left.value.code == 2
    assert words in capsys.readouterr().err


def test_a_log_is_cut_to_the_window_before_it_is_grouped(tmp_path: Path, capfdbinary: Any) -> None:
    log = tmp_path / "app.jsonl"
    lines = [{"time": f"2026-11-24T12:{minute:02}:00Z", "level": "INFO", "message": "tick"} for minute in range(30)]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(["templates", str(log), *SPAN, "--format", "json"]) == 0
    (template,) = json.loads(capfdbinary.readouterr().out)["templates"]
    assert template["count"] == 10


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    log.write_text('{"time":"2026-11-24T12:00:00Z","level":"INFO","message":"tick"}\n' * 20_000)
    command = [sys.executable, "-m", "triage_tui", "templates", "--lines", "--format", "json", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.read(1) == b"{"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0
