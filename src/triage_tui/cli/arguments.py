"""The commands and their arguments. Only the standard library is loaded here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NoReturn

from triage_tui import __version__

SCREEN_COMMANDS = frozenset({"demo", "open", "replay"})
FORMATS = ("text", "json", "markdown")
FAILURES = ("onset", "prime", "pattern", "degraded", "down")

_LOG_HELP = "a log file, or - for a piped log"

_EPILOG = """\
exit codes: 0 done, 1 what --fail-on names was found, 2 usage or unreadable input, 3 a needed source failed
times: 2026-11-24T14:00:00Z, -90m, "90m ago", "today 14:00"

first time here? `triage demo` plays a recorded incident; press ? in it for the keys.
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser that names the nearest command or option to one that it does not know."""

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with exit code 2."""
        sys.stderr.write(f"triage: {_shortened(self, message)}; see {self.prog} --help\n")
        raise SystemExit(2)


def _shortened(known: argparse.ArgumentParser, message: str) -> str:
    """Name the nearest command or option in place of all that there are."""
    _, command, rest = message.partition("argument COMMAND: invalid choice: '")
    if command:
        wanted = rest.partition("'")[0]
        return f"there is no command {wanted!r}{_nearest(wanted, _command_names(known))}"
    _, option, wanted = message.partition("unrecognized arguments: ")
    if option:
        first = wanted.split()[0].partition("=")[0]
        return f"there is no place for {first!r} here{_nearest(first, known._option_string_actions)}"  # noqa: SLF001 - as below
    return message


