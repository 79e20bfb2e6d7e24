"""The command line: arguments become settings and sources, and those a screen or a headless answer.

Nothing heavy is loaded before the arguments are understood: ``triage --help`` answers at once.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from triage_tui.cli.head_paint import paint_head, take_away

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 found, 2 usage or unreadable input, 3 a source failed."""
    given = sys.argv[1:] if arguments is None else arguments
    paint_head(given)
    try:
        try:
            return _run(given)
        finally:
            take_away()
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # The interpreter flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(arguments: Sequence[str]) -> int:
    from triage_tui.cli.plain_arguments import plain_options

    options = plain_options(arguments) or _parsed(arguments)
    # What is loaded stays: the collector of garbage need not look at it, neither meanwhile nor later.
    gc.disable()
    from triage_tui.cli.commands import run

    gc.freeze()
    gc.enable()
    return run(options)


def _parsed(arguments: Sequence[str]) -> Namespace:
    from triage_tui.cli.arguments import parser, take_in

    return take_in(parser(next(iter(arguments), None)), arguments)
