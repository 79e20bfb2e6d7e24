"""A compressed log that is read while it passes says what the plain one says."""

import gzip
import random
import tempfile
import tracemalloc

import pytest

from tests.logs.packed import PACKERS, TEXT, Pack, reads_right_in_threads
from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content import passing, temporary_bytes, unpacking
from triage_tui.logs.content.byte_source import MemoryBytes
from triage_tui.logs.content.decompressors import compression_of
from triage_tui.logs.content.passing import PassingBytes
from triage_tui.logs.search.scanner import spans_with_lines


def passed(packed: bytes) -> PassingBytes:
    stored = MemoryBytes("app.log.packed", packed)
    return PassingBytes(stored, compression_of(stored) or "")


@pytest.fixture
def small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "WINDOW_BYTES", 1 << 20)
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", 100_000)


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("this must not be needed")


def test_opening_decompresses_no_more_than_the_head() -> None:
    content = passed(gzip.compress(TEXT))
    assert content.read_at(0, 20) == TEXT[:20]
    assert content.size < 3 << 20 < len(TEXT)
    assert content.stored_share < 1


@pytest.mark.usefixtures("small_window")
@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_any_position_reads_as_the_plain_text_does(pack: Pack) -> None:
    content, chance = passed(pack(TEXT)), random.Random(1)
    for _ in range(12):
        offset, length = chance.randrange(len(TEXT) + 100), chance.randrange(200_000)
        assert content.read_at(offset, length) == TEXT[offset : offset + length]
    buffer = bytearray(1000)
    assert content.read_into(memoryview(buffer), len(TEXT) - 10) == 10
    assert buffer[:10] == TEXT[-10:]
    assert content.read_at(len(TEXT), 10) == b""
    assert (content.stored_share, content.size, content.damage) == (1.0, len(TEXT), "")


@pytest.mark.usefixtures("small_window")
def test_what_is_held_and_the_head_are_read_without_decompressing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    content = passed(gzip.compress(TEXT))
    content.hold(2_000_000, 2_100_000)
    content.reach(len(TEXT) + 1)
    content.let_go()
    monkeypatch.setattr(unpacking.Unpacking, "next_block", refuse)
    assert content.read_at(2_000_000, 100_000) == TEXT[2_000_000:2_100_000]
    assert content.read_at(0, 64 << 10) == TEXT[: 64 << 10]


@pytest.mark.usefixtures("small_window")
def test_several_threads_may_read_near_each_other_and_far_apart() -> None:
    content = passed(gzip.compress(TEXT))
    assert reads_right_in_threads(content, 6)


def test_a_scan_keeps_little_in_memory_and_nothing_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "WINDOW_BYTES", 8 << 20)
    monkeypatch.setattr(temporary_bytes, "MEMORY_BYTES", 0)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    packed, needle = gzip.compress(TEXT * 12, 1), b'"message":"7919"'
    tracemalloc.start()
    try:
        spans = list(spans_with_lines(passed(packed), [needle]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [offset for span in spans for offset in span.offsets] == [
        number * len(TEXT) + TEXT.index(needle) for number in range(12)
    ]
    assert sum(span.newlines for span in spans) == 12 * 150_000
    assert peak < 24 << 20 < 12 * len(TEXT)


def test_what_comes_before_the_damage_is_there_and_the_damage_is_told_at_the_end() -> None:
    packed = gzip.compress(TEXT)
    content = passed(packed[: len(packed) * 3 // 4])
    assert content.damage == ""
    content.reach(len(TEXT))
    assert content.damage == "gz data ends early or is damaged (EOFError)"
    assert len(TEXT) * 2 // 3 < content.size < len(TEXT)
    content.let_go()
    assert content.read_at(0, len(TEXT)) == TEXT[: content.size]
    with pytest.raises(UnreadableInput, match="nothing could be read"):
        passed(packed[:30])


def test_a_bomb_is_refused_where_it_expands_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "RATIO_FREE_BYTES", 2 << 20)
    monkeypatch.setattr(unpacking, "RATIO_CAP", 100)
    content = passed(gzip.compress(b'{"message":"good"}\n' * 1_500_000))
    with pytest.raises(UnreadableInput, match=r"app\.log\.packed: expands to more than"):
        list(spans_with_lines(content, [b"req-1"]))
