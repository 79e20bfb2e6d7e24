from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from functools import partialmethod
from pathlib import Path
from threading import Event

import pytest

from tests.logs.indexes import AT, built, index_of, indexed, line, small_chunks
from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.content.temporary_bytes import SpillingBytes, TemporaryBytes
from triage_tui.logs.index import index_room
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.index_cache import IndexCache
from triage_tui.logs.index.index_workers import IndexWorkers
from triage_tui.logs.index.known_index import KnownIndex
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogOptions, log_inputs
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.order import merged_order
from triage_tui.sources.log_files import LogFileSource

__all__ = ["small_chunks"]
pytestmark = pytest.mark.usefixtures("small_chunks")


def test_a_kept_index_is_used_and_extended_when_the_file_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = tmp_path / "app.log", IndexCache(tmp_path / "cache", smallest=0)
    monkeypatch.setattr("triage_tui.logs.index.log_indexes.IndexCache", lambda _: cache)
    path.write_text("".join(map(line, range(200))))
    built(IndexedLogs(log_inputs([path]), cache_folder=tmp_path / "cache"))
    with path.open("a") as file:
        file.write("".join(map(line, range(200, 203))))
    read: list[int] = []
    advance = FileIndex.advance

    def counted(self: FileIndex, workers: IndexWorkers | None = None) -> bool:
        read.append(self.indexed_to)
        return advance(self, workers)

    monkeypatch.setattr(FileIndex, "advance", counted)
    again = built(IndexedLogs(log_inputs([path]), cache_folder=tmp_path / "cache"))
    assert read[0] > 10_000
    assert index_of(again).equals(index_of(open_logs(log_inputs([path])).store))


def test_an_index_by_a_format_that_the_user_has_changed_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cache = tmp_path / "app.log", IndexCache(tmp_path / "cache", smallest=0)
    monkeypatch.setattr("triage_tui.logs.index.log_indexes.IndexCache", lambda _: cache)
    path.write_text("".join(f"<2026-11-24T02:00:{n % 60:02}Z> warn error m{n}\n" for n in range(200)))
    described = tmp_path / "formats" / "own.toml"
    described.parent.mkdir()
    found = []
    for fields in (r"(?P<level>\w+) (?P<logger>\w+)", r"(?P<logger>\w+) (?P<level>\w+)"):
        described.write_text(
            f"name = 'own'\ntitle = 'Own'\nrank = 1\npattern = '<(?P<time>[^>]+)> {fields} (?P<message>.*)'\n"
        )
        options = LogOptions(user_formats=described.parent)
        store = built(IndexedLogs(log_inputs([path]), options, tmp_path / "cache"))
        found.append({store.row(number).level for number in range(200)})
    assert found == [{"WARNING"}, {"ERROR"}]


@pytest.mark.parametrize("change", ["shrunk", "begins anew", "changed at its end", "other format"])
def test_an_index_of_what_is_not_the_same_file_is_not_used(tmp_path: Path, change: str) -> None:
    path, cache = tmp_path / "app.log", IndexCache(tmp_path / "cache", smallest=0)
    path.write_text("".join(map(line, range(64))))
    source, known = indexed(path)
    cache.save(path, source, "json", known)
    assert cache.load(path, source, "json") is not None
    text = path.read_text()
    texts = {"shrunk": text[:100], "begins anew": "x" + text[1:], "changed at its end": text[:-3] + "x}\n"}
    path.write_text(texts.get(change, text))
    assert cache.load(path, source, "logfmt" if change == "other format" else "json") is None


def saved(path: Path, cache: IndexCache) -> tuple[ByteSource, KnownIndex, Path]:
    """A log that is written, indexed and kept in a cache: its bytes, its index, and the file that this is in."""
    path.write_text("".join(map(line, range(100))))
    source, known = indexed(path)
    cache.save(path, source, "json", known)
    return source, known, next((path.parent / "cache").glob("*.index"))


