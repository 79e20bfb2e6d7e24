"""The database: a bounded pool of connections, and one session a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from .settings import Settings

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class DatabaseError(Exception):
    """The database cannot be reached through the pool."""


def open_engine(settings: Settings) -> Engine:
    engine = create_engine(
        f"sqlite:///{settings.database}",
        poolclass=QueuePool,
        pool_size=settings.pool_size,
        max_overflow=settings.pool_overflow,
        pool_timeout=settings.pool_timeout,
        pool_recycle=settings.pool_recycle,
        connect_args={"check_same_thread": False, "timeout": 5.0},
    )
    event.listen(engine, "connect", _use_write_ahead_log)
    return engine


def _use_write_ahead_log(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's connection, untyped here
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def acquire(sessions: sessionmaker[Session]) -> Session:
    session = sessions()
    try:
        session.connection()
    except PoolTimeout as error:
        raise DatabaseError("connection pool exhausted") from error
    log.info("Database session acquired")
    return session


def get_db(request: Request) -> Iterator[Session]:
    session = acquire(request.app.state.sessions)
    try:
        yield session
    finally:
        session.close()
        log.info("Database session released")


Db = Annotated[Session, Depends(get_db)]
