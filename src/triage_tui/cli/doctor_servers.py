"""Whether a server answers, lets us in, is the one it should be, and how far its clock is off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from triage_tui.cli.live import endpoint_of
from triage_tui.config.settings import Server
from triage_tui.investigation.source import SourceError, SourceRejected

if TYPE_CHECKING:
    from triage_tui.sources.common.http import Answer, Endpoint

State = Literal["ok", "warning", "failed", "not configured"]

CLOCK_TOLERANCE_S = 2.0
"""The Date header counts whole seconds; beyond this, "since when" would be wrong."""
_HOW = {
    "prometheus": "set PROMETHEUS_URL, or url under [prometheus] in triage.toml",
    "alertmanager": "set ALERTMANAGER_URL, or url under [alertmanager] in triage.toml",
    "grafana": "set GRAFANA_URL, or url under [grafana] in triage.toml",
}
_ASKED = {
    "prometheus": "/api/v1/query?query=time()",
    "alertmanager": "/api/v2/alerts",
    "grafana": "/api/annotations?limit=1",
}
_NAMES = "/api/v1/label/__name__/values?limit=1"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the answer; None is "not known".

    ``clock_offset_s`` is how far the server's clock is ahead, ``way`` the proxy and the authorities that are used.
    """

    name: str
    state: State
    said: str = ""
    service: str | None = None
    configured: bool = True
    reachable: bool | None = None
    authorised: bool | None = None
    latency_ms: float | None = None
    clock_offset_s: float | None = None
    way: str = ""
    lacks: tuple[str, ...] = ()


async def server_check(name: str, server: Server | None) -> Check:
    """Ask one server what an investigation asks of it."""
    from triage_tui.sources.common.http import RedirectRefused, exchange

    if server is None or not server.url:
        return Check(name=name, state="not configured", said=_HOW[name], configured=False)
    endpoint = endpoint_of(name, server)
    if problem := _secret_problem(server):
        return Check(name=name, state="failed", said=problem, way=_way(endpoint))
    try:
        answer = await exchange(endpoint, "GET", _ASKED[name])
    except SourceError as error:
        reached = isinstance(error, RedirectRefused)
        return Check(name=name, state="failed", said=str(error), reachable=reached, way=_way(endpoint))
    return await _judged(name, endpoint, answer)


async def _judged(name: str, endpoint: Endpoint, answer: Answer) -> Check:
    from triage_tui.sources.common.http import json_body, require_success

    refused = answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    check = Check(
        name=name, state="failed", reachable=True, authorised=False if refused else None, way=_way(endpoint),
        latency_ms=round(answer.seconds * 1000, 1), clock_offset_s=_clock_offset(answer, answer.date),
    )  # fmt: skip
    try:
        body = json_body(endpoint, require_success(endpoint, answer))
        said = _content(name, endpoint, body)
        lacks = await _lacks(name, endpoint)
    except SourceError as error:
        return msgspec.structs.replace(check, said=str(error))
    offset = _clock_offset(answer, _prometheus_time(body) or answer.date)
    wrong = list(_clock_problem(offset))
    return msgspec.structs.replace(
        check, state="warning" if wrong or lacks else "ok", said="; ".join([*wrong, said]), authorised=True,
        clock_offset_s=offset, lacks=lacks,
    )  # fmt: skip


def _content(name: str, endpoint: Endpoint, body: Any) -> str:
    """Say what was answered; raises ``SourceRejected`` where another kind of server must have answered."""
    if name == "prometheus" and isinstance(body, dict) and body.get("status") == "success" and "data" in body:
        return endpoint.shown
    if name == "grafana" and isinstance(body, list):
        return endpoint.shown
    if name == "alertmanager" and isinstance(body, list):
        muted = sum(1 for one in body if _within(one, "status", "state") != "active")
        count = f"{len(body)} alert{'s' if len(body) != 1 else ''}" + (f", {muted} of them muted" if muted else "")
        return f"{endpoint.shown}: {count if body else 'no alert fires'}"
    raise SourceRejected(f"{endpoint.shown}: answers JSON, but not as {name} does; is this the right address?")


async def _lacks(name: str, endpoint: Endpoint) -> tuple[str, ...]:
    from triage_tui.sources.common.http import exchange, json_body, require_success

    if name != "prometheus":
        return ()
    names = json_body(endpoint, require_success(endpoint, await exchange(endpoint, "GET", _NAMES)))
    return () if isinstance(names, dict) and names.get("data") else ("any series: does it scrape anything?",)


def _secret_problem(server: Server) -> str | None:
    """Say why a token or password cannot be read; one that a command gives is read with the first request."""
    problems = [one.problem() for one in (server.token, server.password) if one is not None]
    return next((problem for problem in problems if problem), None)


def _way(endpoint: Endpoint) -> str:
    matters = endpoint.authorities and endpoint.url.startswith("https")
    ca = f", authorities of {endpoint.authorities}" if matters else ""
    return (f"by the proxy {endpoint.proxy}" if endpoint.proxy else "direct") + ca


def _prometheus_time(body: Any) -> datetime | None:
    """Return the time that a metrics server says it is: a number of its own, or the sample of a one-element vector."""
    from triage_tui.sources.common.times import parsed_time

    result = _within(body, "data", "result")
    sample = _within(result[0], "value") if isinstance(result, list) and result else None
    pair = result if sample is None else sample
    return parsed_time(pair[0]) if isinstance(pair, list) and pair else None


def _within(value: object, *names: str) -> Any:
    """What stands at a path of names in JSON; None where it is not there."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _clock_offset(answer: Answer, said: datetime | None) -> float | None:
    """Return by how many seconds a server's clock is ahead, its time being that of the middle of the exchange."""
    half_way = datetime.now(UTC) - timedelta(seconds=answer.seconds / 2)
    return None if said is None else round((said - half_way).total_seconds(), 1)


def _clock_problem(offset: float | None) -> Iterator[str]:
    if offset is not None and abs(offset) > CLOCK_TOLERANCE_S:
        yield f"its clock is {abs(offset):.1f} s {'ahead' if offset > 0 else 'behind'}"