def test_a_damaged_cache_is_not_used_and_what_cannot_be_written_or_is_gone_is_no_error(
    tmp_path: Path,
) -> None:
    path, cache = tmp_path / "app.log", IndexCache(tmp_path / "cache", smallest=0)
    source, known, kept = saved(path, cache)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert cache.load(path, source, "json") is not None
    kept.write_bytes(b"garbage")
    assert cache.load(path, source, "json") is None
    (tmp_path / "file").touch()
    IndexCache(tmp_path / "file" / "cache", smallest=0).save(path, source, "json", known)
    path.unlink()
    cache.save(path, source, "json", known)
    assert cache.load(path, source, "json") is None


def test_two_files_that_were_not_written_together_are_not_used(tmp_path: Path) -> None:
    path, cache = tmp_path / "app.log", IndexCache(tmp_path / "cache", smallest=0)
    source, known, kept = saved(path, cache)
    before = kept.read_bytes()
    cache.save(path, source, "json", known)
    assert cache.load(path, source, "json") is not None
    assert len(before) == kept.stat().st_size
    kept.write_bytes(before)
    assert cache.load(path, source, "json") is None


def test_what_a_killed_program_has_left_unfinished_is_removed_when_it_is_old(tmp_path: Path) -> None:
    path, folder = tmp_path / "app.log", tmp_path / "cache"
    path.write_text("".join(map(line, range(100))))
    folder.mkdir()
    old, new = folder / "unfinished-a", folder / "unfinished-b"
    for one in (old, new):
        one.touch()
    os.utime(old, (0, 0))
    IndexCache(folder, smallest=0).save(path, *_with_format(path))
    assert not old.exists()
    assert new.exists()
    assert len(list(folder.iterdir())) == 3


def test_an_index_that_was_kept_without_ids_is_completed_and_not_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = IndexCache(tmp_path / "cache", smallest=0)
    monkeypatch.setattr("triage_tui.logs.index.log_indexes.IndexCache", lambda _: cache)
    path = tmp_path / "app.log"
    # Of IDs that are anywhere in a message, it takes another pass to find them.
    path.write_text(
        "".join(
            f"{AT + timedelta(seconds=n):%F %T} INFO orders: took {n} ms request_id=r-{n % 9}\n" for n in range(200)
        )
    )
    source = LogFileSource("app.log", [path], cache_folder=tmp_path / "cache", whole_bytes=0)
    source.read()
    kept = IndexedLogs(log_inputs([path]), cache_folder=tmp_path / "cache")
    assert len(kept.store()) >= 192
    assert len(kept.store().search.indexed_under("r-4")) == 0
    expected = open_logs(log_inputs([path])).store
    assert kept.build(lambda _: None, Event())
    assert list(kept.store().rows_with_id("r-4")) == list(expected.rows_with_id("r-4"))
    kept.complete(Event())
    assert index_of(kept.store()).equals(index_of(expected))
    again = IndexedLogs(log_inputs([path]), cache_folder=tmp_path / "cache")
    assert len(again.store().search.indexed_under("r-4")) > 20


def _with_format(path: Path) -> tuple[ByteSource, str, KnownIndex]:
    source, known = indexed(path)
    return source, "json", known


def test_an_index_too_large_for_memory_is_kept_in_the_file_in_which_it_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = tmp_path / "app.log", tmp_path / "cache"
    monkeypatch.setattr(index_room, "IN_MEMORY_BYTES", 0)
    folder.mkdir()
    path.write_text("".join(map(line, range(100))))
    cache = IndexCache(folder, smallest=0)
    source, known = indexed(path, folder)
    for _ in range(2):
        cache.save(path, source, "json", known)
        assert sorted(one.suffix for one in folder.iterdir()) == [".index", ".json"]
        loaded = cache.load(path, source, "json")
        assert loaded is not None
        assert loaded.state == known.state
    (kept,) = folder.glob("*.index")
    assert kept.stat().st_mode & 0o777 == 0o600
    written = kept.stat().st_size
    # The program that has built it goes on with it.
    storage = known.blocks["timed"][0].storage
    assert isinstance(storage, SpillingBytes)
    storage.append(b"more")
    assert kept.stat().st_size == written + 4
    assert cache.load(path, source, "json") is not None


