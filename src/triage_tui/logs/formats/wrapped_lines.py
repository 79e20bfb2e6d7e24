"""Lines that a container's runtime, or Loki, has wrapped one by one, and which of them the next one goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

NEAR_LINES = 2
"""How many lines above tell that a line goes on them: behind carets, there is a blank one."""
# A runtime cuts lines at 16 KiB, of which JSON may make six times as much.
_MOST_READ = 128 << 10
_CRI = re.compile(r"(?P<time>\S{20,40}) (?P<stream>stdout|stderr) (?P<tag>[FP]) (?P<text>.*)", re.DOTALL)
_PANIC = re.compile(r"(?:^|[\s\]|:])thread '[^']*'(?: \(\d+\))? panicked at \S+:\d+:\d+:$")
_PANICKED = "panicked at "
_CARETS = re.compile(r"(?:^|\s)\^+$")
_ERROR = re.compile(r"(?:Uncaught )?[\w.$]*(?:Error|Exception)\b")
_LEADING_ENDS = (":", "^")
# What stands behind each line that docker has wrapped whole.
_JSON_END = '\\n"'
_STREAMS = frozenset({"stdout", "stderr"})


class Wrapped(NamedTuple):
    """A line that stands in another one.

    Attributes:
        text: the line, without a newline.
        stream: whether it was written to stdout or stderr, "" where that is not told.
        is_whole: whether it ends with a newline.
        origin: what tells its process.
        time: when it was written, in a form that can be compared with that of the same log.
    """

    text: str
    stream: str
    is_whole: bool
    origin: tuple[str, ...] | None = None
    time: str = ""


def wrapped_in(record: Mapping[str, object]) -> Wrapped | None:
    """The line in a record of docker's json-file or of ``logcli -o jsonl``; None in any other."""
    log, stream = record.get("log"), record.get("stream")
    if isinstance(log, str) and isinstance(stream, str) and stream in _STREAMS:
        return Wrapped(log.rstrip("\r\n"), stream, log.endswith("\n"))
    line, labels = record.get("line"), record.get("labels")
    if isinstance(line, str) and isinstance(labels, dict):
        origin = tuple(f"{key}={value}" for key, value in sorted(labels.items()) if key != "detected_level")
        at = str(record.get("timestamp", "")).rstrip("Z")
        return Wrapped(line.rstrip("\r\n"), "", is_whole=True, origin=origin, time=at)
    return None


@lru_cache(maxsize=8)
def wrapped_line(line: str) -> Wrapped | None:
    """The same of a line of JSON."""
    may_be = ('"log"' in line and '"stream"' in line) or ('"line"' in line and '"labels"' in line)
    if not may_be or not line.startswith("{") or len(line) > _MOST_READ:
        return None
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return wrapped_in(record) if isinstance(record, dict) else None


def part_of(line: str) -> Wrapped | None:
    """The line, or the part of one, that a container's runtime has wrapped: docker as JSON, others behind a tag."""
    tagged = tagged_line(line)
    if tagged is not None:
        return Wrapped(tagged["text"], tagged["stream"], tagged["tag"] == "F")
    wrapped = wrapped_line(line)
    return wrapped if wrapped is not None and wrapped.stream else None


def tagged_line(line: str) -> re.Match[str] | None:
    """The ``time``, the ``stream``, the ``tag`` and the ``text`` of a line as the runtimes of Kubernetes write it."""
    return _CRI.match(line) if line[:1].isdigit() else None


def leads_on(text: str) -> bool:
    """Whether a line is the head of a crash, the reason of which is the next one."""
    return text[-1:] in _LEADING_ENDS and (_PANIC.search(text) is not None or _CARETS.search(text) is not None)


def may_be_cut(line: str, *, json_ends: bool) -> bool:
    """Whether a closer look is worth its time; see ``is_cut``."""
    return json_ends and _JSON_END not in line if line.startswith("{") else " P " in line[:64]


def is_cut(line: str, near: Sequence[str], *, json_ends: bool) -> bool:
    """Whether a line is the rest of the one before it, of the same stream, which a runtime has cut.

    Docker's are told by the newline that they lack, if the others have one (``json_ends``): shippers leave it out.
    """
    if not near or not may_be_cut(near[-1], json_ends=json_ends):
        return False
    before = part_of(near[-1])
    if before is None or before.is_whole:
        return False
    own = part_of(line)
    return own is not None and own.stream == before.stream and line[:1] == near[-1][:1]


def may_announce(near: Sequence[str]) -> bool:
    """Whether a closer look at lines is worth its time; see ``is_announced``."""
    return any("^" in line for line in near) or (bool(near) and _PANICKED in near[-1])


def is_announced(text: str, near: Sequence[str]) -> bool:
    """Whether a line says why a program crashed whose head is right above: of Rust, or of Node behind its carets."""
    if not may_announce(near):
        return False
    if near[-1].endswith((":", "}")) and _PANIC.search(_bare(near[-1])):
        return True
    return _ERROR.match(text) is not None and any(map(_CARETS.search, map(_bare, near)))


def _bare(line: str) -> str:
    wrapped = wrapped_line(line)
    return line.rstrip() if wrapped is None else wrapped.text.rstrip()
