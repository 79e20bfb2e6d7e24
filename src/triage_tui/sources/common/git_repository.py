"""A git repository at object level: its deploys in a span of time, and the files that differ between two revisions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.git_commands import run_git, safe_environment
from triage_tui.sources.common.revision import FileChange, is_worth_reading

if TYPE_CHECKING:
    from git import Commit, Repo, TagReference

_SMALL_OUTPUT = 64 * 1024
_LISTING_CAP = 2 * 1024 * 1024
_PATCH_CAP = 4 * 1024 * 1024
_BLOB_CAP = 2 * 1024 * 1024
_FILES_READ = 60
_REGULAR_FILE = "100"
_DEPLOY_TAGS = (re.compile(r"deploy-.+"), re.compile(r"v\d.*"))
_RAW_ENTRY = re.compile(r":(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\d*")


@dataclass(frozen=True, slots=True)
class Deploy:
    """A moment at which a revision went out: a tag, or a commit where nothing is tagged.

    ``before`` is the revision that ran until then, None for the first.
    """

    name: str
    at: datetime
    author: str
    commit: Commit
    before: Commit | None
    tagged: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two revisions; ``readable`` is False where git could not compare them."""

    paths: list[str]
    files: list[FileChange]
    patch: str
    readable: bool


class GitRepository:
    """An open repository; made by ``opened_repository``."""

    def __init__(self, path: Path, repo: Repo, environment: Mapping[str, str]) -> None:
        self.path, self._repo, self._environment = path, repo, environment

    def newest(self) -> Commit:
        """The commit that HEAD names; in a copy whose HEAD names nothing, the newest of its branches.

        Raises ``UnreadableInput`` where there are no commits.
        """
        if self._repo.head.is_valid():
            return self._repo.head.commit
        tips = [branch.commit for branch in self._repo.heads if branch.is_valid()]
        if not tips:
            raise UnreadableInput(str(self.path), "is a repository without commits")
        return max(tips, key=lambda commit: (commit.committed_date, commit.hexsha))

    def is_shallow(self) -> bool:
        """Tell whether the history was cut when it was cloned."""
        return (Path(self._repo.common_dir) / "shallow").exists()

    def commits(self, newest: Commit, end: datetime | None, most: int) -> list[Commit]:
        """List first parents from a commit back, newest first, those before ``end`` only."""
        until = end.isoformat() if end is not None else None
        found = self._repo.iter_commits(newest.hexsha, first_parent=True, max_count=most, until=until)
        return [commit for commit in found if end is None or committed_at(commit) < end]

    def commits_between(self, old: Commit, new: Commit, most: int) -> list[Commit]:
        """List what ``new`` has and ``old`` has not, newest first."""
        return list(self._repo.iter_commits(f"{old.hexsha}..{new.hexsha}", max_count=most))

    def tagged_deploys(self, start: datetime, end: datetime) -> list[Deploy]:
        """List deploys by tag in ``[start, end)``, oldest first: ``deploy-*`` tags, or else ``v*`` tags."""
        for pattern in _DEPLOY_TAGS:
            tags = [tag for tag in self._repo.tags if pattern.fullmatch(tag.name)]
            dated = sorted(filter(None, map(_dated, tags)), key=lambda one: (one[0], one[1].name))
            befores = [None, *(tag.commit for _, tag in dated)]
            found = [
                _tag_deploy(tag, at, before)
                for (at, tag), before in zip(dated, befores, strict=False)
                if start <= at < end
            ]
            if found:
                return found
        return []

    def difference(self, old: Commit | None, new: Commit) -> Difference:
        """Compare two revisions: every path, the content of the files that details are read from, and the patch."""
        revisions = [new.hexsha] if old is None else [old.hexsha, new.hexsha]
        safe = ["--no-commit-id", "--no-ext-diff", "--no-textconv", "--no-color", "--root", "-r"]
        listing = self._run(["diff-tree", *safe, "--raw", "-z", "--no-renames", "--no-abbrev"], revisions, _LISTING_CAP)
        patch = self._run(["diff-tree", *safe, "--patch", "--find-renames"], revisions, _PATCH_CAP)
        if listing is None or patch is None:
            return Difference([], [], "", readable=False)
        entries = _raw_entries(listing)
        wanted = [(path, old_id, new_id) for path, old_id, new_id in entries if is_worth_reading(path)][:_FILES_READ]
        files = [FileChange(path, self._blob(old_id), self._blob(new_id)) for path, old_id, new_id in wanted]
        return Difference([path for path, _, _ in entries], files, patch, readable=True)

    def _run(self, options: list[str], revisions: list[str], cap: int) -> str | None:
        answer = run_git([*options, "--end-of-options", *revisions], self.path, cap, self._environment)
        if answer.status and not answer.cut:
            return None
        return answer.output.decode("utf-8", errors="replace")

    def _blob(self, object_id: str | None) -> bytes | None:
        from git import Blob

        if object_id is None:
            return None
        blob = Blob(self._repo, bytes.fromhex(object_id))
        return blob.data_stream.read() if blob.size <= _BLOB_CAP else None


