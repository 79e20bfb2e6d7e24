"""Text that comes through a pipe: taken whole, bounded, decompressed, and stopped at will."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
import zstandard

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.piped_bytes import PipedBytes, open_fifo
from triage_tui.logs.content.temporary_bytes import TemporaryBytes

PATIENCE_S = 20.0
TEXT = b"".join(b'{"ts":%d,"message":"m%d"}\n' % (1795485600 + number, number) for number in range(20_000))


def fed(data: bytes, *, cap: int | None = None) -> PipedBytes:
    """A pipe into which all of this is written, by a thread that ends."""
    reading, writing = os.pipe()
    piped = PipedBytes("stdin", reading, cap)
    piped.start()
    Thread(target=write_all, args=(writing, data), daemon=True).start()
    return piped


def write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except BrokenPipeError:
        pass
    finally:
        os.close(descriptor)


def content(piped: PipedBytes) -> bytes:
    piped.wait(1 << 60, PATIENCE_S)
    assert piped.has_ended
    return piped.path.read_bytes()


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_all_that_is_written_is_taken_and_decompressed(compress: Callable[[bytes], bytes]) -> None:
    piped = fed(compress(TEXT))
    assert content(piped) == TEXT
    assert (piped.lost, piped.size) == ("", len(TEXT))


def test_a_part_is_there_while_the_writer_goes_on() -> None:
    reading, writing = os.pipe()
    piped = PipedBytes("stdin", reading)
    piped.start()
    os.write(writing, b"first line\n")
    piped.wait(10, PATIENCE_S)
    assert piped.head() == b"first line\n"
    assert not piped.has_ended
    os.write(writing, b"second line\n")
    os.close(writing)
    assert content(piped) == b"first line\nsecond line\n"


def test_a_few_bytes_are_text_and_no_bytes_are_nothing() -> None:
    assert content(fed(b"ab")) == b"ab"
    assert content(fed(b"")) == b""


def test_what_is_beyond_the_cap_is_not_taken_and_the_writer_is_told() -> None:
    piped = fed(TEXT, cap=100_000)
    assert content(piped) == TEXT[:100_000]
    assert "only its first 100,000 bytes were taken" in piped.lost
    assert "TMPDIR" in piped.lost


def test_what_expands_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage_tui.logs.content.piped_bytes.RATIO_FREE_BYTES", 1 << 20)
    piped = fed(bz2.compress(bytes(64 << 20)))
    assert len(content(piped)) == 1 << 20
    assert "expands too much" in piped.lost


def test_compressed_data_that_breaks_off_leaves_its_good_part() -> None:
    stored = gzip.compress(TEXT)
    piped = fed(stored[: len(stored) // 2])
    assert TEXT.startswith(content(piped))
    assert piped.size > len(TEXT) // 4
    assert "ends early" in piped.lost


@pytest.mark.parametrize("head", [b"", b"line\n", gzip.compress(TEXT)[:5000]])
def test_a_writer_that_never_ends_is_left_when_nobody_wants_more(head: bytes) -> None:
    reading, writing = os.pipe()
    piped = PipedBytes("stdin", reading)
    piped.start()
    os.write(writing, head or b"\n")
    piped.stop()
    piped.stop()
    piped.wait(1 << 60, PATIENCE_S)
    assert piped.has_ended
    assert piped.lost == "reading was stopped before its end"
    with pytest.raises(BrokenPipeError):
        os.write(writing, b"more")
    os.close(writing)
    piped.stop()


def test_a_fifo_is_waited_for_until_its_writer_comes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    piped = PipedBytes("fifo", open_fifo(tmp_path / "fifo"))
    piped.start()
    piped.wait(0, 0.05)
    assert not piped.has_ended
    (tmp_path / "fifo").write_bytes(TEXT)
    assert content(piped) == TEXT


def test_a_full_disk_ends_the_taking_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: TemporaryBytes, data: bytes) -> None:
        raise OSError(28, f"No space left on device for {len(data)}")

    monkeypatch.setattr(TemporaryBytes, "append", refuse)
    piped = fed(TEXT)
    piped.wait(1 << 60, PATIENCE_S)
    assert piped.has_ended
    assert "only its first 0 bytes were taken" in piped.lost
    assert "No space left" in piped.lost


def test_without_a_temporary_folder_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(UnreadableInput, match="stdin: cannot be kept for reading"):
        PipedBytes("stdin", reading)
