"""Lines that a container's runtime has cut, put together again from their parts."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from triage_tui.logs.formats.deep_json import top_level
from triage_tui.logs.formats.embedded_fields import merged
from triage_tui.logs.formats.field_names import COLUMN_OF
from triage_tui.logs.formats.line_formats import Fields, without_colours
from triage_tui.logs.formats.wrapped_lines import part_of, tagged_line

# Of a longer one that is no object, the first part is parsed alone.
_PARSED_TEXT = 256 << 10


def uncut(parts: Sequence[str]) -> Fields | None:
    """What docker would have written of a line of which these are all parts; None where that is too long to parse."""
    text = without_colours("".join(part.text for part in map(part_of, parts) if part is not None))
    if len(text) > _PARSED_TEXT and not text.startswith("{"):
        return None
    return _wrapper(parts[0]) | {"log": f"{text}\n"}


def with_torn_fields(fields: Fields, line: str) -> Fields:
    """Add what the first part of a cut object tells, for as long as the others are not there, which go on its text."""
    part = part_of(line)
    torn = top_level(part.text) if part is not None else None
    if not torn:
        return fields
    return merged(fields, {key: value for key, value in torn.items() if COLUMN_OF.get(key.lower()) != "event"})


def _wrapper(line: str) -> Fields:
    """What a runtime adds to a line."""
    tagged = tagged_line(line)
    if tagged is not None:
        return {"time": tagged["time"], "stream": tagged["stream"]}
    record = msgspec.json.decode(line)
    return record if isinstance(record, dict) else {}
