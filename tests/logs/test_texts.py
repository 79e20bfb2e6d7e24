import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.quick.texts import Texts

BESIDE = st.sampled_from([0, 8, 20, 64, 100, 500])
DATA = (st.binary(max_size=300) | st.text('ab"\\', max_size=300).map(str.encode)).map(lambda data: data + bytes(700))


@given(DATA, st.lists(st.integers(0, 300), max_size=5), st.integers(0, 60), st.integers(0, 60), BESIDE)
def test_a_word_is_what_stands_there(data: bytes, begins: list[int], skipped: int, place: int, beside: int) -> None:
    texts = Texts(np.frombuffer(data, np.uint8), np.array(begins, np.int64), beside).after(skipped)
    there = [begin + skipped + place for begin in begins]
    wanted = [int.from_bytes(data[at : at + 8], "little") for at in there]
    assert texts.words(place).tolist() == wanted
    assert texts.begins.tolist() == [begin + skipped for begin in begins]
    rows = np.arange(len(begins))[::2]
    assert texts.words(place, rows).tolist() == wanted[::2]
    kept = texts.kept_close()
    assert kept.words(place).tolist() == kept.words(place).tolist() == wanted
    assert kept.words(place, rows).tolist() == wanted[::2]


@given(DATA, st.integers(0, 300), st.integers(1, 30), st.integers(0, 40), BESIDE)
def test_a_text_begins_with_what_stands_there_and_nothing_else(
    data: bytes, begin: int, length: int, skipped: int, beside: int
) -> None:
    texts = Texts(np.frombuffer(data, np.uint8), np.array([begin]), beside).after(skipped)
    literal = data[begin + skipped : begin + skipped + length]
    assert texts.begin_with(literal).tolist() == [True]
    assert texts.begin_with(literal, whole=False).tolist() == [True]
    for place in range(length):
        other = bytearray(literal)
        other[place] ^= 1
        assert texts.begin_with(bytes(other)).tolist() == [False]


@given(DATA, st.lists(st.integers(0, 300), max_size=5), st.integers(0, 40), BESIDE, st.sampled_from([8, 64, 128]))
def test_the_first_stop_is_found_beside_and_far(
    data: bytes, begins: list[int], skipped: int, beside: int, most: int
) -> None:
    texts = Texts(np.frombuffer(data, np.uint8), np.array(begins, np.int64), beside)
    for begin, found in zip(begins, texts.first_of(b'"\\', most, skipped).tolist(), strict=True):
        span = range(begin + skipped, begin + skipped + most)
        assert found == next((place for place in span if data[place] in b'"\\'), span.stop)


@given(DATA, st.lists(st.integers(0, 300), min_size=1, max_size=5), st.integers(0, 300), BESIDE, st.booleans())
def test_texts_that_are_moved_are_those_at_the_other_place(
    data: bytes, begins: list[int], other: int, beside: int, is_read: bool
) -> None:
    texts = Texts(np.frombuffer(data, np.uint8), np.array(begins, np.int64), beside)
    if is_read:
        texts.words(0)
    texts.move(np.array([0]), np.array([other]))
    there = [other, *begins[1:]]
    assert texts.begins.tolist() == there
    assert texts.words(4).tolist() == [int.from_bytes(data[at + 4 : at + 12], "little") for at in there]
