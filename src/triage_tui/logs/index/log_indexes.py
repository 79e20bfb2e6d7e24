"""Opens logs with the indexes that were kept of them, and keeps those that have grown."""

from __future__ import annotations

from pathlib import Path

from triage_tui.logs.content.log_sources import Unpacked, open_gradually
from triage_tui.logs.formats.format_choice import version_of
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.index_cache import IndexCache
from triage_tui.logs.index.index_options import IndexOptions
from triage_tui.logs.index.index_room import IndexRoom
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.logs.records.record_reader import RecordReader


class LogIndexes:
    """The indexes of so many logs, read with the same options; without a ``cache_folder``, none is kept."""

    def __init__(self, options: LogOptions, cache_folder: Path | None, count: int) -> None:
        self._options = options
        self.reading = IndexOptions(options.assumed_zone, options.id_fields, options.today)
        self._cache = IndexCache(cache_folder) if cache_folder else None
        self.room = IndexRoom(count, self._cache.ready_folder() if self._cache else None)
        self._expanding: dict[str, Unpacked] = {}

    @property
    def damage(self) -> list[str]:
        """What was lost of compressed logs."""
        return [f"{name}: {one.damage}" for name, one in self._expanding.items() if one.damage]

    def opened(self, one: LogInput) -> FileIndex:
        """Open a log with the index that was kept of it, if any; raises ``UnreadableInput``."""
        opened = open_gradually(one)
        reader = RecordReader(opened.content, self._options.user_formats)
        if opened.expanding is not None:
            self._expanding[opened.content.name] = opened.expanding
        known = None
        if self._cache is not None and one.path is not None and opened.expanding is None:
            known = self._cache.load(one.path, opened.content, self._kind(reader))
        return FileIndex(reader, self.reading, known, room=self.room)

    def keep(self, one: LogInput, file: FileIndex) -> None:
        """Keep an index for the next time, if there is more in it than was kept."""
        is_kept = file.has_news and one.name not in self._expanding and not file.beginning.is_overwritten
        if self._cache is not None and one.path is not None and is_kept:
            self._cache.save(one.path, file.reader.source, self._kind(file.reader), file.kept())

    def expected_size(self, file: FileIndex) -> int:
        """The bytes of a log; of one that is being decompressed, as many as there are if the rest is like the first."""
        expanding = self._expanding.get(file.reader.source.name)
        size = file.reader.source.size
        return round(size / max(expanding.stored_share, 1e-3)) if expanding is not None else size

    def _kind(self, reader: RecordReader) -> str:
        """What an index depends on beside the log itself."""
        zone, ids = self._options.assumed_zone, sorted(self._options.id_fields)
        return f"{reader.formats.name} {version_of(self._options.user_formats)} {zone} {' '.join(ids)}"
