"""The history of orders-api as data: what each commit changed, by whom, and how long before the recording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Edit:
    """One replacement in one file; ``old`` must be there exactly once."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Commit:
    """One commit, tagged with the release that it made; ``before`` is its age when the recording starts.

    ``live`` commits are rolled out while the recording runs, all others a quarter of an hour after the commit.
    """

    title: str
    author: str
    before: timedelta
    release: str
    edits: tuple[Edit, ...]
    body: str = ""
    live: bool = False


FIRST_TITLE = "Take orders, charge them, answer what became of them"
FIRST_AUTHOR = "Priya Nair"
FIRST_BEFORE = timedelta(days=34, hours=2)
FIRST_RELEASE = "v1.3.0"

_DAYS_BEFORE = (
    Commit(
        "Update fastapi to 0.165.0",
        "Tomas Lindqvist",
        timedelta(hours=27, minutes=12),
        "v1.3.1",
        (Edit("requirements.txt", "fastapi==0.164.0", "fastapi==0.165.0"),),
    ),
    Commit(
        "Answer the last 50 orders",
        "Mei Tanaka",
        timedelta(hours=22, minutes=40),
        "v1.4.0",
        (Edit("orders_api/api.py", "limit(20)", "limit(50)"),),
        "Shoppers with a subscription saw only half of last month.",
    ),
    Commit(
        "Say which product is unknown",
        "Priya Nair",
        timedelta(hours=5, minutes=3),
        "v1.4.1",
        (Edit("orders_api/payments.py", '"no such product"', 'f"no such product: {order.sku}"'),),
    ),
)

_POOL_RECYCLE = Commit(
    "Keep connections for ten minutes",
    "Tomas Lindqvist",
    timedelta(minutes=31),
    "v1.4.1-config.2",
    (Edit("config.env", "POOL_RECYCLE=300", "POOL_RECYCLE=600"),),
    "Reconnecting every five minutes shows up in the profile.",
    live=True,
)

_REPORT_ENDPOINT = """

@router.get("/api/reports/generate")
def generate_report(start: date, end: date, _user: User, db: Db) -> dict[str, int]:
    log.info("Querying report data", start=start.isoformat(), end=end.isoformat())
    totals = report_totals(db, start, end)
    release(db)
    return totals


def report_totals(db: Session, start: date, end: date) -> dict[str, int]:
    if end < start:
        raise ValueError("invalid date range")
    rows = db.execute(
        select(Order.sku, func.sum(Order.total_cents))
        .where(Order.placed_on >= start, Order.placed_on <= end)
        .group_by(Order.sku)
    )
    return {sku: total for sku, total in rows}
"""

_SALES_REPORT = Commit(
    "Add the sales report",
    "Jonas Weber",
    timedelta(minutes=18),
    "v1.4.2",
    (
        Edit(
            "orders_api/db.py",
            "def get_db(request: Request) -> Iterator[Session]:\n"
            "    session = acquire(request.app.state.sessions)\n"
            "    try:\n"
            "        yield session\n"
            "    finally:\n"
            "        session.close()\n"
            '        log.info("Database session released")\n',
            "def get_db(request: Request) -> Session:\n"
            "    return acquire(request.app.state.sessions)\n"
            "\n\n"
            "def release(session: Session) -> None:\n"
            "    session.close()\n"
            '    log.info("Database session released")\n',
        ),
        Edit("orders_api/db.py", "from collections.abc import Iterator\n", ""),
        Edit("orders_api/api.py", "import UTC, datetime", "import UTC, date, datetime"),
        Edit("orders_api/api.py", "import select\n", "import func, select\nfrom sqlalchemy.orm import Session\n"),
        Edit("orders_api/api.py", "from .db import Db\n", "from .db import Db, release\n"),
        Edit(
            "orders_api/api.py",
            "    answer = OrderOut.of(placed)\n",
            "    answer = OrderOut.of(placed)\n    release(db)\n",
        ),
        Edit(
            "orders_api/api.py",
            ".limit(50)).all()\n",
            ".limit(50)).all()\n    release(db)\n",
        ),
        Edit(
            "orders_api/api.py",
            "    order = db.get(Order, order_id)\n",
            "    order = db.get(Order, order_id)\n    release(db)\n",
        ),
        Edit(
            "orders_api/api.py",
            '    return {"id": user}\n',
            '    return {"id": user}\n' + _REPORT_ENDPOINT,
        ),
    ),
    "Handlers give the session back as soon as they have read what they need, so that rendering a long report\n"
    "does not keep a connection.",
    live=True,
)

_CATALOGUE_TTL = Commit(
    "Keep the catalogue for two minutes",
    "Mei Tanaka",
    timedelta(hours=3, minutes=20),
    "v1.4.1-config.2",
    (Edit("config.env", "CATALOGUE_TTL=60", "CATALOGUE_TTL=120"),),
)

_PRODUCTS_BY_PRICE = Commit(
    "List products by price",
    "Jonas Weber",
    timedelta(minutes=26),
    "v1.5.0",
    (
        Edit(
            "orders_api/api.py",
            "    return CATALOGUE\n",
            "    return dict(sorted(CATALOGUE.items(), key=lambda product: product[1]))\n",
        ),
    ),
    live=True,
)

PROPER_FIX = Commit(
    "Give the session back whatever happens",
    "Mei Tanaka",
    timedelta(0),
    "v1.4.3",
    (
        Edit(
            "orders_api/db.py",
            "def get_db(request: Request) -> Session:\n    return acquire(request.app.state.sessions)\n",
            "def get_db(request: Request) -> Iterator[Session]:\n"
            "    session = acquire(request.app.state.sessions)\n"
            "    try:\n"
            "        yield session\n"
            "    finally:\n"
            "        release(session)\n",
        ),
        Edit("orders_api/db.py", "from typing import", "from collections.abc import Iterator\nfrom typing import"),
        Edit("orders_api/api.py", "from .db import Db, release\n", "from .db import Db\n"),
        Edit("orders_api/api.py", '    release(db)\n    log.info("Order placed"', '    log.info("Order placed"'),
        Edit("orders_api/api.py", ".all()\n    release(db)\n", ".all()\n"),
        Edit("orders_api/api.py", "order_id)\n    release(db)\n", "order_id)\n"),
        Edit("orders_api/api.py", "start, end)\n    release(db)\n", "start, end)\n"),
    ),
)
"""Never rolled out in a recording: what the author of the post-mortem would ask for."""

COMMITS = {
    "leak": (*_DAYS_BEFORE, _POOL_RECYCLE, _SALES_REPORT),
    "slow-dependency": (*_DAYS_BEFORE, _CATALOGUE_TTL, _PRODUCTS_BY_PRICE),
}
