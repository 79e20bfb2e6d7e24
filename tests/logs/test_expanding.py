import errno
import gzip
import random
from pathlib import Path

import pytest

from tests.logs.packed import PACKERS, TEXT, Pack, reads_right_in_threads
from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content import temporary_bytes
from triage_tui.logs.content.byte_source import MemoryBytes
from triage_tui.logs.content.decompressors import compression_of
from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.content.exports import as_lines
from triage_tui.logs.content.temporary_bytes import SpillingBytes, TemporaryBytes
from triage_tui.logs.content.transcoding import as_utf8
from triage_tui.logs.records.record_reader import RecordReader


def expanding(packed: bytes) -> ExpandingBytes:
    stored = MemoryBytes("app.log.packed", packed)
    return ExpandingBytes(stored, compression_of(stored) or "")


def test_opening_decompresses_no_more_than_the_head() -> None:
    content = expanding(gzip.compress(TEXT))
    assert content.read_at(0, 20) == TEXT[:20]
    assert content.size < 3 << 20 < len(TEXT)
    assert not content.is_whole
    assert content.stored_share < 1


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_any_position_reads_as_the_plain_text_does(pack: Pack) -> None:
    content, chance = expanding(pack(TEXT)), random.Random(1)
    for _ in range(200):
        offset, length = chance.randrange(len(TEXT) + 100), chance.randrange(2000)
        assert content.read_at(offset, length) == TEXT[offset : offset + length]
    buffer = bytearray(1000)
    assert content.read_into(memoryview(buffer), len(TEXT) - 10) == 10
    assert buffer[:10] == TEXT[-10:]
    assert (content.is_whole, content.stored_share, content.size, content.damage) == (True, 1.0, len(TEXT), "")


@pytest.mark.parametrize("memory", [1 << 20, 32 << 20])
def test_several_threads_may_read_while_it_expands_and_spills(monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    monkeypatch.setattr(temporary_bytes, "MEMORY_BYTES", memory)
    content = expanding(gzip.compress(TEXT))
    assert reads_right_in_threads(content, 300)


def test_records_can_be_read_before_the_end_is_known() -> None:
    content = expanding(gzip.compress(TEXT))
    reader = RecordReader(as_lines(as_utf8(content)))
    first = next(reader.batches())
    assert reader.formats.name == "json"
    assert first.fields[0]["message"] == "0"
    assert not content.is_whole


def test_what_comes_before_the_damage_is_there_and_the_damage_is_told_at_the_end() -> None:
    packed = gzip.compress(TEXT)
    content = expanding(packed[: len(packed) * 3 // 4])
    assert content.damage == ""
    while content.advance():
        pass
    assert content.damage == "gz data ends early or is damaged (EOFError)"
    assert TEXT.startswith(content.read_at(0, len(TEXT)))
    assert content.size > len(TEXT) * 2 // 3


def test_a_full_temporary_folder_ends_the_content_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(temporary_bytes, "MEMORY_BYTES", 2 << 20)
    monkeypatch.setattr(TemporaryBytes, "append", refuse)
    content = expanding(gzip.compress(TEXT))
    read = content.read_at(0, len(TEXT))
    assert TEXT.startswith(read)
    assert len(read) > 1 << 20
    assert "No space left on device; set TMPDIR" in content.damage
    assert content.is_whole


def test_more_than_the_cap_is_refused_where_it_is_reached() -> None:
    content = ExpandingBytes(MemoryBytes("app.gz", gzip.compress(TEXT)), "gz", cap=3 << 20)
    assert content.read_at(0, 5) == TEXT[:5]
    with pytest.raises(UnreadableInput, match=r"app\.gz: expands to more than 3 MB"):
        content.read_at(4 << 20, 5)


def test_bytes_that_spill_read_as_they_were_appended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary_bytes, "MEMORY_BYTES", 10)
    kept = SpillingBytes("kept")
    for part in (b"01234", b"56789", b"abcde"):
        kept.append(part)
        assert kept.read_at(kept.size - 5, 50) == part
    assert kept.read_at(0, 15) == b"0123456789abcde"
    kept.close()


@pytest.mark.parametrize("folder", ["/proc", "/nowhere"])
def test_bytes_spill_into_the_usual_folder_where_the_one_that_was_given_cannot_be_written_to(folder: str) -> None:
    kept = SpillingBytes("kept", Path(folder), memory_bytes=10)
    kept.append(b"0123456789abcde")
    assert kept.read_at(10, 5) == b"abcde"
    kept.close()
