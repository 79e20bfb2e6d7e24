"""Frames that are held compressed while nothing is computed of them: the records of a large log take a tenth then."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

WORTH_PACKING_BYTES = 8 << 20


class PackedFrame:
    """A frame as compressed Arrow; to unpack a hundred thousand log records takes some forty milliseconds."""

    __slots__ = ("data",)

    def __init__(self, frame: pl.DataFrame) -> None:
        target = BytesIO()
        # In one piece: of a frame in several, each selection of columns copies all that there are.
        frame.write_ipc(target, compression="zstd", record_batch_size=max(frame.height, 1))
        self.data = target.getvalue()

    def unpacked(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The frame, or some of its columns, which takes a fraction of the time."""
        import polars as pl

        return pl.read_ipc(BytesIO(self.data), columns=None if columns is None else list(columns))


def packed_if_large(frame: pl.DataFrame) -> pl.DataFrame | PackedFrame:
    """Pack a frame that is worth it."""
    return PackedFrame(frame) if frame.estimated_size() >= WORTH_PACKING_BYTES else frame
