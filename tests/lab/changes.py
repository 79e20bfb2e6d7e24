"""The change log of a recording: one row a commit, at the time when it reached production."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tests.lab.commits import COMMITS, FIRST_AUTHOR, FIRST_BEFORE, FIRST_RELEASE, FIRST_TITLE
from tests.lab.repository import ServiceRepository, rolled_out_at
from tests.lab.stage import Rollout, Stage
from triage_tui.sources.common.revision import FileChange, described

SERVICE = "orders-api"
ON_CALL = "Mei Tanaka"


def change_rows(lab: Stage, story: str) -> list[dict[str, Any]]:
    """Return the rows of the CHANGES frame, oldest first; a roll-back is a deploy of what was out before."""
    rows = [_first_row(lab)]
    seen: list[str] = []
    for rollout in _rollouts(lab, story):
        undone = seen[-1] if rollout.release in seen else None
        rows.append(_roll_back(lab.repository, rollout, undone) if undone else _commit(lab.repository, rollout))
        seen.append(rollout.release)
    return rows


def deploy_records(lab: Stage, story: str) -> list[dict[str, str]]:
    """Return what a deploy log would hold: time, release and commit of every rollout."""
    return [
        {
            "time": rollout.at.isoformat(),
            "service": SERVICE,
            "release": rollout.release,
            "commit": lab.repository.commit_of(rollout.release),
        }
        for rollout in _rollouts(lab, story)
    ]


def _rollouts(lab: Stage, story: str) -> list[Rollout]:
    """Every rollout since the first release; the one that set the stage is among those from before the recording."""
    before = [Rollout(one.release, rolled_out_at(one, lab.started)) for one in COMMITS[story] if not one.live]
    return before + lab.rollouts[1:]


def _first_row(lab: Stage) -> dict[str, Any]:
    return {
        **_named(lab.repository, Rollout(FIRST_RELEASE, lab.started - FIRST_BEFORE)),
        "kind": "deploy",
        "title": FIRST_TITLE,
        "author": FIRST_AUTHOR,
        "paths": lab.repository.git("ls-tree", "-r", "--name-only", FIRST_RELEASE).split(),
        "routes": [],
        "details": ["first release"],
        "diff": None,
    }


def _commit(repository: ServiceRepository, rollout: Rollout) -> dict[str, Any]:
    title, author = repository.git("log", "-1", "--format=%s%n%an", rollout.release).splitlines()
    changed = _changed(repository, f"{rollout.release}~", rollout.release)
    return {**_named(repository, rollout), "title": title, "author": author, **changed}


def _roll_back(repository: ServiceRepository, rollout: Rollout, undone: str) -> dict[str, Any]:
    named = _named(repository, rollout)
    changed = _changed(repository, undone, rollout.release)
    return {
        **named,
        "id": f"{named['id']}-rollback",
        "title": f"Roll back {undone} to {rollout.release}",
        "author": ON_CALL,
        **changed,
        "details": [f"rolls back {repository.commit_of(undone)[:10]}", *changed["details"]],
    }


def _named(repository: ServiceRepository, rollout: Rollout) -> dict[str, Any]:
    return {"id": repository.commit_of(rollout.release)[:10], "service": SERVICE, "at": rollout.at.isoformat()}


def _changed(repository: ServiceRepository, before: str, after: str) -> dict[str, Any]:
    paths = repository.git("diff", "--name-only", before, after).split()
    files = [FileChange(path, _blob(repository, before, path), _blob(repository, after, path)) for path in paths]
    return {"paths": paths, **asdict(described(paths, files, repository.git("diff", before, after)))}


def _blob(repository: ServiceRepository, release: str, path: str) -> bytes:
    return repository.git("show", f"{release}:{path}").encode()
