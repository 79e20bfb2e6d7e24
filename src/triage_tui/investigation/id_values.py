"""Which records of logs have a correlation ID in a field beside that of their own, as a trace's beside a request's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import polars as pl

_NAME = r"[\w./@-]*(?:(?:request|req|correlation|trace|transaction)[._-]?id|opid|[./]trace|\btrace)"


def names_id(correlation_id: str) -> pl.Expr:
    """Tell of the records of a LOGS frame whether another field for IDs, one of their ``attributes``, has this one."""
    import polars as pl  # the screen asks for single lines alone

    written = msgspec.json.encode(correlation_id).decode("utf-8", "replace")
    return pl.col("attributes").str.contains(rf'(?i:"{_NAME}":){_literal(written)}').fill_null(value=False)


def is_id_in(correlation_id: str, text: str) -> bool:
    """Tell whether a field for IDs has this one in the text of a record: behind the key of an object, or ``key=``."""
    wanted = _literal(correlation_id)
    written = rf'(?i:"{_NAME}"\s*:\s*")\[?{wanted}"|(?i:(?<![\w.-]){_NAME}=)"?{wanted}(?![\w-])'
    return re.search(written, text) is not None


def _literal(text: str) -> str:
    """A pattern of a text that means the same to Python and to polars."""
    return "".join(one if one.isalnum() and one.isascii() else f"\\U{ord(one):08x}" for one in text)
