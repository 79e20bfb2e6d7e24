"""Logs of many formats at random, with lines in their middle that differ from the others in ways that logs do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
USUAL_LINES = 420
"""Lines at both ends that are as usual: formats and layouts are told from these."""
_KEYS = {
    "time": ["time", "timestamp", "ts", "@timestamp", "@t", "t", "Timestamp"],
    "level": ["level", "severity", "lvl", "log.level", "levelname", "Level"],
    "request_id": ["request_id", "trace_id", "correlation_id", "requestId", "dd.trace_id", "RequestId"],
    "host": ["host", "hostname", "pod", "host.name", "pod_name", "instance", "node", "HOSTNAME"],
    "event": ["message", "msg", "event", "@m", "body"],
}
_TIMES: list[Callable[[datetime], object]] = [
    lambda at: at.isoformat(),
    lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S,%f"),
    lambda at: int(at.timestamp() * 1000),
    lambda at: at.timestamp(),
]
_ODD_TEXTS = [
    "",
    "x",
    "a\nb",
    'a"b',
    "tab\there",
    "a\\b",
    "größe",
    "\u2028",
    'web-1", "host": "web-2',
    "host=web-9",
    "{}",
    '{"level": "error", "host": "inner"}',
    "a/b<c>&d",
    "x" * 300,
    " web-1 ",
    "ABCDEF01-2345-6789-ABCD-EF0123456789",
    "0123456789ABCDEF0123456789ABCDEF",
    "null",
    "-",
    "'q'",
    "a=b",
    "\u00e9\u0301\U0001f600",
]
_ODD_VALUES: list[object] = [
    None,
    True,
    False,
    0,
    17,
    1.5,
    -3,
    [],
    ["one"],
    ["a", 2],
    {},
    {"name": "deep", "id": "d-1"},
]


class OddLog:
    """Lines of one format; those between ``USUAL_LINES`` at either end differ from the usual ones now and then."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self._formats = [self._json, self._json, self._json, self._logfmt, self._logfmt, self._text]

    def lines(self, odd_lines: int) -> list[bytes]:
        """All lines, without their ends."""
        line = self.dice.choice(self._formats)()
        middle = [line(number, self.dice.random() < 0.5) for number in range(odd_lines)]
        return [
            *(line(number, False) for number in range(USUAL_LINES)),
            *middle,
            *(line(number, False) for number in range(USUAL_LINES)),
        ]

    def _json(self) -> Callable[[int, bool], bytes]:
        dice = self.dice
        compact, ascii_only = dice.random() < 0.5, dice.random() < 0.5
        separators = (",", ":") if compact else None
        usual = self._usual_fields()

        def line(number: int, odd: bool) -> bytes:
            fields = usual(number)
            if odd:
                fields = self._made_odd(fields)
            text = json.dumps(fields, separators=separators, ensure_ascii=ascii_only)
            return self._torn(self._escaped(text) if odd else text, odd)

        return line

    def _logfmt(self) -> Callable[[int, bool], bytes]:
        usual = self._usual_fields()

        def line(number: int, odd: bool) -> bytes:
            fields = usual(number)
            if odd:
                fields = self._made_odd(fields)
            return self._torn(" ".join(self._pair(key, value, odd=odd) for key, value in fields.items()), odd)

        return line

    def _text(self) -> Callable[[int, bool], bytes]:
        form = self.dice.choice(
            [
                "{at:%Y-%m-%d %H:%M:%S,%f} {level} orders.api: {message}",
                "{at:%Y-%m-%d %H:%M:%S,%f} [main] {level} com.example.Orders - {message}",
                "{at:%b %d %H:%M:%S} {host} orders[17]: {message}",
                '10.0.0.1 - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET /x HTTP/1.1" 200 12 "-" "{host}"',
                "{at:%Y/%m/%d %H:%M:%S} {message}",
            ]
        )

        def line(number: int, odd: bool) -> bytes:
            dice = self.dice
            known = {"at": self._at(number), "level": "INFO", "host": f"web-{number % 4}", "message": f"order {number}"}
            if odd:
                known["message"] = dice.choice([" ".join(one.split()) for one in _ODD_TEXTS])
                known["level"] = dice.choice(["ERROR", "warn", "NOPE", "INFO", "E"])
                known["host"] = dice.choice(["w", "web-10", "-", "[x]"])
            return self._torn(form.format(**known), odd)

        return line

    @staticmethod
    def _at(number: int) -> datetime:
        return AT + timedelta(milliseconds=77 * number)

    def _usual_fields(self) -> Callable[[int], dict[str, object]]:
        dice = self.dice
        named = {
            column: dice.choice(names) for column, names in _KEYS.items() if column == "time" or dice.random() < 0.8
        }
        others = dice.sample(["user", "path", "span", "n", "status", "service"], dice.randrange(5))
        order = dice.sample([*named.values(), *others], len(named) + len(others))
        written, width = dice.choice(_TIMES), dice.choice([8, 32])

        def usual(number: int) -> dict[str, object]:
            known: dict[str, object] = {
                "time": written(self._at(number)),
                "level": ["info", "warning"][number % 9 == 0],
                "request_id": f"{number % 7:0{width}x}",
                "host": f"web-{number % 4}",
                "event": f"order {number} done",
            }
            fields = {named[column]: value for column, value in known.items() if column in named}
            fields |= {name: number if name in {"n", "status"} else f"{name}-{number % 3}" for name in others}
            return {key: fields[key] for key in order}

        return usual

    def _made_odd(self, fields: dict[str, object]) -> dict[str, object]:
        dice = self.dice
        for _ in range(dice.choice([1, 1, 2])):
            keys = list(fields) or ["x"]
            kind = dice.randrange(7)
            if kind == 0:
                key = dice.choice(dice.choice(list(_KEYS.values())))
                fields = self._with(fields, key, dice.choice(["odd-1", "error", "2026-11-24T05:00:00Z", "", None]))
            elif kind == 1:
                fields[dice.choice(keys)] = dice.choice(_ODD_TEXTS)
            elif kind == 2:
                fields[dice.choice(keys)] = dice.choice(_ODD_VALUES)
            elif kind == 3:
                fields.pop(dice.choice(keys), None)
            elif kind == 4:
                fields = self._with(fields, dice.choice(["k8s", "kubernetes", "labels", "ctx"]), self._nested())
            elif kind == 5:
                fields = self._with(
                    fields, dice.choice(["extra", "note", "error", "hosts", "x"]), dice.choice(_ODD_TEXTS)
                )
            else:
                fields[dice.choice(keys)] = self._as_wide(fields.get(dice.choice(keys)))
        return fields

    def _with(self, fields: Mapping[str, object], key: str, value: object) -> dict[str, object]:
        """The fields and one more anywhere, most often at the end."""
        pairs = [(name, one) for name, one in fields.items() if name != key]
        place = len(pairs) if self.dice.random() < 0.6 else self.dice.randrange(len(pairs) + 1)
        return dict([*pairs[:place], (key, value), *pairs[place:]])

    def _nested(self) -> dict[str, object]:
        key = self.dice.choice([name for names in _KEYS.values() for name in names])
        return {key: "deep-1", "pod": {"name": "p-1"}} if self.dice.random() < 0.5 else {key: "deep-2"}

    def _as_wide(self, value: object) -> object:
        """A text with something odd in it, as wide as another one."""
        if not isinstance(value, str) or len(value) < 2:
            return value
        place = self.dice.randrange(len(value) - 1)
        return value[:place] + self.dice.choice(['"', "\\", "\n", "é", " ", "="]) + value[place + 1 :]

    def _escaped(self, text: str) -> str:
        """The same with some characters escaped as JSON allows it."""
        dice = self.dice
        if dice.random() < 0.7:
            return text
        one = dice.choice("abeosw/-1")
        pieces = text.split('"')
        for number in range(3, len(pieces), 4):
            is_value = number + 1 < len(pieces) and not pieces[number + 1].startswith(":")
            if is_value and "\\" not in "".join(pieces[number - 1 : number + 2]):
                pieces[number] = pieces[number].replace(one, f"\\u{ord(one):04x}", 1)
        return '"'.join(pieces)

    def _pair(self, key: str, value: object, *, odd: bool) -> str:
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        if odd and self.dice.random() < 0.1:
            bare = text.replace(" ", "")
            ways = [f"{key}={bare}", f'{key}="{text}', f'{key}=a"{text}"', f"{key}", f'{key}="{text}"x']
            return self.dice.choice(ways)
        is_word = text and not set(text) & set('"=\\') and not any(map(str.isspace, text))
        return f"{key}={text}" if is_word else f"{key}={json.dumps(text, ensure_ascii=False)}"

    def _torn(self, text: str, odd: bool) -> bytes:
        dice, line = self.dice, text.encode("utf-8", "surrogatepass")
        if not odd or dice.random() < 0.8:
            return line.replace(b"\n", b" ")
        place, kind = dice.randrange(len(line)), dice.randrange(5)
        is_json = text.startswith("{")
        if kind == 0:
            line = line[:place] if is_json else line
        elif kind == 1:
            line = self._with_odd_byte(line, is_json=is_json)
        elif kind == 2:
            line += dice.choice([b" ", b"\r", b"\t"] if is_json else [b" ", b"\r", b"}", b" x", b"\t"])
        elif kind == 3:
            line = dice.choice([b" ", b"\t", b"\xef\xbb\xbf", b"x "]) + line
        elif kind == 4:
            line = dice.choice([b"Traceback (most recent call last):", b"  File x", b"ValueError: x", b"", b"{}", b"{"])
        return line.replace(b"\n", b" ")

    def _with_odd_byte(self, line: bytes, *, is_json: bool) -> bytes:
        """One byte within a value is none of UTF-8, or in pairs a quote or a backslash; JSON is JSON then too."""
        begins = [match.end() for match in re.finditer(rb"""[=": ]\w{3}""", line)]
        if not begins:
            return line
        place = self.dice.choice(begins) - 1
        odd = bytes([self.dice.choice([0xFF, 0xC3, 0x80, 0] if is_json else [0xFF, 0xC3, 0x80, 0, 0x22, 0x5C])])
        found = line[:place] + odd + line[place + 1 :]
        if not is_json:
            return found if line[place - 3 : place - 2] == b"=" else line
        try:
            json.loads(found.decode("utf-8", "replace"), strict=False)
        except ValueError:
            return line
        return found
