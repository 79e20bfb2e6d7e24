"""What holds for every test: on which examples properties are tried, and what programs that a test starts inherit."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

SHOWN_BYTES, SHOWN_TEXT = 20, 200

# Neither how long an example takes nor how long it takes to be drawn says anything on a busy machine.
ON_ANY_MACHINE = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

# The same hundred in each run, or in ``make fuzz`` many new ones.
settings.register_profile("repeated", ON_ANY_MACHINE, derandomize=True)
settings.register_profile(
    "fuzz", ON_ANY_MACHINE, derandomize=False, max_examples=int(os.environ.get("EXAMPLES", "2000"))
)
settings.load_profile("repeated")

# Tests start the program hundreds of times: it is not to be compiled each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their number, and texts that no screen holds: packed ones have the time of packing in them."""
    if isinstance(val, bytes | str) and len(val) > (SHOWN_BYTES if isinstance(val, bytes) else SHOWN_TEXT):
        return f"{type(val).__name__} of {len(val)}"
    return None


@pytest.fixture(scope="session", autouse=True)
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the program out of the home of whoever runs the tests, and away from that of the tests beside these."""
    with pytest.MonkeyPatch.context() as environment:
        for kind in ("CACHE", "CONFIG", "STATE"):
            environment.setenv(f"XDG_{kind}_HOME", str(tmp_path_factory.mktemp(kind.lower())))
        yield
