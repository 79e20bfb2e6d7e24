"""The endpoints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy import select

from .db import Db
from .models import CATALOGUE, Order, OrderIn, OrderOut
from .payments import Charged

router = APIRouter()
log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def signed_in(request: Request) -> str:
    user: str | None = request.state.user
    if user is None:
        raise HTTPException(401, "not signed in")
    return user


User = Annotated[str, Depends(signed_in)]


@router.post("/api/orders", status_code=201)
def place_order(order: OrderIn, user: User, receipt: Charged, db: Db) -> OrderOut:
    placed = Order(
        user=user,
        sku=order.sku,
        quantity=order.quantity,
        total_cents=receipt.total_cents,
        placed_on=datetime.now(UTC).date(),
    )
    db.add(placed)
    db.commit()
    answer = OrderOut.of(placed)
    log.info("Order placed", order_id=answer.id, total_cents=answer.total_cents)
    return answer


@router.get("/api/orders")
def list_orders(user: User, db: Db) -> list[OrderOut]:
    log.info("Querying orders")
    orders = db.scalars(select(Order).where(Order.user == user).order_by(Order.id.desc()).limit(20)).all()
    return [OrderOut.of(order) for order in orders]


@router.get("/api/orders/{order_id}")
def read_order(order_id: int, _user: User, db: Db) -> OrderOut:
    log.info("Querying order", order_id=order_id)
    order = db.get(Order, order_id)
    if order is None:
        raise HTTPException(404, "no such order")
    return OrderOut.of(order)


@router.get("/api/products")
async def list_products() -> dict[str, int]:
    return CATALOGUE


@router.get("/api/users/me")
async def read_me(user: User) -> dict[str, str]:
    return {"id": user}
