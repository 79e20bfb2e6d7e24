"""How far long work on logs is."""

from __future__ import annotations

from typing import NamedTuple


class Progress(NamedTuple):
    """How far reading is: bytes done and in all, records so far, and the seconds it took."""

    done_bytes: int
    total_bytes: int
    records: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """An estimate at the rate so far; None before there is a rate."""
        return self.seconds * (self.total_bytes - self.done_bytes) / self.done_bytes if self.done_bytes else None
