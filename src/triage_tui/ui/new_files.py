"""Names for files that the user has written."""

from __future__ import annotations

from pathlib import Path

MOST_NAMES = 1000


def free_path(folder: Path, stem: str, ending: str) -> Path:
    """Return the first name in a folder that no file has: stem.md, stem-2.md, and so on."""
    names = [f"{stem}{ending}", *(f"{stem}-{number}{ending}" for number in range(2, MOST_NAMES))]
    return next((folder / name for name in names if not (folder / name).exists()), folder / names[-1])
