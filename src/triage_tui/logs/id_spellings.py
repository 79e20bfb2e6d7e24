"""How a log may write a correlation ID whose case does not count: each way is one more search of all its bytes."""

from __future__ import annotations

import re

import numpy as np

from triage_tui.investigation.id_values import UUID_LENGTH, spellings_of
from triage_tui.logs.byte_source import FileBytes
from triage_tui.logs.record_reader import RecordReader

_PROBES, _PROBE_BYTES = 16, 4 << 10


def written_spellings(reader: RecordReader, correlation_id: str) -> tuple[str, ...]:
    """The ID as it was given, and in small letters and in capitals where its case does not count.

    Of these two, one is left out where the lines at the ends and at places between have such IDs in the other alone.
    """
    given, *others = spellings_of(correlation_id)
    if not others:
        return (given,)
    text = _some_text(reader)
    small, capitals = (_is_written_with(letters, text, len(given)) for letters in ("a-f", "A-F"))
    missing = {correlation_id.lower()} if capitals and not small else set[str]()
    missing |= {correlation_id.upper()} if small and not capitals else set()
    return (given, *(one for one in others if one not in missing))


def _is_written_with(letters: str, text: str, length: int) -> bool:
    """Whether a text has an ID of such a length with one of these letters, and no others."""
    digit = f"[0-9{letters}]"
    uuid = rf"{digit}{{8}}-(?:{digit}{{4}}-){{3}}{digit}{{12}}"
    written = uuid if length == UUID_LENGTH else f"{digit}{{{length}}}"
    return re.search(rf"\b(?=[0-9-]*[{letters}]){written}\b", text) is not None


def _some_text(reader: RecordReader) -> str:
    """The lines that tell the format, and some from places at even distances where any byte can be read."""
    source, parts = reader.source, [*reader.sample]
    if isinstance(source, FileBytes):
        places = np.linspace(0, max(0, source.size - _PROBE_BYTES), _PROBES, dtype=np.int64).tolist()
        parts += [source.read_at(place, _PROBE_BYTES).decode("ascii", "replace") for place in places]
    return "\n".join(parts)
