"""A screen asked for without options, understood without argparse, which takes 7 ms of the way to the first frame."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from argparse import Namespace

_OF_ANY_SCREEN: dict[str, Any] = {
    "since": None, "start": None, "end": None, "service": None, "timezone": "UTC",
    "format": None, "quiet": False, "verbose": False, "theme": None, "ascii": False,
}  # fmt: skip


def plain_options(arguments: Sequence[str]) -> Namespace | None:
    """Return what the parser would make of ``demo [STORY]`` or ``replay FILE...``, None for anything else."""
    command, *named = arguments or [""]
    if any(argument.startswith("-") for argument in named):
        return None
    own: dict[str, Any] = {}
    if command == "demo" and len(named) <= 1:
        own = {"story": next(iter(named), None)}
    elif command == "replay":
        own = {"paths": named, "metrics": [], "repo": None, "alert": None}
    # It has the attributes of one, and to be one takes loading the parser.
    return cast("Namespace", SimpleNamespace(command=command, **_OF_ANY_SCREEN, **own)) if own else None
