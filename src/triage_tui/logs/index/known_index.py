"""An index that was kept: what goes on with it needs no more than this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from triage_tui.logs.index.blocks import Block


class IndexState(msgspec.Struct, frozen=True):
    """What an index has learned of the log up to a byte.

    Attributes:
        hosts, templates: the names whose codes are in the columns.
        end, next_line: the byte behind the last record, and the number of the line there.
        last_order: the time of the last record, in microseconds since 1970 UTC.
        in_order: whether no record has an earlier time than the one before it.
        unreadable, first_unreadable: how many lines were no record, and the first of them.
        without_zone: how many times had no offset.
    """

    hosts: tuple[str, ...]
    templates: tuple[str, ...]
    end: int
    next_line: int
    last_order: int
    in_order: bool
    unreadable: int
    first_unreadable: int | None
    without_zone: int


class KnownIndex(NamedTuple):
    """An index as far as its blocks are whole, these by the kind of their columns: ``timed``, or one in ``LATER``."""

    blocks: Mapping[str, tuple[Block, ...]]
    state: IndexState
