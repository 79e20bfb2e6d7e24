from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs import byte_search, scanner
from triage_tui.logs.byte_search import finder
from triage_tui.logs.byte_source import MemoryBytes, open_file
from triage_tui.logs.scanner import is_whole_word, offsets_of


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
    monkeypatch.setattr(scanner, "BUFFER_BYTES", 64)
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


def test_without_the_c_library_python_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_search, "_library", lambda: None)
    assert offsets_of(MemoryBytes("x", b"a needle, a needle"), b"needle") == [2, 12]


@pytest.mark.parametrize("needle", [b"needle", b"WARN", b"a line of many words that is seldom"])
def test_either_function_of_the_c_library_finds_the_same(needle: bytes) -> None:
    block = bytearray((b"a line of many words, WA" * 2000 + needle + b"\n") * 2)
    expected = [block.index(needle), block.rindex(needle)]
    library = byte_search._library()
    assert library is not None
    by_memmem = byte_search._by_memmem(library, block, needle)
    for find in (finder(block, needle), by_memmem, byte_search._by_strstr(library, block, needle, by_memmem)):
        first = find(0, len(block) - 1)
        assert [first, find(first + 1, len(block) - 1)] == expected
        assert find(0, expected[0]) == -1
        assert find(expected[1] + 1, len(block) - 1) == -1


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
