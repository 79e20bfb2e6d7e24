"""Buffers that reads go into."""

import ctypes

import pytest

from triage_tui.logs.content.read_buffers import read_buffer


@pytest.mark.parametrize("size", [4096, 65_536, 524_288, (4 << 20) + 33_797])
def test_a_read_buffer_has_the_size_asked_for_and_begins_amid_a_page(size: int) -> None:
    buffer = read_buffer(size)

    assert len(buffer) == size
    assert not any(buffer)
    assert ctypes.addressof(ctypes.c_char.from_buffer(buffer)) % 4096 == 2048
