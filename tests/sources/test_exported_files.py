import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sources.repositories import Repository
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.change_files import ChangeFile
from triage_tui.sources.common.classify import Role, classify, exported_files
from triage_tui.sources.common.file_source import FileSource
from triage_tui.sources.table_files import HealthFile, RequestCountFile, TopologyFile

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


def rows(
    source: type[FileSource], path: Path, content: str | bytes, window: TimeWindow | None = None
) -> list[dict[str, Any]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    evidence = source(path).load(window)
    schema = frame_schema(evidence.kind)
    assert list(evidence.frame.schema.items())[: len(schema)] == list(schema.items())
    return evidence.frame.to_dicts()


# -- changes


def test_deploys_json_is_read_with_times_in_seconds_and_sorted(tmp_path: Path) -> None:
    deploys = [
        {"time": SECONDS + 60.5, "kind": "deploy", "service": "shop", "id": "b2"},
        {"time": SECONDS, "kind": "feature_flag", "service": "shop", "id": "new_ui"},
        {"time": "2026-03-02T11:00:00Z", "kind": "migration", "id": 7, "title": "Add a column"},
    ]
    found = rows(ChangeFile, tmp_path / "deploys.json", json.dumps(deploys))
    assert [(row["id"], row["kind"], row["service"], row["title"]) for row in found] == [
        ("7", "infrastructure", None, "Add a column"),
        ("new_ui", "flag", "shop", "flag new_ui"),
        ("b2", "deploy", "shop", "deploy b2"),
    ]
    assert found[0]["details"] == ["recorded as 'migration'"]
    assert found[2]["at"] == NOON + timedelta(seconds=60.5)


def test_deploys_are_read_from_csv_json_lines_and_sentrys_releases(tmp_path: Path) -> None:
    csv = "time,kind,service,version\n2026-03-02T12:00:00Z,release,shop,v2\n"
    lines = '{"at":"2026-03-02T12:00:00Z","id":"v2","kind":"deploy","service":"shop","title":"deploy v2"}\n'
    releases = [
        {
            "version": "v2", "dateCreated": "2026-03-01T00:00:00Z", "dateReleased": None,
            "projects": [{"slug": "shop"}],
            "lastDeploy": {"environment": "prod", "dateFinished": "2026-03-02T12:00:00Z"},
        }
    ]  # fmt: skip
    for content in (csv, lines, json.dumps(releases)):
        (row,) = rows(ChangeFile, tmp_path / "changes", content)
        assert (row["id"], row["kind"], row["service"], row["at"]) == ("v2", "deploy", "shop", NOON)
        assert row["title"] == "deploy v2"


def test_a_list_of_changes_comes_whole_whatever_the_window(tmp_path: Path) -> None:
    window = TimeWindow(NOON + timedelta(days=2), NOON + timedelta(days=3))
    assert len(rows(ChangeFile, tmp_path / "d.json", json.dumps([{"time": SECONDS}]), window)) == 1


def test_a_change_without_a_time_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "deploys.json"
    path.write_text(json.dumps([{"time": SECONDS}, {"id": "x"}]))
    assert ChangeFile(path).load().completeness.note == f"1 change unreadable in {path}"


# -- tables


def test_health_probes_are_read_from_json_lines_and_csv_and_unknown_stays_unknown(tmp_path: Path) -> None:
    lines = (
        '{"time":"2026-03-02T12:00:05Z","target":"/healthz","status":503,"latency_ms":12.5,"ok":false,"note":""}\n'
        '{"time":"2026-03-02T12:00:00Z","target":"/healthz","status":null,"ok":null,"note":"timed out"}\n'
    )
    csv = (
        f"time,target,status,latency_ms,ok,note\n{SECONDS + 5},/healthz,503,12.5,no,\n{SECONDS},/healthz,,,,timed out\n"
    )
    for content in (lines, csv):
        unknown, down = rows(HealthFile, tmp_path / "health", content)
        assert (unknown["time"], unknown["status"], unknown["ok"], unknown["note"]) == (NOON, None, None, "timed out")
        assert (down["status"], down["latency_ms"], down["ok"], down["note"]) == (503, 12.5, False, None)


@pytest.mark.parametrize(
    "content",
    [
        '{"edges":[["shop","db"],["shop","cart"],["shop","db"]]}',
        '{"edges":[{"source":"shop","target":"cart"},{"from":"shop","to":"db"}]}',
        '{"edges":[["db","shop"],["cart","shop"]],"direction":"callee_to_caller"}',
        '[["shop","db"],["shop","cart"]]',
        "caller,callee\nshop,db\nshop,cart\n",
    ],
)
def test_a_call_graph_is_read_in_every_spelling_sorted_and_each_edge_once(tmp_path: Path, content: str) -> None:
    assert [tuple(row.values()) for row in rows(TopologyFile, tmp_path / "t", content)] == [
        ("shop", "cart"),
        ("shop", "db"),
    ]


def test_request_counts_keep_their_attributes_as_text(tmp_path: Path) -> None:
    content = gzip.compress(f"time,isp,bitrate,bad,total\n{SECONDS},电信,2000,21,286\n{SECONDS},x,0400,?,3\n".encode())
    path = tmp_path / "requests.csv.gz"
    assert rows(RequestCountFile, path, content) == [
        {"time": NOON, "bad": 21.0, "total": 286.0, "bitrate": "2000", "isp": "电信"}
    ]
    assert "1 row unreadable, first at" in RequestCountFile(path).load().completeness.note
    assert rows(RequestCountFile, tmp_path / "r.csv", "region,bad,total\neu,1,2\n")[0]["time"] is None


@pytest.mark.parametrize(
    ("source", "content", "problem"),
    [
        (ChangeFile, "[{}]", "has no change with a time"),
        (ChangeFile, "", "is empty"),
        (ChangeFile, "[1]", "not the JSON"),
        (ChangeFile, '{"time": 1}\n{"time"', r"f:2: not the JSON"),
        (HealthFile, '{"status": 200}', "has no probe with a time"),
        (TopologyFile, "{}", "has no list of edges"),
        (TopologyFile, '{"edges": [["a"]]}', "has an edge that is no pair"),
        (TopologyFile, '{"edges": [["a", null]]}', "has an edge that is no pair"),
        (RequestCountFile, "time,bad\n1,2\n", "has no column 'total'"),
    ],
)
def test_a_table_that_cannot_be_read_gives_one_line(
    tmp_path: Path, source: type[FileSource], content: str, problem: str
) -> None:
    (tmp_path / "f").write_text(content)
    with pytest.raises(UnreadableInput, match=problem) as refused:
        source(tmp_path / "f").load()
    assert str(refused.value).startswith(str(tmp_path / "f"))


# -- what a file is

MATRIX = '{"status":"success","data":{"resultType":"matrix","result":[]}}'


@pytest.mark.parametrize(
    ("name", "content", "role"),
    [
        ("whatever.json", MATRIX, Role.METRICS),
        ("whatever", '{"status":"error","errorType":"bad_data"}', Role.METRICS),
        ("loki.json", '{"status":"success","data":{"resultType":"streams","result":[]}}', Role.LOGS),
        ("metrics.csv", "time,metric,service,value\n", Role.METRICS),
        ("wide.csv", "timestamp,shop:p99\n1,2\n", Role.METRICS),
        ("log.csv", "time,level,message\n1,info,x\n", Role.LOGS),
        ("x.om", "# TYPE up gauge\nup 1 2\n# EOF\n", Role.METRICS),
        ("table", b"PAR1....", Role.METRICS),
        ("app.log", "12:00 up 1\n", Role.LOGS),
        ("a.jsonl", '{"title":"x","event_id":"1"}\n{"title":"y"}\n', Role.LOGS),
        ("one-line.jsonl", '{"time":"2026","message":"x"}\n', Role.LOGS),
        ("text.txt", "just words\n", Role.LOGS),
        ("deploys.json", "[]", Role.CHANGES),
        ("list.json", '[{"time":1,"kind":"deploy"}]', Role.CHANGES),
        ("graph.json", '{"edges":[]}', Role.TOPOLOGY),
        ("requests.csv.gz", gzip.compress(b"x,bad,total\n"), Role.REQUEST_COUNTS),
        ("r.csv", "x,bad,total\n", Role.REQUEST_COUNTS),
        ("event.json", '{\n "level": "error",\n "event_id": "1"}', Role.ALERT),
        ("hook.json", '{"alerts":[{"startsAt":"2026"}]}', Role.ALERT),
        ("history.txt", f"commit {'a' * 40} (HEAD -> main, tag: v1)\nAuthor: Ana <a@b>\n", Role.GIT_LOG),
        ("shop.bundle", "# v2 git bundle\n", Role.GIT_BUNDLE),
        ("case.zip", b"PK\x03\x04....", Role.BUNDLE),
        ("settings.json", '{\n "debug": true\n}', Role.UNKNOWN),
        ("empty.log", "", Role.UNKNOWN),
        ("program", b"\x7fELF\0\0", Role.UNKNOWN),
    ],
)
def test_a_file_is_told_by_its_content_and_name(tmp_path: Path, name: str, content: str | bytes, role: Role) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert classify(tmp_path / name) is role


def _as_is(path: Path) -> Path:
    return path


def _compressed(path: Path) -> Path:
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    return path.with_name(path.name + ".gz")


@pytest.mark.parametrize("kept", [_as_is, _compressed])
def test_a_folder_of_exports_is_listed_with_roles(tmp_path: Path, kept: Callable[[Path], Path]) -> None:
    folder = tmp_path / "exports"
    Repository(folder / "shop").commit("One", {"app.py": ""})
    contents = {
        "metrics.csv": "time,metric,value\n", "logs.jsonl": '{"message":"x"}\n', "deploys.json": "[{}]",
        "topology.json": '{"edges":[]}', "requests.csv": "x,bad,total\n", "alert.json": '{"fired_at": 1}',
    }  # fmt: skip
    files = {}
    for name, content in contents.items():
        (folder / name).write_text(content)
        files[name] = kept(folder / name)
    for name in (".hidden.log", "README.md", "notes.toml"):
        (folder / name).write_text("text\n")
    assert exported_files(folder) == [
        (files["alert.json"], Role.ALERT), (files["deploys.json"], Role.CHANGES), (files["logs.jsonl"], Role.LOGS),
        (files["metrics.csv"], Role.METRICS), (files["requests.csv"], Role.REQUEST_COUNTS),
        (folder / "shop", Role.REPOSITORY), (files["topology.json"], Role.TOPOLOGY),
    ]  # fmt: skip


def test_of_a_repository_only_what_is_named_like_an_export_is_listed_beside_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.commit(
        "One", {"README": "words\n", "app.py": "", "LICENSE": "words\n", "logs.jsonl": '{"message":"x"}\n'}
    )
    assert exported_files(repository.path) == [
        (repository.path, Role.REPOSITORY), (repository.path / "logs.jsonl", Role.LOGS),
    ]  # fmt: skip


def test_what_is_missing_or_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no such file or folder"):
        classify(tmp_path / "missing")
    with pytest.raises(UnreadableInput, match="cannot be read"):
        exported_files(tmp_path / "missing")
    assert classify(Path("/dev/zero")) is Role.UNKNOWN
    assert classify(tmp_path) is Role.UNKNOWN
    assert EvidenceKind.CHANGES is ChangeFile.kind


def test_code_beside_a_repository_is_no_export(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("metrics.py", "logs.py", "health.md"):
        (tmp_path / name).write_text("import sys\n")
    assert exported_files(tmp_path) == [(tmp_path, Role.REPOSITORY)]
