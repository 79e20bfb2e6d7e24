"""What each command does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from triage_tui.cli.composing import compose, with_window
from triage_tui.cli.named_inputs import DEMO_PREFIX, DEMOS
from triage_tui.cli.pipes import STDIN, input_name, stdin_brings_text
from triage_tui.cli.printing import (
    EXIT_DONE,
    EXIT_SOURCE,
    EXIT_USAGE,
    print_answer,
    print_notes,
    print_report,
    print_text,
)
from triage_tui.cli.windows import UsageError, chosen_window, time_of, zone_of
from triage_tui.config import journal_root
from triage_tui.config.paths import is_file, path_named
from triage_tui.config.reading import SettingsError
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.journal import JournalError
from triage_tui.investigation.source import SourceError, UnreadableInput
from triage_tui.investigation.state import PIPE_PREFIX, CaseInputs

if TYPE_CHECKING:
    from argparse import Namespace

    from triage_tui.cli.answers import Gathered
    from triage_tui.investigation.case import Case


def run(options: Namespace) -> int:
    """Run a command; an error the user can act on is one line on standard error."""
    command = COMMANDS[options.command]
    try:
        return command(options)
    except (UnreadableInput, UsageError, JournalError, SettingsError) as error:
        return _failed(str(error), EXIT_USAGE)
    except SourceError as error:
        return _failed(str(error), EXIT_SOURCE)


def _failed(message: str, code: int) -> int:
    from triage_tui.cli.head_paint import take_away
    from triage_tui.investigation.visible_text import visible

    take_away()
    sys.stdout.flush()
    sys.stderr.write(f"triage: {visible(message)}\n")
    return code


def inputs_of(options: Namespace) -> CaseInputs:
    """Return what the user named, with absolute paths, so that it can be opened again from anywhere."""
    paths = [STDIN] if _names_nothing(options) and stdin_brings_text() else getattr(options, "paths", [])
    metrics, repo, alert = (getattr(options, name, None) for name in ("metrics", "repo", "alert"))
    return CaseInputs(
        paths=tuple(_absolute(path) for path in paths),
        metrics=tuple(
            _absolute(path) for path in (metrics if isinstance(metrics, list) else [metrics] if metrics else [])
        ),
        repo=_absolute(repo) if repo else None,
        alert=_absolute(alert) if alert and is_file(path_named(alert)) else alert,
        timezone=str(zone_of(options)),
    )


def _names_nothing(options: Namespace) -> bool:
    return not any(getattr(options, name, None) for name in ("paths", "metrics", "repo"))


def _absolute(path: str) -> str:
    if path.startswith(DEMO_PREFIX):
        return path
    return input_name(path) or str(path_named(path).absolute())


def case_of(options: Namespace, inputs: CaseInputs) -> Case:
    """Compose the case that a command's arguments describe, and say what there is to know of that."""
    from triage_tui.investigation.visible_text import visible

    case = _composed(options, inputs)
    if case.notice and not options.quiet:
        sys.stderr.write(f"triage: note: {visible(case.notice)}\n")
    return case


def _composed(options: Namespace, inputs: CaseInputs) -> Case:
    if not (inputs.paths or inputs.metrics or inputs.repo):
        raise UsageError(f"name what to read: triage {options.command} FILE..., or try `triage demo`")
    case = compose(inputs, service=getattr(options, "service", None))
    return with_window(case, chosen_window(options, case))


def _screen_or_report(options: Namespace, inputs: CaseInputs) -> int:
    """Open the screen where there is a terminal to draw on, print the report otherwise."""
    from triage_tui.cli.screen import can_draw, open_screen

    reads_stdin = STDIN in getattr(options, "paths", []) or _names_nothing(options)
    if can_draw(keys_elsewhere=reads_stdin) and options.format is None:
        return open_screen(lambda: _composed(options, inputs), options)
    return print_report(options, case_of(options, inputs))


def demo(options: Namespace) -> int:
    """Play a built-in incident."""
    return _screen_or_report(options, CaseInputs(paths=(f"{DEMO_PREFIX}{options.story or DEMOS[0].name}",)))


def replay(options: Namespace) -> int:
    """Investigate exported files."""
    return _screen_or_report(options, inputs_of(options))


def start(options: Namespace) -> int:
    """Show the start screen."""
    from triage_tui.cli.screen import can_draw, open_screen

    if not can_draw():
        raise UsageError("there is no terminal to draw on; try `triage report FILE...` or `triage --help`")
    return open_screen(None, options)


def analyze(options: Namespace) -> int:
    """Print all findings."""
    case = case_of(options, inputs_of(options))
    return print_report(options, case)


