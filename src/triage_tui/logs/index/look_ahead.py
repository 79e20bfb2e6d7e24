"""Parts of a log that are being read while the ones before them are taken in."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

Read = TypeVar("Read")


class _Part(NamedTuple, Generic[Read]):
    stop: int
    read: Future[Read]


class LookAhead(Generic[Read]):
    """Parts in the order of the log; each goes on where the one before it stops."""

    def __init__(self) -> None:
        self._parts: deque[_Part[Read]] = deque()

    def __len__(self) -> int:
        return len(self._parts)

    @property
    def is_ready(self) -> bool:
        """Whether the first part can be taken without waiting."""
        return bool(self._parts) and self._parts[0].read.done()

    def stops_at(self, otherwise: int) -> int:
        """Where the last part stops; of none, the given place."""
        return self._parts[-1].stop if self._parts else otherwise

    def add(self, stop: int, read: Read | Future[Read]) -> None:
        """Append a part that is being read, or was."""
        if not isinstance(read, Future):
            done: Future[Read] = Future()
            done.set_result(read)
            read = done
        self._parts.append(_Part(stop, read))

    def drop(self) -> None:
        """Forget what is being read."""
        self._parts.clear()

    def take(self) -> tuple[int, Read]:
        """Where the first part stops, and what was read.

        What stopped the reading is raised: all parts are then to be read again, for none may be left out.
        """
        stop, part = self._parts.popleft()
        try:
            return stop, part.result()
        except BaseException:
            self._parts.clear()
            raise
