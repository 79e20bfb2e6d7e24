"""The tables, and what the API takes and gives."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """All tables."""


class Order(Base):
    """One order; ``total_cents`` as it was charged."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(index=True)
    sku: Mapped[str]
    quantity: Mapped[int]
    total_cents: Mapped[int]
    placed_on: Mapped[date] = mapped_column(index=True)


class OrderIn(BaseModel):
    """What a shopper orders."""

    sku: str
    quantity: int = Field(ge=1, le=20)


class OrderOut(BaseModel):
    """What became of an order."""

    id: int
    sku: str
    quantity: int
    total_cents: int

    @staticmethod
    def of(order: Order) -> OrderOut:
        return OrderOut(id=order.id, sku=order.sku, quantity=order.quantity, total_cents=order.total_cents)


CATALOGUE = {f"sku-{number:03d}": 500 + 137 * number % 4000 for number in range(60)}
FIRST_ORDERS = 12_000


def prepare_database(engine: Engine) -> None:
    """Create the tables and, in an empty database, the orders of the last ninety days."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        if session.scalar(select(func.count()).select_from(Order)):
            return
        session.add_all(_first_order(number) for number in range(FIRST_ORDERS))
        session.commit()


def _first_order(number: int) -> Order:
    sku = f"sku-{number * 7 % 60:03d}"
    return Order(
        user=f"u-{1000 + number * 13 % 200}",
        sku=sku,
        quantity=1 + number % 3,
        total_cents=CATALOGUE[sku] * (1 + number % 3),
        placed_on=date.fromordinal(date(2026, 8, 24).toordinal() + number % 90),
    )
