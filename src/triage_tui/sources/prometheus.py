"""Prometheus and what speaks its HTTP API, such as VictoriaMetrics, through prometheus-api-client.

The client gets a session that carries every request over our own exchange: parameters in a POST body, one deadline,
a byte cap, no redirects, and the last answer kept, since the client drops warnings and error texts.
Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec
import polars as pl
import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, SignalHint
from triage_tui.investigation.source import SourceError, SourceRejected
from triage_tui.investigation.time_window import TimeWindow, utc_from_epoch
from triage_tui.sources.common.decoded import Decoded, joined
from triage_tui.sources.common.http import Answer, Endpoint, exchange, require_success
from triage_tui.sources.common.prometheus_json import decode_query_answer
from triage_tui.sources.common.series_naming import SeriesNaming
from triage_tui.sources.common.signal_queries import SignalQuery

MAX_POINTS = 720
MAX_SAMPLES = 400_000
PARALLEL_QUERIES = 4
_QUERY_PATHS = ("/query", "/query_range")


class ExchangeSession(requests.Session):
    """Carries a blocking client's requests, from its own thread, over the exchange on the event loop."""

    def __init__(self, endpoint: Endpoint, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.endpoint, self.loop = endpoint, loop
        self.last: Answer | None = None

    def request(self, method: str | bytes, url: str | bytes, *_: Any, **options: Any) -> requests.Response:
        """Send one request; raises ``SourceError`` where no answer came."""
        path = str(url).removeprefix(self.endpoint.url.rstrip("/"))
        parameters = options.get("params") or {}
        in_body = path.endswith(_QUERY_PATHS)
        asked = exchange(
            self.endpoint,
            "POST" if in_body else str(method),
            path,
            form=parameters if in_body else None,
            query=None if in_body else parameters,
        )
        self.last = asyncio.run_coroutine_threadsafe(asked, self.loop).result()
        return _as_response(self.last)


def _as_response(answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response.raw = io.BytesIO(answer.body)
    response.encoding = "utf-8"
    return response


class PrometheusSource:
    """The series of a service, as the configured queries give them."""

    kind = EvidenceKind.METRICS

    def __init__(self, endpoint: Endpoint, queries: Sequence[SignalQuery], *, scrape_interval_s: float = 15.0) -> None:
        self.name = endpoint.name
        self.endpoint = endpoint
        self.queries = tuple(queries)
        self.scrape_interval_s = scrape_interval_s

    @property
    def hints(self) -> tuple[SignalHint, ...]:
        """What the configuration knows of each series."""
        return tuple(SignalHint(one.metric, one.service, one.role, one.unit, one.cap) for one in self.queries)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Ask every query over the window; those that fail become the note, as long as one answers.

        Raises ``SourceError`` where none does, ``ValueError`` without a window.
        """
        if window is None:
            raise ValueError("metrics are asked for a window")
        places = asyncio.Semaphore(PARALLEL_QUERIES)
        answers = await asyncio.gather(*(self._limited(places, one, window) for one in self.queries))
        errors = [one for one in answers if isinstance(one, SourceError)]
        parts = [one for one in answers if isinstance(one, Decoded)]
        if errors and not parts:
            raise errors[0]
        return self._evidence(window, joined(parts), errors)

    async def _limited(
        self, places: asyncio.Semaphore, query: SignalQuery, window: TimeWindow
    ) -> Decoded | SourceError:
        async with places:
            try:
                return await self.query_range(query, window)
            except SourceError as error:
                return error

    def _evidence(self, window: TimeWindow, decoded: Decoded, errors: Sequence[SourceError]) -> Evidence:
        notes = [decoded.note, *(str(error) for error in errors)]
        note = "; ".join(note for note in notes if note)
        return Evidence(
            kind=self.kind,
            source=self.name,
            window=window,
            query="\n".join(one.promql for one in self.queries),
            fetched_at=datetime.now(UTC),
            completeness=Completeness(not note, note or f"{len(self.queries)} queries"),
            frame=decoded.frame,
        )

    async def query_range(self, query: SignalQuery, window: TimeWindow) -> Decoded:
        """Ask one query over a window, as a METRICS frame on a grid of the chosen step.

        Raises ``SourceRejected`` where the answer would hold more than ``MAX_SAMPLES`` samples, or with the server's
        own words where it does not accept the query; ``SourceUnavailable`` where it does not answer.
        """
        step = choose_step(window, self.scrape_interval_s)
        await self._within_budget(query, window, step)
        grid = aligned(window, step)
        answer = await self._ask(
            lambda client: client.custom_query_range(query.promql, grid.start, grid.end, str(step)), query.promql
        )
        return _named(decode_query_answer(answer.body, self.name, SeriesNaming(query.metric, query.service)), query)

    async def _within_budget(self, query: SignalQuery, window: TimeWindow, step: int) -> None:
        series, points = await self._count(query, window), math.ceil(window.length.total_seconds() / step)
        if series * points > MAX_SAMPLES:
            raise SourceRejected(
                f"{self.endpoint.shown}: {series:,} series x {points:,} points is more than {MAX_SAMPLES:,} samples; "
                f"aggregate it or narrow the window: {query.promql}"
            )

    async def _count(self, query: SignalQuery, window: TimeWindow) -> int:
        """Count the series at the window's end; 0 for a refused query, whose own answer says more about it."""
        at = {"time": window.end.timestamp()}
        try:
            answer = await self._ask(lambda client: client.custom_query(f"count({query.promql})", at), query.promql)
        except SourceRejected:
            return 0
        counted = decode_query_answer(answer.body, self.name, SeriesNaming("count")).frame["value"]
        return int(counted[0]) if len(counted) else 0

    async def add_query(self, expression: str, window: TimeWindow) -> None:
        """Put a person's own question from now on; its series are named by it. Raises ``SourceError``."""
        query = SignalQuery(expression, expression)
        if not (await self.query_range(query, window)).frame.height:
            raise SourceRejected(f"{self.endpoint.shown}: no series in this window: {expression}")
        if query not in self.queries:
            self.queries = (*self.queries, query)

    async def known_names(self) -> tuple[str, ...]:
        """Return the names of metrics and labels."""
        labels = await self._ask(lambda client: client.get_label_names(), "label names")
        return tuple(sorted({*await self.metric_names(), *msgspec.json.decode(labels.body)["data"]}))

    async def metric_names(self) -> tuple[str, ...]:
        """Every metric name that the server knows, sorted."""
        return await self.label_values("__name__")

    async def label_values(self, label: str) -> tuple[str, ...]:
        """Every value of a label, sorted."""
        answer = await self._ask(lambda client: client.get_label_values(label), label)
        return tuple(sorted(msgspec.json.decode(answer.body)["data"]))

    async def _ask(self, call: Callable[[PrometheusConnect], Any], asked: str) -> Answer:
        session = ExchangeSession(self.endpoint, asyncio.get_running_loop())
        client = PrometheusConnect(self.endpoint.url.rstrip("/"), session=session)
        try:
            await asyncio.to_thread(call, client)
        except (PrometheusApiClientException, KeyError, ValueError) as error:
            raise self._refused(session.last, asked) from error
        if session.last is None:
            raise SourceRejected(f"{self.endpoint.shown}: was not asked")
        return session.last

    def _refused(self, answer: Answer | None, asked: str) -> SourceError:
        """Explain an answer that the client could not use, in the server's words where it has any."""
        if answer is None:
            return SourceRejected(f"{self.endpoint.shown}: not an address of a metrics server")
        said = _server_error(answer)
        if said is not None and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return SourceRejected(f"{self.endpoint.shown}: {said}: {asked}")
        try:
            require_success(self.endpoint, answer)
        except SourceError as error:
            return error
        return SourceRejected(f"{self.endpoint.shown}: answered {answer.status} with something else than series")


def _named(decoded: Decoded, query: SignalQuery) -> Decoded:
    """Give the series of one metric the name that the query has in the settings, which its hints go by."""
    if decoded.frame["metric"].n_unique() != 1:
        return decoded
    return Decoded(decoded.frame.with_columns(metric=pl.lit(query.metric)), decoded.note)


class _ErrorBody(msgspec.Struct):
    error: str


def _server_error(answer: Answer) -> str | None:
    try:
        return msgspec.json.decode(answer.body, type=_ErrorBody).error
    except msgspec.MsgspecError:
        return None


def choose_step(window: TimeWindow, scrape_interval_s: float) -> int:
    """Choose whole seconds between samples: a multiple of the scrape interval with at most ``MAX_POINTS`` points."""
    finest = max(1, math.ceil(scrape_interval_s))
    return finest * max(1, math.ceil(window.length.total_seconds() / (MAX_POINTS * finest)))


def aligned(window: TimeWindow, step: int) -> TimeWindow:
    """Widen a window to whole steps, so that refreshed windows and both servers sample at the same moments."""
    start = math.floor(window.start.timestamp() / step) * step
    end = math.ceil(window.end.timestamp() / step) * step
    return TimeWindow(utc_from_epoch(start), utc_from_epoch(max(end, start + step)))
