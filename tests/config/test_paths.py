from __future__ import annotations

from pathlib import Path

import pytest

from triage_tui.config.paths import is_file, path_named


def test_a_tilde_leads_home_where_there_is_one_and_is_a_letter_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert path_named("~/app.log") == Path("/home/me/app.log")
    assert path_named("~no-such-user.log") == Path("~no-such-user.log")


def test_a_sentence_that_no_file_could_be_named_by_is_no_file() -> None:
    assert not is_file(Path("checkout fails " * 40))
