"""What a member of a bundle holds, by its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from triage_tui.sources.common.change_decoding import decode_changes
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.manifest import MemberEntry, MemberKind
from triage_tui.sources.common.metric_decoding import decode_metrics
from triage_tui.sources.common.series_naming import SeriesNaming
from triage_tui.sources.common.table_decoding import (
    decode_alert_states,
    decode_health,
    decode_request_counts,
    decode_topology,
)

_DECODERS: Mapping[MemberKind, Callable[[bytes, str], Decoded]] = {
    "changes": decode_changes,
    "health": decode_health,
    "alerts": decode_alert_states,
    "topology": decode_topology,
    "request_counts": decode_request_counts,
}


def decode_member(entry: MemberEntry, content: bytes, where: str, service: str | None) -> Decoded:
    """Decode a member; ``service`` is the bundle's, for series that name none.

    Raises ``UnreadableInput`` that says where and what is wrong.
    """
    if entry.kind in {"metrics", "series"}:
        return decode_metrics(content, where, SeriesNaming(entry.metric or entry.name.partition(".")[0], service))
    return _DECODERS[entry.kind](content, where)
