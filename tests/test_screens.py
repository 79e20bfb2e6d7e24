"""The pictures of the README are the same whenever they are drawn."""

from pathlib import Path

from tests.screens import draw


async def test_the_post_mortem_is_drawn_as_if_it_was_opened_when_the_incident_ended(tmp_path: Path) -> None:
    assert "opened&#160;2026-11-24&#160;03:03:48Z" in await draw("postmortem", tmp_path, "dark")
