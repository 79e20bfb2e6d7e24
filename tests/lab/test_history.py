from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.lab.commits import COMMITS, Commit, Edit
from tests.lab.conftest import STARTED
from tests.lab.repository import ServiceRepository, build_repository


def test_the_leak_came_with_the_release_that_brought_the_report(leak_repository: ServiceRepository) -> None:
    brought = leak_repository.git("diff", "v1.4.1-config.2", "v1.4.2")
    assert '+@router.get("/api/reports/generate")' in brought
    assert "-        yield session" in brought


def test_commits_carry_their_age_and_utc(leak_repository: ServiceRepository) -> None:
    written = leak_repository.git("log", "-1", "--format=%aI %cI %an %ae", "v1.4.2").split(maxsplit=2)
    assert datetime.fromisoformat(written[0]) == STARTED - timedelta(minutes=18)
    assert written[1] == written[0]
    assert written[2].strip() == "Jonas Weber jonas.weber@example.com"


def test_the_same_start_gives_the_same_history(leak_repository: ServiceRepository, tmp_path: Path) -> None:
    again = build_repository(tmp_path / "again", COMMITS["leak"], STARTED)
    assert again.commit_of("v1.4.2") == leak_repository.commit_of("v1.4.2")


def test_a_checkout_holds_what_was_tagged_and_nothing_of_the_lab(
    leak_repository: ServiceRepository, tmp_path: Path
) -> None:
    release = leak_repository.check_out("v1.4.1-config.2", tmp_path)
    assert "POOL_RECYCLE=600" in (release / "config.env").read_text(encoding="utf-8")
    assert not (release / "ruff.toml").exists()


def test_an_edit_that_does_not_fit_is_named(tmp_path: Path) -> None:
    misfit = Commit("x", "A B", timedelta(0), "v9", (Edit("config.env", "NOT_THERE", "y"),))
    with pytest.raises(ValueError, match=r"config\.env: 'NOT_THERE' is there 0 times"):
        build_repository(tmp_path / "r", (misfit,), datetime(2026, 1, 1, tzinfo=UTC))
