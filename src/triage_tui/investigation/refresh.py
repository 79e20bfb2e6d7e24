"""When a live source is asked again."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace


class RefreshPolicy(msgspec.Struct, frozen=True):
    """Ask every ``interval_s``; after failures wait twice as long each time, up to ``longest_s``.

    ``jitter`` is the share by which a wait is lengthened at random, so that many users do not ask at the same moment.
    """

    interval_s: float = 15.0
    longest_s: float = 300.0
    jitter: float = 0.1

    def at_least(self, interval_s: float) -> RefreshPolicy:
        """Return the policy of a source that is not asked more often than this."""
        return replace(self, interval_s=max(self.interval_s, interval_s))

    def next_delay(self, failures: int, retry_after_s: float | None, chance: float) -> float:
        """Return the seconds to wait after so many failures in a row.

        ``retry_after_s`` is what the server asked for, honoured up to ``longest_s``; ``chance`` is a random number in
        [0, 1).
        """
        backed_off = self.interval_s * 2.0 ** min(failures, 16)
        wait = min(max(backed_off, retry_after_s or 0.0), max(self.longest_s, self.interval_s))
        return wait * (1.0 + self.jitter * chance)
