import asyncio
import gzip
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sources.repositories import NOON, Repository
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.source import SourceUnavailable, UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common import git_commands
from triage_tui.sources.git_history import GitBundle, GitHistory, GitLogFile

YIELDING = """
def get_db():
    session = Session()
    try:
        yield session
    finally:
        session.close()
"""
RETURNING = """
def get_db():
    session = Session()
    return session
"""
HOUR = TimeWindow(NOON - timedelta(hours=1), NOON)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop")


def rows(source: GitHistory | GitLogFile, window: TimeWindow | None = None) -> dict[str, dict[str, Any]]:
    return {row["title"]: row for row in source.load(window).frame.to_dicts()}


def leaking(repository: Repository) -> Repository:
    """Three releases; the last one returns the session and brings a report."""
    repository.commit("Take orders", {"app/db.py": YIELDING, "app/api.py": ""}, 30)
    repository.tag("v1.4.0", 29)
    repository.commit("Raise the pool", {".env": "POOL=20\nDB_PASSWORD=old-one\n"}, 5)
    repository.tag("v1.4.1", 4.9)
    report = '@router.get("/api/reports/generate")\ndef generate(): pass\n'
    repository.commit("Add reports", {"app/db.py": RETURNING, "app/api.py": report}, 2)
    repository.commit("Name the report", {"app/api.py": report + "# named\n"}, 1.9)
    repository.tag("v1.4.2", 1.8)
    return repository


def test_each_tag_is_a_deploy_at_the_time_of_the_tag_with_what_it_brought(repository: Repository) -> None:
    found = rows(GitHistory(leaking(repository).path, service="shop"), HOUR)
    deploy = found["Name the report"]
    assert deploy["at"] == NOON - timedelta(hours=1.8)
    assert (deploy["id"], deploy["kind"], deploy["service"], deploy["author"]) == (
        "v1.4.2",
        "deploy",
        "shop",
        "Ana Silva",
    )
    assert deploy["paths"] == ["app/api.py", "app/db.py"]
    assert deploy["routes"] == ["GET /api/reports/generate"]
    assert "2 commits: Name the report; Add reports" in deploy["details"]
    assert "app/db.py: get_db no longer yields, it returns" in deploy["details"]
    assert "app/db.py: get_db has lost a finally block" in deploy["details"]
    assert "-        yield session" in deploy["diff"]


def test_the_frame_has_the_schema_of_changes_in_time_order(repository: Repository) -> None:
    evidence = GitHistory(leaking(repository).path).load(HOUR)
    assert evidence.frame.schema == frame_schema(EvidenceKind.CHANGES)
    assert evidence.frame["at"].is_sorted()
    assert evidence.completeness.complete
    assert evidence.query.startswith("first parents of ")


def test_a_setting_that_changed_is_named_old_and_new_and_a_secret_is_masked(repository: Repository) -> None:
    repository.commit("First", {".env": "POOL=20\nDB_PASSWORD=old-one\n"}, 3)
    repository.commit("Shrink the pool", {".env": "POOL=5\nDB_PASSWORD=new-one\n"}, 2)
    change = rows(GitHistory(repository.path), HOUR)["Shrink the pool"]
    assert change["kind"] == "config"
    assert change["details"] == [".env: DB_PASSWORD: ••• → •••", ".env: POOL: 20 → 5"]
    assert "old-one" not in change["diff"]
    assert "new-one" not in change["diff"]
    assert "+POOL=5" in change["diff"]


def test_without_tags_every_commit_is_a_change_of_the_kind_of_its_paths(repository: Repository) -> None:
    repository.commit("Start", {"requirements.txt": "httpx==0.27.0\n", "app.py": "x = 1\n"}, 9)
    repository.commit("Update httpx", {"requirements.txt": "httpx==0.28.1\n"}, 8)
    repository.commit("More memory", {"k8s/deployment.yaml": "memory: 1Gi\n"}, 7)
    repository.commit("Explain", {"README.md": "words\n"}, 6)
    found = rows(GitHistory(repository.path), HOUR)
    assert {title: row["kind"] for title, row in found.items()} == {
        "Start": "deploy", "Update httpx": "dependency", "More memory": "infrastructure", "Explain": "deploy",
    }  # fmt: skip
    assert found["Update httpx"]["details"] == ["requirements.txt: httpx 0.27.0 → 0.28.1 (minor)"]
    assert found["Explain"]["details"] == ["touches only tests and documents"]


def test_a_tag_that_goes_back_says_so(repository: Repository) -> None:
    first = repository.commit("One", {"app.py": "x = 1\n"}, 9)
    repository.tag("deploy-1", 8)
    repository.commit("Two", {"app.py": "x = 2\n"}, 3)
    repository.tag("deploy-2", 2)
    repository.tag("deploy-3", 1, first)
    changes = GitHistory(repository.path).load(HOUR).frame.to_dicts()
    details = next(row["details"] for row in changes if row["id"] == "deploy-3")
    back = f"goes back to an earlier revision, {first[:12]}"
    assert details == [f"commit {first[:12]}", back, "app.py: x changed from 2 to 1"]


def test_a_commit_that_no_tag_has_yet_is_there_beside_the_tags(repository: Repository) -> None:
    repository.commit("One", {"app.py": "x = 1\n"}, 9)
    repository.tag("v1", 8)
    repository.commit("Two", {"app.py": "x = 2\n"}, 3)
    assert list(rows(GitHistory(repository.path), HOUR)) == ["One", "Two"]


