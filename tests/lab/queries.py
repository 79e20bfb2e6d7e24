"""What is asked of Prometheus for a bundle."""

from __future__ import annotations

from dataclasses import dataclass

from triage_tui.investigation.evidence import SignalHint


@dataclass(frozen=True)
class Query:
    """One range query; ``metric`` is what its series are called in the bundle."""

    metric: str
    promql: str
    hint: SignalHint | None = None


_BY = "sum by (service, method, route)"
_P95 = "histogram_quantile(0.95, {by} (rate({metric}_bucket[30s])))"
_SERVICE = "orders-api"


def _hint(metric: str, role: str, unit: str, cap: float | None = None) -> SignalHint:
    return SignalHint(metric=metric, service=_SERVICE, role=role, unit=unit, cap=cap)  # type: ignore[arg-type]


QUERIES = (
    Query(
        "requests_per_second",
        f"{_BY} (rate(http_requests_total[15s]))",
        _hint("requests_per_second", "traffic", "requests/s"),
    ),
    Query(
        "errors_per_second",
        f'{_BY} (rate(http_requests_total{{status=~"5.."}}[15s])) or 0 * {_BY} (rate(http_requests_total[15s]))',
        _hint("errors_per_second", "errors", "errors/s"),
    ),
    Query(
        "latency_p95_seconds",
        _P95.format(by="sum by (service, method, route, le)", metric="http_request_duration_seconds"),
        _hint("latency_p95_seconds", "latency", "s"),
    ),
    Query(
        "payment_p95_seconds",
        _P95.format(by="sum by (service, le)", metric="payment_request_duration_seconds"),
        _hint("payment_p95_seconds", "latency", "s"),
    ),
    Query("payment_requests_in_flight", "payment_requests_in_flight"),
    Query("pool_checked_out", "pool_checked_out", _hint("pool_checked_out", "saturation", "connections", 20)),
    Query("pool_size", "pool_size"),
    Query("pool_cap", "pool_cap"),
    Query(
        "process_resident_memory_bytes",
        "process_resident_memory_bytes",
        _hint("process_resident_memory_bytes", "saturation", "bytes"),
    ),
    Query("process_cpu_seconds_per_second", "rate(process_cpu_seconds_total[15s])"),
    Query("process_open_fds", "process_open_fds"),
    Query("up", "up"),
)
