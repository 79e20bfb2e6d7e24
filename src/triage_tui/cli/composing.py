"""From what a user names to a case: which file goes to which source."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from triage_tui.cli.file_sources import file_sources
from triage_tui.cli.named_inputs import DEMO_FOLDER, NamedInputs, sorted_by_role
from triage_tui.cli.pipes import is_pipe_name, shown_pipe_name
from triage_tui.config.paths import is_file, path_named
from triage_tui.config.zones import parse_zone
from triage_tui.investigation.case import Case
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import InvestigationOpened
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.journal import decode_record, new_investigation_id
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.classify import Role
from triage_tui.sources.common.gone_input import GoneInput

if TYPE_CHECKING:
    from triage_tui.sources.bundle import Bundle


def compose(inputs: CaseInputs, *, service: str | None = None, when_gone: str | None = None) -> Case:
    """Return the case of exported files, a folder of exports, a bundle or pipes; raises ``UnreadableInput``.

    A window of the user's is put over it by ``with_window``. ``when_gone`` is what the logs say where their pipe is not
    there any more; without it, that is an error.
    """
    found = sorted_by_role(inputs, may_be_gone=when_gone is not None)
    case = _from_bundle(found.of(Role.BUNDLE)[0], inputs) if found.of(Role.BUNDLE) else _empty(inputs)
    alert = _alert(inputs, found, case.alert)
    if service is not None:
        alert = msgspec.structs.replace(alert, service=service)
    gone = [GoneInput(name, when_gone or "") for name in found.gone_pipes]
    sources = (*case.sources, *file_sources(found, alert.service, parse_zone(inputs.timezone)), *gone)
    if not sources:
        raise UnreadableInput(", ".join(inputs.paths) or "nothing", "holds nothing to investigate")
    return replace(
        case,
        title=_title(alert, inputs),
        alert=alert,
        window=alert.window or case.window,
        baseline=alert.baseline or case.baseline,
        sources=sources,
        notice="; ".join(f"{name}: is empty, left out" for name in found.empty),
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


def _empty(inputs: CaseInputs) -> Case:
    now = datetime.now(UTC)
    return Case(investigation_id=new_investigation_id(now), title="", inputs=inputs, alert=Alert(), sources=())


def _from_bundle(path: Path, inputs: CaseInputs) -> Case:
    from triage_tui.sources.bundle import open_bundle

    bundle = open_bundle(path, is_ours=path.parent == DEMO_FOLDER)
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


def _alert(inputs: CaseInputs, found: NamedInputs, recorded: Alert) -> Alert:
    """Take the alert that was named, else the one in the folder, else the bundle's."""
    in_folder = found.of(Role.ALERT)
    if inputs.alert is None and not in_folder:
        return recorded
    from triage_tui.sources.alert_files import load_alert
    from triage_tui.sources.common.alert_decoding import alert_from_text

    if inputs.alert is not None:
        path = path_named(inputs.alert)
        named_like_a_file = path.suffix in {".json", ".txt"} or "/" in inputs.alert.split(" ")[0]
        return load_alert(path) if is_file(path) or named_like_a_file else alert_from_text(inputs.alert)
    return load_alert(in_folder[0])


def _title(alert: Alert, inputs: CaseInputs) -> str:
    named = (shown_pipe_name(name) if is_pipe_name(name) else Path(name).name for name in inputs.paths[:3])
    return alert.title or ", ".join(named) or "untitled"
