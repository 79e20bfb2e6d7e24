import asyncio
import gzip
import io
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.classify import Role, classify
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.metric_decoding import decode_metrics
from triage_tui.sources.common.series_naming import SeriesNaming, named_from_column
from triage_tui.sources.metric_files import MetricFile

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
NAMING, UNNAMED = SeriesNaming("file", "shop"), SeriesNaming("file")

Row = tuple[str, str | None, str, float]


def read(content: str | bytes, naming: SeriesNaming = UNNAMED) -> Decoded:
    return decode_metrics(content if isinstance(content, bytes) else content.encode(), "m", naming)


def rows(decoded: Decoded) -> list[Row]:
    return decoded.frame.select("metric", "service", "labels", "value").rows()


def answer(result: list[dict[str, Any]], kind: str = "matrix", **more: Any) -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **more})


def test_a_range_answer_becomes_one_row_a_sample_in_the_schema_of_metrics() -> None:
    series = {
        "metric": {"__name__": "pool_checked_out", "job": "shop", "instance": "shop-1:8000", "env": "prod"},
        "values": [[SECONDS, "5"], [SECONDS + 15, "20"]],
    }
    decoded = read(answer([series]))
    assert decoded.frame.schema == frame_schema(EvidenceKind.METRICS)
    assert decoded.frame["time"].to_list() == [NOON, NOON + timedelta(seconds=15)]
    assert rows(decoded)[1] == ("pool_checked_out", "shop", '{"env":"prod","instance":"shop-1:8000"}', 20.0)


def test_nan_stays_nan_infinity_stays_infinity_and_a_missing_scrape_stays_missing() -> None:
    values = [[SECONDS, "NaN"], [SECONDS + 15, "+Inf"], [SECONDS + 60, "-Inf"], [SECONDS + 75.5, "1e-3"]]
    frame = read(answer([{"metric": {}, "values": values}])).frame
    assert math.isnan(frame["value"][0])
    assert frame["value"].to_list()[1:] == [math.inf, -math.inf, 0.001]
    assert frame["time"][3] == NOON + timedelta(seconds=75.5)


def test_a_series_that_lost_its_name_takes_the_files_and_the_service_of_its_labels_comes_first() -> None:
    series: list[dict[str, Any]] = [
        {"metric": {"service": "shop", "job": "node"}, "values": [[SECONDS, "1"]]},
        {"metric": {"job": "node"}, "values": [[SECONDS, "2"]]},
        {"metric": {}, "values": [[SECONDS, "3"]]},
    ]
    assert rows(read(answer(series), SeriesNaming("error_rate", "given"))) == [
        ("error_rate", "given", "", 3.0),
        ("error_rate", "node", "", 2.0),
        ("error_rate", "shop", '{"job":"node"}', 1.0),
    ]


@pytest.mark.parametrize(
    "content",
    [
        answer([{"metric": {"__name__": "up"}, "value": [SECONDS, "1"]}], "vector"),
        json.dumps({"status": "success", "data": {"resultType": "scalar", "result": [SECONDS, "1"]}}),
        json.dumps([{"metric": {"__name__": "up"}, "values": [[SECONDS, "1"]]}]),
    ],
    ids=["vector", "scalar", "promtool"],
)
def test_a_vector_a_scalar_and_a_bare_list_are_read_too(content: str) -> None:
    assert rows(read(content, SeriesNaming("up"))) == [("up", None, "", 1.0)]


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"warnings": ["results truncated"]}, "the server warned: results truncated"),
        ({"isPartial": True}, "the server said that its answer is partial"),
    ],
)
def test_a_partial_answer_says_so(more: dict[str, Any], note: str) -> None:
    assert note in read(answer([{"metric": {}, "values": [[SECONDS, "1"]]}], **more)).note


