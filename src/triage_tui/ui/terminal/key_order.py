"""Keys that arrive together, as they do on a link that stood still, act as if they were typed one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.events import Event, Key
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.app import App

PATIENCE_S = 5
ROUNDS = 40
MOVES = frozenset({
    "cursor_down", "cursor_up", "page_down", "page_up", "cursor_later", "cursor_earlier", "cursor_left", "cursor_right",
    "scroll_down", "scroll_up", "delete_left", "delete_right",
})  # fmt: skip
"""The actions of keys that are held down: they open nothing and leave the focus where it is."""

Path = tuple[MessagePump, ...]
"""The queues that a key goes through: of what has the focus, of all that is around it, of the app, which acts on it."""


class KeyOrder:
    """Passes a key or a paste on once the one before it has acted, and what it has opened has the focus.

    ``pass_on`` gives an event to what has the focus. A key that is held down, and text that is typed into one line, are
    passed on together. Nothing here waits for a frame or a timer; a queue that does not move is waited for
    ``PATIENCE_S`` seconds, and not again for the keys that have come meanwhile.
    """

    def __init__(self, app: App[None], pass_on: Callable[[Event], Awaitable[None]]) -> None:
        self._app, self._pass_on = app, pass_on
        self._waiting: deque[Event] = deque()
        self._under_way: asyncio.Task[None] | None = None

    async def take(self, event: Event) -> None:
        """Pass an event on, at once where none is under way, or else in its turn; called by the app's queue."""
        if self._under_way is not None:
            self._waiting.append(event)
            return
        path = self._path()
        await self._pass_on(event)
        self._under_way = asyncio.create_task(self._follow(path), name="order of keys")

    async def _follow(self, path: Path) -> None:
        try:
            settles = await self._settled(path)
            while self._waiting:
                path = await self._pass_next()
                settles = settles and await self._settled(path)
        finally:
            self._under_way = None

    async def _pass_next(self) -> Path:
        """Let the app's queue pass on the next event, or the next few that are one; returns which way they go."""
        run, path = self._next_run(), self._path()

        async def act() -> None:
            for event in run:
                await self._pass_on(event)

        await self._through(self._app, act)
        return path

    def _next_run(self) -> list[Event]:
        run = [self._waiting.popleft()]
        goes_on = self._rest_of(run[0]) if self._waiting else None
        while goes_on is not None and self._waiting and goes_on(self._waiting[0]):
            run.append(self._waiting.popleft())
        return run

    def _rest_of(self, first: Event) -> Callable[[Event], bool] | None:
        """Return what tells whether an event acts on the same thing and opens nothing; None where the first may."""
        if not isinstance(first, Key) or not self._app.screen_stack:
            return None
        if self._is_text(first):
            return self._is_text
        bound = self._app.screen.active_bindings.get(first.key)
        moves = bound is not None and bound.binding.action in MOVES
        return (lambda event: isinstance(event, Key) and event.key == first.key) if moves else None

    def _is_text(self, event: Event) -> bool:
        focused = self._app.focused
        if focused is None or not isinstance(event, Key) or not event.is_printable:
            return False
        return focused.check_consume_key(event.key, event.character)

    async def _settled(self, path: Path) -> bool:
        """Wait until a key went its way and left nothing to do; False if a queue does not move."""
        for _ in range(ROUNDS):
            for queue in path:
                if not await self._through(queue):
                    return False
            before, path = path, self._path()
            if path == before and not self._busy():
                break
        # What is still busy after so many rounds has work that never ends, and not from a key.
        return True

    async def _through(self, queue: MessagePump, act: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Wait until a queue has done all that is in it, and then acted; one that closes does no more."""
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def reached() -> None:
            try:
                if act is not None:
                    await act()
            finally:
                passed.set_result(None)

        if not queue.call_later(reached):
            return True
        ends = {passed} if queue._task is None else {passed, queue._task}  # noqa: SLF001 - it may end before its turn
        for _ in range(PATIENCE_S):
            # In steps: after work that held up the whole program, the queue gets its turn before patience is over.
            done, _pending = await asyncio.wait(ends, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return True
        return False

    def _path(self) -> Path:
        if not self._app.screen_stack:
            return (self._app,)
        around = (self._app.focused or self._app.screen).ancestors_with_self
        return (*around, self._app) if around[-1] is not self._app else tuple(around)

    def _busy(self) -> bool:
        """Tell whether anything on the screens is still to be mounted, or has a message."""
        nodes = [self._app, *self._app._registry]  # noqa: SLF001 - walking the screens would cost more than a key
        return any(_has_work(node) for node in nodes)


def _has_work(node: MessagePump) -> bool:
    # Textual tells this to nobody. A node that closes only waits for its end.
    return not node._closing and not (node._is_mounted and node._message_queue.empty())  # noqa: SLF001
