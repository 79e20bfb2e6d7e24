import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.quick.hashing import hash_of, hashes, hashes_of
from triage_tui.logs.quick.texts import Texts


@given(st.lists(st.none() | st.text() | st.text("ab", min_size=240, max_size=600), max_size=12))
def test_many_texts_are_hashed_as_one_is(texts: list[str | None]) -> None:
    assert hashes(texts).tolist() == [hash_of(text or "") for text in texts]


@given(
    st.text(),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300))),
    st.integers(1, 300),
    st.sampled_from([0, 8, 20, 100, 500]),
)
def test_slices_of_a_buffer_are_hashed_as_their_text_is(
    text: str, edges: list[tuple[int, int]], repeated: int, beside: int
) -> None:
    data = (text * repeated).encode()[:4000]
    spans = [(min(one), max(one)) for one in edges if max(one) <= len(data)]
    begins, ends = (np.array([span[side] for span in spans], dtype=np.int64) for side in (0, 1))
    found = hashes_of(Texts(np.frombuffer(data + bytes(400), np.uint8), begins, beside), ends - begins)
    for (begin, end), value in zip(spans, found.tolist(), strict=True):
        piece = data[begin:end]
        if piece.decode("utf-8", "ignore").encode() == piece:
            assert value == hash_of(piece.decode())


def test_only_nothing_is_zero() -> None:
    assert hash_of("") == 0
    assert hashes([None, "", "\0"]).tolist() == [0, 0, hash_of("\0")]
    assert hash_of("\0") != 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", 0xF65055D6C1120177),
        ("6513270e269e0d37f2a74de452e6b438", 0x21DE57A728CC0E92),
        ("ä" * 300, 0xF06A6B99C46C2127),
    ],
)
def test_kept_hashes_stay_valid(text: str, value: int) -> None:
    assert hash_of(text) == value


def test_texts_that_differ_little_get_hashes_that_differ_much() -> None:
    dice = random.Random(1)
    texts = {f"{dice.getrandbits(128):032x}" for _ in range(20_000)}
    texts |= {f"r-{number}" for number in range(20_000)} | {"a" * size for size in range(1, 400)}
    texts |= {"x" * place + "y" + "x" * (40 - place) for place in range(40)} | {"\0" * size for size in range(1, 20)}
    found = hashes(sorted(texts))
    assert len(set(found.tolist())) == len(texts)
    ones = np.unpackbits(found.view(np.uint8).reshape(-1, 8), axis=1).mean(axis=0)
    assert abs(ones - 0.5).max() < 0.02
    assert len(set((found & np.uint64(0xFFFF)).tolist())) > 25_000


def test_beyond_256_bytes_the_length_and_the_end_count() -> None:
    head = "h" * 300
    assert len({hash_of(head + tail) for tail in ("one", "two", "three", "12345678")}) == 4