def test_an_answer_without_samples_is_no_silence() -> None:
    assert read(answer([])).note == "no samples in m"
    histogram = {"metric": {"__name__": "h"}, "histograms": [[SECONDS, {"count": "1"}]]}
    assert "1 native histogram series skipped" in read(answer([histogram])).note


def wide(time: str) -> str:
    labelled = '"up{service=""cart"",zone=""a""}"'
    return f"time,shop:p99,db.load,http.server.duration,job:errors:rate5m,{labelled}\n{time},1,2,3,4,5\n"


def test_a_wide_table_names_its_series_by_their_columns() -> None:
    assert rows(read(wide(str(SECONDS)), NAMING)) == [
        ("http.server.duration", "shop", "", 3.0),
        ("job:errors:rate5m", "shop", "", 4.0),
        ("load", "db", "", 2.0),
        ("p99", "shop", "", 1.0),
        ("up", "cart", '{"zone":"a"}', 5.0),
    ]


@pytest.mark.parametrize("column", ['latency{quantile="0.5', "a{", "p.99", ".x", "x.", "{}"])
def test_an_odd_column_name_still_is_a_name(column: str) -> None:
    assert named_from_column(column, NAMING).service == "shop"


@pytest.mark.parametrize(
    "time",
    [
        str(SECONDS), f"{SECONDS}.0", f"{SECONDS}000", f"{SECONDS}000000", f"{SECONDS}000000000",
        "2026-03-02T12:00:00Z", "2026-03-02 13:00:00+01:00", "2026-03-02T12:00:00.000000000Z", "2026-03-02 12:00",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "shape", [wide, lambda time: f"time,metric,service,value\n{time},p99,shop,1\n"], ids=["wide", "long"]
)
def test_times_are_seconds_smaller_units_or_rfc_3339(time: str, shape: Callable[[str], str]) -> None:
    assert set(read(shape(time)).frame["time"]) == {NOON}


def test_small_numbers_are_seconds_since_1970() -> None:
    frame = read("time,metric,service,value\n0,v,s,1\n60,v,s,2\n").frame
    assert frame["time"].to_list() == [datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 0, 1, tzinfo=UTC)]


def test_a_long_table_keeps_further_columns_as_labels_and_needs_no_service() -> None:
    text = f"timestamp;name;zone;value\n{SECONDS};p99;b;2\n{SECONDS};p99;a;1\n{SECONDS};p99;;3\n"
    assert rows(read(text)) == [
        ("p99", None, "", 3.0), ("p99", None, '{"zone":"a"}', 1.0), ("p99", None, '{"zone":"b"}', 2.0),
    ]  # fmt: skip


def test_an_empty_cell_is_a_missing_scrape_and_a_word_is_counted_with_its_line() -> None:
    decoded = read(f"time,a,b\n{SECONDS},1,\n{SECONDS + 1},oops,2\n{SECONDS + 2},NaN,inf\n")
    assert [row[0] for row in rows(decoded)] == ["a", "a", "b", "b"]
    assert decoded.note == "1 value unreadable, first at m:3"


def test_the_order_of_rows_does_not_matter_and_a_repeated_sample_counts_once() -> None:
    lines = [f"{SECONDS + number},p99,shop,{number}" for number in (3, 1, 2, 1)]
    one = read("time,metric,service,value\n" + "\n".join(lines))
    other = read("time,metric,service,value\n" + "\n".join(reversed(lines)))
    assert one.frame["value"].to_list() == [1.0, 2.0, 3.0]
    assert one.frame.equals(other.frame)


def test_parquet_of_either_form_is_read() -> None:
    long = pl.DataFrame({"time": [NOON], "metric": ["p99"], "service": ["shop"], "value": [1.5]})
    table = pl.DataFrame({"time": [SECONDS], "shop:p99": [1.5]})
    for frame in (long, table):
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        assert rows(read(buffer.getvalue())) == [("p99", "shop", "", 1.5)]


