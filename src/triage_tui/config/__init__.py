"""Where the program keeps its files, and what the environment says."""

from __future__ import annotations

import os
from pathlib import Path


def _xdg(variable: str, default: str) -> Path:
    """Return the triage folder below an XDG base folder; a relative value is ignored, as the XDG standard asks."""
    value = os.environ.get(variable, "")
    base = Path(value) if value.startswith("/") else Path.home() / default
    return base / "triage"


def state_folder() -> Path:
    """Where journals and exports are kept: ``$XDG_STATE_HOME/triage``."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def journal_root() -> Path:
    """Where the journals are: one folder per investigation."""
    return state_folder() / "investigations"


def config_folder() -> Path:
    """Where the user's settings and themes are: ``$XDG_CONFIG_HOME/triage``."""
    return _xdg("XDG_CONFIG_HOME", ".config")


def cache_folder() -> Path:
    """Where indexes are kept that can be built again: ``$XDG_CACHE_HOME/triage``."""
    return _xdg("XDG_CACHE_HOME", ".cache")
