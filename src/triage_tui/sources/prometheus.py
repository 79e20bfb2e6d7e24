"""The series of a service from Prometheus and what speaks its API, as the settings ask for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic

import polars as pl

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.source import SourceError, SourceRejected, SourceUnavailable
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.decoded import Decoded, joined
from triage_tui.sources.common.metrics_server import MetricsServer
from triage_tui.sources.common.series_naming import SeriesNaming
from triage_tui.sources.common.signal_queries import SignalQuery

PARALLEL_QUERIES = 4


class PrometheusSource:
    """The series of a service, as the configured queries give them."""

    kind = EvidenceKind.METRICS

    def __init__(self, server: MetricsServer, queries: Sequence[SignalQuery]) -> None:
        self.name = server.endpoint.name
        self.server = server
        self.queries = tuple(queries)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Ask every query over the window; those that fail become the note, as long as one answers.

        What its turn has not come to within one deadline is not asked, so that a server that hangs is known to hang
        after that time, however many queries there are. Raises ``SourceError`` where none does, ``ValueError`` without
        a window.
        """
        if window is None:
            raise ValueError("metrics are asked for a window")
        places, until = asyncio.Semaphore(PARALLEL_QUERIES), monotonic() + self.server.endpoint.deadline_s
        answers = await asyncio.gather(*(self._limited(places, until, one, window) for one in self.queries))
        errors = [one for one in answers if isinstance(one, SourceError)]
        parts = [one for one in answers if isinstance(one, Decoded)]
        if errors and not parts:
            raise errors[0]
        return self._evidence(window, joined(parts), errors)

    async def _limited(
        self, places: asyncio.Semaphore, until: float, query: SignalQuery, window: TimeWindow
    ) -> Decoded | SourceError:
        async with places:
            if monotonic() >= until:
                return SourceUnavailable(f"{self.server.endpoint.shown}: too slow to be asked for {query.metric} too")
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
            held=decoded.frame,
        )

    async def query_range(self, query: SignalQuery, window: TimeWindow) -> Decoded:
        """Ask one query over a window, as a METRICS frame on a grid of the chosen step.

        Raises ``SourceRejected`` where the answer would hold more samples than the budget, or with the server's own
        words where it does not accept the query; ``SourceUnavailable`` where it does not answer.
        """
        await self._within_budget(query, window)
        naming = SeriesNaming(query.metric, query.service)
        return _named(await self.server.query_range(query.promql, window, naming), query)

    async def _within_budget(self, query: SignalQuery, window: TimeWindow) -> None:
        series, points = await self._count(query, window), self.server.points_in(window)
        budget = self.server.max_samples
        if series * points > budget:
            raise SourceRejected(
                f"{self.server.endpoint.shown}: {series:,} series x {points:,} points is more than {budget:,} "
                f"samples; aggregate it or narrow the window: {query.promql}"
            )

    async def _count(self, query: SignalQuery, window: TimeWindow) -> int:
        """Count the series at the window's end; 0 for a refused query, whose own answer says more about it."""
        try:
            return await self.server.number(f"count({query.promql})", window)
        except SourceRejected:
            return 0

    async def add_query(self, expression: str, window: TimeWindow) -> None:
        """Put a person's own question from now on; its series are named by it. Raises ``SourceError``."""
        query = SignalQuery(expression, expression)
        if not (await self.query_range(query, window)).frame.height:
            raise SourceRejected(f"{self.server.endpoint.shown}: no series in this window: {expression}")
        if query not in self.queries:
            self.queries = (*self.queries, query)

    async def known_names(self) -> tuple[str, ...]:
        """Return the names of metrics and labels."""
        return tuple(sorted({*await self.server.metric_names(), *await self.server.label_names()}))


def _named(decoded: Decoded, query: SignalQuery) -> Decoded:
    """Give the series of one metric the name that the query has in the settings, which its hints go by."""
    if decoded.frame["metric"].n_unique() != 1:
        return decoded
    return Decoded(decoded.frame.with_columns(metric=pl.lit(query.metric)), decoded.note)