def _nearest(wanted: str, known: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(wanted, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _command_names(known: argparse.ArgumentParser) -> list[str]:
    return [name for action in known._actions if isinstance(action.choices, dict) for name in action.choices]  # noqa: SLF001 - argparse has no other way


def parser(asked_for: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of all commands; where a screen is asked for, of its kind alone: to make all takes 5 ms."""
    top = _Parser(
        prog="triage",
        description="From a page to a post-mortem: impact, changes, logs and metrics of an incident on one clock.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"triage {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, title="commands")
    _add_screen_commands(commands)
    if asked_for not in SCREEN_COMMANDS:
        _add_answers(commands)
        _add_kept(commands)
    return top


def _add_screen_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    demo = _command(
        commands, "demo", "play a built-in incident in the full-screen program", _span(), _output(), _look()
    )
    demo.add_argument("story", nargs="?", help="connection-pool (default) or slow-dependency")
    opening = _command(
        commands, "open", "investigate an alert on the running systems", _span(), _output(), _look(), _failing()
    )
    opening.add_argument(
        "alert_name",
        nargs="?",
        metavar="ALERT",
        help="name, fingerprint or words of an alert; without it, choose among those that fire",
    )
    replay = _command(
        commands, "replay", "investigate exported files, without a network", _inputs(), _span(), _output(), _look()
    )
    replay.add_argument(
        "paths", nargs="*", metavar="FILE", help="a bundle, a folder of exports, log files, or - for a piped log"
    )


def _add_answers(commands: argparse._SubParsersAction[_Parser]) -> None:
    for name, text in (
        ("analyze", "everything that can be computed: onset, impact, changes, patterns, signals, suspects"),
        ("report", "the same for people: what, since when, who, which change, what the logs and metrics show"),
    ):
        command = _command(commands, name, text, _inputs(), _span(), _output(), _failing())
        command.add_argument(
            "paths", nargs="*", metavar="FILE", help="a bundle, a folder of exports, log files, or - for a piped log"
        )
    suspects = _command(
        commands, "suspects", "rank the series of a metrics file by how much they changed", _span(), _output()
    )
    suspects.add_argument("--metrics", required=True, metavar="FILE", help="CSV, Parquet or a query_range answer")
    suspects.add_argument("--onset", metavar="TIME", help="when it started; estimated where not given")
    suspects.add_argument("--top", type=int, default=20, metavar="N", help="how many to print (20)")
    signals = _command(commands, "signals", "the shape of every series of a metrics file", _span(), _output())
    signals.add_argument("--metrics", required=True, metavar="FILE", help="CSV, Parquet or a query_range answer")
    signals.add_argument("--onset", metavar="TIME", help="splits before from after where a series has no shape")
    _add_log_answers(commands)


def _add_log_answers(commands: argparse._SubParsersAction[_Parser]) -> None:
    patterns = _command(
        commands, "patterns", "patterns in logs: surge, gap, every N, one actor, everyone", _span(), _output()
    )
    patterns.add_argument("paths", nargs="+", metavar="LOG", help=_LOG_HELP)
    trace = _command(
        commands, "trace", "what one request did, where it waited, and which lines it lacks", _span(), _output()
    )
    trace.add_argument("id", metavar="ID", type=_text, help="its correlation ID")
    trace.add_argument("paths", nargs="+", metavar="LOG", help=_LOG_HELP)
    templates = _command(commands, "templates", "group the lines of logs by template", _span(), _output())
    templates.add_argument("paths", nargs="+", metavar="LOG", help=_LOG_HELP)
    templates.add_argument("--lines", action="store_true", help="list the line numbers of each template")


def _text(argument: str) -> str:
    """An argument as it is, where it was typed as UTF-8."""
    if any("\udc80" <= one <= "\udcff" for one in argument):
        raise argparse.ArgumentTypeError("holds bytes that are no UTF-8")
    return argument


def _add_kept(commands: argparse._SubParsersAction[_Parser]) -> None:
    _command(commands, "list", "list the investigations that can be resumed", _output())
    resume = _command(commands, "resume", "go on with an investigation, the newest unless named", _output(), _look())
    resume.add_argument("investigation", nargs="?", help="its id, or a part of it")
    capture = _command(
        commands, "capture", "freeze what the sources of an investigation say into a bundle", _span(), _output()
    )
    capture.add_argument("investigation", nargs="?", help="its id, or a part of it; the newest unless named")
    capture.add_argument("-o", "--output", required=True, metavar="FILE", help="the bundle to write")
    doctor = _command(
        commands,
        "doctor",
        "check each configured source, and the terminal: reachable, authorised, what is lacking",
        _output(),
    )
    doctor.add_argument("--write-config", action="store_true", help="write a first triage.toml from what is found")
    completion = _command(commands, "completion", "print a completion script for a shell")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))


def _command(commands: argparse._SubParsersAction[_Parser], name: str, text: str, *parents: _Parser) -> _Parser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", parents=list(parents))
    command.prog = f"triage {name}"
    return command


def _group(title: str) -> tuple[_Parser, argparse._ArgumentGroup]:
    holder = _Parser(add_help=False)
    return holder, holder.add_argument_group(title)


@cache
def _inputs() -> _Parser:
    holder, group = _group("input")
    group.add_argument("--metrics", action="append", default=[], metavar="FILE", help="metrics: query_range JSON, CSV")
    group.add_argument("--repo", metavar="DIR", help="git repository with the changes; read only, at object level")
    group.add_argument(
        "--alert", metavar="FILE", help="the alert: JSON of Sentry, Alertmanager, PagerDuty, or a sentence"
    )
    return holder


@cache
def _span() -> _Parser:
    holder, group = _group("what to look at")
    group.add_argument("--since", metavar="DURATION", help="the last so long, such as 90m")
    group.add_argument("--from", dest="start", metavar="TIME", help="begin of the window")
    group.add_argument("--to", dest="end", metavar="TIME", help="end of the window")
    group.add_argument("--service", help="the service that the alert is about")
    group.add_argument("--timezone", default="UTC", help="zone of times that carry none (UTC)")
    return holder


@cache
def _output() -> _Parser:
    holder, group = _group("output")
    group.add_argument("--format", choices=FORMATS, help="print text (default), json or markdown; no screen")
    group.add_argument("-q", "--quiet", action="store_true", help="no notes on standard error")
    group.add_argument("-v", "--verbose", action="store_true", help="say what is read and how long it takes")
    return holder


@cache
def _look() -> _Parser:
    holder, group = _group("screen")
    group.add_argument("--theme", help="dark, light, high-contrast, ansi, or one of your own")
    group.add_argument("--ascii", action="store_true", help="draw with ASCII alone")
    return holder


@cache
def _failing() -> _Parser:
    holder, group = _group("for scripts")
    group.add_argument("--fail-on", action="append", default=[], choices=FAILURES, help="exit 1 where this was found")
    return holder


def take_in(known: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; a mistake ends the program with one line and exit code 2."""
    options, rest = known.parse_known_args(arguments)
    if rest:
        command_of(known, options.command).error(f"unrecognized arguments: {' '.join(rest)}")
    return options


def command_of(known: argparse.ArgumentParser, name: str | None) -> argparse.ArgumentParser:
    """Return the parser of a command, the whole one where there is none of that name."""
    choices = [action.choices for action in known._actions if isinstance(action.choices, dict)]  # noqa: SLF001 - as above
    return next((commands[name] for commands in choices if name in commands), known)
