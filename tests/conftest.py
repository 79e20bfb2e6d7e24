"""On which examples properties are tried: the same hundred in each run, or in ``make fuzz`` many new ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Neither how long an example takes nor how long it takes to be drawn says anything on a busy machine.
ON_ANY_MACHINE = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("repeated", ON_ANY_MACHINE, derandomize=True)
settings.register_profile(
    "fuzz", ON_ANY_MACHINE, derandomize=False, max_examples=int(os.environ.get("EXAMPLES", "2000"))
)
settings.load_profile("repeated")
