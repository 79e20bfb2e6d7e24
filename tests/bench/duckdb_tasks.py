"""The same questions asked of DuckDB, in its own environment: ``python duckdb_tasks.py TASK FILE [OUT]``.

It stands alone: nothing of this project is installed there.
"""

from __future__ import annotations

import json
import resource
import sys
from time import perf_counter

import duckdb  # type: ignore[import-not-found,unused-ignore]  # only in the environment of the peers

COLUMNS = "{timestamp: 'TIMESTAMP', level: 'VARCHAR', request_id: 'VARCHAR'}"
QUERIES = {
    "minute_by_level": "SELECT date_trunc('minute', timestamp), level, count(*) FROM {log} GROUP BY ALL",
    "parquet": "COPY (SELECT timestamp, level, hash(request_id) AS id FROM {log}) TO '{out}' (FORMAT parquet)",
}


def main() -> None:
    """Run one query, timed after the import."""
    task, path, *out = sys.argv[1:]
    log = f"read_json('{path}', format='newline_delimited', columns={COLUMNS})"
    query = QUERIES[task].format(log=log, out=out[0] if out else "")
    began = perf_counter()
    rows = duckdb.sql(query)
    found = sum(row[2] for row in rows.fetchall()) if task == "minute_by_level" else None
    seconds = perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "found": found}) + "\n")


if __name__ == "__main__":
    main()
