import bz2
import errno
import gzip
import json
import lzma
import os
import random
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content import expanding, framing, temporary_bytes, unpacking
from triage_tui.logs.content.byte_source import ByteSource, MemoryBytes, open_file
from triage_tui.logs.content.decompressors import compression_of
from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.formats.deep_json import top_level
from triage_tui.logs.log_input import LogInput, log_inputs
from triage_tui.logs.opened_logs import open_logs

GOOD = b'{"message":"good"}\n'


def expand(source: ByteSource, cap: int = expanding.EXPANDED_BYTES_CAP) -> ExpandingBytes:
    content = ExpandingBytes(source, compression_of(source) or "", cap)
    content.finish()
    return content


def events(data: bytes) -> list[str]:
    return open_logs([LogInput("app.log", data=data)]).records["event"].to_list()


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableInput) as refused:
        open_logs(log_inputs([path]))
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 16, b"\x7fELF\x02\x01" + bytes(4000), b"\0" * 5000, random.Random(1).randbytes(9000)]
)
def test_a_binary_file_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "app.bin").write_bytes(data)
    assert "app.bin: not a text log" in refusal(tmp_path / "app.bin")


def test_a_compressed_binary_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "app.gz").write_bytes(gzip.compress(bytes(range(256)) * 16))
    assert "not a text log" in refusal(tmp_path / "app.gz")


def test_empty_and_blank_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    (tmp_path / "blank.log").write_text("\n\n")
    assert "empty.log: empty" in refusal(tmp_path / "empty.log")
    assert "blank.log: only blank lines" in refusal(tmp_path / "blank.log")


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        assert "socket" in refusal(tmp_path / "socket")
    assert "a FIFO" in refusal(tmp_path / "fifo")
    assert "loop of symbolic links" in refusal(tmp_path / "loop")
    assert "a folder" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "missing")
    assert "a device" in refusal(Path("/dev/zero"))


def test_a_forbidden_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    # Root, who runs the tests in many containers, may read everything.
    monkeypatch.setattr("triage_tui.logs.content.byte_source.os.open", refuse)
    assert "permission denied" in refusal(tmp_path / "app.log")


@pytest.mark.parametrize(
    "bad",
    [
        b'{"message":"\xff\xfe"}\n',
        b'{"message":"a\\u0000b"}\n',
        b'{"message":"lone \\ud800"}\n',
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"\n",
        b"[" * 10_000 + b"\n",
        b'{"message":"nul \x00 byte"}\n',
        b'{"message":NaN}\n',
        b'{"message":1e999}\n',
        b'{"ts":1e999}\n',
        b'{"status":99999999999999999999}\n',
        b'{"level":{"a":1},"time":[1],"duration":true}\n',
        b"[1,2]\n",
        b"17\n",
        b"\xef\xbb\xbf" + GOOD,
        b"\x1b[31mred\x1b[0m\n",
        b"\r\n",
    ],
)
def test_no_line_harms_the_good_lines_around_it(bad: bytes) -> None:
    found = events(GOOD * 3 + bad + GOOD * 3)
    assert found.count("good") >= 6


def test_twenty_thousand_keys_are_no_trouble() -> None:
    wide = json.dumps({f"key_{number}": number for number in range(20_000)}).encode() + b"\n"
    shapes = b"".join(b'{"message":"good","k%d":1}\n' % number for number in range(5_000))
    assert events(wide + shapes).count("good") == 5_000


def test_a_line_beyond_the_cap_is_shown_by_its_head_and_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LINE_BYTES_CAP", 1 << 20)
    logs = open_logs([LogInput("app.log", data=GOOD + b'{"message":"' + b"x" * (5 << 20) + b'"}\n' + GOOD)])
    assert logs.records["event"].to_list()[::2] == ["good", "good"]
    assert len(logs.records["event"][1]) == 1000
    assert "1 unreadable, first at app.log:2" in logs.completeness.note
    assert logs.store.row(2).line == 3


def test_the_hole_that_copytruncate_leaves_is_no_binary_file() -> None:
    assert events(b"\0" * 10_000 + GOOD * 2).count("good") == 2


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_text_with_a_byte_order_mark_is_read(encoding: str) -> None:
    assert events(("\ufeff" + '{"message":"grün"}\n' * 2).encode(encoding)) == ["grün"] * 2


def test_a_bomb_is_refused_before_it_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "RATIO_FREE_BYTES", 1 << 20)
    monkeypatch.setattr(unpacking, "RATIO_CAP", 100)
    bomb = MemoryBytes("bomb.gz", gzip.compress(GOOD * 1_500_000))
    with pytest.raises(UnreadableInput, match=r"bomb\.gz: expands to more than"):
        expand(bomb)


def test_a_bomb_of_nothing_is_refused_at_its_first_bytes() -> None:
    with pytest.raises(UnreadableInput, match="not a text log"):
        expand(MemoryBytes("bomb.gz", gzip.compress(bytes(32 << 20))))


