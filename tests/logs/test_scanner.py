from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.content.byte_source import MemoryBytes, open_file
from triage_tui.logs.search import byte_search, scanner
from triage_tui.logs.search.byte_search import Finder
from triage_tui.logs.search.scanner import is_whole_word, offsets_of


@given(st.binary(max_size=400), st.binary(min_size=1, max_size=3))
def test_offsets_are_those_of_a_plain_search(data: bytes, needle: bytes) -> None:
    expected, at = [], data.find(needle)
    while at >= 0:
        expected.append(at)
        at = data.find(needle, at + len(needle))
    assert offsets_of(MemoryBytes("x", data), needle) == expected


def test_matches_on_the_edges_of_blocks_and_threads_are_found_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "_LARGE_BUFFER_BYTES", 64)
    monkeypatch.setattr(scanner, "_PARALLEL_BYTES", 100)
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"." * number + b"needle-17" for number in range(80)))
    whole = path.read_bytes()
    found = offsets_of(open_file(path, "log"), b"needle-17")
    assert len(found) == 80
    assert all(whole[at : at + 9] == b"needle-17" for at in found)


def test_of_many_matches_in_a_block_none_is_left_out() -> None:
    data = b"a needle\n" * 500 + b"needleneedle" + b"." * 700_000 + b"the last needle"
    expected = [at for at in range(len(data)) if data.startswith(b"needle", at)]
    assert offsets_of(MemoryBytes("x", data), b"needle") == expected


def test_the_library_shows_its_function_here() -> None:
    assert byte_search._search_without_lock() is not None


@pytest.mark.parametrize("is_hidden", [False, True])
@given(st.binary(max_size=99), st.binary(min_size=1, max_size=3), st.integers(0, 200), st.integers(0, 200))
def test_a_text_is_found_between_any_two_bytes(
    is_hidden: bool, data: bytes, needle: bytes, start: int, end: int
) -> None:
    block, end = bytearray(data + needle + data), min(end, 2 * len(data) + len(needle))
    with pytest.MonkeyPatch.context() as patched:
        if is_hidden:
            patched.setattr(byte_search, "_search_without_lock", lambda: None)
        finder = Finder(block, needle)
    assert finder.first(end) == block.find(needle, 0, end)
    assert finder.next(start, end) == block.find(needle, start, end)


def test_what_stands_behind_zeros_is_found() -> None:
    data = b"\0" * 5000 + b"a needle\0\0another needle, and a nee\0dle"
    assert offsets_of(MemoryBytes("x", data), b"needle") == [5002, 5018]
    assert offsets_of(MemoryBytes("x", data), b"NEEDLE", ignore_case=True) == [5002, 5018]
    assert offsets_of(MemoryBytes("x", data), b"nee\0d") == [data.index(b"nee\0d")]


def test_letter_case_can_be_ignored() -> None:
    assert offsets_of(MemoryBytes("x", b"Boom BOOM boom"), b"bOOm", ignore_case=True) == [0, 5, 10]


@pytest.mark.parametrize(("text", "alone"), [(b"r-1", True), (b'"r-1"', True), (b"r-12", False), (b"xr-1", False)])
def test_an_id_is_a_word_of_its_own(text: bytes, *, alone: bool) -> None:
    assert is_whole_word(MemoryBytes("x", text), text.find(b"r-1"), 3) is alone


def test_an_empty_needle_is_refused() -> None:
    with pytest.raises(ValueError, match="everywhere"):
        offsets_of(MemoryBytes("x", b"a"), b"")


@given(st.text("aA@`[{kK \n1Q\u0131\u212a", max_size=60), st.text("aA@`[{kK1Q", min_size=1, max_size=3))
def test_the_case_of_ascii_letters_alone_is_ignored(text: str, needle: str) -> None:
    data, wanted, expected, at = text.encode(), needle.encode().lower(), [], 0
    while (at := data.lower().find(wanted, at)) >= 0:
        expected.append(at)
        at += len(wanted)
    assert offsets_of(MemoryBytes("x", data), needle.encode(), ignore_case=True) == expected
