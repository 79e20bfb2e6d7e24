"""What is read of a line by its layout is what parsing it gives, whatever is odd in it."""

from __future__ import annotations

import json
from random import Random
from threading import Event

import numpy as np
import polars as pl
import pytest

from tests.logs.indexes import index_of
from tests.logs.odd_lines import OddLog
from triage_tui.logs.formats.fields import outranking
from triage_tui.logs.index.chunk_reader import ChunkReader
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.quick import key_search
from triage_tui.logs.quick.hashing import hash_of
from triage_tui.logs.quick.key_search import KeySearch

# Which message of several is a record's is told by parsing alone, so that its template may be another one.
_COMPARED = ("offset", "line", "order", "flags", "id_hash", "host", "length")


def index_of_lines(lines: list[bytes]) -> tuple[pl.DataFrame, bool]:
    """The index of a log of these lines, and whether it has layouts."""
    logs = IndexedLogs([LogInput("app.log", data=b"".join(line + b"\n" for line in lines))])
    logs.build(lambda _: None, Event())
    logs.complete(Event())
    return index_of(logs.store()).select(_COMPARED), logs._files[0].chunks.is_quick


def both_ways(lines: list[bytes], monkeypatch: pytest.MonkeyPatch) -> pl.DataFrame:
    """The index of lines, which is the same without layouts."""
    quick, is_quick = index_of_lines(lines)
    with monkeypatch.context() as patched:
        patched.setattr(ChunkReader, "_learn", lambda *_: None)
        parsed, _ = index_of_lines(lines)
    assert is_quick
    assert quick.rows() == parsed.rows()
    return quick


# Of some, no line has a layout.
@pytest.mark.parametrize("seed", [1, 2, 3, 5, 6, 7, 8, 9, 12, 13])
def test_odd_lines_of_any_format(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    both_ways(OddLog(Random(seed)).lines(60), monkeypatch)


USUAL = {"timestamp": "2026-11-24T02:00:00Z", "severity": "info", "trace_id": "0123456789abcdef", "msg": "done"}


@pytest.mark.parametrize(
    "odd",
    [
        {"host": "late"},
        {"Host": "late", "HOSTNAME": "later"},
        {"kubernetes": {"pod": {"name": "nested"}}},
        {"level": "error"},
        {"ctx": {"level": "error"}},
        {"request_id": "r-1"},
        {"note": "x", "Correlation_ID": "r-1"},
        {"trace_id": "", "dd.trace_id": "t-9"},
        {"trace_id": None, "x-request-id": "t-9"},
        {"trace_id": '0123456789ab"def'},
        {"trace_id": "0123456789ab\\def"},
        {"trace_id": "0123456789abçdef"},
        {"msg": '{"level": "error", "request_id": "inner"}'},
        {"msg": '{\n  "level": "error"}'},
        {"msg": '"host": "said"'},
    ],
)
@pytest.mark.parametrize("compact", [True, False])
def test_a_key_or_a_value_that_only_some_lines_have(
    odd: dict[str, object], compact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    separators = (",", ":") if compact else None
    usual, other = (json.dumps(one, separators=separators).encode() for one in (USUAL, USUAL | odd))
    both_ways([usual] * 420 + [other, usual] * 5 + [usual] * 420, monkeypatch)


def test_a_value_that_is_as_wide_as_another_key_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"time": "2026-11-24T02:00:00Z", "level": "info", "host": "%s", "request_id": "%s", "msg": "m"}'
    usual = line % (b"web-1-abcdef", b"0123456789abcdef")
    odd = [line % (b'W", "a": "bc', b"0123456789abcdef")]
    found = both_ways([usual] * 420 + odd + [usual] * 420, monkeypatch)
    assert found["host"][420] == "W"


@pytest.mark.parametrize(
    "odd",
    [
        b'ts=2026-11-24T02:00:00Z level=info request_id=0123456 msg="not closed',
        b'ts=2026-11-24T02:00:00Z level=info request_id="0123456" msg=done',
        b'ts=2026-11-24T02:00:00Z level=info request_id="012"456 msg="done"',
        b'ts=2026-11-24T02:00:00Z level=info request_id=012"456 msg="done"',
        b'ts=2026-11-24T02:00:00Z level=info request_id=0123456 msg="done"x',
        b'ts=2026-11-24T02:00:00Z level=info request_id=0123456 msg="said \\"no\\"" host=late',
        b'ts=2026-11-24T02:00:00Z level=info request_id=0123456 msg="ends \\\\" host=late',
        b'ts=2026-11-24T02:00:00Z level=info request_id=0123456 msg="a =" pod',
        b"ts=2026-11-24T02:00:00Z level=info request_id=01234\xff6 msg=done",
    ],
)
def test_pairs_with_quotes_that_are_odd(odd: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = b'ts=2026-11-24T02:00:00Z level=info request_id=0123456 msg="done"'
    both_ways([usual] * 420 + [odd, odd, usual, odd] + [usual] * 420, monkeypatch)


def test_an_id_that_is_no_text_is_one_however_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"time": "2026-11-24T02:00:00Z", "level": "info", "request_id": "%s", "msg": "m"}'
    found = both_ways([line % b"0123"] * 420 + [line % b"01\xff3"] + [line % b"0123"] * 420, monkeypatch)
    assert found["id_hash"][420] == hash_of("01\ufffd3")


def test_many_lines_have_a_key_that_the_samples_lack_and_each_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = json.dumps(USUAL).encode()
    others = [json.dumps(USUAL | {"n": n, "hosts": [n], "host": f"h{n % 3}"}).encode() for n in range(300)]
    found = both_ways([usual] * 420 + others + [usual] * 420, monkeypatch)
    assert found["host"][420:720].to_list() == [f"h{n % 3}" for n in range(300)]


@pytest.mark.parametrize("usual", [b"", b'"hosts": ', b'"host":"pod":"node": host= pod= node= server= instance='])
@pytest.mark.parametrize("is_json", [True, False])
def test_keys_are_found_wherever_they_stand(usual: bytes, is_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_search, "_BLOCK_BYTES", 4096)
    names = sorted(outranking("host", None))
    dice, text, wanted = Random(3), b"", []
    for number in range(400):
        name = dice.choice([names[number % len(names)], "hosts", "ghost", "hostnames", "podium"])
        written = dice.choice([name, name.upper(), name.title()])
        text += b"x" * dice.randrange(40) + (b', "n": 1, ' if is_json else b" ")
        wanted += [len(text)] if name in names else []
        text += (f'"{written}": 1' if is_json else f"{written}=1").encode()
    search = KeySearch(names, usual, is_json=is_json)
    assert sorted(set(search.places(np.frombuffer(text + bytes(8), np.uint8)))) == wanted


@pytest.mark.parametrize("is_json", [True, False])
def test_a_short_key_is_found_where_it_is_one_and_not_in_what_is_frequent(is_json: bool) -> None:
    line = b'{"note": "at", "t" : 1, "n": 2}' if is_json else b'note="at" t=1 n=2'
    other = b'{"note": "t", "at": 1}' if is_json else b"note=t at=1 bat=2"
    text = b"\n".join([other] * 90 + [line] + [other] * 90)
    (place,) = set(KeySearch(["t"], b"", is_json=is_json).places(np.frombuffer(text + bytes(8), np.uint8)))
    assert place == 90 * (len(other) + 1) + line.index(b'"t" :' if is_json else b" t=1") + (not is_json)
