"""Severities under one name each.

Every spelling becomes one of ``LEVELS``; a word that is no severity is kept in capitals.
"""

from __future__ import annotations

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
_OTEL = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def level_of(value: object) -> str | None:
    """Name a severity given as a word or as pino's, syslog's or (1 to 24, not a multiple of 10) OpenTelemetry's number.

    >>> level_of("warn"), level_of(50), level_of("3"), level_of(None)
    ('WARNING', 'ERROR', 'ERROR', None)
    """
    if value is None or isinstance(value, bool) or value == "":
        return None
    text = str(value).strip().strip("[]<>:").lower()
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
