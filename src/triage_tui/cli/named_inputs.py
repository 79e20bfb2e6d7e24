"""What the paths that a user names hold, by role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.cli.pipes import is_pipe_name, open_named_pipe, shown_pipe_name
from triage_tui.config.paths import path_named
from triage_tui.investigation.case import DemoStory
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.state import CaseInputs
from triage_tui.sources.common.classify import Role, classify, exported_files, is_named_like_export, leads_nowhere

if TYPE_CHECKING:
    from triage_tui.logs.content.piped_bytes import PipedBytes

DEMO_PREFIX = "demo:"
_EMPTY = "is empty"
DEMO_FOLDER = Path(__file__).resolve().parents[1] / "demo"
DEMOS = (
    DemoStory(
        "connection-pool", "DatabaseError: connection pool exhausted", "a deploy, a gauge at its cap, a missing line"
    ),
    DemoStory("slow-dependency", "Payments time out", "no change to blame: a dependency became slow"),
)


class NamedInputs:
    """Paths by role, the pipes, the names of those that are not there any more, and of files that are empty."""

    def __init__(self) -> None:
        self.paths: dict[Role, list[Path]] = {}
        self.empty: list[str] = []
        self.pipes: list[PipedBytes] = []
        self.gone_pipes: list[str] = []

    def add(self, path: Path, role: Role) -> None:
        """Note a path once."""
        known = self.paths.setdefault(role, [])
        if path not in known:
            known.append(path)

    def of(self, role: Role) -> list[Path]:
        """The paths of a role, by name, so that the order of arguments changes nothing."""
        return sorted(self.paths.get(role, []))


def demo_path(name: str) -> Path:
    """Return where a built-in story is; raises ``UnreadableInput`` for an unknown one."""
    path = DEMO_FOLDER / f"{name}.zip"
    if name not in {story.name for story in DEMOS} or not path.is_file():
        known = ", ".join(story.name for story in DEMOS)
        raise UnreadableInput(name, f"is no built-in story; there are {known}")
    return path


def sorted_by_role(inputs: CaseInputs, *, may_be_gone: bool) -> NamedInputs:
    """Look at each path, and into folders; raises ``UnreadableInput``.

    A pipe that is not there any more is an error, unless it ``may_be_gone``, and an empty file where no log is named
    beside it: rotation leaves such a one.
    """
    found = NamedInputs()
    for name in dict.fromkeys(inputs.paths):
        if is_pipe_name(name):
            pipe = open_named_pipe(name, again=may_be_gone)
            found.gone_pipes += [] if pipe else [shown_pipe_name(name)]
            found.pipes += [pipe] if pipe else []
        elif _is_empty_file(name):
            found.empty.append(name)
        else:
            for path, role in _expanded(name):
                found.add(path, role)
    for name in inputs.metrics:
        found.add(_existing(name), Role.METRICS)
    if inputs.repo is not None:
        repo = _existing(inputs.repo)
        role = classify(repo)
        if role not in {Role.REPOSITORY, Role.GIT_BUNDLE, Role.GIT_LOG}:
            raise UnreadableInput(inputs.repo, "is no git repository, git bundle or `git log` text")
        found.add(repo, role)
    if found.empty and not found.of(Role.LOGS) and not found.pipes:
        raise UnreadableInput(found.empty[0], _EMPTY)
    if len(found.of(Role.BUNDLE)) > 1:
        raise UnreadableInput(str(found.of(Role.BUNDLE)[1]), "is a second bundle; open one at a time")
    return found


def _is_empty_file(name: str) -> bool:
    if name.startswith(DEMO_PREFIX):
        return False
    path = _existing(name)
    return path.is_file() and path.stat().st_size == 0


def _expanded(name: str) -> Iterator[tuple[Path, Role]]:
    if name.startswith(DEMO_PREFIX):
        yield demo_path(name.removeprefix(DEMO_PREFIX)), Role.BUNDLE
        return
    path = _existing(name)
    role = classify(path)
    if path.is_dir():
        yield from _in_folder(path)
    elif role is Role.UNKNOWN:
        raise UnreadableInput(name, _why_unknown(path))
    else:
        yield path, role


def _in_folder(folder: Path) -> list[tuple[Path, Role]]:
    exports = exported_files(folder)
    readable = {path for path, _ in exports}
    for path in sorted(folder.iterdir()):
        if path.is_file() and is_named_like_export(path) and path not in readable:
            raise UnreadableInput(str(path), _why_unknown(path))
    if not exports:
        raise UnreadableInput(
            str(folder), "holds nothing to investigate: no logs, metrics, deploys, alert or repository"
        )
    return exports


def _existing(name: str) -> Path:
    path = path_named(name)
    try:
        exists = path.exists()
    except OSError as error:
        raise UnreadableInput(name, f"cannot be read: {error.strerror}") from error
    if not exists:
        nowhere = leads_nowhere(path)
        raise UnreadableInput(name, "a link that leads nowhere" if nowhere else "no such file or folder")
    return path


def _why_unknown(path: Path) -> str:
    if not path.is_file():
        return (
            "is a device or a socket, not a file or a pipe; name a log file, or pipe its text in: … | triage replay -"
        )
    if path.stat().st_size == 0:
        return _EMPTY
    return "is neither text nor a bundle; expected logs, metrics, deploys, an alert or a bundle"
