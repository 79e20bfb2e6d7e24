"""``triage doctor``: whether every source and the terminal do, and a first settings file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from triage_tui.cli.doctor_checks import examined
from triage_tui.cli.doctor_servers import Check
from triage_tui.cli.first_settings import first_settings
from triage_tui.cli.opening import settings_here
from triage_tui.cli.terminal_features import TerminalFeatures, terminal_features
from triage_tui.cli.windows import UsageError
from triage_tui.config.reading import PROJECT_FILE, settings_files
from triage_tui.investigation.visible_text import visible

_NAME_WIDTH, _STATE_WIDTH = 18, 16
_REACHED = {True: "reachable", False: "not reachable", None: ""}
_AUTHORISED = {True: "authorised", False: "not authorised", None: ""}


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All that doctor found: the settings files that were read, a check a source, and the terminal."""

    settings: tuple[str, ...]
    checks: tuple[Check, ...]
    terminal: TerminalFeatures

    @property
    def failed(self) -> bool:
        """Tell whether a source that is configured does not do."""
        return any(check.state == "failed" for check in self.checks)

    def text(self) -> str:
        """Return it for people, a line a check and an indented one for what is lacking."""
        return "".join(f"{visible(line).rstrip()}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        files = ", ".join(self.settings) or "none; `triage doctor --write-config` makes a first one"
        yield f"{'settings':{_NAME_WIDTH}}{files}"
        service = None
        for check in self.checks:
            if check.service != service:
                service = check.service
                yield f"service {service}"
            yield from _check_lines(check)
        yield f"{'terminal':{_NAME_WIDTH}}{self.terminal.sentence()}"


def _check_lines(check: Check) -> Iterator[str]:
    figures = [
        _REACHED[check.reachable],
        _AUTHORISED[check.authorised],
        f"{check.latency_ms:.0f} ms" if check.latency_ms is not None else "",
        f"clock {check.clock_offset_s:+.1f} s" if check.clock_offset_s is not None else "",
        check.way,
    ]
    said = " · ".join(part for part in (check.said, *figures) if part)
    name = f"  {check.name}" if check.service else check.name
    yield f"{name:{_NAME_WIDTH - 1}} {check.state:{_STATE_WIDTH}}{said}"
    yield from (f"{'':{_NAME_WIDTH}}lacks: {one}" for one in check.lacks)


def diagnosed() -> Diagnosis:
    """Read the settings, ask every source, and look at the terminal; raises ``SettingsError``."""
    settings = settings_here()
    return Diagnosis(
        settings=tuple(str(path) for path in settings_files(Path.cwd())),
        checks=tuple(asyncio.run(examined(settings))),
        terminal=terminal_features(dict(os.environ)),
    )


def written_settings() -> str:
    """Write a first settings file into the working folder and say so.

    Raises ``UsageError`` where there is one already, ``SourceError`` where the metrics server does not answer.
    """
    path = Path.cwd() / PROJECT_FILE
    if path.exists():
        raise UsageError(f"{path} is there already: nothing was written")
    text = asyncio.run(first_settings(settings_here(), Path.cwd()))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    return f"{path} is written: look it through, then run `triage doctor`"
