"""Severities under one name each.

Every spelling becomes one of ``LEVELS``; a word that is no severity is kept in capitals.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

LEVELS = ("TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL")
ERROR_LEVELS = frozenset({"ERROR", "CRITICAL"})
_SPELLINGS = {
    "TRACE": "trace verbose finest finer silly t v",
    "DEBUG": "debug dbg fine config d debug1 debug2 debug3 debug4 debug5",
    "INFO": "info information informational log default statement detail i",
    "NOTICE": "notice hint n",
    "WARNING": "warning warn w",
    "ERROR": "error err severe failure e",
    "CRITICAL": "critical crit fatal emergency emerg alert panic dpanic c f",
}
_NAMES = {word: level for level, words in _SPELLINGS.items() for word in words.split()}
# pino and bunyan; Python's numbers agree up to 40, and 50 is its CRITICAL.
_PINO = {10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARNING", 50: "ERROR", 60: "CRITICAL"}
_SYSLOG = ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")
_WORST_PINO, _WORST_SYSLOG = ("50", "60"), ("0", "1", "2", "3")
_SERVER_ERROR = 500
_OTEL = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def level_of(value: object) -> str | None:
    """Name a severity given as a word or as pino's, syslog's or (1 to 24, not a multiple of 10) OpenTelemetry's number.

    >>> level_of("warn"), level_of(50), level_of("3"), level_of(None)
    ('WARNING', 'ERROR', 'ERROR', None)
    """
    if value is None or isinstance(value, bool) or value == "":
        return None
    text = str(value).strip().strip("[]<>:").lower().removesuffix(".0")
    if text.isdigit():
        return _from_number(int(text))
    return _NAMES.get(text, text.upper() or None)


class LevelNames(dict[object, "str | None"]):
    """Remembers each spelling once, so that a million records cost a million look-ups and no parsing."""

    def __missing__(self, value: object) -> str | None:
        level = level_of(value)
        if len(self) < 4096:  # noqa: PLR2004 - a field of free text must not fill the memory
            self[value] = level
        return level


def _from_number(number: int) -> str | None:
    if number in _PINO:
        return _PINO[number]
    if number < len(_SYSLOG):
        return _SYSLOG[number]
    return _OTEL[(number - 1) // 4] if number <= 4 * len(_OTEL) else str(number)


def level_of_status(status: str) -> str | None:
    """The level of a request that an access log tells by its HTTP status alone: where the server failed, ERROR.

    >>> level_of_status("503"), level_of_status("404"), level_of_status("-1")
    ('ERROR', None, None)
    """
    return "ERROR" if status.isdecimal() and int(status) >= _SERVER_ERROR else None


def error_spellings(seen: AbstractSet[str]) -> tuple[str, ...]:
    """How levels that are errors begin in a log in which these levels were seen, by the case and kind of the words.

    Each is searched for in the whole log, so that those are left out which no library writes beside the words that were
    seen. Empty where that cannot be told.
    """
    if not seen or any(word.isdigit() for word in seen):
        return _error_numbers(seen)
    words = {word.lower() for word in seen}
    beginnings = ["error", "crit", "fatal", "panic"]
    if words & {"notice", "err", "crit", "alert", "emerg"}:
        beginnings = ["err", *beginnings[1:], "alert", "emerg"]
    if words & {"fine", "finer", "config", "severe"}:
        beginnings = ["severe"]
    cases = [case for case in (str.lower, str.upper, str.title) if any(word == case(word) for word in seen)]
    return tuple(case(word) for case in cases for word in beginnings)


def _error_numbers(seen: AbstractSet[str]) -> tuple[str, ...]:
    if not seen or not all(word.isdigit() for word in seen):
        return ()
    if all(int(word) in _PINO for word in seen):
        return _WORST_PINO
    return _WORST_SYSLOG if all(int(word) < len(_SYSLOG) for word in seen) else ()