def test_the_last_twenty_commits_are_there_however_old_and_nothing_after_the_window(repository: Repository) -> None:
    for number in range(25):
        repository.commit(f"Old {number}", {"app.py": f"x = {number}\n"}, 1000 - number)
    repository.commit("Later", {"app.py": "y = 1\n"}, -1)
    found = rows(GitHistory(repository.path), HOUR)
    assert list(found) == [f"Old {number}" for number in range(5, 25)]


def test_a_bare_repository_and_a_git_bundle_tell_the_same_as_the_work_tree(
    repository: Repository, tmp_path: Path
) -> None:
    leaking(repository)
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(tmp_path / "bare.git"))
    repository.git("bundle", "create", "--quiet", str(tmp_path / "shop.bundle"), "--all")
    expected = GitHistory(repository.path).load(HOUR).frame
    assert expected.height == 3
    assert GitHistory(tmp_path / "bare.git").load(HOUR).frame.equals(expected)
    assert GitBundle(tmp_path / "shop.bundle").load(HOUR).frame.equals(expected)


def test_reading_a_git_bundle_leaves_nothing_behind(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaking(repository).git("bundle", "create", "--quiet", str(tmp_path / "shop.bundle"), "--all")
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    asyncio.run(GitBundle(tmp_path / "shop.bundle").fetch(HOUR))
    assert list(private.iterdir()) == []


def test_a_bundle_that_needs_commits_it_lacks_is_refused_by_name(repository: Repository, tmp_path: Path) -> None:
    leaking(repository).git("bundle", "create", "--quiet", str(tmp_path / "part.bundle"), "v1.4.1..main")
    with pytest.raises(UnreadableInput, match=r"part\.bundle: is no git bundle that can be read by itself"):
        GitBundle(tmp_path / "part.bundle").load()


def test_a_large_diff_is_cut_with_code_before_lock_files(repository: Repository) -> None:
    repository.commit("Start", {"app.py": "", "a/uv.lock": ""}, 3)
    lock = "".join(f'[[package]]\nname = "p{number}"\nversion = "1"\n' for number in range(9000))
    repository.commit("Grow", {"app.py": "x = 1\n", "a/uv.lock": lock}, 2)
    diff = rows(GitHistory(repository.path), HOUR)["Grow"]["diff"]
    assert diff.startswith("diff --git a/app.py b/app.py")
    assert len(diff) < 201_000
    assert diff.endswith(" are shown)\n")


def test_a_shallow_clone_says_that_history_is_missing(repository: Repository, tmp_path: Path) -> None:
    leaking(repository).git("clone", "--quiet", "--depth=1", f"file://{repository.path}", str(tmp_path / "shallow"))
    evidence = GitHistory(tmp_path / "shallow").load(HOUR)
    assert not evidence.completeness.complete
    assert "shallow clone, older history is missing" in evidence.completeness.note


def test_a_damaged_repository_a_folder_that_is_none_and_an_empty_one_are_named(
    repository: Repository, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableInput, match="shop: is a repository without commits"):
        GitHistory(repository.path).load()
    plain = tmp_path / "plain"
    plain.mkdir()
    with pytest.raises(UnreadableInput, match="plain: is not a git repository"):
        GitHistory(plain).load()
    with pytest.raises(UnreadableInput, match="missing: cannot be read as a repository"):
        GitHistory(tmp_path / "missing").load()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_another_user_is_refused_with_the_way_out(repository: Repository) -> None:
    leaking(repository)
    for path in [repository.path, repository.path / ".git"]:
        os.chown(path, 12345, 12345)
    with pytest.raises(UnreadableInput, match=r"belongs to another user.*safe\.directory"):
        GitHistory(repository.path).load()


def test_git_that_does_not_answer_is_given_up(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_commands, "DEADLINE_S", 0.05)
    with pytest.raises(SourceUnavailable, match=r"git did not answer within 0\.05 s"):
        git_commands.run_git(["-c", "alias.wait=!sleep 30", "wait"], repository.path, 100)


def test_the_text_of_git_log_gives_the_same_changes(repository: Repository, tmp_path: Path) -> None:
    leaking(repository)
    log = tmp_path / "history.txt.gz"
    log.write_bytes(gzip.compress(repository.git("log", "--decorate", "--stat", "--patch").encode()))
    found = rows(GitLogFile(log))
    assert list(found) == ["Take orders", "Raise the pool", "Add reports", "Name the report"]
    assert found["Add reports"]["paths"] == ["app/api.py", "app/db.py"]
    assert found["Add reports"]["author"] == "Ana Silva"
    assert "old-one" not in found["Raise the pool"]["diff"]


@pytest.mark.parametrize(
    "style", [["--date=iso"], ["--date=rfc"], ["--date=unix"], ["--date=iso-strict"], ["--format=fuller"]]
)
def test_every_date_style_of_git_log_is_read(repository: Repository, tmp_path: Path, style: list[str]) -> None:
    repository.commit("One", {"app.py": ""}, 2)
    log = tmp_path / "log.txt"
    log.write_text(repository.git("log", *style))
    assert rows(GitLogFile(log))["One"]["at"] == NOON - timedelta(hours=2)


def test_text_that_is_no_git_log_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("commit to quality\n")
    with pytest.raises(UnreadableInput, match=r"log\.txt: has no commit with a date"):
        GitLogFile(log).load()
