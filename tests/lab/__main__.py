"""``python -m tests.lab record leak|slow-dependency -o FILE``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tests.lab.recorder import record
from tests.lab.stories import STORIES


def main() -> None:
    """Read the command line and do it; a termination signal ends every process of the lab as Ctrl-C does."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    recording = verbs.add_parser("record", help="play a story, about fourteen minutes, and write its bundle")
    recording.add_argument("story", choices=sorted(STORIES))
    recording.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    record(arguments.story, arguments.output)


if __name__ == "__main__":
    main()
