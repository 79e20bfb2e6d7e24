"""What runs behind the screen leaves the collector of garbage little to look at while keys are pressed."""

import gc
from pathlib import Path

import pytest

from tests.ui.driving import program, running, until
from tests.ui.story import story


async def test_what_the_first_computation_has_loaded_is_no_more_looked_at_for_garbage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    collect, freeze = gc.collect, gc.freeze

    def collected() -> int:
        done.append("collect")
        return collect()

    def frozen() -> None:
        done.append("freeze")
        freeze()

    monkeypatch.setattr(gc, "collect", collected)
    monkeypatch.setattr(gc, "freeze", frozen)
    app = program(tmp_path, story())
    async with running(app) as pilot:
        # The first frame's, and that of the computation, which keeps no garbage for good.
        assert done == ["freeze", "collect", "freeze"]
        before = app.investigation
        app.start_analysis()
        await until(pilot, lambda: app.investigation is not before)
        assert done == ["freeze", "collect", "freeze"]
