"""Draw the screens of the README from the built-in incident: ``python -m tests.screens docs/screens``."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec.structs import replace
from textual.app import App
from textual.pilot import Pilot

from triage_tui.cli.composing import compose
from triage_tui.cli.lobby import lobby_of
from triage_tui.investigation.case import Case
from triage_tui.investigation.events import InvestigationOpened
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.state import CaseInputs
from triage_tui.ui.app import TriageApp

Drive = Callable[["Pilot[None]"], Awaitable[None]]


async def _answered(pilot: Pilot[None]) -> None:
    """Wait until the sources have answered and the analysis is done."""
    while _findings(pilot.app) is None:
        await pilot.pause(0.05)
    await pilot.pause(0.5)


def _findings(app: App[None]) -> Findings | None:
    investigation = app.investigation if isinstance(app, TriageApp) else None
    return investigation.findings if investigation is not None else None


async def _at_step(pilot: Pilot[None], step: int) -> None:
    await _answered(pilot)
    for _ in range(step - 1):
        await pilot.press("A", "right_square_bracket")
        await pilot.pause(0.2)
        if len(pilot.app.screen_stack) > 1:
            await pilot.press(*"seen", "enter")
        await pilot.pause(0.2)


def at_step(step: int, *keys: str) -> Drive:
    """Go to a step, then press keys."""

    async def drive(pilot: Pilot[None]) -> None:
        await _at_step(pilot, step)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.4)

    return drive


async def _nothing(pilot: Pilot[None]) -> None:
    await pilot.pause(0.5)


SCREENS: dict[str, tuple[str | None, tuple[int, int], Drive]] = {
    "start": (None, (120, 36), _nothing),
    "changes": ("connection-pool", (120, 36), at_step(3)),
    "changes-80x24": ("connection-pool", (80, 24), at_step(3)),
    "trace": ("connection-pool", (120, 36), at_step(4, "e", "t", "c")),
    "metrics-zoomed": ("connection-pool", (120, 36), at_step(5, "z")),
    "notebook": ("connection-pool", (120, 36), at_step(6)),
    "fix": ("connection-pool", (120, 36), at_step(8)),
    "postmortem": ("connection-pool", (120, 36), at_step(9)),
    "slow-dependency": ("slow-dependency", (200, 50), at_step(3)),
    "help": ("connection-pool", (120, 36), at_step(1, "question_mark")),
}


async def draw(name: str, root: Path, theme: str) -> str:
    """Return one screen as SVG."""
    story, size, drive = SCREENS[name]
    case = _opened_when_recorded(compose(CaseInputs(paths=(f"demo:{story}",)))) if story else None
    app = TriageApp(case, lobby=lobby_of(root), journal_root=root, theme=theme)
    async with app.run_test(size=size) as pilot:
        await drive(pilot)
        return _without_web_fonts(app.export_screenshot(title="triage"))


def _opened_when_recorded(case: Case) -> Case:
    """Open a case at the end of what it records, not now: whoever draws it again gets the same picture."""
    assert case.window is not None
    opening = InvestigationOpened(
        at=case.window.end, investigation_id=case.investigation_id, title=case.title, inputs=case.inputs,
        alert=case.alert, window=case.window,
    )  # fmt: skip
    return replace(case, inherited=(opening,))


def _without_web_fonts(svg: str) -> str:
    """Draw with the reader's own monospaced font: a picture in a README fetches nothing."""
    return re.sub(r"@font-face\s*\{[^}]*\}", "", svg)


def main() -> None:
    """Draw the named screens, or all."""
    folder, *names = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names or SCREENS:
        with tempfile.TemporaryDirectory() as root:
            svg = asyncio.run(draw(name, Path(root), "dark"))
        (Path(folder) / f"{name}.svg").write_text(svg, encoding="utf-8")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