def test_an_index_that_was_kept_and_has_grown_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = tmp_path / "app.log", IndexCache(tmp_path / "cache", smallest=0)
    monkeypatch.setattr("triage_tui.logs.index.log_indexes.IndexCache", lambda _: cache)
    monkeypatch.setattr(index_room, "IN_MEMORY_BYTES", 0)
    for lines in (range(100), range(100, 200), range(200, 264)):
        with path.open("a") as file:
            file.write("".join(map(line, lines)))
        built(IndexedLogs(log_inputs([path]), cache_folder=cache.folder))
    known = IndexedLogs(log_inputs([path]), cache_folder=cache.folder).store()
    assert len(known) == 264
    assert index_of(known).equals(index_of(open_logs(log_inputs([path])).store))


def test_an_index_whose_file_cannot_be_given_a_name_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, folder = tmp_path / "app.log", tmp_path / "cache"
    monkeypatch.setattr(index_room, "IN_MEMORY_BYTES", 0)
    path.write_text("".join(map(line, range(100))))
    folder.mkdir()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    source, known = indexed(path, folder)
    cache = IndexCache(folder, smallest=0)
    cache.save(path, source, "json", known)
    loaded = cache.load(path, source, "json")
    assert loaded is not None
    assert loaded.state == known.state


def test_an_index_of_lines_that_were_overwritten_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = tmp_path / "app.log", IndexCache(tmp_path / "cache", smallest=0)
    monkeypatch.setattr("triage_tui.logs.index.log_indexes.IndexCache", lambda _: cache)
    path.write_text("".join(map(line, range(100))))
    logs = IndexedLogs(log_inputs([path]), cache_folder=cache.folder)
    assert logs.build(lambda _: None, Event())
    path.write_text("".join(map(line, range(200, 400))))
    logs.complete(Event())
    assert not list(cache.folder.glob("*.index"))


class Disk:
    """Folders on which no more than some bytes of each temporary file find room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int, *folders: Path) -> None:
        self._folders, self._room, self._append = folders, room, TemporaryBytes.append
        monkeypatch.setattr(TemporaryBytes, "append", partialmethod(Disk.append, self))

    @staticmethod
    def append(file: TemporaryBytes, disk: Disk, data: bytes | bytearray) -> None:
        place = Path(f"/proc/self/fd/{file.descriptor}").readlink()
        if place.parent in disk._folders and file.size + len(data) > disk._room:
            os.pwrite(file.descriptor, data[: len(data) // 2], file.size)
            raise OSError(28, "No space left on device")
        disk._append(file, data)


@pytest.mark.parametrize("room", [0, 2000])
def test_an_index_that_the_cache_has_no_room_for_goes_over_to_the_usual_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path, folder = tmp_path / "app.log", tmp_path / "cache"
    monkeypatch.setattr(index_room, "IN_MEMORY_BYTES", 0)
    path.write_text("".join(map(line, range(400))))
    folder.mkdir()
    Disk(monkeypatch, room, folder)
    logs = IndexedLogs(log_inputs([path]), cache_folder=folder)
    assert index_of(built(logs)).equals(index_of(open_logs(log_inputs([path])).store))


def test_an_index_that_there_is_no_room_for_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "app.log"
    monkeypatch.setattr(index_room, "IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path.write_text("".join(map(line, range(400))))
    Disk(monkeypatch, 0, tmp_path)
    logs = IndexedLogs(log_inputs([path]))
    with pytest.raises(UnreadableInput, match=r"the index of app\.log: .*No space left.*set TMPDIR"):
        logs.build(lambda _: None, Event())


def test_an_order_that_there_is_no_room_for_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merged_order, "IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text("".join(map(line, range(400))))
    logs = IndexedLogs(log_inputs([tmp_path / "a.log", tmp_path / "b.log"]))
    assert logs.build(lambda _: None, Event())
    Disk(monkeypatch, 0, tmp_path)
    with pytest.raises(UnreadableInput, match=r"the order of the records: .*No space left.*set TMPDIR"):
        logs.store()
