"""The sources of exported files; only the modules of the roles that there are are loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.cli.named_inputs import NamedInputs
from triage_tui.config import cache_folder, config_folder
from triage_tui.investigation.source import Source
from triage_tui.sources.common.classify import Role

if TYPE_CHECKING:
    from triage_tui.logs.content.piped_bytes import PipedBytes

_TABLE_ROLES = frozenset({Role.TOPOLOGY, Role.REQUEST_COUNTS, Role.HEALTH})


def file_sources(found: NamedInputs, service: str | None, zone: tzinfo) -> Iterator[Source]:
    """Make a source for all logs, and one for each other file; times without an offset are in ``zone``."""
    logs = found.of(Role.LOGS)
    if logs or found.pipes:
        yield _log_source(logs, found.pipes, zone)
    name = _names(path for paths in found.paths.values() for path in paths)
    for role in Role:
        for path in found.of(role):
            source = _file_source(role, path, name[path], service)
            if source is not None:
                yield source


def _file_source(role: Role, path: Path, name: str, service: str | None) -> Source | None:
    """Return the source of one file; None where the role is of no file alone, or another source's."""
    if role is Role.METRICS:
        from triage_tui.sources.metric_files import MetricFile

        return MetricFile(path, service, name)
    if role is Role.CHANGES:
        from triage_tui.sources.change_files import ChangeFile

        return ChangeFile(path, name)
    if role in {Role.REPOSITORY, Role.GIT_BUNDLE, Role.GIT_LOG}:
        return _git_source(role, path, name, service)
    return _table_source(role, path, name) if role in _TABLE_ROLES else None


def _git_source(role: Role, path: Path, name: str, service: str | None) -> Source:
    from triage_tui.sources.git_history import GitBundle, GitHistory, GitLogFile

    if role is Role.REPOSITORY:
        return GitHistory(path, service)
    return GitBundle(path, service, name) if role is Role.GIT_BUNDLE else GitLogFile(path, name)


def _table_source(role: Role, path: Path, name: str) -> Source:
    from triage_tui.sources.table_files import HealthFile, RequestCountFile, TopologyFile

    tables: dict[Role, Callable[[Path, str], Source]] = {
        Role.TOPOLOGY: TopologyFile, Role.REQUEST_COUNTS: RequestCountFile, Role.HEALTH: HealthFile,
    }  # fmt: skip
    return tables[role](path, name)


def _names(paths: Iterable[Path]) -> dict[Path, str]:
    """Name each file for its pane's border, with its folder where two have one name: evidence is kept by it."""
    found = sorted(set(paths))
    counts = Counter(path.name for path in found)
    return {path: path.name if counts[path.name] == 1 else f"{path.parent.name}/{path.name}" for path in found}


def _log_source(paths: Sequence[Path], pipes: Sequence[PipedBytes], zone: tzinfo) -> Source:
    from triage_tui.logs.log_input import LogOptions
    from triage_tui.sources.log_files import LogFileSource

    names = [*(path.name for path in paths), *(pipe.name for pipe in pipes)]
    name = names[0] if len(names) == 1 else f"{len(names)} logs"
    options = LogOptions(assumed_zone=zone, user_formats=config_folder() / "formats")
    return LogFileSource(name, paths, options, None if pipes else cache_folder() / "logs", pipes=pipes)
