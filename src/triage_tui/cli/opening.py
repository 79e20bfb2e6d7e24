"""``triage open``: an alert on running systems, as a case; without one, the alerts that there are."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.cli.composing import with_window
from triage_tui.cli.live import compose_live, find_alert, listed_alerts
from triage_tui.cli.windows import UsageError, chosen_window
from triage_tui.config.reading import read_settings
from triage_tui.investigation.case import Case, WaitingAlert
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
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
    alert = find_alert(settings, wanted) if wanted else Alert(title=service, service=service, source="typed in")
    return compose_live(settings, alert, service=service)


def case_of_alert(options: Namespace) -> Case:
    """Return the live case that the arguments of ``triage open`` describe."""
    settings = settings_here()
    case = opened_case(options.alert_name or "", settings, options.service)
    if options.alert_name and settings.alertmanager is not None and case.alert.source == "text" and not options.quiet:
        sys.stderr.write("triage: note: no alert of Alertmanager matches; taken as your own words\n")
    return with_window(case, chosen_window(options, case))


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
