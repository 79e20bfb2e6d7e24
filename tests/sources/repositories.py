"""Real git repositories, built in a test's own folder with a clock that stands still."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Repository:
    """A work tree with one branch; each commit is dated by the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, at: datetime = NOON, stdin: bytes | None = None) -> str:
        """Run git as a fixed author; returns what it printed."""
        stamp = f"@{int(at.timestamp())} +0000"
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.path), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ana Silva", "GIT_AUTHOR_EMAIL": "ana@shop.example", "GIT_AUTHOR_DATE": stamp,
            "GIT_COMMITTER_NAME": "Ana Silva", "GIT_COMMITTER_EMAIL": "ana@shop.example", "GIT_COMMITTER_DATE": stamp,
        }  # fmt: skip
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environment, input=stdin, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, title: str, files: dict[str, str | None], hours_before_noon: float = 0.0) -> str:
        """Write files (None removes one), commit them, and return the commit's full name."""
        at = NOON - timedelta(hours=hours_before_noon)
        for name, content in files.items():
            target = self.path / name
            if content is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", title, at=at)
        return self.git("rev-parse", "HEAD")

    def tag(self, name: str, hours_before_noon: float, commit: str = "HEAD") -> None:
        """Put an annotated tag on a commit."""
        self.git("tag", "--annotate", "--message", name, name, commit, at=NOON - timedelta(hours=hours_before_noon))
