"""Run every labelled case through ``triage`` and write the scores beside the goals and what other methods reach.

``python -m tests.eval --data DIR --out FILE --work DIR``; the data holds ``cases/`` and ``tools/`` (runner, adapter,
scorer).
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.eval.goals import GOALS, Goal

Scores = dict[str, dict[str, Any]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled cases and their tools")
    parser.add_argument("--out", type=Path, required=True, help="Markdown file to write")
    parser.add_argument("--work", type=Path, required=True, help="folder for predictions, kept for error analysis")
    parser.add_argument("--program", default=f"{sys.executable} -m triage_tui", help="how triage is called")
    arguments = parser.parse_args()
    runs = {name: evaluate(arguments, name, before, flags) for name, before, flags in VARIANTS}
    arguments.out.write_text(report(runs), encoding="utf-8")
    sys.stderr.write(f"wrote {arguments.out}\n")
    return 0


# The variants ask what an engineer may lack: the call graph, or any window but the time of the page.
VARIANTS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("as given", "", ()),
    ("no graph", "rm -f {dir}/topology.json; ", ("--dataset", "petshop")),
    ("blind", "", ("--blind", "--dataset", "synth_rank", "--dataset", "synth_metrics")),
)


def evaluate(arguments: argparse.Namespace, name: str, before: str, flags: Sequence[str]) -> Scores:
    """Run one variant over the cases and return the scorer's figures by set."""
    tools, predictions = arguments.data / "tools", arguments.work / name.replace(" ", "-")
    adapter = f'{before}{sys.executable} {tools / "adapter.py"} "{arguments.program}" {{dir}}'
    run = [sys.executable, str(tools / "run_cli.py"), "--cmd", adapter, "--out", str(predictions), "--again"]
    subprocess.run([*run, "--split", "public", "--jobs", "2", *flags], check=True, stdout=sys.stderr)
    scores = arguments.work / f"{name.replace(' ', '-')}.json"
    score = [sys.executable, str(tools / "score.py"), "--pred", str(predictions), "--split", "public"]
    subprocess.run(
        [*score, *(flag for flag in flags if flag != "--blind"), "--json", str(scores)], check=True, stdout=sys.stderr
    )
    result: Scores = json.loads(scores.read_text(encoding="utf-8"))
    return result


def report(runs: dict[str, Scores]) -> str:
    """Write the table in Markdown."""
    lines = [
        "# Diagnosis",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}, Python {platform.python_version()}; one configuration",
        "for all sets; written by `make eval`. Every case goes through `triage` as a user calls it.",
        "",
        "| set | what is asked | n | triage | goal | others reach |",
        "|---|---|---|---|---|---|",
        *(_row(goal, runs[goal.variant].get(goal.dataset, {})) for goal in GOALS),
        "",
        _seconds(runs["as given"]),
        "",
    ]
    return "\n".join(lines)


def _row(goal: Goal, scores: dict[str, Any]) -> str:
    value = scores.get(goal.score)
    reached = value is not None and (value <= goal.goal if goal.lower_is_better else value >= goal.goal)
    shown = "not measured" if value is None else f"**{value:.3f}**" if reached else f"{value:.3f}"
    bound = f"≤ {goal.goal:g}" if goal.lower_is_better else f"{goal.goal:g}"
    return f"| {goal.dataset} | {goal.asked} | {scores.get('n', 0)} | {shown} | {bound} | {goal.others} |"


def _seconds(scores: Scores) -> str:
    parts = [f"{name} {values['sec']:.2f} s" for name, values in sorted(scores.items()) if "sec" in values]
    return "Mean time of a case, start-up included: " + ", ".join(parts) + "."


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    raise SystemExit(main())
