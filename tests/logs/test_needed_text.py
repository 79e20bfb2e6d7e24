import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from triage_tui.logs.filters.needed_text import needed_text


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("pool exhausted", "pool exhausted"),
        ("pool.*(full|dry)", "pool"),
        (r"took \d+ ms after", " ms after"),
        (r"(?i)Pool.?Exhausted", "Exhau"),
        ("(?i)disk", ""),
        ("(?i)tasks running", " running"),
        ("colou?r=red", "r=red"),
        ("x{3}yz=1", "yz=1"),
        ("abc+d", "abc"),
        ("abcd{0,2}e", "abc"),
        (r"[\]a-f]{8}: done", ": done"),
        (r"/api/[^/]+/items\b", "/items"),
        (r"a\.b\.c\[0\]", "a.b.c[0]"),
        ("((a[)]b)c)tail", "tail"),
        ("(?:one|two)three", "three"),
        ("one|two", ""),
        ("(?x) s p a c e", ""),
        ("(?P<name>abcd)", ""),
        ("(abcd)", ""),
        ("ab", ""),
        ("abc**", ""),
        ("(", ""),
        ("abcd[", ""),
        (r"\x41bcd\p{L}", ""),
        ("line\nbreaks", "breaks"),
    ],
)
def test_the_longest_text_that_every_match_holds_is_needed(pattern: str, needed: str) -> None:
    assert needed_text(pattern) == needed


ATOMS = st.sampled_from(
    [
        *"abkKsS1 -/",
        r"\.",
        r"\d",
        r"\w",
        ".",
        "[ab]",
        "[^a]",
        r"[\]a]",
        "[]a]",
        "(ab|1)",
        "(a(b)k)",
        "(?:s|S)",
        "^",
        r"\b",
    ]
)
COUNTS = st.sampled_from(["", "", "", "", "?", "*", "+", "{2}", "{0,2}", "{0}", "{1,}", "+?", "*?"])
PATTERNS = st.builds(
    lambda flags, parts: flags + "".join(atom + count for atom, count in parts),
    st.sampled_from(["", "(?i)", "(?s)", "(?im)"]),
    st.lists(st.tuples(ATOMS, COUNTS), min_size=1, max_size=9),
)
TEXTS = st.lists(st.text("abkKsS1 -/.]\n\u212a\u017f", min_size=1, max_size=24), min_size=1, max_size=30)


@examples(400)
@given(PATTERNS, TEXTS)
def test_no_text_matches_without_the_one_that_is_needed(pattern: str, texts: list[str]) -> None:
    needed = needed_text(pattern).encode().lower()
    matched = pl.Series(texts, dtype=pl.String).str.contains(pattern).to_list()
    assert [needed in text.encode().lower() for text, does in zip(texts, matched, strict=True) if does] == [True] * sum(
        matched
    )
