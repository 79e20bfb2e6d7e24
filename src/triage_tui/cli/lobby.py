"""The investigations on disk: listed, and opened again where they stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from triage_tui.cli.composing import compose, with_window
from triage_tui.cli.named_inputs import DEMO_PREFIX, DEMOS
from triage_tui.config.settings import Server, Settings
from triage_tui.investigation.case import (
    Case,
    Choice,
    Lobby,
    OpenAlert,
    OpenFiles,
    PlayDemo,
    Resumable,
    Resume,
    ServerHealth,
    WaitingAlert,
)
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import InvestigationOpened, captures_of, fold
from triage_tui.investigation.journal import JournalError, investigation_folders, read_journal
from triage_tui.investigation.state import CaseInputs

if TYPE_CHECKING:
    from triage_tui.cli.doctor_servers import Check


def lobby_of(root: Path, settings: Settings | None = None) -> Lobby:
    """Return what the start screen offers; alerts only where the settings name a server of them."""
    known = settings or Settings()

    def open_case(choice: Choice) -> Case:
        if isinstance(choice, Resume):
            return resumed_case(root, choice.investigation_id)
        if isinstance(choice, PlayDemo):
            return compose(CaseInputs(paths=(f"{DEMO_PREFIX}{choice.name}",)))
        if isinstance(choice, OpenAlert):
            from triage_tui.cli.opening import opened_case

            return opened_case(choice.wanted, known)
        return compose(_opened(choice))

    alerts = partial(_waiting, known) if known.alertmanager is not None else None
    return Lobby(
        resumable=lambda: resumable(root), demos=DEMOS, open_case=open_case, alerts=alerts,
        servers=partial(_asked, known) if any(_servers(known).values()) else None,
    )  # fmt: skip


def _servers(settings: Settings) -> dict[str, Server | None]:
    named = {"prometheus": settings.prometheus, "alertmanager": settings.alertmanager, "grafana": settings.grafana}
    return {name: server for name, server in named.items() if server is not None and server.url}


def _asked(settings: Settings) -> tuple[ServerHealth, ...]:
    from triage_tui.cli.doctor_servers import server_check

    async def checks() -> list[ServerHealth]:
        asked = (server_check(name, server) for name, server in _servers(settings).items())
        return [_health(check) for check in await asyncio.gather(*asked)]

    return tuple(asyncio.run(checks()))


def _health(check: Check) -> ServerHealth:
    lacks = f"lacks {', '.join(check.lacks)}" if check.lacks else ""
    problem = "" if check.state == "ok" else lacks or check.said
    return ServerHealth(name=check.name, problem=problem, failed=check.state == "failed")


def _waiting(settings: Settings) -> tuple[WaitingAlert, ...]:
    from triage_tui.cli.opening import waiting_alerts

    return waiting_alerts(settings)


def _opened(choice: OpenFiles) -> CaseInputs:
    return choice.inputs


def resumable(root: Path) -> tuple[Resumable, ...]:
    """List the investigations below a folder, newest first; one without a readable opening is left out."""
    found = (_resumable(folder) for folder in investigation_folders(root))
    return tuple(one for one in found if one is not None)


def _resumable(folder: Path) -> Resumable | None:
    try:
        decisions = read_journal(folder).decisions
        investigation = fold(decisions)
    except (JournalError, ValueError):
        return None
    return Resumable(
        investigation_id=folder.name,
        title=investigation.title,
        opened_at=investigation.opened_at,
        last_at=decisions[-1].at,
        step=investigation.step,
        decisions=len(investigation.decisions),
    )


def newest_or_named(root: Path, name: str | None) -> str:
    """Return the id of the newest investigation, or of the one whose id holds ``name``.

    Raises ``JournalError`` where there is none, or more than one.
    """
    ids = [folder.name for folder in investigation_folders(root)]
    if name is None:
        if not ids:
            raise JournalError("there is no investigation to resume; begin one with `triage demo` or `triage replay`")
        return ids[0]
    matching = [one for one in ids if name in one]
    if len(matching) != 1:
        problem = "matches several" if matching else "matches none"
        raise JournalError(f"{name!r} {problem} of the investigations; see `triage list`")
    return matching[0]


def resumed_case(root: Path, investigation_id: str) -> Case:
    """Open an investigation where it stopped: its inputs again, and the decisions of its journal.

    Raises ``JournalError`` for a journal that cannot be read, ``UnreadableInput`` where its files have moved.
    """
    reading = read_journal(root / investigation_id)
    opening = next((one for one in reading.decisions if isinstance(one, InvestigationOpened)), None)
    if opening is None:
        raise JournalError(f"{root / investigation_id}: its journal holds no beginning, so it cannot be resumed")
    case = _case_again(opening, _what_is_left(investigation_id, reading.decisions))
    return replace(
        case,
        investigation_id=investigation_id,
        title=opening.title,
        decisions=reading.decisions,
        damaged=reading.damaged,
    )


def _what_is_left(investigation_id: str, decisions: Sequence[Decision]) -> str:
    """Say how to go on where the logs came through a pipe."""
    if captures := captures_of(decisions):
        return f"its text came through a pipe and is gone; it is in the capture: triage replay {captures[-1]}"
    again = f"pipe the same again: … | triage resume {investigation_id}"
    return f"its text came through a pipe and is gone, and no capture was made of it; {again}"


def _case_again(opening: InvestigationOpened, when_gone: str) -> Case:
    """Compose what was investigated: running systems up to now, or the files as they are."""
    if opening.inputs.live is not None:
        from triage_tui.cli.opening import resumed_live, settings_here

        return resumed_live(opening, settings_here())
    case = compose(opening.inputs, service=opening.alert.service, when_gone=when_gone)
    return with_window(case, opening.window)
