from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage_tui.ui.plain_toml import plain_table
from triage_tui.ui.themes import shipped_folder

_LINES = st.sampled_from(
    ["", "# red", "[colors]", "[a-b]", "[ a ]", "[[a]]", "[]", 'a = "x"', 'a = "#fff"  # red', "a = true", "a = false",
     'a = "x\\ty"', 'a = """', 'a = ""', 'a = "', "a = 'x'", "a = 1", 'a.b = "x"', 'a-b = "é"', 'é = "x"', 'a="x"',
     ' a = "x"', 'b = "x" ', "[colors]\r", "#\x07", 'a = "\x07"', '- = "x"', '"a" = "x"', 'c = "y"']
)  # fmt: skip


@given(st.lists(_LINES | st.text(max_size=8)).map("\n".join))
@example('a = "x"\n[a]')
@example('[a]\nb = "x"\n[a]\nb = "y"')
def test_what_is_read_as_plain_is_what_the_parser_of_all_reads(text: str) -> None:
    table = plain_table(text)
    assert table is None or table == tomllib.loads(text)


@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.toml")), ids=lambda path: str(path.stem))
def test_every_shipped_theme_is_plain(path: Path) -> None:
    assert plain_table(path.read_text(encoding="utf-8")) is not None


def test_the_shipped_themes_are_read_without_the_parser_of_all_toml() -> None:
    program = (
        "import sys; from pathlib import Path; from triage_tui.ui.themes import load_themes\n"
        "print(len(load_themes(user=Path('/nonexistent')).themes), 'tomllib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["4", "False"]
