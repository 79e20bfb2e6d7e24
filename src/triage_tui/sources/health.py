"""Health endpoints, asked directly, from here; one row a target and probe."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.source import SourceError
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.certificates import certificate_words
from triage_tui.sources.common.http import Endpoint, exchange, tls_context

HERE = "here"
KEPT_PROBES = 2_000
_TLS_PORT = 443
_A_MOMENT = timedelta(seconds=30)


class HealthSource:
    """Probes health endpoints at each fetch and keeps what was seen before.

    A target that cannot be reached is an answer, not a failure: its row says ``ok`` False and why.
    """

    kind = EvidenceKind.HEALTH

    def __init__(self, name: str, targets: Sequence[Endpoint]) -> None:
        self.name = name
        self.targets = tuple(targets)
        self._seen: deque[dict[str, Any]] = deque(maxlen=KEPT_PROBES)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Probe every target once, and return all probes of the window."""
        import polars as pl

        at = _time_of_probe(window)
        self._seen.extend(await asyncio.gather(*(probe(target, at) for target in self.targets)))
        frame = pl.DataFrame(list(self._seen), schema=frame_schema(self.kind), orient="row").sort("time", "target")
        if window is not None:
            frame = frame.filter((pl.col("time") >= window.start) & (pl.col("time") < window.end))
        return Evidence(
            kind=self.kind,
            source=self.name,
            window=window,
            query="\n".join(target.shown for target in self.targets),
            fetched_at=datetime.now(UTC),
            completeness=Completeness(complete=True, note=f"{len(self.targets)} probed from here"),
            held=frame,
        )


def _time_of_probe(window: TimeWindow | None) -> datetime:
    """A window that was set to end now, a moment ago, holds the probe that is made for it."""
    now = datetime.now(UTC)
    if window is not None and timedelta(0) <= now - window.end < _A_MOMENT:
        return window.end - timedelta(milliseconds=1)
    return now


async def probe(target: Endpoint, at: datetime) -> dict[str, Any]:
    """Ask one health endpoint; a row of the HEALTH frame, ``latency_ms`` of the whole exchange."""
    row: dict[str, Any] = {
        "time": at,
        "target": target.name,
        "status": None,
        "latency_ms": None,
        "vantage": HERE,
    }
    try:
        answer = await exchange(target, "GET", "")
    except SourceError as error:
        return {**row, "ok": False, "note": str(error)}
    note = await _certificate_note(target)
    return {
        **row,
        "status": answer.status,
        "latency_ms": answer.seconds * 1000,
        "ok": 200 <= answer.status < 400,  # noqa: PLR2004 - RFC 9110: success and redirection
        "note": note,
    }


async def _certificate_note(target: Endpoint) -> str:
    """Say when the TLS certificate expires; "" where that is not known and for plain http."""
    parts = urlsplit(target.url)
    if parts.scheme != "https" or parts.hostname is None:
        return ""
    try:
        async with asyncio.timeout(target.deadline_s):
            expires = await _certificate_expiry(parts.hostname, parts.port or _TLS_PORT, tls_context(target))
    except (OSError, TimeoutError):
        return ""
    return certificate_words(expires - datetime.now(UTC))


async def _certificate_expiry(host: str, port: int, context: ssl.SSLContext) -> datetime:
    _, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        certificate = writer.get_extra_info("peercert") or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    finally:
        writer.close()
