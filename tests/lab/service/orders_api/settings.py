"""What the service is told: tuning from ``config.env``, addresses from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Times in seconds; ``sentry_dsn`` None reports nothing."""

    version: str
    host: str
    database: Path
    log_file: Path
    payments_url: str
    sentry_dsn: str | None
    log_level: str
    pool_size: int
    pool_overflow: int
    pool_timeout: float
    pool_recycle: int
    payment_timeout: float
    catalogue_ttl: float


def read_config(path: Path) -> dict[str, str]:
    """Read ``KEY=VALUE`` lines; a line that begins with ``#`` is a comment."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def settings_from(config: Mapping[str, str], environment: Mapping[str, str]) -> Settings:
    """Put the settings together; a missing key raises ``KeyError``."""
    return Settings(
        version=environment["APP_VERSION"],
        host=environment["APP_HOST"],
        database=Path(environment["APP_DATABASE"]),
        log_file=Path(environment["APP_LOG_FILE"]),
        payments_url=environment["PAYMENTS_URL"],
        sentry_dsn=environment.get("SENTRY_DSN"),
        log_level=config["LOG_LEVEL"],
        pool_size=int(config["POOL_SIZE"]),
        pool_overflow=int(config["POOL_OVERFLOW"]),
        pool_timeout=float(config["POOL_TIMEOUT"]),
        pool_recycle=int(config["POOL_RECYCLE"]),
        payment_timeout=float(config["PAYMENT_TIMEOUT"]),
        catalogue_ttl=float(config["CATALOGUE_TTL"]),
    )
