"""Correlation IDs: which are the same, and which records have one beside that of their own, as a trace's.

Services write the same UUID in small letters or in capitals, and so they do the hexadecimal digits of traces and spans.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import polars as pl

_NAME = r"[\w./@-]*(?:(?:request|req|correlation|trace|transaction)[._-]?id|opid|[./]trace|\btrace)"

UUID_LENGTH, HEX_LENGTHS, DASHES = 36, (16, 32), (8, 13, 18, 23)
"""How long a UUID is, and an ID of hexadecimal digits alone; where a UUID has dashes."""
_HEX = r"[0-9a-fA-F]"
_UUID = rf"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"
# Compiled when it is needed: this module is loaded before the first frame.
_CASELESS = rf"{_UUID}|{_HEX}{{16}}|{_HEX}{{32}}"


def without_case(correlation_id: str) -> str:
    """An ID as it is compared: in small letters where its case does not count.

    >>> without_case("4BF92F3577B34DA6"), without_case("Order-77")
    ('4bf92f3577b34da6', 'Order-77')
    """
    return correlation_id.lower() if re.fullmatch(_CASELESS, correlation_id) else correlation_id


def spellings_of(correlation_id: str) -> tuple[str, ...]:
    """The ID itself, and in small letters and in capitals where its case does not count."""
    if not re.fullmatch(_CASELESS, correlation_id):
        return (correlation_id,)
    return tuple(dict.fromkeys((correlation_id, correlation_id.lower(), correlation_id.upper())))


def is_same_id(column: pl.Expr, correlation_id: str) -> pl.Expr:
    """Tell which IDs of a column are this one."""
    if not re.fullmatch(_CASELESS, correlation_id):
        return column == correlation_id
    return column.str.to_lowercase() == correlation_id.lower()


def in_one_spelling(ids: pl.Series) -> pl.Series:
    """IDs of a column, of which those that are the same are written as the first of them."""
    import polars as pl  # as below

    # Nearly no log has any.
    if not ids.str.contains("[A-F]").any():
        return ids
    own = pl.col("id")
    compared = pl.when(own.str.contains(f"^(?:{_CASELESS})$")).then(own.str.to_lowercase()).otherwise(own)
    return ids.to_frame("id").select(own.first().over(compared))["id"].rename(ids.name)


def names_id(correlation_id: str) -> pl.Expr:
    """Tell of the records of a LOGS frame whether another field for IDs, one of their ``attributes``, has this one."""
    import polars as pl  # the screen asks for single lines alone

    written = msgspec.json.encode(correlation_id).decode("utf-8", "replace")
    return (
        pl.col("attributes").str.contains(rf'(?i:"{_NAME}":){_pattern(correlation_id, written)}').fill_null(value=False)
    )


def is_id_in(correlation_id: str, text: str) -> bool:
    """Tell whether a field for IDs has this one in the text of a record: behind the key of an object, or ``key=``."""
    wanted = _pattern(correlation_id, correlation_id)
    written = rf'(?i:"{_NAME}"\s*:\s*")\[?{wanted}"|(?i:(?<![\w.-]){_NAME}=)"?{wanted}(?![\w-])'
    return re.search(written, text) is not None


def _pattern(correlation_id: str, written: str) -> str:
    """A pattern of an ID as it is written, in any case where that does not count."""
    literal = _literal(written)
    return f"(?i:{literal})" if re.fullmatch(_CASELESS, correlation_id) else literal


def _literal(text: str) -> str:
    """A pattern of a text that means the same to Python and to polars."""
    return "".join(one if one.isalnum() and one.isascii() else f"\\U{ord(one):08x}" for one in text)
