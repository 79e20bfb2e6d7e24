"""The payment provider, an outside service."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Annotated

import httpx
import structlog
from fastapi import Depends, HTTPException, Request

from .models import CATALOGUE, OrderIn

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

SLOW_S = 0.5


class PaymentTimeout(Exception):
    """The provider did not answer in time."""


@dataclass(frozen=True)
class Receipt:
    """What was charged."""

    reference: str
    total_cents: int


def authorise_payment(order: OrderIn, request: Request) -> Receipt:
    """Charge before a database session is taken, so that a slow provider holds no connection."""
    if order.sku not in CATALOGUE:
        raise HTTPException(404, "no such product")
    total = CATALOGUE[order.sku] * order.quantity
    log.info("Authorising payment", total_cents=total)
    started = perf_counter()
    with request.app.state.metrics.payment_in_flight.track_inprogress():
        answer = _charge(request, total)
    took = perf_counter() - started
    if answer.status_code == httpx.codes.PAYMENT_REQUIRED:
        log.warning("Payment declined", reason=answer.json()["reason"])
        raise HTTPException(402, "payment declined")
    note = log.warning if took > SLOW_S else log.info
    note("Payment authorised", provider_ms=round(took * 1000, 1))
    return Receipt(answer.json()["reference"], total)


def _charge(request: Request, total_cents: int) -> httpx.Response:
    state = request.app.state
    with state.metrics.payment_seconds.time():
        try:
            charged: httpx.Response = state.payments.post("/v1/charges", json={"amount_cents": total_cents})
        except httpx.TimeoutException as error:
            limit = state.settings.payment_timeout
            raise PaymentTimeout(f"payment provider timed out after {limit:.1f} s") from error
    return charged


Charged = Annotated[Receipt, Depends(authorise_payment)]
