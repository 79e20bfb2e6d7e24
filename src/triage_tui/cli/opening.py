"""``triage open``: an alert on running systems, as a case; without one, the alerts that there are."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from triage_tui.cli.composing import with_window
from triage_tui.cli.live import AmbiguousAlert, compose_live, listed_alerts, meant_alert
from triage_tui.cli.windows import UsageError, chosen_window
from triage_tui.config.reading import read_settings
from triage_tui.investigation.case import Case, WaitingAlert
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import SourceError
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.investigation.visible_text import visible
from triage_tui.sources.common.alert_decoding import alert_from_text

if TYPE_CHECKING:
    from argparse import Namespace

    from triage_tui.config.settings import Settings
    from triage_tui.investigation.events import InvestigationOpened

NOT_NAMED = (
    "name what is wrong: an alert of Alertmanager, or in your own words, such as triage open 'checkout is slow'; "
    "set ALERTMANAGER_URL to list its alerts"
)


def settings_here() -> Settings:
    """Read the settings that apply in the working folder; raises ``SettingsError``."""
    return read_settings(Path.cwd())


def opened_case(wanted: str, settings: Settings, service: str | None = None) -> Case:
    """Return the live case of an alert, or of what a person said; raises ``SourceError``."""
    alert = meant_alert(listed_alerts(settings), wanted) if wanted else _of_service(service)
    return compose_live(settings, alert, service=service)


def case_of_alert(options: Namespace) -> Case:
    """Return the live case that the arguments of ``triage open`` describe, also where Alertmanager fails."""
    settings, wanted = settings_here(), options.alert_name or ""
    alert, notice = _alert_anyway(settings, wanted) if wanted else (_of_service(options.service), "")
    case = compose_live(settings, alert, service=options.service)
    case = replace(case, notice="; ".join(one for one in (notice, case.notice) if one))
    if case.notice and not options.quiet:
        sys.stderr.write(f"triage: note: {visible(case.notice)}\n")
    return with_window(case, chosen_window(options, case))


def _of_service(service: str | None) -> Alert:
    return Alert(service=service)


def _alert_anyway(settings: Settings, wanted: str) -> tuple[Alert, str]:
    """Return the alert that is meant, and where it was taken as a person's own words, why."""
    if settings.alertmanager is not None and sys.stderr.isatty():
        sys.stderr.write(f"triage: looking for {visible(wanted)} at Alertmanager…\n")
    try:
        alert = meant_alert(listed_alerts(settings), wanted)
    except AmbiguousAlert:
        raise
    except SourceError as error:
        return alert_from_text(wanted), f"{error}; {wanted!r} is taken as your own words"
    typed = settings.alertmanager is not None and alert.source == "text"
    return alert, "no alert of Alertmanager matches; taken as your own words" if typed else ""


def resumed_live(opening: InvestigationOpened, settings: Settings, now: datetime | None = None) -> Case:
    """Return the live case of an investigation that was begun before: from where it looked at first until now."""
    until = now or datetime.now(UTC)
    case = compose_live(settings, opening.alert, service=opening.inputs.live or None, now=until)
    if opening.window is None or opening.window.start >= until:
        return case
    return replace(case, window=TimeWindow(opening.window.start, until))


def waiting_alerts(settings: Settings) -> tuple[WaitingAlert, ...]:
    """Return the alerts of Alertmanager, those that notify first; raises ``SourceError``."""
    return tuple(
        WaitingAlert(
            id=one.fingerprint,
            title=one.alert.title or one.name,
            service=one.alert.service,
            severity=one.severity,
            since=one.alert.first_seen or one.alert.fired_at,
            muted_by=one.muted_by,
        )
        for one in listed_alerts(settings)
    )


def alerts_to_print() -> tuple[WaitingAlert, ...]:
    """Return the alerts for ``triage open`` without a name; raises ``UsageError`` where there is no place to look."""
    settings = settings_here()
    if settings.alertmanager is None:
        raise UsageError(NOT_NAMED)
    return waiting_alerts(settings)