@contextmanager
def opened_repository(path: Path) -> Iterator[GitRepository]:
    """Open the repository that a folder is or lies in, and end its git processes afterwards.

    Raises ``UnreadableInput`` for a folder that is none, one that belongs to another user, and a damaged one.
    """
    found = run_git(["rev-parse", "--absolute-git-dir"], path, _SMALL_OUTPUT)
    if found.status:
        raise UnreadableInput(str(path), _why_not_opened(path, found.error))
    git_folder = found.output.decode("utf-8", errors="surrogateescape").rstrip("\n")

    from git import Repo
    from git.exc import GitError, ODBError

    environment = {**safe_environment(), "GIT_DIR": git_folder}
    try:
        with Repo(git_folder, expand_vars=False) as repo:
            repo.git.update_environment(**environment)
            yield GitRepository(path, repo, environment)
    except (GitError, ODBError, ValueError, OSError) as error:
        raise UnreadableInput(str(path), f"cannot be read as a repository: {_reason(error)}") from error


def _why_not_opened(path: Path, error: str) -> str:
    if "dubious ownership" in error:
        return (
            "belongs to another user, so git does not trust it; if you do, run: "
            f"git config --global --add safe.directory {path.resolve()}"
        )
    return "is not a git repository"


def _reason(error: Exception) -> str:
    """Take git's own words where it said any, else the exception's first line."""
    words = str(getattr(error, "stderr", "") or error).removeprefix("\n  stderr: ").strip(" '\n")
    return (words.splitlines() or [type(error).__name__])[0]


def committed_at(commit: Commit) -> datetime:
    """The time at which a commit was made, UTC."""
    return datetime.fromtimestamp(commit.committed_date, UTC)


def deploy_of_commit(commit: Commit) -> Deploy:
    """Take a commit as a deploy of its own, at the time it was made."""
    return Deploy(
        name=commit.hexsha[:12],
        at=committed_at(commit),
        author=str(commit.author.name or ""),
        commit=commit,
        before=commit.parents[0] if commit.parents else None,
        tagged=False,
    )


def _dated(tag: TagReference) -> tuple[datetime, TagReference] | None:
    """Give a tag with its own time, a plain one with its commit's; None for a tag of something else."""
    try:
        commit = tag.commit
        made = tag.tag.tagged_date if tag.tag is not None else commit.committed_date
    except ValueError:
        return None
    return datetime.fromtimestamp(made, UTC), tag


def _tag_deploy(tag: TagReference, at: datetime, before: Commit | None) -> Deploy:
    commit = tag.commit
    tagger = tag.tag.tagger if tag.tag is not None else commit.author
    first_parent = commit.parents[0] if commit.parents else None
    return Deploy(tag.name, at, str(tagger.name or ""), commit, before or first_parent, tagged=True)


def _raw_entries(listing: str) -> list[tuple[str, str | None, str | None]]:
    """Read ``diff-tree --raw -z --no-renames``: (path, old object, new object), None for what is no regular file."""
    fields = listing.split("\0")
    entries = []
    for header, path in zip(fields[0::2], fields[1::2], strict=False):
        if match := _RAW_ENTRY.fullmatch(header):
            old = match[3] if match[1].startswith(_REGULAR_FILE) else None
            new = match[4] if match[2].startswith(_REGULAR_FILE) else None
            entries.append((path, old, new))
    return entries
