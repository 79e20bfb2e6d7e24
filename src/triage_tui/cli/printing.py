"""Answers on standard output, notes on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.findings import Findings

if TYPE_CHECKING:
    from argparse import Namespace

    from triage_tui.cli.answers import Gathered
    from triage_tui.investigation.case import Case

EXIT_DONE, EXIT_FOUND, EXIT_USAGE, EXIT_SOURCE = 0, 1, 2, 3


def print_report(options: Namespace, case: Case) -> int:
    """Gather, compute and print what a case says; returns the exit code."""
    from triage_tui.cli.answers import findings_of, gather

    gathered = gather(case, verbose=options.verbose, quiet=options.quiet)
    findings = findings_of(case, gathered)
    print_notes(options, gathered)
    if options.format == "json":
        print_json(findings)
    else:
        from triage_tui.writing.report import report

        print_text(report(findings, title=case.title, markdown=options.format == "markdown"))
    return EXIT_FOUND if _fails(findings, getattr(options, "fail_on", [])) else EXIT_DONE


def _fails(findings: Findings, wanted: list[str]) -> bool:
    found = {
        "onset": findings.onset.earliest is not None,
        "prime": any(change.verdict == "prime" for change in findings.changes),
        "pattern": bool(findings.patterns),
        "degraded": findings.impact.state in {"degraded", "down"},
        "down": findings.impact.state == "down",
    }
    return any(found[name] for name in wanted)


def print_answer(options: Namespace, answer: object, kind: str) -> int:
    """Print an answer in the format that was asked for; ``kind`` is the command's name. Returns the exit code."""
    if options.format == "json":
        print_json(answer)
    else:
        from triage_tui.writing.tables import table

        print_text(table(kind, answer, markdown=options.format == "markdown"))
    return EXIT_DONE


def print_notes(options: Namespace, gathered: Gathered) -> None:
    """Say on standard error what is missing."""
    from triage_tui.cli.answers import notes_of
    from triage_tui.investigation.visible_text import visible

    if not options.quiet:
        sys.stdout.flush()
        sys.stderr.writelines(f"triage: note: {visible(note)}\n" for note in notes_of(gathered))


def print_json(answer: object) -> None:
    """Write one object and nothing else; what is not a number becomes null."""
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def print_text(text: str) -> None:
    """Write a text as UTF-8, whatever the locale."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
