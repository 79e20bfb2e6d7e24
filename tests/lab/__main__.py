"""``python -m tests.lab record leak|slow-dependency -o FILE``, ``python -m tests.lab live leak|slow-dependency``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from pathlib import Path

from tests.lab.recorder import live, record
from tests.lab.stories import STORIES


def main() -> None:
    """Read the command line and do it; a termination signal ends every process of the lab as Ctrl-C does."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    recording = verbs.add_parser("record", help="play a story, about fourteen minutes, and write its bundle")
    recording.add_argument("story", choices=sorted(STORIES))
    recording.add_argument("-o", "--output", type=Path, required=True)
    watching = verbs.add_parser("live", help="play a story and keep everything running until Ctrl-C")
    watching.add_argument("story", choices=sorted(STORIES))
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if arguments.verb == "record":
        record(arguments.story, arguments.output)
        return
    with contextlib.suppress(KeyboardInterrupt):
        live(arguments.story)


if __name__ == "__main__":
    main()
