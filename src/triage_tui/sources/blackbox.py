"""What the blackbox exporter saw of a service from outside, as a metrics server keeps it.

Source: https://github.com/prometheus/blackbox_exporter (probe_success, probe_duration_seconds, probe_http_status_code,
probe_ssl_earliest_cert_expiry).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.source import SourceRejected
from triage_tui.investigation.time_window import TimeWindow, utc_from_epoch
from triage_tui.sources.common.certificates import certificate_words
from triage_tui.sources.common.metrics_server import MetricsServer

if TYPE_CHECKING:
    from triage_tui.sources.common.prometheus_json import QuerySeries

SUCCESS, SECONDS, STATUS, EXPIRY = (
    "probe_success", "probe_duration_seconds", "probe_http_status_code", "probe_ssl_earliest_cert_expiry",
)  # fmt: skip
PLACE_LABELS = ("vantage", "vantage_point", "location", "region", "site", "datacenter", "dc", "zone", "probe")
"""Labels by which people tell from where they probe; where there is none of them, the job does."""
_SILENT_AFTER = 3  # spacings without a probe
_LEAST_SILENCE = timedelta(minutes=1)

Labels = tuple[tuple[str, str], ...]
Samples = dict[str, dict[float, float]]


class BlackboxProbes:
    """The probes of the blackbox exporter whose series a selector such as ``instance="https://x"`` chooses.

    ``place_label`` is the label that names the place from which is probed; "" looks for a usual one.
    """

    kind = EvidenceKind.HEALTH

    def __init__(self, server: MetricsServer, selector: str, place_label: str = "", name: str = "blackbox") -> None:
        self.name = name
        self.server, self.selector, self.place_label = server, selector, place_label

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Bring each probe of the window as it was scraped; raises ``SourceError``, ``ValueError`` without a window."""
        import polars as pl

        if window is None:
            raise ValueError("probes are asked for a window")
        span = await self._affordable(window)
        promql = f"{{{self._matchers()}}}[{max(1, round(span.length.total_seconds()))}s]"
        series, warnings = await self.server.query(promql, span)
        try:
            rows = list(_rows(series, self.place_label))
        except (ValueError, OverflowError, OSError) as error:
            raise SourceRejected(f"{self.server.endpoint.shown}: a probe with no usable number: {error}") from error
        frame = pl.DataFrame(rows, schema=frame_schema(self.kind), orient="row").sort("time", "target", "vantage")
        notes = [
            warnings,
            *self._cut_short(span, window),
            *_silent(rows, window),
            *(self._nothing() if not rows else ()),
        ]
        note = "; ".join(one for one in notes if one)
        seen = f"{len({(row['target'], row['vantage']) for row in rows})} probed from outside"
        return Evidence(
            self.kind, self.name, window, promql, datetime.now(UTC), Completeness(not note, note or seen), frame
        )

    def _matchers(self) -> str:
        names = "|".join((SUCCESS, SECONDS, STATUS, EXPIRY))
        return f'__name__=~"{names}"' + (f",{self.selector}" if self.selector else "")

    def _cut_short(self, span: TimeWindow, window: TimeWindow) -> Iterator[str]:
        if span.start > window.start:
            yield f"only since {span.start:%H:%M:%SZ}: more than {self.server.max_samples:,} samples are not asked for"

    def _nothing(self) -> tuple[str, ...]:
        return (f"no {SUCCESS} with {self.selector or 'any label'} in this window",)

    async def _affordable(self, window: TimeWindow) -> TimeWindow:
        """Return the latest part of the window whose samples are within the budget."""
        series = await self.server.number(f"count({{{self._matchers()}}})", window)
        samples_each = self.server.max_samples // max(series, 1)
        longest = timedelta(seconds=samples_each * self.server.scrape_interval_s)
        return TimeWindow(max(window.start, window.end - longest), window.end)


def _rows(series: Sequence[QuerySeries], place_label: str) -> Iterator[dict[str, Any]]:
    """Give a row a probe: what was scraped of one target at the same moment."""
    by_probe: dict[Labels, Samples] = defaultdict(dict)
    for one in series:
        labels = tuple(sorted((key, value) for key, value in one.metric.items() if key != "__name__"))
        by_probe[labels][one.metric.get("__name__", "")] = {at: float(value) for at, value in one.values}
    names = _names([dict(labels) for labels in by_probe], place_label)
    for (target, vantage), samples in zip(names, by_probe.values(), strict=True):
        for at in samples.get(SUCCESS, {}):
            yield {"target": target, "vantage": vantage, **_probe(at, samples)}


def _probe(at: float, samples: Samples) -> dict[str, Any]:
    seconds, status, expiry = (samples.get(name, {}).get(at) for name in (SECONDS, STATUS, EXPIRY))
    moment = utc_from_epoch(at)
    return {
        "time": moment,
        "ok": samples[SUCCESS][at] == 1,
        "latency_ms": None if seconds is None else seconds * 1000,
        # The exporter writes 0 where no HTTP answer came.
        "status": int(status) if status else None,
        "note": certificate_words(utc_from_epoch(expiry) - moment) if expiry else None,
    }


def _names(probes: Sequence[Mapping[str, str]], place_label: str) -> list[tuple[str, str]]:
    """Name target and place of each probe; the job is added where two would have one name."""
    names = [(_target(labels), _place(labels, place_label)) for labels in probes]
    return [
        name if names.count(name) == 1 else (name[0], f"{name[1]}, {labels.get('job', '?')}")
        for name, labels in zip(names, probes, strict=True)
    ]


def _target(labels: Mapping[str, str]) -> str:
    """Name what is probed without its scheme, which says little and takes room."""
    named = labels.get("target") or labels.get("instance") or "?"
    return named.removeprefix("https://").removeprefix("http://")


def _place(labels: Mapping[str, str], place_label: str) -> str:
    wanted = (place_label,) if place_label else PLACE_LABELS
    return next((labels[one] for one in wanted if labels.get(one)), labels.get("job", "outside"))


def _silent(rows: Iterable[Mapping[str, Any]], window: TimeWindow) -> Iterator[str]:
    """Name the places whose probes ceased: that nothing is heard from there is not known to be good."""
    seen: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for row in rows:
        seen[row["target"], row["vantage"]].append(row["time"])
    for (target, vantage), times in seen.items():
        if window.end - max(times) > max(_SILENT_AFTER * _spacing(sorted(times)), _LEAST_SILENCE):
            yield f"no probe of {target} from {vantage} since {max(times):%H:%M:%SZ}"


def _spacing(times: Sequence[datetime]) -> timedelta:
    between = sorted(later - one for one, later in pairwise(times))
    return between[len(between) // 2] if between else _LEAST_SILENCE
