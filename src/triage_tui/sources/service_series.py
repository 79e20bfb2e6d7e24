"""All series of a service from a metrics server, for the ranking of suspects: counted first, then asked in batches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.source import SourceError, SourceRejected
from triage_tui.sources.common.decoded import Decoded, joined
from triage_tui.sources.common.series_naming import SeriesNaming
from triage_tui.sources.common.series_plan import NAME_LABEL, SeriesPlan, groups_of, plan

if TYPE_CHECKING:
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.sources.common.metrics_server import MetricsServer

MOST_LISTED = 20_000
"""Beyond this many series even their list is more than a person on call should ask of a server."""
REFRESH_S = 60.0
PARALLEL_QUERIES = 2
_BARE_NAME = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^}]*\})?\s*")


class ServiceSeries:
    """The series that ``selector`` chooses, as many as ``most_series`` and the server's budget of samples allow.

    Metrics that ``asked_already`` names, in PromQL, are left away. It is refreshed each minute, not more often.
    """

    kind = EvidenceKind.SERIES
    interval_s = REFRESH_S

    def __init__(
        self,
        server: MetricsServer,
        selector: str,
        *,
        most_series: int,
        rate_window_s: float,
        asked_already: Iterable[str] = (),
        name: str = "all series",
    ) -> None:
        self.name = name
        self.server, self.selector, self.most_series, self.rate_window_s = server, selector, most_series, rate_window_s
        named = (_BARE_NAME.fullmatch(promql) for promql in asked_already)
        self._without = frozenset(match[1] for match in named if match)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Bring the series of a window; raises ``SourceError``, ``ValueError`` without a window."""
        if window is None:
            raise ValueError("series are asked for a window")
        chosen = await self.planned(window)
        questions = tuple(chosen.questions(self.selector, self.rate_window_s))
        places = asyncio.Semaphore(PARALLEL_QUERIES)
        answers = await asyncio.gather(*(self._limited(places, one, window) for one in questions))
        errors = [one for one in answers if isinstance(one, SourceError)]
        parts = [one for one in answers if isinstance(one, Decoded)]
        if errors and not parts:
            raise errors[0]
        return self._evidence(window, questions, chosen, parts, errors)

    async def planned(self, window: TimeWindow) -> SeriesPlan:
        """Count the series of a window and choose among them; raises ``SourceRejected`` where they are too many."""
        matching = f"{{{self.selector}}}"
        count = await self.server.number(f"count({matching})", window)
        if count > MOST_LISTED:
            raise SourceRejected(
                f"{self.server.endpoint.shown}: {count:,} series match {matching}, more than {MOST_LISTED:,}; "
                "narrow the selector in triage.toml, or set ranked_series = 0"
            )
        listed = await self.server.series(matching, window)
        budget = min(self.most_series, self.server.max_samples // self.server.points_in(window))
        return plan(groups_of(listed, self._without), budget)

    async def _limited(self, places: asyncio.Semaphore, promql: str, window: TimeWindow) -> Decoded | SourceError:
        async with places:
            try:
                return _named(await self.server.query_range(promql, window, SeriesNaming("")))
            except SourceError as error:
                return error

    def _evidence(
        self,
        window: TimeWindow,
        questions: Sequence[str],
        chosen: SeriesPlan,
        parts: Sequence[Decoded],
        errors: Sequence[SourceError],
    ) -> Evidence:
        import polars as pl

        frame = joined(parts).frame if parts else pl.DataFrame(schema=frame_schema(self.kind))
        warnings = list(dict.fromkeys(part.note for part in parts if part.note and part.frame.height))
        notes = [chosen.note(), *warnings, *(str(error) for error in errors)]
        complete = chosen.complete and not warnings and not errors
        note = "; ".join(notes) if chosen.asked or chosen.left_out else f"no series with {self.selector}"
        return Evidence(
            self.kind, self.name, window, "\n".join(questions), datetime.now(UTC), Completeness(complete, note), frame
        )


def _named(decoded: Decoded) -> Decoded:
    """Take the name that the question gave out of the labels; a series that kept its own keeps it."""
    import polars as pl

    labels = pl.col("labels")
    known = decoded.frame.select("labels").unique()
    given = known.with_columns(
        labels.str.extract(rf'"{NAME_LABEL}":"([^"]*)"').alias("given"),
        labels.str.replace(rf'"{NAME_LABEL}":"[^"]*",?', "").str.replace(r",\}$", "}").str.replace(r"^\{\}$", "")
        .alias("rest"),
    )  # fmt: skip
    frame = decoded.frame.join(given, on="labels", how="left").select(
        "time", pl.coalesce("given", "metric").alias("metric"), "service", pl.col("rest").alias("labels"), "value"
    )
    return Decoded(frame, decoded.note)
