"""Batches of fields as the frame that the analysis reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from operator import itemgetter

import msgspec
import polars as pl

from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.logs.formats.durations import duration_ms
from triage_tui.logs.formats.fields import DURATION_UNITS, Plan, plan_for, text_of
from triage_tui.logs.formats.levels import LevelNames
from triage_tui.logs.formats.line_formats import Fields
from triage_tui.logs.formats.timestamps import EPOCH
from triage_tui.logs.records.batches import Batch
from triage_tui.logs.records.time_columns import read_times

SCHEMA = frame_schema(EvidenceKind.LOGS)
_PLANS_KEPT = 4096
_ROUTES_KEPT = 65536
_ENCODER = msgspec.json.Encoder(enc_hook=str)
_ORIGIN = re.compile(r"^([A-Z]+ )?\w+://[^/]*/?")
_REQUEST_LINE = re.compile(r"([A-Z]{3,7}) (\S+)(?: HTTP/[\d.]+)?\Z")
Values = list[object]


class FrameBuilder:
    """Turns the batches of one file into frames of ``SCHEMA``, in the order of the file.

    ``without_zone`` counts the times that carried no offset and were read in ``assumed_zone``.
    """

    def __init__(
        self,
        file: str,
        assumed_zone: tzinfo = UTC,
        id_fields: frozenset[str] = frozenset(),
        today: datetime | None = None,
    ) -> None:
        self._file, self._zone, self._id_fields, self._today = file, assumed_zone, id_fields, today
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._levels, self._routes = LevelNames(), _RouteNames()
        self.without_zone = 0

    def frame(self, batch: Batch) -> pl.DataFrame:
        """Return one row a record with the columns of ``SCHEMA``."""
        columns = self._gathered(batch.fields)
        times = self._times(columns.pop("time", None), len(batch))
        texts = {name: columns.get(name, []) for name in ("service", "host", "request_id", "user", "client", "event")}
        series: dict[str, pl.Series] = {name: _text_series(values, len(batch)) for name, values in texts.items()}
        series |= {
            "time": times,
            "level": _text_series(self._level_names(columns.get("level", [])), len(batch)),
            "route": _text_series(_routes(columns.get("route"), columns.get("method"), self._routes), len(batch)),
            "status": _status_series(columns.get("status"), len(batch)),
            "duration_ms": pl.Series(columns.get("duration") or [None] * len(batch), dtype=pl.Float64),
            "exception": _text_series(_exceptions(columns, len(batch)), len(batch)),
            "file": pl.repeat(self._file, len(batch), dtype=pl.String, eager=True),
            "line": pl.Series(batch.lines, dtype=pl.Int64),
            "offset": pl.Series(batch.offsets, dtype=pl.Int64),
            "length": pl.Series(batch.lengths, dtype=pl.Int64),
            "attributes": pl.Series(columns["attributes"], dtype=pl.String),
        }
        return pl.DataFrame({name: series[name] for name in SCHEMA})

    def _level_names(self, values: Values) -> list[str | None]:
        if set(map(type, values)) <= {str, int, type(None)}:
            return list(map(self._levels.__getitem__, values))
        return [self._levels[value if isinstance(value, str | int) else text_of(value)] for value in values]

    def _times(self, values: Values | None, count: int) -> pl.Series:
        read = read_times(values or [None] * count, self._zone, self._today)
        self.without_zone += read.without_zone
        return read.times

    def _gathered(self, rows: Sequence[Fields]) -> dict[str, Values]:
        """Bring the rows' fields into columns; rows with the same keys share a plan and are gathered together."""
        shapes = _shapes(rows)
        columns: dict[str, Values] = {"attributes": [None] * len(rows)}
        for keys, numbers in shapes.items():
            plan = self._plan(keys)
            same = rows if len(shapes) == 1 else [rows[number] for number in numbers]
            for column, values in _columns_of(same, plan).items():
                _scatter(columns.setdefault(column, [None] * len(rows)), numbers, values)
        return columns

    def _plan(self, keys: tuple[str, ...]) -> Plan:
        plan = self._plans.get(keys)
        if plan is None:
            plan = plan_for(keys, self._id_fields)
            if len(self._plans) < _PLANS_KEPT:
                self._plans[keys] = plan
        return plan


