"""Lines that go on a record: those of a stack trace, and others that are indented."""

from __future__ import annotations

import re

from triage_tui.logs.formats.line_formats import Fields

RECORD_BYTES_CAP = 1 << 20
CONTINUED = "continued"
"""The field of a line that goes on a record which is not the one right before it."""
# Behind the panic, a crash of Go goes on with its signal, goroutines and their calls, whose arguments are addresses.
_WITHIN_GO_CRASH = (
    r"\[signal [A-Z]|goroutine \d+ \[|created by [\w./*()\[\]-]+( in goroutine \d+)?$|exit status \d+$|runtime stack:$"
    r"|(?:[\w.~-]+/)*[\w-]+(?:\.(?:\(\*?[\w.\[\]]+\)|[\w·\[\]-]+))+\((?:0x[\da-f]+\??|\.\.\.|[{}, ?_])*\)$"
)
_WITHIN_OTHER_CRASHES = (
    r"note: run with `RUST_BACKTRACE|note: Some details are omitted|stack backtrace:$|Node\.js v\d+\.\d+\.\d+$"
)
_WITHIN_TRACE = (
    r"\s|Traceback \(most recent|Caused by:|Suppressed:|During handling of the above|The above exception was"
    rf"|\.\.\. \d+ (more|common)|{_WITHIN_GO_CRASH}|{_WITHIN_OTHER_CRASHES}|[}})\]]"
)
_TRACE_LINE = re.compile(_WITHIN_TRACE + r"|[\w.$]+(Error|Exception|Warning|Exit|Interrupt)\b(:|$)")
_NO_MESSAGE = re.compile(_WITHIN_TRACE)
_TRACE_BEGIN = re.compile(
    r"Traceback \(most recent|Caused by:|goroutine \d+ \[|\[signal [A-Z]|stack backtrace:$"
    r'|\s*(?:at |File "|(?:[\w$]+\.)+[\w$]*(?:Error|Exception)(?::|$))'
)


def is_indented(line: str) -> bool:
    """Whether a line goes on the one before; an indented JSON object does not."""
    return line[:1] in {" ", "\t", ""} and "{" not in line[:8]


def is_trace_line(line: str) -> bool:
    """Whether a line is like those of a stack trace, its last one, which names the exception, among them."""
    return _TRACE_LINE.match(line) is not None


def is_no_message(line: str) -> bool:
    """Whether a line says nothing without the record that it goes on."""
    return _NO_MESSAGE.match(line) is not None


def continue_record(fields: Fields, line: str, *, is_cut: bool = False) -> None:
    """Add a line to a record: to its stack trace where it has one or the line begins one, else to its message.

    Of a blank one nothing is added. One that ``is_cut`` from the one before it goes on within that.
    """
    if not line.strip() and not is_cut:
        return
    known = fields.get("exception")
    begins_trace = not is_cut and _TRACE_BEGIN.match(line) is not None
    key = "exception" if isinstance(known, str) or begins_trace else "message"
    append_line(fields, CONTINUED if CONTINUED in fields else key, line, "" if is_cut else "\n")


def append_line(fields: Fields, key: str, line: str, between: str = "\n") -> None:
    """Add a line to the text of a field, up to ``RECORD_BYTES_CAP`` characters."""
    before = fields.get(key)
    if before is None:
        fields[key] = line
    elif len(str(before)) < RECORD_BYTES_CAP:
        fields[key] = f"{before}{between}{line}"
