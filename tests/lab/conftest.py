"""Releases of the service, built from its history and imported side by side in this process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.lab.commits import COMMITS, PROPER_FIX
from tests.lab.repository import ServiceRepository, build_repository

STARTED = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class RunningRelease:
    """A release that runs in this process; ``app`` gives its pool, ``log_file`` what it wrote."""

    app: Any
    client: httpx.AsyncClient
    log_file: Path

    @property
    def checked_out(self) -> int:
        """Connections in use."""
        count: int = self.app.state.engine.pool.checkedout()
        return count


Run = Callable[..., AbstractAsyncContextManager[RunningRelease]]


@pytest.fixture(scope="session")
def leak_repository(tmp_path_factory: pytest.TempPathFactory) -> ServiceRepository:
    """The history of the leak, with its proper fix on top."""
    folder = tmp_path_factory.mktemp("history") / "orders-api"
    return build_repository(folder, (*COMMITS["leak"], PROPER_FIX), STARTED)


@pytest.fixture
def run_release(leak_repository: ServiceRepository, tmp_path: Path) -> Iterator[Run]:
    """Run a release in this process; ``charge`` answers for the payment provider."""
    imported: list[str] = []

    @asynccontextmanager
    async def run(release: str, charge: Callable[..., httpx.Response] | None = None) -> AsyncIterator[RunningRelease]:
        checkout = leak_repository.check_out(release, tmp_path / "releases")
        package = f"orders_api_{release.replace('.', '_')}"
        imported.append(package)
        app = _create_app(checkout, package, tmp_path)
        app.state.payments = httpx.Client(base_url="http://provider", transport=httpx.MockTransport(charge or _charged))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"authorization": "Bearer u-1001", "x-forwarded-for": "10.20.0.9"}
        client = httpx.AsyncClient(transport=transport, base_url="http://orders", headers=headers)
        async with app.router.lifespan_context(app), client:
            yield RunningRelease(app, client, tmp_path / "app.jsonl")

    yield run
    for name in [name for name in sys.modules if name.split(".")[0] in imported]:
        del sys.modules[name]


def _charged(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json={"reference": "ch_1"})


def _create_app(checkout: Path, package: str, folder: Path) -> Any:
    """Import a release under a name of its own, and build its application with a short wait for the pool."""
    init = checkout / "orders_api" / "__init__.py"
    spec = spec_from_file_location(package, init, submodule_search_locations=[str(init.parent)])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[package] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[package])
    settings = importlib.import_module(f"{package}.settings")
    config = {**settings.read_config(checkout / "config.env"), "POOL_TIMEOUT": "0.05"}
    environment = {
        "APP_VERSION": "0",
        "APP_HOST": "test-1",
        "APP_DATABASE": str(folder / "orders.db"),
        "APP_LOG_FILE": str(folder / "app.jsonl"),
        "PAYMENTS_URL": "http://provider",
    }
    return importlib.import_module(f"{package}.app").create_app(settings.settings_from(config, environment))
