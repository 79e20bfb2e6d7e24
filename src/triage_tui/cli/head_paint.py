"""The first lines of a log on the terminal at once: before the program that will show them is loaded.

Only the standard library is used, and little of it: this runs before everything else.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

HEAD_BYTES = 64 << 10
FIRST_ROW = 3
_OTHER_ROWS = 7  # of the screen beside the lines: what happened, the steps, the border, the question and the keys
_LOW, _HIGH = 14, 26
_FLAGS = {"-q", "--quiet", "-v", "--verbose", "--ascii"}
_WITH_VALUE = {"--since", "--from", "--to", "--service", "--theme", "--alert", "--metrics", "--repo"}
_LOG_NAMES = (".log", ".jsonl", ".ndjson", ".txt")
_OTHER_NAMES = ("metrics", "deploys", "changes", "releases", "events", "topology", "requests", "health", "alert")
_LEVELS = {"WARNING": "WARN", "CRITICAL": "CRIT", "INFORMATION": "INFO", "NOTICE": "NOTE"}
_painted = False


def paint_head(arguments: Sequence[str]) -> None:
    """Paint the head of the log that ``triage replay`` is asked for, where a terminal is there for it.

    What is no plain log, or needs a closer look at the arguments, is left to the program.
    """
    path = _log_of(arguments)
    if path is None or not _has_terminal():
        return
    size, head = os.get_terminal_size(2), _head(path)
    ascii_only = "--ascii" in arguments or _draws_ascii()
    room = max(0, size.lines - FIRST_ROW - _OTHER_ROWS + 2)
    lines = _shown_lines(head, size.columns - 2, room, ascii_only=ascii_only) if head else []
    if lines:
        name = _fitted(os.path.basename(path), size.columns - 2, ascii_only=ascii_only)  # noqa: PTH119 - pathlib takes 5 ms
        _paint(name, lines, size.lines)


def is_painted() -> bool:
    """Tell whether the head of a log is on the terminal."""
    return _painted


def take_away() -> None:
    """Give the terminal back as it was, where the program will not draw on it after all."""
    global _painted  # noqa: PLW0603 - the terminal is one
    if _painted:
        _painted = False
        _heed_signals(signal.SIG_DFL)
        os.write(2, b"\x1b[0m\x1b[2J\x1b[H\x1b[?1049l\x1b[?7h\x1b[?25h")


def leave_to_program() -> None:
    """Let the program draw over it; it gives the terminal back."""
    global _painted  # noqa: PLW0603 - as above
    _painted = False
    _heed_signals(signal.SIG_DFL)


def _log_of(arguments: Sequence[str]) -> str | None:
    """Return the log whose lines come first, None where that is not plain from the arguments alone."""
    paths, rest = [], iter(arguments[1:] if arguments[:1] == ["replay"] else ["--"])
    for argument in rest:
        if argument in _WITH_VALUE:
            next(rest, None)
        elif argument.startswith("-") and argument not in _FLAGS and argument.partition("=")[0] not in _WITH_VALUE:
            return None
        elif not argument.startswith("-"):
            paths.append(argument)
    return min(paths, key=os.path.basename, default=None)


def _has_terminal() -> bool:
    return all(os.isatty(one) for one in (0, 1, 2)) and os.environ.get("TERM", "dumb") not in {"dumb", ""}


def _head(path: str) -> bytes:
    """Read the beginning of a regular file that is plainly a log; nothing of any other."""
    name = os.path.basename(path).lower()  # noqa: PTH119 - as above
    if name.startswith(_OTHER_NAMES) or not os.path.isfile(path):  # noqa: PTH113 - as above
        return b""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        head = os.pread(file, HEAD_BYTES, 0)
        os.close(file)
    except OSError:
        return b""
    if head.startswith(b"\x1f\x8b"):
        name, head = name.removesuffix(".gz"), _unzipped(head)
    is_log = (head.startswith(b"{") and b"}\n{" in head) or (name.endswith(_LOG_NAMES) and head[:1] not in {b"{", b"["})
    return head if is_log and b"\0" not in head else b""


def _unzipped(head: bytes) -> bytes:
    import zlib

    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


def _shown_lines(head: bytes, columns: int, rows: int, *, ascii_only: bool) -> list[str]:
    texts = head.decode("utf-8", "replace").split("\n")[:-1]
    shown = (text.rstrip("\r").lstrip("\ufeff") for text in texts if text.strip())
    return [_fitted(_told(text), columns, ascii_only=ascii_only) for text in islice(shown, rows)]


def _told(text: str) -> str:
    """Write a JSON record as the program will: time, level, message and short fields; any other line as it is."""
    if not text.startswith("{"):
        return f"  {text}"
    import json  # a tenth of the time that it takes to load what the program decodes with

    from triage_tui.logs.formats.moments import moment_of
    from triage_tui.logs.formats.told_fields import told_fields

    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return f"  {text}"
    time, level, event = (_first(record, *names) for names in (
        ("timestamp", "time", "@timestamp", "ts"), ("level", "severity", "levelname"), ("event", "message", "msg"),
    ))  # fmt: skip
    moment = moment_of(time)
    if moment is None or not isinstance(event, str):
        return f"  {text}"
    name = str(level or "").upper()
    clock = f"{moment:%H:%M:%S.%f}"[:12]
    return f"  {clock} {_LEVELS.get(name, name):5.5} {event}  {told_fields(record, event, name)}"


def _first(record: dict[str, object], *names: str) -> object:
    return next((record[name] for name in names if name in record), None)


def _fitted(raw: str, columns: int, *, ascii_only: bool) -> str:
    """Make a text safe, and cut it to so many cells."""
    from triage_tui.investigation.visible_text import visible

    text = visible(raw, ascii_only=ascii_only).expandtabs(4)
    if text.isascii():
        return text[:columns]
    from unicodedata import east_asian_width

    kept, cells = "", 0
    for character in text[:columns]:
        width = 2 if east_asian_width(character) in "WF" else 1
        cells += width
        if cells > columns:
            break
        kept += "?" * width if ascii_only and not character.isascii() else character
    return kept


def _draws_ascii() -> bool:
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "C")
    return os.environ.get("TERM") == "linux" or "UTF" not in locale.upper()


def _paint(name: str, lines: Sequence[str], rows: int) -> None:
    global _painted  # noqa: PLW0603 - as above
    _painted = True
    _heed_signals(_end)
    os.write(2, "".join(_sequence(name, lines, rows)).encode("utf-8", "replace"))


def _sequence(name: str, lines: Sequence[str], rows: int) -> Iterator[str]:
    height = rows - _OTHER_ROWS
    first = FIRST_ROW + (4 if height >= _HIGH else 2 if height >= _LOW else 0)
    yield f"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J {name}"
    for row, line in enumerate(lines[: rows - first - 4], first + 1):
        yield f"\x1b[{row};2H{line}"
    # What is typed meanwhile shows there, until the program draws.
    yield f"\x1b[{rows};1H\x1b[?7h"


def _heed_signals(handler: signal.Handlers | object) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)  # type: ignore[arg-type]


def _end(number: int, frame: object) -> None:
    del frame
    take_away()
    sys.exit(128 + number)
