"""A repository that tries to run something by every setting that names a program; the marker is what it would touch."""

import contextlib
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sources.repositories import NOON, Repository
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.git_history import GitBundle, GitHistory

HOUR = TimeWindow(NOON - timedelta(hours=1), NOON)


class Trap:
    """A hostile repository and the marker that tells whether something of it ran."""

    def __init__(self, folder: Path) -> None:
        self.marker = folder / "ran"
        self.script = folder / "evil.sh"
        self.script.write_text(f'#!/bin/sh\ntouch "{self.marker}"\ncat "$1" 2>/dev/null || cat\n')
        self.script.chmod(0o755)
        self.repository = Repository(folder / "hostile")
        self._commit_history()
        self._set_traps()

    def _commit_history(self) -> None:
        self.repository.commit(
            "First", {"app.py": "x = 1\n", ".gitattributes": "* diff=evil filter=evil merge=evil\n"}, 4
        )
        self.repository.tag("v1", 3.5)
        self.repository.commit("Second", {"app.py": "x = 2\n"}, 3)
        self._sign_head()

    def _sign_head(self) -> None:
        """Give the last commit a signature, which git hands to the program that the repository names."""
        raw = self.repository.git("cat-file", "commit", "HEAD") + "\n"
        signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n"
        signed = raw.replace("\n\n", "\n" + signature + "\n", 1)
        commit = self.repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed.encode())
        self.repository.git("update-ref", "refs/heads/main", commit)
        for name in ("--output=ran", "--upload-pack=ran"):
            (self.repository.path / ".git/refs/heads" / name).write_text(commit + "\n")
            (self.repository.path / ".git/refs/tags" / f"v{name}").write_text(commit + "\n")

    def _set_traps(self) -> None:
        programs = (
            "core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean",
            "filter.evil.smudge", "filter.evil.process", "merge.evil.driver", "gpg.program", "core.pager", "pager.log",
            "core.sshCommand", "core.editor", "core.askPass", "core.gitProxy", "core.alternateRefsCommand",
            "credential.helper", "uploadpack.packObjectsHook", "interactive.diffFilter", "remote.origin.uploadpack",
        )  # fmt: skip
        for name in programs:
            self.repository.git("config", name, str(self.script))
        self.repository.git("config", "log.showSignature", "true")
        self.repository.git("config", "protocol.ext.allow", "always")
        hooks = self.repository.path / ".git" / "hooks"
        hooks.mkdir(exist_ok=True)
        for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
            (hooks / hook).symlink_to(self.script)

    def take_an_object_away(self) -> None:
        """Make it a partial clone that lacks a blob, whose place to fetch it from is a program."""
        fetcher = self.script.with_name("fetch.sh")
        fetcher.write_text(f'#!/bin/sh\ntouch "{self.marker}"\n')
        fetcher.chmod(0o755)
        blob = self.repository.git("rev-parse", "HEAD:app.py")
        (self.repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        for name, value in (
            ("core.repositoryformatversion", "1"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.url", f"ext::{fetcher}"),
        ):
            self.repository.git("config", name, value)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


def plain(trap: Trap, *arguments: str) -> None:
    command = ["git", "-C", str(trap.repository.path), *arguments]
    subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("log", "-1"),
        ("log", "-p", "-1", "--no-show-signature"),
        ("diff", "v1"),
        ("show", "HEAD:app.py", "--textconv"),
    ],
)
def test_the_trap_springs_under_plain_git(trap: Trap, arguments: tuple[str, ...]) -> None:
    plain(trap, *arguments)
    assert trap.marker.exists()


def test_reading_the_history_runs_nothing_of_the_repository(trap: Trap) -> None:
    evidence = GitHistory(trap.repository.path).load(HOUR)
    assert "x changed from 1 to 2" in str(evidence.frame["details"].to_list())
    assert "+x = 2" in str(evidence.frame["diff"].to_list())
    assert not trap.marker.exists()
    assert not list(trap.repository.path.rglob("ran"))


def test_a_missing_object_is_not_fetched_by_the_program_that_the_repository_names(trap: Trap) -> None:
    trap.take_an_object_away()
    plain(trap, "cat-file", "-p", "HEAD:app.py")
    assert trap.marker.exists(), "plain git would have fetched it"
    trap.marker.unlink()
    evidence = GitHistory(trap.repository.path).load(HOUR)
    assert not trap.marker.exists()
    assert not evidence.completeness.complete
    assert "could not be compared" in evidence.completeness.note


def test_a_bundle_of_a_hostile_repository_runs_nothing(trap: Trap, tmp_path: Path) -> None:
    bundle = tmp_path / "--upload-pack=evil.bundle"
    trap.repository.git("bundle", "create", "--quiet", str(bundle), "--all")
    trap.marker.unlink(missing_ok=True)
    assert GitBundle(bundle).load(HOUR).frame.height > 0
    assert not trap.marker.exists()


def _head_names_an_option(folder: Path) -> None:
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/--output=ran\n")


def _config_includes_a_folder(folder: Path) -> None:
    with (folder / ".git" / "config").open("a") as config:
        config.write("[include]\n\tpath = /etc\n")


def _git_folder_points_elsewhere(folder: Path) -> None:
    (folder / ".git").rename(folder / "moved")
    (folder / ".git").write_text("gitdir: /dev/null\n")


@pytest.mark.parametrize("damage", [_head_names_an_option, _git_folder_points_elsewhere, _config_includes_a_folder])
def test_a_twisted_repository_is_read_or_refused_and_runs_nothing(trap: Trap, damage: Callable[[Path], None]) -> None:
    damage(trap.repository.path)
    with contextlib.suppress(UnreadableInput):
        GitHistory(trap.repository.path).load(HOUR)
    assert not trap.marker.exists()
    assert not list(trap.repository.path.rglob("ran"))


def test_variables_of_the_caller_do_not_lead_to_another_repository(
    trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    other.commit("Other", {"x": "1"}, 1)
    for name, value in {
        "GIT_DIR": str(trap.repository.path / ".git"),
        "GIT_EXTERNAL_DIFF": str(trap.script),
        "GIT_CONFIG_PARAMETERS": f"'diff.external={trap.script}'",
    }.items():
        monkeypatch.setenv(name, value)
    assert GitHistory(other.path).load(HOUR).frame["title"].to_list() == ["Other"]
    assert not trap.marker.exists()
