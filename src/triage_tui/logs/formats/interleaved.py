"""Lines of several processes in one log: a prefix, such as that of kubectl, compose and stern, tells whose each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from triage_tui.logs.formats.continuation import CONTINUED, append_line, is_no_message, is_trace_line
from triage_tui.logs.formats.line_formats import ORIGIN, Fields, JsonLines, LineFormat, PatternLines, without_colours
from triage_tui.logs.formats.wrapped_lines import wrapped_line

_NEAR_RECORDS = 200


class Match(NamedTuple):
    """A line, its format and its fields."""

    form: LineFormat
    fields: Fields
    line: str

    @property
    def continued(self) -> str | None:
        """What a line holds beyond its prefix where that goes on the record before it, as a blank does, else None."""
        if isinstance(self.form, JsonLines):
            free = self.free_text
            return free if free is not None and (not free or is_trace_line(free)) else None
        text = self.fields.get("message")
        if not isinstance(self.form, PatternLines) or not self.form.is_prefix or not isinstance(text, str):
            return None
        # An empty message of syslog is one: a program has sent it as a record.
        is_blank = not text and "host" not in self.fields
        return text if is_blank or (text and is_trace_line(text)) else None

    @property
    def free_text(self) -> str | None:
        """What a line holds beyond its prefix, or within its wrapper, where that is of no format, else None."""
        said = self.fields.get("message")
        if not isinstance(said, str):
            return None
        if isinstance(self.form, PatternLines):
            text = self.form.rest_of(self.line) if self.line.endswith(said) else None
        else:
            wrapped = wrapped_line(self.line)
            text = None if wrapped is None else wrapped.text
        return said if said == text else None

    @property
    def origin(self) -> tuple[str | None, ...] | None:
        """From which process the line is; None where neither a prefix nor a wrapper tells."""
        if isinstance(self.form, PatternLines):
            return self.form.origin(self.line)
        wrapped = wrapped_line(self.line)
        return None if wrapped is None else wrapped.origin

    def goes_on(self, above: str) -> bool:
        """Whether a line goes on the record whose first line is ``above``, which is not one of another process."""
        return self.continued is not None and self.is_of_process(above)

    def is_of_process(self, above: str) -> bool:
        """Whether a line above may be of the same process; one that Loki has put before an earlier one goes on none."""
        other = Match(self.form, {}, without_colours(above))
        if self.origin is not None and other.origin is not None and self.origin != other.origin:
            return False
        own, first = (wrapped_line(one.line) for one in (self, other))
        return own is None or first is None or own.time >= first.time

    @property
    def own_fields(self) -> Fields:
        """The fields of a record of its own that the line makes; what only goes on another record is no message."""
        if self.continued is None or not is_no_message(self.continued) or self.origin is None:
            return self.fields
        return {key: value for key, value in self.fields.items() if key != "message"} | {CONTINUED: self.continued}


class OwnRecord:
    """Where a log is read from above: the record that lines of the same process go on, with others between."""

    def __init__(self) -> None:
        self.above = ""
        self._fields: Fields | None = None

    def begin(self, line: str, records: Sequence[Fields]) -> None:
        """Note the first line of the last of some records, which may go on one of those before it."""
        fragment = records[-1]
        self.above, self._fields = line, _own_record(records) if CONTINUED in fragment else None
        self.add(str(fragment.get(CONTINUED)))

    def add(self, line: str) -> None:
        """Add a line without its prefix to the record that the last one goes on, if it does."""
        if self._fields is not None:
            append_line(self._fields, "exception", line)

    def go_on_behind(self, line: str) -> None:
        """Go on behind a record that is whole in one line."""
        self.above, self._fields = line, None


def _own_record(records: Sequence[Fields]) -> Fields | None:
    """The record of its own process that the last line goes on; None where none is near."""
    fragment = records[-1]
    origin = {name: fragment[name] for name in ORIGIN if name in fragment}
    near = reversed(records[-1 - _NEAR_RECORDS : -1])
    own = (one for one in near if CONTINUED not in one and all(one.get(name) == origin[name] for name in origin))
    return next(own, None)
