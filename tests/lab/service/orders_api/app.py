"""The application put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
import httpx
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from prometheus_client import generate_latest
from sqlalchemy.orm import sessionmaker

from .api import router
from .db import DatabaseError, open_engine
from .models import prepare_database
from .payments import PaymentTimeout
from .requests import RequestTelemetry, report
from .settings import Settings
from .telemetry import Metrics, RecentErrors, configure_error_tracking, configure_logging

THREADS = 100  # beyond the pool and the charges in flight, so that a full pool does not starve other endpoints

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def create_app(settings: Settings) -> FastAPI:
    """Build the service; its tables are made and filled at start."""
    log_file = configure_logging(settings)
    configure_error_tracking(settings)
    engine = open_engine(settings)
    prepare_database(engine)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        log.info("service started", pool_recycle=settings.pool_recycle)
        yield
        log.info("service stopping")
        app.state.payments.close()
        engine.dispose()
        log_file.close()

    app = FastAPI(title="orders-api", version=settings.version, lifespan=lifespan)
    app.state.settings = settings
    app.state.engine = engine
    app.state.sessions = sessionmaker(engine, expire_on_commit=False)
    app.state.payments = httpx.Client(base_url=settings.payments_url, timeout=settings.payment_timeout)
    app.state.metrics = Metrics(engine, settings)
    app.state.errors = RecentErrors()
    app.include_router(router)
    app.state.routes = [
        (m, r.path, r.matches) for r in router.routes if isinstance(r, APIRoute) for m in r.methods or ()
    ]
    _add_operations(app)
    app.add_middleware(
        RequestTelemetry, service=app, metrics=app.state.metrics, errors=app.state.errors
    )  # fmt: skip
    return app


def _add_operations(app: FastAPI) -> None:
    @app.get("/healthz")
    async def health() -> dict[str, object]:
        return {"status": "ok", "pool_checked_out": app.state.engine.pool.checkedout()}

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(app.state.metrics.registry), media_type="text/plain; version=0.0.4")

    @app.get("/internal/errors")
    async def recent_errors() -> list[dict[str, str]]:
        page: list[dict[str, str]] = app.state.errors.page()
        return page

    @app.exception_handler(DatabaseError)
    async def database_unavailable(_request: Request, error: DatabaseError) -> JSONResponse:
        report(error)
        return JSONResponse({"detail": "try again later"}, 503)

    @app.exception_handler(PaymentTimeout)
    async def payment_timed_out(_request: Request, error: PaymentTimeout) -> JSONResponse:
        report(error)
        return JSONResponse({"detail": "the payment provider does not answer"}, 504)