def suspects(options: Namespace) -> int:
    """Rank the series of a metrics file."""
    from triage_tui.analysis.onset import combine_onsets, metric_onset
    from triage_tui.analysis.spans import within
    from triage_tui.analysis.suspects import rank_suspects
    from triage_tui.cli.answers import frame_of

    case, gathered = _gathered(options)
    metrics = within(frame_of(gathered, EvidenceKind.METRICS, EvidenceKind.SERIES), case.window, case.baseline)
    at = _onset_option(options)
    estimate = metric_onset(metrics, alert=case.alert, window=None, baseline=None) if at is None else None
    onset = combine_onsets([estimate] if estimate else [])
    ranking = rank_suspects(metrics, onset=at or onset.earliest, window=None, baseline=None)[: options.top]
    shown_onset = {"earliest": at, "latest": at} if at else msgspec.to_builtins(onset, builtin_types=(datetime,))
    answer = {"onset": shown_onset, "ranking": ranking}
    return print_answer(options, answer, "suspects")


def signals(options: Namespace) -> int:
    """Describe the shape of every series."""
    from triage_tui.analysis.metric_shapes import describe_signals
    from triage_tui.cli.answers import frame_of

    case, gathered = _gathered(options)
    metrics = frame_of(gathered, EvidenceKind.METRICS)
    found = describe_signals(metrics, onset=_onset_option(options), window=case.window, baseline=case.baseline)
    return print_answer(options, {"signals": found}, "signals")


def _onset_option(options: Namespace) -> datetime | None:
    return time_of(options.onset, options, datetime.now(UTC)) if options.onset else None


def patterns(options: Namespace) -> int:
    """Find patterns in logs."""
    from triage_tui.analysis.log_patterns import log_patterns
    from triage_tui.cli.answers import frame_of

    case, gathered = _gathered(options)
    logs = frame_of(gathered, EvidenceKind.LOGS)
    return print_answer(
        options, {"patterns": log_patterns(logs, window=case.window, baseline=case.baseline)}, "patterns"
    )


def trace(options: Namespace) -> int:
    """Lay out one request."""
    from triage_tui.analysis.traces import trace_through
    from triage_tui.cli.answers import gather_request

    case = case_of(options, inputs_of(options))
    gathered = gather_request(case, options.id, verbose=options.verbose, quiet=options.quiet)
    print_notes(options, gathered)
    found = trace_through([one for one in gathered.evidence if one.kind is EvidenceKind.LOGS], options.id)
    if not found.records:
        raise UnreadableInput(", ".join(options.paths), f"holds no record with the correlation ID {options.id!r}")
    return print_answer(options, found, "trace")


def templates(options: Namespace) -> int:
    """Group the lines of logs."""
    from triage_tui.analysis.spans import within
    from triage_tui.analysis.templates import template_lines
    from triage_tui.cli.answers import frame_of

    case, gathered = _gathered(options)
    table = template_lines(within(frame_of(gathered, EvidenceKind.LOGS), case.window))
    rows = table.rows(named=True) if options.lines else table.drop("lines").rows(named=True)
    return print_answer(options, {"templates": rows}, "templates")


def _gathered(options: Namespace) -> tuple[Case, Gathered]:
    from triage_tui.cli.answers import gather

    case = case_of(options, inputs_of(options))
    gathered = gather(case, verbose=options.verbose, quiet=options.quiet)
    print_notes(options, gathered)
    return case, gathered


def listing(options: Namespace) -> int:
    """List the investigations that can be resumed."""
    from triage_tui.cli.lobby import resumable

    return print_answer(options, {"investigations": resumable(journal_root())}, "investigations")


def resume(options: Namespace) -> int:
    """Go on with an investigation."""
    from triage_tui.cli.lobby import newest_or_named, resumed_case
    from triage_tui.cli.screen import can_draw, open_screen

    case = resumed_case(journal_root(), newest_or_named(journal_root(), options.investigation))
    drawn = can_draw(keys_elsewhere=PIPE_PREFIX + STDIN in case.inputs.paths)
    return open_screen(lambda: case, options) if drawn else print_report(options, case)


def open_alert(options: Namespace) -> int:
    """Investigate an alert on the running systems."""
    from triage_tui.cli import live_commands

    return live_commands.open_alert(options)


def capture(options: Namespace) -> int:
    """Freeze the evidence of an investigation into a bundle."""
    from triage_tui.cli import live_commands

    return live_commands.capture(options)


def doctor(options: Namespace) -> int:
    """Check each configured source, and the terminal."""
    from triage_tui.cli import live_commands

    return live_commands.doctor(options)


def completion(options: Namespace) -> int:
    """Print a completion script."""
    from triage_tui.cli.completion import script

    print_text(script(options.shell))
    return EXIT_DONE


COMMANDS: Mapping[str | None, Callable[[Namespace], int]] = {
    None: start,
    "demo": demo,
    "open": open_alert,
    "replay": replay,
    "analyze": analyze,
    "report": analyze,
    "suspects": suspects,
    "signals": signals,
    "patterns": patterns,
    "trace": trace,
    "templates": templates,
    "list": listing,
    "resume": resume,
    "capture": capture,
    "doctor": doctor,
    "completion": completion,
}
