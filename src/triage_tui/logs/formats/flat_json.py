"""JSON lines that need no closer look, as most logs of JSON are: light enough to be read before the first frame."""

from __future__ import annotations

import re

import msgspec

# Of journald, CloudWatch, GCP and Loki.
_WRAPPING_KEYS = (
    b'"MESSAGE"',
    b'"logStreamName"',
    b'"ingestionTime"',
    b'"@message"',
    b'"textPayload"',
    b'"line":"',
    b'"line": "',
)
# Between the parts of a line, the runtimes of Kubernetes write a time and tags.
# Compiled when it is needed: this module is loaded before the first frame.
_CUT_CHARACTER = rb"([\xc2-\xf4][\x80-\xbf]{0,2})(\r?\n\S{20,40} (?:stdout|stderr) [FP] )([\x80-\xbf]{1,3})"


def flat_objects(data: bytes) -> list[dict[str, object]] | None:
    """The objects of lines of which each is one without another inside or a wrapped line; None where any is not."""
    count = data.count(b"\n") + (not data.endswith(b"\n"))
    if data.count(b"{") != count or wraps_lines(data):
        return None
    try:
        rows = msgspec.json.Decoder().decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return rows if len(rows) == count and set(map(type, rows)) == {dict} else None


def line_text(line: bytes) -> str:
    """A line without its end, and without what a byte order mark or copytruncate leaves at its beginning."""
    return line.decode("utf-8", "replace").rstrip("\r\n").lstrip("\ufeff\x00")


def record_text(raw: bytes) -> str:
    """The lines of a record; a character that a runtime has cut stands whole at the end of its first part."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return re.sub(_CUT_CHARACTER, rb"\1\3\2", raw).decode("utf-8", "replace")


def wraps_lines(data: bytes) -> bool:
    """Whether records of a shipper may be among these, whose message is a line of its own format."""
    return any(key in data for key in _WRAPPING_KEYS) or (b'"log"' in data and b'"stream"' in data)
