"""The change log of a recording: one row a commit, at the time when it reached production."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from typing import Any

from tests.lab.commits import COMMITS, FIRST_AUTHOR, FIRST_BEFORE, FIRST_RELEASE, FIRST_TITLE
from tests.lab.repository import ServiceRepository, rolled_out_at
from tests.lab.stage import Stage

SERVICE = "orders-api"
SETTING = re.compile(r"^([-+])([\w.-]+?)={1,2}(\S+)$", re.MULTILINE)
ROUTE = re.compile(r'^\+@router\.(get|post|put|delete)\("([^"]+)"', re.MULTILINE)


def change_rows(lab: Stage, story: str) -> list[dict[str, Any]]:
    """Return the rows of the CHANGES frame, oldest first; a roll-back is a deploy of what was out before."""
    rows = [_row(lab.repository, commit.release, rolled_out_at(commit, lab.started))
            for commit in COMMITS[story] if not commit.live]  # fmt: skip
    seen = {"v1.4.1"}
    for rollout in lab.rollouts[1:]:
        if rollout.release in seen:
            rows.append(_roll_back(lab.repository, rollout.release, rows[-1]["release"], rollout.at))
        else:
            rows.append(_row(lab.repository, rollout.release, rollout.at))
        seen.add(rollout.release)
    first = _first_row(lab)
    return [{key: value for key, value in row.items() if key != "release"} for row in (first, *rows)]


def deploy_records(lab: Stage, story: str) -> list[dict[str, str]]:
    """Return what a deploy log would hold: time, release and commit of every rollout."""
    before = [(commit.release, rolled_out_at(commit, lab.started)) for commit in COMMITS[story] if not commit.live]
    during = [(rollout.release, rollout.at) for rollout in lab.rollouts[1:]]
    return [
        {"time": at.isoformat(), "service": SERVICE, "release": release, "commit": _sha(lab.repository, release)}
        for release, at in before + during
    ]


def _sha(repository: ServiceRepository, release: str) -> str:
    return repository.git("rev-parse", release + "^{commit}").strip()


def _first_row(lab: Stage) -> dict[str, Any]:
    return {
        **_named(lab.repository, FIRST_RELEASE, lab.started - FIRST_BEFORE),
        "kind": "deploy",
        "title": FIRST_TITLE,
        "author": FIRST_AUTHOR,
        "paths": lab.repository.git("ls-tree", "-r", "--name-only", FIRST_RELEASE).split(),
        "routes": [],
        "details": ["first release"],
        "diff": "",
    }


def _named(repository: ServiceRepository, release: str, at: datetime) -> dict[str, Any]:
    return {"id": _sha(repository, release)[:10], "service": SERVICE, "at": at.isoformat(), "release": release}


def _row(repository: ServiceRepository, release: str, at: datetime) -> dict[str, Any]:
    paths = repository.git("diff", "--name-only", f"{release}~", release).split()
    diff = repository.git("diff", f"{release}~", release)
    title, author = repository.git("log", "-1", "--format=%s%n%an", release).splitlines()
    return {
        **_named(repository, release, at),
        "kind": _kind(paths),
        "title": title,
        "author": author,
        "paths": paths,
        "routes": [f"{method.upper()} {path}" for method, path in ROUTE.findall(diff)],
        "details": [detail for path in paths for detail in _details(repository, release, path)],
        "diff": diff,
    }


def _roll_back(repository: ServiceRepository, release: str, undone: str, at: datetime) -> dict[str, Any]:
    diff = repository.git("diff", undone, release)
    return {
        **_named(repository, release, at),
        "id": f"{_sha(repository, release)[:10]}-rollback",
        "kind": "deploy",
        "title": f"Roll back {undone} to {release}",
        "author": "Mei Tanaka",
        "paths": repository.git("diff", "--name-only", undone, release).split(),
        "routes": [],
        "details": [f"rolls back {_sha(repository, undone)[:10]}"],
        "diff": diff,
    }


def _kind(paths: list[str]) -> str:
    kinds = {"config.env": "config", "requirements.txt": "dependency"}
    return kinds.get(paths[0], "deploy") if len(paths) == 1 else "deploy"


def _details(repository: ServiceRepository, release: str, path: str) -> list[str]:
    name = path.rsplit("/", 1)[-1]
    if path.endswith(".py"):
        before, after = (repository.git("show", f"{which}:{path}") for which in (f"{release}~", release))
        return [f"{name}: {sentence}" for sentence in _function_changes(before, after)]
    diff = repository.git("diff", f"{release}~", release, "--", path)
    values: dict[str, dict[str, str]] = {}
    for sign, key, value in SETTING.findall(diff):
        values.setdefault(key, {})[sign] = value
    return [f"{name}: {key} {one.get('-', 'unset')} → {one.get('+', 'unset')}" for key, one in values.items()]


def _function_changes(before: str, after: str) -> list[str]:
    old, new = _functions(before), _functions(after)
    stopped = [f"{one} no longer yields" for one in new if one in old and old[one][1] and not new[one][1]]
    added = [f"{one} added" for one in new if one not in old]
    changed = [f"{one} changed" for one in new if one in old and old[one][0] != new[one][0]]
    return stopped + added + [one for one in changed if one.replace(" changed", " no longer yields") not in stopped]


def _functions(source: str) -> dict[str, tuple[str, bool]]:
    """Return each function's normalised source, and whether it is a generator."""
    return {
        node.name: (ast.unparse(node), any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(node)))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