def in_time_order(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Merge the records of several logs; one without a time stands at that of the record before it in its file."""
    merged, order = pl.concat(frames), pl.concat([time_filled(frame["time"]) for frame in frames])
    if order.is_sorted():
        return merged
    # Each log is in the order of its file, in which a stable sort leaves equal times.
    return merged[order.to_physical().to_numpy().argsort(kind="stable")]


def time_filled(times: pl.Series) -> pl.Series:
    """Times in the order of a file; where there is none, that of the record before, at the beginning of the next."""
    return times.fill_null(strategy="forward").fill_null(strategy="backward").fill_null(EPOCH)


def _shapes(rows: Sequence[Fields]) -> dict[tuple[str, ...], Sequence[int]]:
    """Which rows have which keys; most logs have few shapes, and a batch often just one."""
    keys = list(map(tuple, rows))
    if len(set(keys)) <= 1:
        return dict.fromkeys(keys, range(len(rows)))
    shapes: dict[tuple[str, ...], list[int]] = {}
    for number, shape in enumerate(keys):
        shapes.setdefault(shape, []).append(number)
    return dict(shapes)


def _columns_of(rows: Sequence[Fields], plan: Plan) -> dict[str, Values]:
    columns: dict[str, Values] = {}
    for column, key in plan.columns.items():
        values = list(map(itemgetter(key), rows))
        columns[column] = (
            _milliseconds(values, DURATION_UNITS.get(key.lower(), 1.0)) if column == "duration" else values
        )
    columns["attributes"] = _attribute_texts(rows, plan.attributes)
    return columns


def _scatter(target: Values, numbers: Sequence[int], values: Values) -> None:
    if len(numbers) == len(target):
        target[:] = values
        return
    for number, value in zip(numbers, values, strict=True):
        target[number] = value


def _attribute_texts(rows: Sequence[Fields], keys: tuple[str, ...]) -> Values:
    if not keys:
        return ["{}"] * len(rows)
    try:
        lines = _ENCODER.encode_lines([{key: row[key] for key in keys} for row in rows])
    except RecursionError:
        # What could just be decoded may be too deep for the encoder.
        lines = _ENCODER.encode_lines([{key: _shallow(row[key]) for key in keys} for row in rows])
    texts: Values = [*lines.decode("utf-8", "replace").split("\n")]
    return texts[: len(rows)]


def _shallow(value: object) -> object:
    return text_of(value) if isinstance(value, list | dict) else value


def _text_series(values: Values | Sequence[str | None], count: int) -> pl.Series:
    if not values:
        return pl.repeat(None, count, dtype=pl.String, eager=True)
    if not set(map(type, values)) <= {str, type(None)}:
        values = list(map(text_of, values))
    series = pl.Series("", values, dtype=pl.String)
    return series.set(series == "", None) if "" in values else series


def _status_series(values: Values | None, count: int) -> pl.Series:
    if not values:
        return pl.repeat(None, count, dtype=pl.Int32, eager=True)
    if set(map(type, values)) == {int}:
        return pl.Series(values, dtype=pl.Int64, strict=False).cast(pl.Int32, strict=False)
    texts = pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
    return texts.str.extract(r"^(\d+)", 1).cast(pl.Int32, strict=False)


def _milliseconds(values: Values, unit: float) -> Values:
    if unit == 1.0 and set(map(type, values)) <= {int, float}:
        return values
    return [duration_ms(value, unit) for value in values]


class _RouteNames(dict[tuple[object, object], "str | None"]):
    """Remembers the name of each endpoint; paths with IDs in them are many, so it forgets all when it is full."""

    def __missing__(self, request: tuple[object, object]) -> str | None:
        if len(self) >= _ROUTES_KEPT:
            self.clear()
        route = self[request] = _route(*request)
        return route


def _routes(routes: Values | None, methods: Values | None, known: _RouteNames) -> list[str | None]:
    if not routes:
        return []
    requests = zip(routes, methods or [None] * len(routes), strict=True)
    if set(map(type, routes)) <= {str, type(None)} and set(map(type, methods or [])) <= {str, type(None)}:
        return list(map(known.__getitem__, requests))
    return [_route(value, method) for value, method in requests]


def _route(value: object, method: object) -> str | None:
    """Name an endpoint: method and path, without the query."""
    route = text_of(value)
    if route is None:
        return None
    if " HTTP/" in route and (request := _REQUEST_LINE.match(route)):
        route = f"{request[1]} {request[2]}"
    route = route.partition("?")[0]
    if "://" in route:
        route = _ORIGIN.sub(r"\1/", route)
    return f"{str(method).upper()} {route}" if method and route.startswith("/") else route


def _exceptions(columns: dict[str, Values], count: int) -> list[str | None]:
    """A stack trace where there is one, else "Type: message"."""
    sources = [columns.get(name) for name in ("exception", "exception_type", "exception_message")]
    if not any(sources):
        return []
    filled: Iterable[Values] = (values or [None] * count for values in sources)
    return [_exception(*parts) for parts in zip(*filled, strict=True)]


def _exception(trace: object, kind: object, message: object) -> str | None:
    # structlog and python-json-logger may leave exc_info=True behind, which says nothing.
    if trace is not None and not isinstance(trace, bool) and trace != "":
        return text_of(trace)
    named = [str(part) for part in (kind, message) if part]
    return ": ".join(named) or None
