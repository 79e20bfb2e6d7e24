"""``python -m tests.lab record leak|slow-dependency -o FILE``, ``python -m tests.lab live leak|slow-dependency``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from pathlib import Path

from tests.lab.live import Watch, live
from tests.lab.recorder import record
from tests.lab.stories import STORIES


def main() -> None:
    """Read the command line and do it; a termination signal ends every process of the lab as Ctrl-C does."""
    arguments = _parser().parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    if arguments.verb == "record":
        record(arguments.story, arguments.output)
        return
    program = not arguments.bare and sys.stdin.isatty() and sys.stdout.isatty()
    watch = Watch(arguments.quick, arguments.paged, program, arguments.folder)
    with contextlib.suppress(KeyboardInterrupt):
        live(STORIES[arguments.story], watch)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    recording = verbs.add_parser("record", help="play a story, about fourteen minutes, and write its bundle")
    recording.add_argument("story", choices=sorted(STORIES))
    recording.add_argument("-o", "--output", type=Path, required=True)
    watching = verbs.add_parser(
        "live", help="play a story with triage on it in this terminal; all ends when it is left"
    )
    watching.add_argument("story", choices=sorted(STORIES))
    watching.add_argument("--quick", action="store_true", help="in a tenth of the time, with more mistaken requests")
    watching.add_argument("--paged", action="store_true", help="open triage when the alert fires, not at once")
    watching.add_argument("--bare", action="store_true", help="without triage: only say where everything is")
    watching.add_argument("--folder", type=Path, help="a new folder to work in and to leave; a temporary one otherwise")
    return parser


if __name__ == "__main__":
    main()
