"""Files of a repository that are made to take long to read."""

from __future__ import annotations

from time import process_time

import pytest

from triage_tui.sources.common.config_diff import setting_changes
from triage_tui.sources.common.git_log_text import decode_git_log
from triage_tui.sources.common.revision import kind_of_paths

MOST_SECONDS = 5.0
COMMIT = "commit " + "a" * 40 + "\nAuthor: me{author}\nDate:   2026-11-24 12:00:00 +0000\n\n    say it\n{path}"


def test_blanks_within_a_value_are_no_reason_to_wait() -> None:
    began = process_time()
    (change,) = setting_changes("prod.env", b"SIZE=1" + b" " * 500_000 + b"2", b"SIZE=1   # one")
    assert change.new == "1"
    assert process_time() - began < MOST_SECONDS


@pytest.mark.parametrize(("author", "path"), [(" " * 300_000 + "x", ""), ("", "+++ b/" * 100_000)])
def test_a_history_that_is_made_to_be_slow_takes_no_longer_than_others_of_its_size(author: str, path: str) -> None:
    began = process_time()
    history = COMMIT.format(author=author, path=path)
    assert decode_git_log(history.encode(), "history.txt").frame.height == 1
    assert process_time() - began < MOST_SECONDS


def test_a_path_of_any_length_is_told_by_its_end() -> None:
    began = process_time()
    assert kind_of_paths(["a/" * 100_000 + "main.tf"]) == "infrastructure"
    assert kind_of_paths(["a/" * 100_000 + "main.py"]) == "deploy"
    assert process_time() - began < MOST_SECONDS
