"""A server with the HTTP API of Prometheus, such as VictoriaMetrics, asked through prometheus-api-client.

The client gets a session that carries every request over our own exchange: parameters in a POST body, one deadline,
a byte cap, no redirects, and the last answer kept, since the client drops warnings and error texts.
Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException

from triage_tui.investigation.source import SourceError, SourceRejected
from triage_tui.investigation.time_window import TimeWindow, utc_from_epoch
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.http import Answer, Endpoint, exchange, json_body, require_success
from triage_tui.sources.common.prometheus_json import QuerySeries, decode_query_answer, series_and_notes
from triage_tui.sources.common.series_naming import SeriesNaming

MAX_POINTS = 720
MAX_SAMPLES = 400_000
_IN_BODY = ("/query", "/query_range", "/series")


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
        in_body = path.endswith(_IN_BODY)
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


class MetricsServer:
    """What can be asked of one server; every question raises ``SourceError`` where no usable answer comes.

    ``SourceRejected`` has the server's own words where it does not accept a question; ``scrape_interval_s`` is the
    finest step that is asked for, ``max_samples`` the most samples that one answer may hold.
    """

    def __init__(self, endpoint: Endpoint, *, scrape_interval_s: float = 15.0, max_samples: int = MAX_SAMPLES) -> None:
        self.endpoint = endpoint
        self.scrape_interval_s = scrape_interval_s
        self.max_samples = max_samples

    def step_for(self, window: TimeWindow) -> int:
        """Return the whole seconds between the samples that are asked for."""
        return choose_step(window, self.scrape_interval_s)

    def points_in(self, window: TimeWindow) -> int:
        """Return how many samples a series has at most in the answer for a window."""
        return math.ceil(window.length.total_seconds() / self.step_for(window)) + 1

    async def query_range(self, promql: str, window: TimeWindow, naming: SeriesNaming) -> Decoded:
        """Ask a query over a window, as a METRICS frame on a grid of the chosen step."""
        step = self.step_for(window)
        grid = aligned(window, step)
        answer = await self._ask(
            lambda client: client.custom_query_range(promql, grid.start, grid.end, str(step)), promql
        )
        return decode_query_answer(answer.body, self.endpoint.name, naming)

    async def query(self, promql: str, window: TimeWindow) -> tuple[list[QuerySeries], str]:
        """Ask a query at the window's end; of ``x[90m]`` the answer holds the samples as they were scraped."""
        at = {"time": window.end.timestamp()}
        answer = await self._ask(lambda client: client.custom_query(promql, at), promql)
        series, notes = series_and_notes(answer.body, self.endpoint.name)
        return series, "; ".join(notes)

    async def number(self, promql: str, window: TimeWindow) -> int:
        """Return the one number that a query gives at the window's end; 0 where it gives none."""
        series, _ = await self.query(promql, window)
        try:
            return int(float(series[0].value[1])) if series and series[0].value else 0
        except (ValueError, OverflowError) as error:
            raise SourceRejected(f"{self.endpoint.shown}: answered with no number: {promql}") from error

    async def series(self, selector: str, window: TimeWindow) -> list[Mapping[str, str]]:
        """Return the labels, ``__name__`` included, of every series that has samples in a window."""
        matching = {"match[]": selector}
        answer = await self._ask(lambda client: client.get_series(window.start, window.end, matching), selector)
        return json_body(self.endpoint, answer, _Listed).data or []

    async def metric_names(self) -> tuple[str, ...]:
        """Return every metric name that the server knows, sorted."""
        return await self.label_values("__name__")

    async def label_values(self, label: str, selector: str = "") -> tuple[str, ...]:
        """Return every value of a label, sorted; with a selector those of its series alone."""
        matching = {"match[]": selector} if selector else None
        answer = await self._ask(lambda client: client.get_label_values(label, matching), label)
        return self._names(answer)

    async def label_names(self) -> tuple[str, ...]:
        """Return every label that the server knows, sorted."""
        answer = await self._ask(lambda client: client.get_label_names(), "label names")
        return self._names(answer)

    def _names(self, answer: Answer) -> tuple[str, ...]:
        return tuple(sorted(json_body(self.endpoint, answer, _Names).data or ()))

    async def _ask(self, call: Callable[[PrometheusConnect], Any], asked: str) -> Answer:
        session = ExchangeSession(self.endpoint, asyncio.get_running_loop())
        client = PrometheusConnect(self.endpoint.url.rstrip("/"), session=session)
        try:
            await asyncio.to_thread(call, client)
        except (PrometheusApiClientException, LookupError, TypeError, AttributeError, ValueError) as error:
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


class _Listed(msgspec.Struct):
    data: list[Mapping[str, str]] | None = None


class _Names(msgspec.Struct):
    data: list[str] | None = None


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
