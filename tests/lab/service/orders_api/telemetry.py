"""What the service tells of itself: JSON logs, metrics, and the last unhandled errors."""

from __future__ import annotations

import logging
import traceback
from collections import deque
from pathlib import Path
from typing import Any, TextIO

import sentry_sdk
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from sqlalchemy import Engine, QueuePool

from .settings import Settings

ROOT = Path(__file__).resolve().parent.parent
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)


class Metrics:
    """Everything at ``/metrics``."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        labels = ("method", "route")
        self.requests = Counter("http_requests", "Requests.", (*labels, "status"), registry=self.registry)
        self.seconds = Histogram(
            "http_request_duration_seconds", "Time to answer.", labels, buckets=BUCKETS, registry=self.registry
        )
        self.payment_seconds = Histogram(
            "payment_request_duration_seconds", "Time at the provider.", buckets=BUCKETS, registry=self.registry
        )
        self.payment_in_flight = Gauge("payment_requests_in_flight", "Charges waited for.", registry=self.registry)
        self._watch_pool(engine, settings)

    def _watch_pool(self, engine: Engine, settings: Settings) -> None:
        pool = engine.pool
        if not isinstance(pool, QueuePool):
            raise TypeError("the pool gauges need a QueuePool")
        out = Gauge("pool_checked_out", "Connections in use.", registry=self.registry)
        out.set_function(pool.checkedout)
        Gauge("pool_size", "Connections kept open.", registry=self.registry).set(settings.pool_size)
        cap = settings.pool_size + settings.pool_overflow
        Gauge("pool_cap", "Connections at most.", registry=self.registry).set(cap)


class RecentErrors:
    """The last unhandled exceptions, tracebacks and all, for the page at ``/internal/errors``."""

    def __init__(self, keep: int = 200) -> None:
        self._kept: deque[tuple[str, Exception]] = deque(maxlen=keep)

    def add(self, request_id: str, error: Exception) -> None:
        self._kept.append((request_id, error))

    def page(self) -> list[dict[str, str]]:
        return [{"request_id": request_id, "traceback": own_traceback(error)} for request_id, error in self._kept]


def own_traceback(error: BaseException) -> str:
    """Write a traceback of this service's own frames, its cause first; paths from the repository's root."""
    cause = own_traceback(error.__cause__) if error.__cause__ else ""
    between = "\n\nThe above exception was the direct cause of the following exception:\n\n" if cause else ""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(ROOT))]
    written = [
        f'  File "{Path(frame.filename).relative_to(ROOT)}", line {frame.lineno}, in {frame.name}\n    {frame.line}'
        for frame in own
    ]
    last = f"{type(error).__name__}: {error}"
    return cause + between + "\n".join(["Traceback (most recent call last):", *written, last])


def _write_exception(_logger: Any, _method: str, record: Any) -> Any:
    error = record.pop("exc_info", None)
    if isinstance(error, BaseException):
        record["exception"] = own_traceback(error)
    return record


def configure_logging(settings: Settings) -> TextIO:
    """Append one JSON object a line to the log file, which the caller closes; context comes from the middleware."""
    log_file = settings.log_file.open("a", buffering=1, encoding="utf-8")

    def identify(_logger: Any, _method: str, record: Any) -> Any:
        return {"service": "orders-api", "host": settings.host, "version": settings.version, **record}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            identify,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _write_exception,
            _time_first,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.log_level.upper())),
        logger_factory=structlog.WriteLoggerFactory(log_file),
    )
    return log_file


def _time_first(_logger: Any, _method: str, record: Any) -> Any:
    first = {key: record.pop(key) for key in ("time", "level", "event")}
    return {**first, **record}


def configure_error_tracking(settings: Settings) -> None:
    """Send exceptions, without source context and locals: gathering those per frame would starve the event loop."""
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=f"orders-api@{settings.version}",
        environment="production",
        server_name=settings.host,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_source_context=False,
        include_local_variables=False,
        before_send=_without_absolute_paths,
    )


def _without_absolute_paths(event: Any, _hint: Any) -> Any:
    for exception in event.get("exception", {}).get("values", []):
        for frame in (exception.get("stacktrace") or {}).get("frames", []):
            frame.pop("abs_path", None)
            frame["in_app"] = str(frame.get("module", "")).startswith("orders_api")
    return event
