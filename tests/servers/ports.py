"""Ports for servers of tests that run beside others."""

from __future__ import annotations

import os
import socket
from itertools import count

# Below the ports that Linux gives to connections and to whoever asks for any: none of these takes the port of a server
# that is about to start, or that a test has ended and will start again.
_FIRST, _COUNT = 10_000, 20_000
_places = count(os.getpid() * 7919)  # another process begins far from here


def free_port() -> int:
    """Return a loopback port that nothing listens on, another one each time."""
    return next(port for port in (_FIRST + place % _COUNT for place in _places) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
