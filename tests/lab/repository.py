"""The service's own git repository, built commit by commit, and releases checked out of it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from tests.lab.commits import FIRST_AUTHOR, FIRST_BEFORE, FIRST_RELEASE, FIRST_TITLE, Commit, Edit

SERVICE_FOLDER = Path(__file__).parent / "service"
NOT_IN_REPOSITORY = shutil.ignore_patterns("__pycache__", "ruff.toml")


class ServiceRepository:
    """The repository of orders-api as it stood when a recording began."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str, when: datetime | None = None, author: str = "") -> str:
        """Run git without the user's configuration and return what it printed."""
        return self._run(arguments, when, author).decode()

    def _run(self, arguments: tuple[str, ...], when: datetime | None = None, author: str = "") -> bytes:
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        if when is not None:
            environment |= _identity(when, author)
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True).stdout

    def commit(self, title: str, body: str, author: str, when: datetime, release: str) -> None:
        """Commit everything in the work tree and tag it with its release."""
        self.git("add", "--all")
        message = f"{title}\n\n{body}" if body else title
        self.git("commit", "--quiet", "-m", message, when=when, author=author)
        self.git("tag", release)

    def tag_deploy(self, release: str, at: datetime) -> None:
        """Tag that a release reached production, at its own time."""
        before = len(self.git("tag", "--list", f"deploy-{release}*").split())
        name = f"deploy-{release}-{before + 1}" if before else f"deploy-{release}"
        self.git("tag", "--annotate", "-m", release, name, f"{release}^{{commit}}", when=at, author="deploy pipeline")

    def commit_of(self, release: str) -> str:
        """Return the full hash of a release's commit."""
        return self.git("rev-parse", f"{release}^{{commit}}").strip()

    def check_out(self, release: str, releases: Path) -> Path:
        """Unpack a release into a folder of its own, and return that."""
        target = releases / release
        if not target.exists():
            with zipfile.ZipFile(io.BytesIO(self._run(("archive", "--format=zip", release)))) as archive:
                archive.extractall(target)
        return target

    def bundle(self, path: Path) -> bytes:
        """Return the whole history as a git bundle; ``path`` is where it is written on the way."""
        self.git("bundle", "create", "--quiet", str(path), "--all")
        return path.read_bytes()


def build_repository(folder: Path, commits: tuple[Commit, ...], start: datetime) -> ServiceRepository:
    """Build the history; commit times are ages before ``start``, which carries UTC.

    Raises ``ValueError`` where an edit does not fit the file that it changes.
    """
    shutil.copytree(SERVICE_FOLDER, folder, ignore=NOT_IN_REPOSITORY)
    repository = ServiceRepository(folder)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit(FIRST_TITLE, "", FIRST_AUTHOR, start - FIRST_BEFORE, FIRST_RELEASE)
    for commit in commits:
        for edit in commit.edits:
            _apply(folder, edit)
        repository.commit(commit.title, commit.body, commit.author, start - commit.before, commit.release)
    return repository


def rolled_out_at(commit: Commit, start: datetime) -> datetime:
    """When a commit from before the recording reached production."""
    return start - commit.before + timedelta(minutes=15)


def _apply(folder: Path, edit: Edit) -> None:
    path = folder / edit.path
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise ValueError(f"{edit.path}: {edit.old!r} is there {text.count(edit.old)} times, not once")
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def _identity(when: datetime, author: str) -> dict[str, str]:
    address = f"{author.lower().replace(' ', '.')}@example.com"
    stamp = f"@{int(when.timestamp())} +0000"
    return {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", author), ("EMAIL", address), ("DATE", stamp))
    }
