"""Traffic: shoppers, staff and their mistakes, seeded, arriving independently of how fast the service answers."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

USERS = 200
LAST_DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Call:
    """One request to be made."""

    method: str
    path: str
    user: int | None
    request_id: str
    body: dict[str, Any] | None = None
    query: dict[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        """Identity as a gateway adds it."""
        token = {"authorization": f"Bearer u-{self.user}"} if self.user is not None else {}
        address = f"10.20.{(self.user or 999) // 64 % 8}.{1 + (self.user or 999) * 37 % 250}"
        return {"x-request-id": self.request_id, "x-forwarded-for": address, **token}


class Traffic:
    """The mix of calls; ``reports`` is whether the page with the sales report is out.

    Of all the other calls together there are 92 to ``report_weight`` reports, of which ``mistaken`` is the share whose
    dates are the wrong way round.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.reports = False
        self.report_weight = 8
        self.mistaken = 0.17

    def next_call(self) -> Call:
        """Draw one call."""
        dice = self.dice
        user = None if dice.random() < 0.004 else 1000 + dice.randrange(USERS)
        who = {"user": user, "request_id": f"{dice.getrandbits(48):012x}"}
        make = dice.choices(
            (self._place, self._read, self._list, self._products, self._me, self._report),
            (20, 26, 10, 20, 16, self.report_weight if self.reports else 0),
        )[0]
        return make(who)

    def _place(self, who: dict[str, Any]) -> Call:
        product = self.dice.randrange(60) if self.dice.random() > 0.01 else 77
        quantity = self.dice.choice((1, 1, 1, 2, 3)) if self.dice.random() > 0.01 else 0
        return Call("POST", "/api/orders", body={"sku": f"sku-{product:03d}", "quantity": quantity}, **who)

    def _read(self, who: dict[str, Any]) -> Call:
        order = self.dice.randrange(1, 12_000) if self.dice.random() > 0.015 else 900_001
        return Call("GET", f"/api/orders/{order}", **who)

    def _list(self, who: dict[str, Any]) -> Call:
        return Call("GET", "/api/orders", **who)

    def _products(self, who: dict[str, Any]) -> Call:
        return Call("GET", "/api/products", **who)

    def _me(self, who: dict[str, Any]) -> Call:
        return Call("GET", "/api/users/me", **who)

    def _report(self, who: dict[str, Any]) -> Call:
        start = LAST_DAY - timedelta(days=self.dice.randrange(2, 60))
        days = timedelta(days=self.dice.randrange(1, 30))
        end = start - days if self.dice.random() < self.mistaken else start + days
        return Call("GET", "/api/reports/generate", query={"start": f"{start}", "end": f"{end}"}, **who)


async def drive(base_url: str, traffic: Traffic, per_second: float) -> None:
    """Send calls with exponential gaps until cancelled; answers are read and dropped."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with (
        httpx.AsyncClient(base_url=base_url, timeout=10.0, limits=limits) as client,
        asyncio.TaskGroup() as group,
    ):
        due = asyncio.get_running_loop().time()
        while True:
            due += traffic.dice.expovariate(per_second)
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            group.create_task(_send(client, traffic.next_call()))


async def _send(client: httpx.AsyncClient, call: Call) -> None:
    try:
        await client.request(call.method, call.path, json=call.body, params=call.query, headers=call.headers())
    except httpx.TransportError:
        return  # what the shopper sees is counted by the service and the health probe
