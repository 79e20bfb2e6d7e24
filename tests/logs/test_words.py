import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.quick.words import first_hits, holding, places_of, words_of


@given(st.binary(max_size=200) | st.text("a\n", max_size=200).map(str.encode))
def test_a_byte_is_found_wherever_it_stands(data: bytes) -> None:
    found = places_of(ord("\n"), np.frombuffer(data, np.uint8))
    assert found.tolist() == [place for place, byte in enumerate(data) if byte == ord("\n")]


def test_a_byte_is_found_in_each_of_many_blocks() -> None:
    places = np.unique(np.random.default_rng(1).integers(0, 3 << 20, 5000))
    data = np.zeros(3 << 20, np.uint8)
    data[places] = ord("\n")
    assert np.array_equal(places_of(ord("\n"), data), places)


@given(st.binary(max_size=100), st.integers(0, 100), st.sampled_from([8, 24, 64]))
def test_the_first_of_some_bytes_is_found_from_any_place_on(data: bytes, begin: int, most: int) -> None:
    padded = np.frombuffer(data + bytes(200), np.uint8)
    (found,) = first_hits(words_of(padded), np.array([begin]), holding(b'"\\'), most).tolist()
    wanted = [place for place in range(begin, begin + most) if padded[place] in b'"\\']
    assert found == (wanted[0] if wanted else begin + most)
