import gzip
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

DEMO = "demo:connection-pool"


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage_tui", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=cwd, check=False)


def answer(*arguments: str | Path) -> Any:
    done = run(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["connection-pool", "slow-dependency"])
def story(request: pytest.FixtureRequest) -> tuple[str, Any]:
    return str(request.param), answer("analyze", f"demo:{request.param}")


def test_analyze_prints_every_block_of_the_contract(story: tuple[str, Any]) -> None:
    _, findings = story
    blocks = ("alert", "window", "onset", "impact", "changes", "patterns", "signals", "lead", "traffic", "suspects")
    assert set(blocks) <= set(findings)
    assert findings["schema"] == 1
    assert {"earliest", "latest", "estimates", "agree", "sources"} <= set(findings["onset"])
    assert {"verdict", "per_10_min", "n", "last_error_at"} == set(findings["impact"]["trend"])
    for change in findings["changes"]:
        fields = {"id", "kind", "service", "at", "title", "lag_s", "verdict", "for", "against", "sources"}
        assert fields <= set(change)
    for signal in findings["signals"]:
        assert signal["sources"]
        assert signal["role"] in {"errors", "latency", "saturation", "traffic", "other"}


def test_each_story_names_its_culprit_or_says_there_is_none(story: tuple[str, Any]) -> None:
    name, findings = story
    prime = [change["title"] for change in findings["changes"] if change["verdict"] == "prime"]
    assert prime == (["Add the sales report"] if name == "connection-pool" else [])


def test_a_deploy_after_the_onset_is_excluded_with_the_reason(story: tuple[str, Any]) -> None:
    _, findings = story
    excluded = [change for change in findings["changes"] if change["verdict"] == "excluded"]
    assert excluded
    assert all(change["lag_s"] < 0 and "after the onset" in change["against"][0] for change in excluded)


def test_each_story_shows_its_patterns_its_forerunner_and_an_onset_on_which_all_agree(story: tuple[str, Any]) -> None:
    name, findings = story
    first, missing = (("pool_checked_out", True), ("payment_p95_seconds", False))[name == "slow-dependency"]
    kinds = [pattern["kind"] for pattern in findings["patterns"]]
    assert kinds[0] == ("error_surge" if missing else "everyone")
    assert ("missing_line" in kinds) == missing
    assert "gap" in kinds
    assert findings["lead"]["first"] == ["orders-api", first]
    assert findings["lead"]["seconds"] > findings["lead"]["uncertainty_s"]
    assert not findings["traffic"]["driven"]
    assert findings["onset"]["agree"]
    assert len(findings["onset"]["estimates"]) >= 3
    full = [one["metric"] for one in findings["signals"] if one["role"] == "saturation" and one["at_cap_since"]]
    assert full == (["pool_checked_out"] if missing else [])


def test_every_pattern_has_its_statement_its_numbers_and_a_line_that_shows_it(story: tuple[str, Any]) -> None:
    _, findings = story
    for pattern in findings["patterns"]:
        assert pattern["statement"]
        assert pattern["numbers"]
        assert all(one["file"] and one["line"] >= 1 for one in pattern["examples"])
        assert pattern["examples"]


def test_the_calm_stretch_before_each_story_raises_nothing(story: tuple[str, Any]) -> None:
    name, findings = story
    calm = findings["alert"]["baseline"]
    found = answer("analyze", f"demo:{name}", "--from", calm["from"], "--to", calm["to"])
    assert found["onset"]["earliest"] is None
    assert found["onset"]["estimates"] == []
    assert found["patterns"] == []
    assert found["suspects"] == []
    assert found["lead"] is None
    assert "prime" not in {change["verdict"] for change in found["changes"]}
    assert found["impact"]["errors"] == 0


def test_a_log_a_query_answer_and_a_repository_are_read_together(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    log.write_text('{"time":"2026-11-24T12:00:00Z","level":"ERROR","message":"boom","request_id":"r1"}\n')
    values = [[1795521600 + 15 * step, str(step)] for step in range(20)]
    result = [{"metric": {"__name__": "up", "job": "orders"}, "values": values}]
    metrics = tmp_path / "up.json"
    metrics.write_text(json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}))
    repository = tmp_path / "orders"
    repository.mkdir()
    (repository / "app.py").write_text("x = 1\n")
    before = {**os.environ, "GIT_AUTHOR_DATE": "2026-11-24T11:00:00Z", "GIT_COMMITTER_DATE": "2026-11-24T11:00:00Z"}
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@x.example", "commit", "-qm", "Begin"],
    ):
        subprocess.run(["git", *command], cwd=repository, check=True, capture_output=True, env=before)
    findings = answer("analyze", log, "--metrics", metrics, "--repo", repository)
    assert {source["name"] for source in findings["sources"]} >= {"app.jsonl", "up.json"}
    assert [signal["metric"] for signal in findings["signals"]] == ["up"]
    assert [change["title"] for change in findings["changes"]] == ["Begin"]


