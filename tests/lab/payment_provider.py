"""The payment provider: a process of its own, slow when told to be. ``python -m tests.lab.payment_provider PORT``."""

from __future__ import annotations

import json
import math
import random
import sys
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DECLINED_SHARE = 0.02
ODD_SHARE, ODD_S = 0.006, 0.8  # a slow charge now and then is normal


@dataclass
class Pace:
    """How long a charge takes: a log-normal around ``median_s``."""

    median_s: float = 0.06
    spread: float = 0.35


class Provider(ThreadingHTTPServer):
    """Takes charges; ``POST /pace`` changes how long they take."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.pace, self.dice = Pace(), random.Random(7)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/pace":
            self.server.pace = Pace(**body)
            self._answer(200, {})
            return
        dice, pace = self.server.dice, self.server.pace
        odd_s = ODD_S if dice.random() < ODD_SHARE else 0.0
        time.sleep(odd_s + pace.median_s * math.exp(dice.gauss(0, pace.spread)))
        if dice.random() < DECLINED_SHARE:
            self._answer(402, {"reason": "insufficient funds"})
        else:
            self._answer(201, {"reference": f"ch_{dice.getrandbits(40):010x}"})

    def _answer(self, status: int, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True  # the caller has given up waiting

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        del format, args  # an outside provider's log is not ours to see


if __name__ == "__main__":
    Provider(int(sys.argv[1])).serve_forever()
