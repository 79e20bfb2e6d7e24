"""TOML that is made to be slow."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.config.toml_text import MOST_PARTS, parsed_toml


@pytest.mark.parametrize(
    "name",
    [
        ".".join(["a"] * 200_000),
        " . ".join(['"a"'] * 200_000),
        ".".join(["'a b'"] * 200_000),
        "." * 200_000,
        "-" * 500_000 + ".a" * 200,
    ],
)
def test_a_name_of_very_many_parts_is_refused_at_once(name: str) -> None:
    for text in (f"{name} = 1", f"[{name}]", f"x = {{ {name} = 1 }}"):
        with pytest.raises(tomllib.TOMLDecodeError):
            parsed_toml(f"a = 1\n{text}")


def test_the_refusal_names_the_line() -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match=f"more than {MOST_PARTS} parts.*line 3"):
        parsed_toml("a = 1\n\n" + ".".join(["a"] * (MOST_PARTS + 1)) + " = 1")


def test_what_is_nested_too_deep_is_no_toml() -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match="deep"):
        parsed_toml("a = " + "[" * 50_000)


@given(st.lists(st.sampled_from(["a", "b-c", '"d.e"', "'f'", "a.b", "1.5", "..."]), min_size=1, max_size=40))
def test_any_other_name_is_read_as_the_parser_reads_it(parts: list[str]) -> None:
    text = ".".join(parts) + " = 1"
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(tomllib.TOMLDecodeError):
            parsed_toml(text)
    else:
        assert parsed_toml(text) == expected


def test_many_dots_in_a_text_are_no_name() -> None:
    assert parsed_toml(f'a = "wait {"." * 500}"\nb = """\n{"x. " * 10}\n"""')["a"].endswith("....")
