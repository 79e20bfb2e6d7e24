"""What one change to a repository is about: its kind, routes and details from the files of two revisions.

Pure: the caller reads the files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from triage_tui.investigation.change import ChangeKind
from triage_tui.sources.common.code_facts import changed_decorators, python_facts
from triage_tui.sources.common.config_diff import is_config_file, setting_changes
from triage_tui.sources.common.lockfiles import dependency_changes, is_dependency_file
from triage_tui.sources.common.masking import masked_code, masked_config
from triage_tui.sources.common.routes import added_routes

DIFF_CAP = 200_000
_DETAIL_CAP = 40
_CHANGES_SHOWN = 15
_LONGEST_PATH = 1000  # of one that is longer, its end tells what it is
_INFRASTRUCTURE = re.compile(
    r"(?:^|/)(?:dockerfile[^/]*|docker-compose[^/]*|.*\.tf|.*\.tfvars|chart\.yaml|\.github/.*|\.gitlab-ci\.yml|jenkinsfile|"
    r"(?:k8s|kubernetes|helm|charts|terraform|ansible|deploy|infra)/.*)$",
    re.IGNORECASE,
)
_TESTS_AND_DOCUMENTS = re.compile(
    r"(?:^|/)(?:tests?/.*|docs?/.*|.*\.(?:md|rst)|licen[cs]e|\.gitignore|changelog.*)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a change; ``old`` or ``new`` None where it is not there, or too large or of no use to read."""

    path: str
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What a change is about, ready for a row of the CHANGES frame."""

    kind: ChangeKind
    routes: list[str]
    details: list[str]
    diff: str


def is_worth_reading(path: str) -> bool:
    """Tell whether details can be read from the content of a file."""
    return is_dependency_file(path) or is_config_file(path) or PurePosixPath(path).suffix in _CODE_SUFFIXES


_CODE_SUFFIXES = frozenset({".py", ".js", ".ts", ".go", ".java", ".kt", ".rb"})


def described(paths: Sequence[str], files: Sequence[FileChange], diff: str) -> Revision:
    """Describe a change by its paths, the files worth reading, and its unified diff."""
    parts = _diff_by_file(diff)
    effective = [file for file in files if has_effect(file.path)]
    details = [fact for file in effective for fact in _facts(file)]
    if paths and not any(map(has_effect, paths)):
        details.append("touches only tests and documents")
    routes = [route for file in effective for route in _routes(file, parts.get(file.path, ""))]
    return Revision(kind_of_paths(paths), list(dict.fromkeys(routes)), details[:_DETAIL_CAP], _shown_diff(parts))


def has_effect(path: str) -> bool:
    """Tell whether a path may change what a running service does: it is no test and no document."""
    return _TESTS_AND_DOCUMENTS.search(path[-_LONGEST_PATH:]) is None


def kind_of_paths(paths: Sequence[str]) -> ChangeKind:
    """Tell a change's kind by what it touches: any code makes it a deploy; documents and tests do not count."""
    effective = [path for path in paths if has_effect(path)]
    if not effective:
        return "deploy"
    if all(is_dependency_file(path) for path in effective):
        return "dependency"
    rest = [path for path in effective if not is_dependency_file(path)]
    if all(_INFRASTRUCTURE.search(path[-_LONGEST_PATH:]) for path in rest):
        return "infrastructure"
    return "config" if all(is_config_file(path) for path in rest) else "deploy"


def _facts(file: FileChange) -> list[str]:
    if file.old is None or file.new is None:
        return _new_or_gone(file)
    if is_dependency_file(file.path):
        return _listed(file.path, [str(change) for change in dependency_changes(file.path, file.old, file.new)])
    if is_config_file(file.path):
        return _listed(file.path, [str(change) for change in setting_changes(file.path, file.old, file.new)])
    return python_facts(file.path, file.old, file.new) if file.path.endswith(".py") else []


def _new_or_gone(file: FileChange) -> list[str]:
    """Name a settings or dependency file that appears or disappears; listing all that is in it would say less."""
    if not is_dependency_file(file.path) and not is_config_file(file.path):
        return []
    return (
        [] if file.old is None and file.new is None else [f"{file.path} {'is new' if file.old is None else 'is gone'}"]
    )


def _listed(path: str, changes: list[str]) -> list[str]:
    more = [f"{path}: {len(changes) - _CHANGES_SHOWN} more"] if len(changes) > _CHANGES_SHOWN else []
    return [f"{path}: {change}" for change in changes[:_CHANGES_SHOWN]] + more


def _routes(file: FileChange, diff: str) -> list[str]:
    lines = diff.splitlines()
    added = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    removed = [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]
    if file.path.endswith(".py") and file.old is not None and file.new is not None:
        added += changed_decorators(file.old, file.new)
    return added_routes(added, removed, (file.new or b"").decode("utf-8", errors="replace"))


def _diff_by_file(diff: str) -> dict[str, str]:
    """Cut a unified diff at its file headers; the key is the path of the new file."""
    parts: dict[str, str] = {}
    for part in re.split(r"(?m)^(?=diff --git )", diff):
        header = part.split("\n", 1)[0]
        if header.startswith("diff --git "):
            parts[header.rpartition(" b/")[2].strip('"')] = part
    return parts


def _shown_diff(parts: dict[str, str]) -> str:
    """Join the parts, code first and lock files last, with secrets masked, up to the cap."""
    shown = ""
    for path in sorted(parts, key=lambda path: (is_dependency_file(path), is_config_file(path), path)):
        if len(shown) <= DIFF_CAP:
            masked = masked_config if is_config_file(path) else masked_code
            shown += masked(parts[path][: DIFF_CAP + 1])
    total = sum(map(len, parts.values()))
    if len(shown) <= DIFF_CAP:
        return shown
    kept = shown[: shown.rfind("\n", 0, DIFF_CAP)]
    return f"{kept}\n(the diff is cut here; of its {total:,} characters {len(kept):,} are shown)\n"
