"""Measure this program and its peers in turn and write docs/benchmarks.md: ``python -m tests.bench [quick|full]``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import hanging, link, machine, peers
from tests.bench.generate_logs import prepared
from tests.bench.rows import Row, as_markdown
from tests.bench.speed import Bench

MEGABYTES = {"smoke": 1, "quick": 100, "full": 1000}
DOCUMENT = Path("docs/benchmarks.md")


def cache_folder() -> Path:
    """Where the generated logs are kept between runs."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "triage-bench"


def main() -> None:
    """Read the arguments, measure, and write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=MEGABYTES, nargs="?", default="quick")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=DOCUMENT)
    asked = parser.parse_args()
    sys.stdout.writelines(f"{line}\n" for line in peers.install())
    about = machine.described()
    _say(f"logs of {MEGABYTES[asked.size]} MB in {cache_folder()}")
    logs = prepared(cache_folder(), MEGABYTES[asked.size])
    with tempfile.TemporaryDirectory() as scratch:
        speed = _told(Bench(logs, Path(scratch), asked.rounds).rows())
        speed += _told(hanging.rows(logs.json, Path(scratch)))
        bytes_sent = _told(link.rows(logs.json, Path(scratch)))
    asked.output.write_text(document(asked.size, asked.rounds, about, speed, bytes_sent), "utf-8")
    _say(f"written to {asked.output}")


def document(size: str, rounds: int, about: str, speed: list[Row], bytes_sent: list[Row]) -> str:
    """Compose the page."""
    versions = ", ".join(f"{name} {version}" for name, version in peers.versions().items())
    return f"""# Benchmarks

Written by `make bench{"" if size == "quick" else f" SIZE={size}"}` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.

- Machine: {about}
- Peers: {versions}.
- Logs: {MEGABYTES[size]:,} MB of JSON lines, generated, in the page cache.
- Each figure is the median of {rounds} runs, ours and the peer's in turn; keys and frames are medians of many
  presses; peak memory while open, start bytes, idle and following were measured once.

On a machine that others use too, read the ratios: they are of the same minutes. The absolute figures, first of all
those of frames and starts, need a quiet machine. Ours are timed inside an open program, after its imports, unless the
row says "shell", "to" or "--help"; searching and counting peers are timed as whole processes, DuckDB after its import.

## Speed and cost

{as_markdown(speed)}

## Bytes over SSH

The peer is lnav where its column has a figure; bytes as a program writes them to its terminal, uncompressed. Keys and
following are of the log view alone; following draws three times a second.

{as_markdown(bytes_sent)}
"""


def _told(rows: Iterable[Row]) -> list[Row]:
    """Print each row when it is measured."""
    told = []
    for row in rows:
        told.append(row)
        peer = (
            f", peer {row.peer:,.1f}, ratio {row.ratio:.2f}" if row.ratio is not None and row.peer is not None else ""
        )
        _say(f"{row.verdict:7} {row.what}: {row.ours:,.1f} {row.unit}{peer}, goal {row.goal} {row.note}")
    return told


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
