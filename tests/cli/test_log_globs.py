"""The log files that the settings of a service name."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage_tui.cli.live import log_files
from triage_tui.config.settings import Service


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.log", {"app.log"}),
        ("**.log", {"app.log"}),
        ("a***", {"app.log"}),
        ("**/*.log", {"app.log", "old.log"}),
        ("old/../app.log", {"app.log"}),
        ("~no-such-user/*.log", set[str]()),
    ],
)
def test_globs_match_as_in_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, names: set[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    for path in ("app.log", "old/old.log"):
        (tmp_path / path).touch()
    for named in (pattern, f"{tmp_path}/{pattern}"):
        assert {path.name for path in log_files(Service(logs=(named,)))} == names