def test_content_beyond_the_cap_is_refused() -> None:
    with pytest.raises(UnreadableInput, match="expands to more"):
        expand(MemoryBytes("big.gz", gzip.compress(GOOD * 100_000)), cap=1 << 20)


def test_a_torn_archive_gives_what_it_has_and_says_so() -> None:
    whole = gzip.compress(b"".join(b'{"message":"%d"}\n' % number for number in range(50_000)))
    logs = open_logs([LogInput("app.gz", data=whole[: len(whole) // 2])])
    assert logs.records.height > 10_000
    assert not logs.completeness.complete
    assert "app.gz: gz data ends early" in logs.completeness.note


@pytest.mark.parametrize("end", [b"", b"\x50\x2a\x4d\x18\xff\0\0\0"], ids=["frame", "skipped"])
def test_an_archive_of_zstandard_that_ends_within_a_frame_says_so(end: bytes) -> None:
    compress = zstandard.ZstdCompressor(write_checksum=True).compress
    whole = compress(b"".join(b'{"message":"%d"}\n' % number for number in range(100_000)))
    skipped = b"\x50\x2a\x4d\x18\x02\0\0\0ab"
    assert open_logs([LogInput("app.zst", data=whole + skipped + compress(GOOD))]).completeness.complete
    logs = open_logs([LogInput("app.zst", data=whole + end if end else whole[: len(whole) // 2])])
    assert logs.records.height > 10_000
    assert not logs.completeness.complete
    assert "app.zst: zst data ends early" in logs.completeness.note


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_an_archive_of_an_empty_log_is_called_empty(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(UnreadableInput, match=r"app\.gz: empty inside"):
        open_logs([LogInput("app.gz", data=pack(b""))])


def test_an_archive_with_a_wrong_checksum_loses_no_line() -> None:
    whole = gzip.compress(b"".join(b'{"message":"%d"}\n' % number for number in range(50_000)))
    logs = open_logs([LogInput("app.gz", data=whole[:-8] + bytes(8))])
    assert logs.records.height == 50_000
    assert not logs.completeness.complete


def test_a_damaged_archive_without_a_line_is_refused() -> None:
    with pytest.raises(UnreadableInput, match="nothing could be read"):
        open_logs([LogInput("app.gz", data=b"\x1f\x8b\x08\x00garbage")])


def test_large_content_is_kept_in_a_file_and_not_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary_bytes, "MEMORY_BYTES", 100_000)
    packed = MemoryBytes("app.gz", gzip.compress(GOOD * 20_000))
    content = expand(packed)
    assert content.read_at(0, len(GOOD)) == GOOD
    assert content.size == 20_000 * len(GOOD)


def test_a_file_that_shrinks_while_it_is_open_gives_fewer_bytes_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(GOOD * 1000)
    logs = open_logs([LogInput("app.log", path=path)])
    os.truncate(path, len(GOOD) * 2)
    assert logs.store.row(1).event == "good"
    assert logs.store.row(900).text == ""
    assert list(logs.store.rows_with_id("good")) == [0, 1]
    assert open_file(path, "app.log").read_at(10_000, 10) == b""


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"b":', "}"), ('["}{",{"x]\\"":', "}]"), ("[", "")])
def test_of_a_record_that_is_nested_too_deep_the_top_level_is_read(begin: str, end: str) -> None:
    deep = begin * 10_000 + "1" + end * 10_000
    known = '"time":"2026-11-24T02:00:00Z","level":"error","request_id":"r-1","n":17'
    for line in (f'{{{known},"a":{deep},"message":"behind"}}', f'{{{known},"message":"before","a":{deep}}}'):
        row = open_logs([LogInput("app.log", data=line.encode() + b"\n" + GOOD)]).records.row(0, named=True)
        told = (row["time"], row["level"], row["request_id"])
        assert told == (datetime(2026, 11, 24, 2, tzinfo=UTC), "ERROR", "r-1")
        assert row["event"] in {"before", "behind"} or not end
        assert '"n":17' in row["attributes"]
        assert len(row["attributes"]) < 10_000


def test_no_depth_of_a_record_ends_the_program() -> None:
    for depth in range(850, 1000):
        line = f'{{"time":"2026-11-24T02:00:00Z","message":"m","a":{"[" * depth}1{"]" * depth}}}\n'
        logs = open_logs([LogInput("app.log", data=line.encode() * 2)])
        assert logs.records["event"].to_list() == ["m", "m"]
        assert logs.store.row(1).event == "m"


def test_what_is_nested_without_end_takes_no_longer_than_its_beginning() -> None:
    assert top_level('{"a":1,"b":' + "[" * 5_000_000) == {"a": 1}
    assert top_level("{" * 5_000_000) is None
    assert top_level('  {"a":{"b":1},"a":[2]}') == {"a": [2]}
    assert top_level("[1]") is None
