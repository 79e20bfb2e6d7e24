"""What happens around every request: identity, log lines, metrics, error reports."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import sentry_sdk
import structlog
from starlette.routing import Match

from .telemetry import Metrics, RecentErrors

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

UNWATCHED = ("/metrics", "/healthz", "/internal/errors")


@dataclass(frozen=True)
class Caller:
    """Who asks for what."""

    request_id: str
    user: str | None
    client_ip: str
    method: str
    route: str
    path: str


class RequestTelemetry:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, service: FastAPI, metrics: Metrics, errors: RecentErrors) -> None:
        self.app, self.service, self.metrics, self.errors = app, service, metrics, errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNWATCHED:
            await self.app(scope, receive, send)
            return
        caller = self._identify(scope)
        scope.setdefault("state", {}).update(user=caller.user, request_id=caller.request_id)
        with structlog.contextvars.bound_contextvars(**_fields(caller)), sentry_sdk.isolation_scope() as tracked:
            tracked.set_user({"id": caller.user, "ip_address": caller.client_ip})
            tracked.set_tags({"request_id": caller.request_id, "route": f"{caller.method} {caller.route}"})
            tracked.set_transaction_name(f"{caller.method} {caller.route}")
            await self._answer(caller, scope, receive, send)

    async def _answer(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = perf_counter(), 500

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        log.info("request received", path=caller.path)
        try:
            await self.app(scope, receive, watched_send)
        except Exception as error:
            self.errors.add(caller.request_id, error)
            report(error)
            raise
        finally:
            self._complete(caller, status, perf_counter() - started)

    def _complete(self, caller: Caller, status: int, seconds: float) -> None:
        self.metrics.requests.labels(caller.method, caller.route, str(status)).inc()
        self.metrics.seconds.labels(caller.method, caller.route).observe(seconds)
        log.info("request completed", status=status, duration_ms=round(seconds * 1000, 2))

    def _identify(self, scope: Scope) -> Caller:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        return Caller(
            request_id=headers.get("x-request-id") or uuid.uuid4().hex[:16],
            user=token if token.startswith("u-") else None,
            client_ip=headers.get("x-forwarded-for", (scope.get("client") or ("",))[0]),
            method=scope["method"],
            route=self._template(scope),
            path=scope["path"],
        )

    def _template(self, scope: Scope) -> str:
        """Return the route's template, "unmatched" where there is none: a path from outside is no label."""
        for method, template, matches in self.service.state.routes:
            if method == scope["method"] and matches(scope)[0] is Match.FULL:
                return str(template)
        return "unmatched"


def _fields(caller: Caller) -> dict[str, str | None]:
    return {
        "request_id": caller.request_id,
        "user": caller.user,
        "client_ip": caller.client_ip,
        "route": f"{caller.method} {caller.route}",
    }


def report(error: Exception) -> None:
    """Log an error with its traceback and send it to the error tracker."""
    summary = f"{type(error).__name__}: {error}"
    log.error(summary, exc_info=error)
    sentry_sdk.capture_exception(error)
