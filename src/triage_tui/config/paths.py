"""Paths as people write them."""

from __future__ import annotations

from pathlib import Path


def path_named(name: str) -> Path:
    """Return the path of a name, where ``~`` and ``~user`` lead to a home folder that there is.

    Any other name may begin so too: ``~backup.log`` is a file like others.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def is_file(path: Path) -> bool:
    """Tell whether a path is a regular file; a sentence, which may be longer than any name, is none."""
    try:
        return path.is_file()
    except OSError:
        return False