def test_a_folder_of_exports_needs_no_configuration(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "metrics.csv.gz", "wt") as file:
        file.write("time,metric,service,value\n")
        file.writelines(f"{1795521600 + 60 * row},latency_ms,api,{10 if row < 60 else 90}\n" for row in range(120))
    (tmp_path / "deploys.json").write_text(
        '[{"time":"2026-11-24T12:58:00Z","kind":"deploy","service":"api","id":"v2"}]'
    )
    (tmp_path / "alert.json").write_text('{"title":"slow","service":"api","fired_at":"2026-11-24T13:30:00Z"}')
    findings = answer("analyze", tmp_path)
    assert findings["alert"]["title"] == "slow"
    assert findings["onset"]["earliest"].startswith("2026-11-24T12:59")
    assert [change["id"] for change in findings["changes"]] == ["v2"]


def test_one_request_is_laid_out_with_its_missing_line() -> None:
    findings = answer("analyze", DEMO)
    (missing,) = [one for one in findings["patterns"] if one["kind"] == "missing_line"][:1]
    report = run("report", DEMO).stdout
    assert missing["numbers"]["event"] == "Database session released"
    assert '"Database session released" is missing' in report.replace("\n            ", " ")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("random.bin", bytes(range(256)) * 8, "neither text nor a bundle"),
        ("cut.zip", b"PK\x03\x04 and nothing more", "zip"),
        ("broken.json", b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":', "broken.json"),
    ],
)
def test_an_unreadable_file_gives_one_line_and_exit_2(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    good = tmp_path / "good.jsonl"
    good.write_text('{"time":"2026-11-24T12:00:00Z","level":"INFO","message":"fine"}\n')
    for files in ([good, path], [path]):
        done = run("replay", *files)
        assert done.returncode == 2
        assert words in done.stderr
        assert name in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stdout == ""


def test_an_empty_log_among_others_is_noted_and_alone_an_error(tmp_path: Path) -> None:
    empty, good = tmp_path / "empty.log", tmp_path / "good.jsonl"
    empty.touch()
    good.write_text('{"time":"2026-11-24T12:00:00Z","level":"INFO","message":"fine","request_id":"r-1"}\n')
    for command in (("replay",), ("report",), ("trace", "r-1"), ("templates",)):
        done = run(*command, empty, good)
        assert done.returncode == 0
        assert done.stderr.startswith(f"triage: note: {empty}: is empty, left out\n")
        assert done.stdout
    assert run("report", "-q", good, empty).stderr == ""
    for files in ([empty], [DEMO, empty]):
        done = run("replay", *files)
        assert (done.returncode, done.stderr) == (2, f"triage: {empty}: is empty\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analize"], "did you mean 'analyze'"),
        (["analyze"], "name what to read"),
        (["analyze", DEMO, "--since", "5x"], "is no duration"),
        (["analyze", DEMO, "--timezone", "Mars"], "is no time zone"),
        (["analyze", DEMO, "--since", "5m", "--from", "12:00"], "give one of them"),
        (["demo", "nothing"], "there are connection-pool, slow-dependency"),
        (["resume", "nothing"], "matches none"),
    ],
)
def test_a_mistake_in_the_arguments_is_told_in_one_line(arguments: Sequence[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_terminal_the_demo_prints_its_report() -> None:
    done = run("demo")
    assert done.returncode == 0
    assert "PRIME SUSPECT" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_fail_on_turns_a_finding_into_exit_1() -> None:
    assert run("analyze", DEMO, "--fail-on", "prime").returncode == 1
    assert run("analyze", "demo:slow-dependency", "--fail-on", "prime").returncode == 0


def test_help_loads_neither_the_screen_nor_the_frames() -> None:
    code = (
        "import sys; from triage_tui.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for heavy in ("'textual'", "'polars'", "'httpx'", "'git'", "'numpy'", "'msgspec'"):
        assert heavy not in done.stderr


def test_hostile_text_is_printed_as_symbols(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lines = [
        json.dumps({"time": f"2026-11-24T12:00:{second:02}Z", "level": "ERROR", "message": "x\x1b]0;pwned\x07\u202e"})
        for second in range(30)
    ]
    log.write_text("\n".join(lines) + "\n")
    for command, style in (("report", "text"), ("templates", "text"), ("templates", "markdown")):
        printed = run(command, log, "--format", style).stdout
        assert "\x1b" not in printed
        assert "\u202e" not in printed
        assert "\x07" not in printed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_know_the_commands(shell: str) -> None:
    done = run("completion", shell)
    assert done.returncode == 0
    assert "analyze" in done.stdout
    assert "fail-on" in done.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=True)
