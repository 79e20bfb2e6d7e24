"""Seeded series of every shape, as metrics frames: what the analysis is tested against."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.investigation.evidence import EvidenceKind, frame_schema

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FloatArray = npt.NDArray[np.float64]


def noise(size: int, seed: int, spread: float = 1.0, memory: float = 0.3) -> FloatArray:
    """First-order autoregressive noise of a standard deviation."""
    random = np.random.default_rng(seed)
    shocks = random.normal(0.0, spread * np.sqrt(1 - memory**2), size)
    values = np.empty(size)
    values[0] = random.normal(0.0, spread)
    for row in range(1, size):
        values[row] = memory * values[row - 1] + shocks[row]
    return values


def shaped(shape: str, size: int = 180, at: int = 100, seed: int = 0, level: float = 100.0) -> FloatArray:
    """A series of a shape that begins at row ``at``; noise of two percent of the level."""
    rows = np.arange(size, dtype=np.float64)
    clean = {
        "none": np.full(size, level),
        "step": level + 0.5 * level * (rows >= at),
        "spike": level + 0.8 * level * ((rows >= at) & (rows < at + 12)),
        "creep": level + 0.01 * level * np.clip(rows - at, 0, None),
        "sawtooth": level + 0.02 * level * np.where(rows < at, 0.0, (rows - at) % 25),
        "saturated": level + 0.02 * level * np.clip(rows - at, 0, 60),
        "periodic": level + 0.3 * level * np.sin(2 * np.pi * rows / 30),
    }[shape]
    noisy = clean + noise(size, seed, 0.02 * level)
    return np.minimum(noisy, 1.8 * level) if shape == "saturated" else np.asarray(noisy, dtype=np.float64)


def frame(
    series: Mapping[tuple[str, str], npt.NDArray[np.floating[Any]]],
    *,
    step_s: float = 60.0,
    start: datetime = START,
    labels: str = "",
) -> pl.DataFrame:
    """A metrics frame of (service, metric) to values; NaN values stay as NaN rows."""
    rows = [
        (start + timedelta(seconds=step_s * row), metric, service, labels, float(value))
        for (service, metric), values in series.items()
        for row, value in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=frame_schema(EvidenceKind.METRICS), orient="row")


def moment(row: float, step_s: float = 60.0) -> datetime:
    """The time of a row."""
    return START + timedelta(seconds=step_s * row)
