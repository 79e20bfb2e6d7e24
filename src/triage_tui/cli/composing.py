"""From what a user names to a case: which file goes to which source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from triage_tui.cli.pipes import is_pipe_name, open_named_pipe, shown_pipe_name
from triage_tui.cli.times import parse_zone
from triage_tui.config import cache_folder, config_folder
from triage_tui.investigation.case import Case, DemoStory
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import InvestigationOpened
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.journal import decode_record, new_investigation_id
from triage_tui.investigation.source import Source, UnreadableInput
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.classify import Role, classify, exported_files, is_named_like_export, leads_nowhere
from triage_tui.sources.common.gone_input import GoneInput

if TYPE_CHECKING:
    from triage_tui.logs.piped_bytes import PipedBytes
    from triage_tui.sources.bundle import Bundle

DEMO_PREFIX = "demo:"
DEMO_FOLDER = Path(__file__).resolve().parents[1] / "demo"
DEMOS = (
    DemoStory(
        "connection-pool", "DatabaseError: connection pool exhausted", "a deploy, a gauge at its cap, a missing line"
    ),
    DemoStory("slow-dependency", "Payments time out", "no change to blame: a dependency became slow"),
)


_TABLE_ROLES = frozenset({Role.TOPOLOGY, Role.REQUEST_COUNTS, Role.HEALTH})


class _Found:
    """What the named paths hold, by role."""

    def __init__(self) -> None:
        self.paths: dict[Role, list[Path]] = {}
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


def compose(inputs: CaseInputs, *, service: str | None = None, when_gone: str | None = None) -> Case:
    """Return the case of exported files, a folder of exports, a bundle or pipes; raises ``UnreadableInput``.

    A window of the user's is put over it by ``with_window``. ``when_gone`` is what the logs say where their pipe is not
    there any more; without it, that is an error.
    """
    found = _sorted_by_role(inputs, may_be_gone=when_gone is not None)
    case = _from_bundle(found.of(Role.BUNDLE)[0], inputs) if found.of(Role.BUNDLE) else _empty(inputs)
    alert = _alert(inputs, found, case.alert)
    if service is not None:
        alert = msgspec.structs.replace(alert, service=service)
    gone = [GoneInput(name, when_gone or "") for name in found.gone_pipes]
    sources = (*case.sources, *_file_sources(found, alert.service, parse_zone(inputs.timezone)), *gone)
    if not sources:
        raise UnreadableInput(", ".join(inputs.paths) or "nothing", "holds nothing to investigate")
    return replace(
        case,
        title=_title(alert, inputs),
        alert=alert,
        window=alert.window or case.window,
        baseline=alert.baseline or case.baseline,
        sources=sources,
    )


def with_window(case: Case, window: TimeWindow | None) -> Case:
    """Look at another span, with what of the baseline lies outside it."""
    if window is None or window == case.window:
        return case
    baseline = _outside(case.baseline, window)
    alert = msgspec.structs.replace(case.alert, window=window, baseline=baseline)
    return replace(case, window=window, alert=alert, baseline=baseline)


def _outside(baseline: TimeWindow | None, window: TimeWindow) -> TimeWindow | None:
    """Cut a baseline off where a chosen window begins: what is compared with itself looks normal."""
    if baseline is None or baseline.end <= window.start or window.end <= baseline.start:
        return baseline
    return TimeWindow(baseline.start, window.start) if baseline.start < window.start else None


def demo_path(name: str) -> Path:
    """Return where a built-in story is; raises ``UnreadableInput`` for an unknown one."""
    path = DEMO_FOLDER / f"{name}.zip"
    if name not in {story.name for story in DEMOS} or not path.is_file():
        known = ", ".join(story.name for story in DEMOS)
        raise UnreadableInput(name, f"is no built-in story; there are {known}")
    return path


def _sorted_by_role(inputs: CaseInputs, *, may_be_gone: bool) -> _Found:
    found = _Found()
    for name in dict.fromkeys(inputs.paths):
        if is_pipe_name(name):
            pipe = open_named_pipe(name, again=may_be_gone)
            found.gone_pipes += [] if pipe else [shown_pipe_name(name)]
            found.pipes += [pipe] if pipe else []
            continue
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
    if len(found.of(Role.BUNDLE)) > 1:
        raise UnreadableInput(str(found.of(Role.BUNDLE)[1]), "is a second bundle; open one at a time")
    return found


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
    path = Path(name).expanduser()
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
        return "is empty"
    return "is neither text nor a bundle; expected logs, metrics, deploys, an alert or a bundle"


def _empty(inputs: CaseInputs) -> Case:
    now = datetime.now(UTC)
    return Case(investigation_id=new_investigation_id(now), title="", inputs=inputs, alert=Alert(), sources=())


def _from_bundle(path: Path, inputs: CaseInputs) -> Case:
    from triage_tui.sources.bundle import open_bundle

    # The stories are part of the program: their first frame does not wait for their checksums.
    bundle = open_bundle(path, whole=path.parent != DEMO_FOLDER)
    manifest = bundle.manifest
    case = _empty(inputs)
    return replace(
        case,
        alert=bundle.alert,
        inherited=_inherited(bundle, case),
        window=manifest.window,
        baseline=manifest.baseline,
        hints=tuple(manifest.signals),
        sources=tuple(bundle.sources()),
    )


def _inherited(bundle: Bundle, case: Case) -> tuple[Decision, ...]:
    """Take over the journal of a bundle, as the beginning of an investigation of the bundle; a torn record is left."""
    records = [record for _, content in bundle.members("journal") for record in content.split(b"\n") if record]
    decisions = [decision for record in records if (decision := decode_record(record)) is not None]
    if not decisions or not isinstance(decisions[0], InvestigationOpened):
        return ()
    opening = msgspec.structs.replace(
        decisions[0], investigation_id=case.investigation_id, inputs=case.inputs, window=bundle.manifest.window
    )
    return (opening, *decisions[1:])


def _alert(inputs: CaseInputs, found: _Found, recorded: Alert) -> Alert:
    """Take the alert that was named, else the one in the folder, else the bundle's."""
    in_folder = found.of(Role.ALERT)
    if inputs.alert is None and not in_folder:
        return recorded
    from triage_tui.sources.alert_files import load_alert
    from triage_tui.sources.common.alert_decoding import alert_from_text

    if inputs.alert is not None:
        path = Path(inputs.alert).expanduser()
        named_like_a_file = path.suffix in {".json", ".txt"} or "/" in inputs.alert.split(" ")[0]
        return load_alert(path) if path.is_file() or named_like_a_file else alert_from_text(inputs.alert)
    return load_alert(in_folder[0])


def _title(alert: Alert, inputs: CaseInputs) -> str:
    named = (shown_pipe_name(name) if is_pipe_name(name) else Path(name).name for name in inputs.paths[:3])
    return alert.title or ", ".join(named) or "untitled"


def _file_sources(found: _Found, service: str | None, zone: tzinfo) -> Iterator[Source]:
    """Make the sources of the roles that there are; the modules of the others are not loaded."""
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
