"""An event loop of its own for the sources, so that nothing that they do keeps the screen waiting.

What an exchange costs is not only waiting: certificates are loaded, commands print secrets, answers are decoded.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")

# Blocking clients wait in threads, as many as may hang at once.
THREADS = 64
_LEAVING_S = 2.0


class SourceThread:
    """Runs coroutines on a loop in a thread; begins with the first of them."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    async def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Return what a coroutine returns; cancelled here, it is cancelled there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._running()))

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            ready = threading.Event()
            self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="sources", daemon=True)
            self._thread.start()
            ready.wait()
        if self._loop is None:
            raise RuntimeError("the sources' event loop did not begin")
        return self._loop

    async def _serve(self, ready: threading.Event) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="source"))
        ready.set()
        await self._stopping.wait()

    def stop(self) -> None:
        """Cancel what runs, and wait a moment for its end."""
        if self._loop is not None and self._stopping is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_LEAVING_S)
            self._loop = None
