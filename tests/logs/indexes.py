"""What an index says of records, as a frame that can be compared."""

from __future__ import annotations

import polars as pl

from triage_tui.logs.store import LogStore


def index_of(store: LogStore) -> pl.DataFrame:
    """A row a record in the order of the store: all columns of the index, with names instead of codes."""
    rows = []
    for number in range(len(store)):
        source, local = store.order.place(number)
        log = store.logs[source]
        timed = {name: log.timed.at(name, local) for name in ("offset", "line", "order", "flags")}
        begin, end = log.span(local)
        ids, names = log.later_by_now("ids"), log.later_by_now("names")
        known = local < len(names)
        named = {
            "id_hash": ids.at("id_hash", local) if local < len(ids) else None,
            "host": _name(log.names.hosts.texts, names.at("host", local)) if known else None,
            "template": _name(log.names.templates.texts, names.at("template", local)) if known else None,
        }
        rows.append({"file": log.source.name, "length": end - begin, **timed, **named})
    return pl.DataFrame(rows, schema_overrides={"id_hash": pl.UInt64()}, infer_schema_length=None)


def _name(texts: tuple[str, ...], code: int) -> str:
    return texts[code - 1] if code else ""
