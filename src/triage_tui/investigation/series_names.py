"""How a series is named on the screen and in answers."""

from __future__ import annotations

from triage_tui.investigation.findings import Signal, Suspect

# Labels that say where a series was scraped, not what it measures (Prometheus, "Jobs and instances").
SCRAPE_LABELS = frozenset({"instance", "job", "pod", "endpoint", "prometheus"})


def series_name(one: Signal | Suspect, *, among: str | None = None) -> str:
    """Name a series by its metric, what its labels hold, and its service unless that is ``among``."""
    labels = [value for key, value in sorted(one.labels.items()) if key not in SCRAPE_LABELS]
    service = [one.service] if one.service and one.service != among else []
    return " ".join([*service, one.metric or one.name if isinstance(one, Suspect) else one.metric, *labels])