def test_openmetrics_text_is_read_with_labels_escapes_and_exemplars() -> None:
    text = (
        "# HELP pool Connections.\n# TYPE pool gauge\n"
        f'pool{{service="shop",note="a \\"b\\" }} c"}} 20 {SECONDS}.5 # {{trace_id="x"}} 1\n'
        f"pool 3 {SECONDS}\npool 4\n# EOF\n"
    )
    decoded = read(text)
    assert rows(decoded) == [("pool", "shop", '{"note":"a \\"b\\" } c"}', 20.0), ("pool", None, "", 3.0)]
    assert decoded.frame["time"][0] == NOON + timedelta(seconds=0.5)
    assert decoded.note == "1 sample unreadable, first at m:5"


def test_the_older_text_format_counts_in_milliseconds() -> None:
    assert read(f'up{{job="shop"}} 1 {SECONDS}000\n').frame["time"].to_list() == [NOON]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_compressed_file_is_read_by_its_content(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "errors.json.gz"
    path.write_bytes(compress(answer([{"metric": {}, "values": [[SECONDS, "1"]]}]).encode()))
    evidence = MetricFile(path, service="shop").load()
    assert evidence.frame.select("metric", "service").rows() == [("errors", "shop")]
    assert evidence.source == "errors.json.gz"


def test_a_table_that_powershell_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(f"time,metric,value\r\n{SECONDS},p99,1\r\n".encode("utf-16"))
    assert classify(path) is Role.METRICS
    assert MetricFile(path).load().frame.select("metric", "value").rows() == [("p99", 1.0)]


def test_a_window_cuts_the_samples_half_open(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("time,metric,value\n" + "".join(f"{SECONDS + number},p99,{number}\n" for number in range(5)))
    window = TimeWindow(NOON + timedelta(seconds=1), NOON + timedelta(seconds=3))
    evidence = asyncio.run(MetricFile(path).fetch(window))
    assert evidence.frame["value"].to_list() == [1.0, 2.0]
    assert evidence.window == window


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\x7fELF\0\0\0", "is binary"),
        (b"just words\n", "has no time column"),
        (b"a,b\n1,2\n", "has no time column"),
        (b"time\n1\n", "has a time column and no series"),
        (b"time,a\nnever,x\n", "has no row with a time and a number"),
        (b"<html><body>Sign in</body></html>", "has no time column"),
        (b"PAR1 and nothing else", "not a readable Parquet file"),
        (b'{"status":"success"', "not the JSON that is needed here"),
        (b'{"title":"an alert"}', "holds no data of a metrics server"),
        (b'{"status":"error","errorType":"bad_data","error":"no"}', "holds an error .*, not samples: bad_data: no"),
        (b'{"status":"success","data":{"resultType":"streams","result":[]}}', "result of type 'streams'"),
        (b"[" * 100_000, "not the JSON|nested too deeply"),
        (b"# TYPE up gauge\nup 1\n", "has no sample with a timestamp"),
        (b'time,a\n1,"2\n', "not a readable CSV|no row"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_gives_one_line_with_its_name(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableInput, match=problem) as refused:
        MetricFile(path).load()
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


def test_a_folder_a_missing_file_a_device_and_a_cut_archive_are_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"time,a\n1,2\n" * 1000)[:-20])
    for path, problem in (
        (tmp_path, "is a folder, a file is needed here"),
        (tmp_path / "missing.csv", "no such file"),
        (Path("/dev/zero"), "is not a regular file"),
        (cut, "broken compressed file"),
    ):
        with pytest.raises(UnreadableInput, match=problem):
            MetricFile(path).load()


def test_five_thousand_series_are_read() -> None:
    values = [[SECONDS + 15 * number, "0.25"] for number in range(120)]
    series = [{"metric": {"__name__": f"m{number}", "job": "shop"}, "values": values} for number in range(5000)]
    frame = read(answer(series)).frame
    assert frame.height == 600_000
    assert frame["metric"].n_unique() == 5000
