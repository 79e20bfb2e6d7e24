"""The commands on running systems: open, capture, doctor."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from triage_tui.cli.composing import with_window
from triage_tui.cli.printing import (
    EXIT_DONE,
    EXIT_SOURCE,
    print_answer,
    print_json,
    print_notes,
    print_report,
    print_text,
)
from triage_tui.cli.windows import chosen_window
from triage_tui.config import journal_root


def open_alert(options: Namespace) -> int:
    """Investigate an alert on the running systems; without one, list what there is or let one be picked."""
    from triage_tui.cli.opening import alerts_to_print, case_of_alert
    from triage_tui.cli.screen import can_draw, open_screen

    drawn = can_draw() and options.format is None
    if options.alert_name or options.service:
        return (
            open_screen(lambda: case_of_alert(options), options)
            if drawn
            else print_report(options, case_of_alert(options))
        )
    if drawn:
        return open_screen(None, options)
    return print_answer(options, {"alerts": alerts_to_print()}, "alerts")


def capture(options: Namespace) -> int:
    """Freeze the evidence of an investigation into a bundle."""
    from triage_tui.cli.answers import gather
    from triage_tui.cli.capture import freeze, known_secrets
    from triage_tui.cli.lobby import newest_or_named, resumed_case
    from triage_tui.cli.opening import settings_here

    case = resumed_case(journal_root(), newest_or_named(journal_root(), options.investigation))
    case = with_window(case, chosen_window(options, case))
    gathered = gather(case, verbose=options.verbose, quiet=options.quiet)
    print_notes(options, gathered)
    written = freeze(Path(options.output), case, gathered.evidence, case.decisions, known_secrets(settings_here()))
    if options.format == "json":
        print_json({"path": str(written.path), "evidence": written.evidence, "bytes": written.size})
    else:
        print_text(f"{written}\n")
    return EXIT_DONE


def doctor(options: Namespace) -> int:
    """Check every source and the terminal; exit code 3 where a configured source does not do."""
    from triage_tui.cli.doctor import diagnosed, written_settings

    if options.write_config:
        print_text(f"{written_settings()}\n")
        return EXIT_DONE
    found = diagnosed()
    if options.format == "json":
        print_json(found)
    else:
        print_text(found.text())
    return EXIT_SOURCE if found.failed else EXIT_DONE
