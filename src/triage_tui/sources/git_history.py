"""What was deployed, from a git repository, a git bundle, or the text of ``git log``.

A repository is read at object level only, revision against revision; ``common/git_commands.py`` says why nothing in it
is executed.
"""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.change_decoding import LOOK_BACK, changes_evidence, changes_frame
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.file_source import FileSource
from triage_tui.sources.common.git_commands import run_git, safe_environment
from triage_tui.sources.common.git_log_text import decode_git_log
from triage_tui.sources.common.git_repository import (
    Deploy,
    GitRepository,
    committed_at,
    deploy_of_commit,
    opened_repository,
)
from triage_tui.sources.common.revision import described

if TYPE_CHECKING:
    from git import Commit

FEWEST_COMMITS = 20
MOST_COMMITS = 200
_PATHS_KEPT = 500
_SUBJECTS_SHOWN = 8
_SUBJECT_CAP = 200
_SHOWN_HASH = 12
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class GitHistory:
    """Changes from a work tree's repository or a bare one."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.CHANGES

    def __init__(self, path: Path, service: str | None = None, name: str | None = None) -> None:
        self.path, self.service = path, service
        self.name = name or f"git:{path.resolve().name}"

    def load(self, window: TimeWindow | None = None) -> Evidence:
        """Read the changes from ``LOOK_BACK`` before the window to its end, at least the last ``FEWEST_COMMITS``.

        Without a window it reads the last ``MOST_COMMITS``. Raises ``UnreadableInput`` for what is no repository, has
        no commits or belongs to someone else.
        """
        with opened_repository(self.path) as repository:
            return _evidence(repository, self.name, self.service, window)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Read the changes in a thread."""
        return await asyncio.to_thread(self.load, window)


class GitBundle(GitHistory):
    """Changes from a file that ``git bundle`` wrote, cloned for the time of a call into a private folder."""

    def load(self, window: TimeWindow | None = None) -> Evidence:
        """Read the changes as ``GitHistory`` does; raises ``UnreadableInput`` also for a bundle that is not whole."""
        with tempfile.TemporaryDirectory(prefix="triage-git-") as folder:
            copy = Path(folder) / "copy.git"
            _clone_bundle(self.path, copy)
            with opened_repository(copy) as repository:
                return _evidence(repository, self.name, self.service, window)


class GitLogFile(FileSource):
    """Changes from the text of ``git log``; it is short and comes whole."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.CHANGES
    time_column: ClassVar[str | None] = None

    def decode(self, content: bytes) -> Decoded:
        """Read the content as a CHANGES frame."""
        return decode_git_log(content, str(self.path))


def _clone_bundle(path: Path, copy: Path) -> None:
    """Copy a bundle's objects; the file protocol is the one that git reads bundles by."""
    if not path.is_file():
        raise UnreadableInput(str(path), "no such file")
    arguments = ["clone", "--quiet", "--mirror", "--template=", "--", str(path.resolve()), str(copy)]
    answer = run_git(["-c", "protocol.file.allow=always", *arguments], copy.parent, 4096, safe_environment("file"))
    if answer.status:
        reason = next(iter(answer.error.splitlines()), "git could not read it").removeprefix("error: ")
        raise UnreadableInput(str(path), f"is no git bundle that can be read by itself: {reason}")


def _evidence(repository: GitRepository, name: str, service: str | None, window: TimeWindow | None) -> Evidence:
    newest = repository.newest()
    commits = repository.commits(newest, window.end if window else None, MOST_COMMITS)
    wanted = _wanted(commits, window)
    deploys = _deploys(repository, wanted, window)
    rows, uncompared = [], 0
    for deploy in deploys:
        row, readable = _row(repository, deploy, service)
        rows.append(row)
        uncompared += not readable
    note = "; ".join(_notes(repository, len(wanted), uncompared))
    query = f"first parents of {newest.hexsha[:12]}"
    return changes_evidence(name, query, changes_frame(rows), window, Completeness(not note, note))


def _wanted(commits: list[Commit], window: TimeWindow | None) -> list[Commit]:
    if window is None:
        return commits
    start = window.start - LOOK_BACK
    return [commit for place, commit in enumerate(commits) if place < FEWEST_COMMITS or committed_at(commit) >= start]


def _deploys(repository: GitRepository, commits: list[Commit], window: TimeWindow | None) -> list[Deploy]:
    """Take tags as deploys where there are any in the span, and with them the commits that no tag has yet."""
    if not commits:
        return []
    oldest = min(committed_at(commit) for commit in commits)
    start = min(oldest, window.start - LOOK_BACK) if window else oldest
    tagged = repository.tagged_deploys(start, window.end if window else _EVER)
    tagged_ids = {deploy.commit.hexsha for deploy in tagged}
    after_tags = next((place for place, commit in enumerate(commits) if commit.hexsha in tagged_ids), len(commits))
    loose = commits[:after_tags] if tagged else commits
    return tagged[-MOST_COMMITS:] + [deploy_of_commit(commit) for commit in loose]


def _row(repository: GitRepository, deploy: Deploy, service: str | None) -> tuple[dict[str, Any], bool]:
    difference = repository.difference(deploy.before, deploy.commit)
    revision = described(difference.paths, difference.files, difference.patch)
    subject = _subject(deploy.commit)
    row = {
        "id": deploy.name,
        "kind": revision.kind,
        "service": service,
        "at": deploy.at,
        "title": subject,
        "author": deploy.author or None,
        "paths": difference.paths[:_PATHS_KEPT],
        "routes": revision.routes,
        "details": [*(_commit_details(repository, deploy) if difference.readable else []), *revision.details],
        "diff": revision.diff or None,
    }
    return row, difference.readable


def _subject(commit: Commit) -> str:
    message = commit.message
    text = message if isinstance(message, str) else message.decode("utf-8", errors="replace")
    return (text.strip().splitlines() or ["(no message)"])[0][:_SUBJECT_CAP]


def _commit_details(repository: GitRepository, deploy: Deploy) -> list[str]:
    """Say which revision a tag names, and which commits it brought, or that it went back."""
    if not deploy.tagged:
        return []
    revision = f"commit {deploy.commit.hexsha[:_SHOWN_HASH]}"
    return [revision, *_brought(repository, deploy, deploy.before)] if deploy.before is not None else [revision]


def _brought(repository: GitRepository, deploy: Deploy, before: Commit) -> list[str]:
    if before == deploy.commit:
        return ["the same revision as before"]
    brought = repository.commits_between(before, deploy.commit, MOST_COMMITS)
    if not brought:
        return [f"goes back to an earlier revision, {deploy.commit.hexsha[:12]}"]
    subjects = "; ".join(_subject(commit) for commit in brought[:_SUBJECTS_SHOWN])
    return [f"{len(brought)} commit{'s' if len(brought) > 1 else ''}: {subjects}"]


def _notes(repository: GitRepository, commits: int, uncompared: int) -> list[str]:
    notes = []
    if commits >= MOST_COMMITS:
        notes.append(f"newest {MOST_COMMITS} commits only")
    if repository.is_shallow():
        notes.append("shallow clone, older history is missing")
    if uncompared:
        notes.append(f"{uncompared} changes could not be compared with what was before")
    return notes
