"""An alert in a file."""

from __future__ import annotations

from pathlib import Path

from triage_tui.investigation.findings import Alert
from triage_tui.sources.common.alert_decoding import decode_alert
from triage_tui.sources.common.decoding import read_capped

_ALERT_CAP = 16 * 1024 * 1024


def load_alert(path: Path) -> Alert:
    """Read an alert file of any known shape, or text; raises ``UnreadableInput``."""
    return decode_alert(read_capped(path, _ALERT_CAP), str(path))
