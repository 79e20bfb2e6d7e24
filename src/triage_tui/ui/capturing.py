"""Freezing what is shown into a bundle, while the screen goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from textual.message import Message

from triage_tui.investigation.events import CaptureWritten
from triage_tui.investigation.source import SourceError
from triage_tui.ui.messages import Decided, Said


async def captured(freeze: Callable[[Path], str], path: Path, post: Callable[[Message], object]) -> None:
    """Write a bundle in a thread and post that it is there, or why it is not; ``freeze`` returns what to say."""
    try:
        said = await asyncio.to_thread(freeze, path)
    except SourceError as error:
        post(Said(str(error), wrong=True))
    else:
        post(Decided(CaptureWritten(at=datetime.now(UTC), path=str(path))))
        post(Said(said))
