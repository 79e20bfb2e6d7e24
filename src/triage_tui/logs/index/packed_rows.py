"""Rows of an index as few bytes, on their way from one process to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from triage_tui.logs.index.blocks import Block, Numbers, Packed, pack, unpack


class PackedRows(NamedTuple):
    """Rows as few bytes, to be sent to another process."""

    rows_in_all: int
    packed: Mapping[str, Packed]
    data: bytes

    @classmethod
    def of(cls, rows: Mapping[str, Numbers]) -> PackedRows:
        """Pack rows whose columns are as long as each other."""
        held = _HeldBytes()
        packed = {
            name: pack(numbers, held) if len(numbers) else Packed(numbers.dtype.char, 0, 0, 0)
            for name, numbers in rows.items()
        }
        return cls(len(next(iter(rows.values()))), packed, bytes(held.data))

    def rows(self) -> dict[str, Numbers]:
        """The same rows."""
        block = Block(self.rows_in_all, self.packed, _HeldBytes(self.data))
        return {name: unpack(block, name, 0, self.rows_in_all) for name in self.packed}


class _HeldBytes:
    """The bytes of blocks in memory."""

    def __init__(self, data: bytes = b"") -> None:
        self.data, self.size = bytearray(data), len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(memoryview(self.data)[offset : offset + length])

    def append(self, data: bytes) -> None:
        self.data += data
        self.size += len(data)
