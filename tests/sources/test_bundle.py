import asyncio
import hashlib
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from triage_tui.investigation.evidence import EvidenceKind, SignalHint
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.bundle import Bundle, NewMember, open_bundle, write_bundle
from triage_tui.sources.common.archive import ArchiveCaps
from triage_tui.sources.common.manifest import BundleHead

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WINDOW = TimeWindow(NOON, NOON + timedelta(hours=1))
HINT = SignalHint("pool_checked_out", "shop", "saturation", "connections", 20.0)
HEAD = BundleHead(title="pool exhausted", service="shop", created_at=NOON, window=WINDOW, signals=(HINT,))
SMALL = ArchiveCaps(member_bytes=1000, total_bytes=1500, members=4)


def answer(value: str, **labels: str) -> bytes:
    seconds = NOON.timestamp()
    series = {"metric": labels, "values": [[seconds, value], [seconds + 60, value]]}
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}}).encode()


def log_line(seconds: int, message: str) -> bytes:
    time = (NOON + timedelta(seconds=seconds)).isoformat()
    return json.dumps({"timestamp": time, "level": "error", "message": message}).encode() + b"\n"


DEPLOY = b'{"id":"v2","kind":"deploy","at":"2026-03-02T11:00:00Z","title":"v2"}\n'
MEMBERS = [
    NewMember("logs.jsonl", "logs", content=log_line(5, "second"), source="app.jsonl", fetched_at=NOON),
    NewMember("logs-2.jsonl", "logs", content=log_line(2, "first"), source="worker.jsonl"),
    NewMember(
        "pool.json", "metrics", content=answer("20", __name__="pool_checked_out"), source="prometheus", query="pool"
    ),
    NewMember(
        "rate.json",
        "metrics",
        content=answer("0.5", job="api"),
        source="prometheus",
        metric="error_rate",
        window=WINDOW,
    ),
    NewMember("changes.jsonl", "changes", content=DEPLOY, source="git"),
    NewMember("topology.json", "topology", content=b'{"edges":[["shop","db"]]}', source="git"),
    NewMember("alert.json", "alert", content=b'{"title":"Pool exhausted","fired_at":"2026-03-02T12:30:00Z"}'),
    NewMember("shop.bundle", "attachment", content=b"# v2 git bundle\n"),
]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    write_bundle(tmp_path / "case.zip", HEAD, MEMBERS)
    return open_bundle(tmp_path / "case.zip")


def test_what_was_written_is_read_back(bundle: Bundle) -> None:
    assert bundle.manifest.signals == (HINT,)
    assert bundle.manifest.window == WINDOW
    assert dict(bundle.members("metrics"))[bundle.members("metrics")[0][0]] == MEMBERS[2].content
    assert [entry.name for entry in bundle.manifest.members] == sorted(member.name for member in MEMBERS)


def test_the_same_members_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a.zip", HEAD, MEMBERS)
    write_bundle(tmp_path / "b.zip", HEAD, list(reversed(MEMBERS)))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip"]


def test_every_member_is_brought_by_one_source_of_a_unique_name(bundle: Bundle) -> None:
    sources = bundle.sources()
    assert [(source.name, source.kind) for source in sources] == [
        ("2 logs", EvidenceKind.LOGS),
        ("prometheus", EvidenceKind.METRICS),
        ("git changes", EvidenceKind.CHANGES),
        ("git topology", EvidenceKind.TOPOLOGY),
    ]


def fetched(bundle: Bundle, kind: EvidenceKind, window: TimeWindow | None = None) -> Any:
    source = next(source for source in bundle.sources() if source.kind is kind)
    return asyncio.run(source.fetch(window))


def test_the_metrics_of_a_server_are_one_frame_named_by_label_manifest_and_member(bundle: Bundle) -> None:
    evidence = fetched(bundle, EvidenceKind.METRICS)
    assert set(evidence.frame.select("metric", "service", "value").rows()) == {
        ("error_rate", "api", 0.5),
        ("pool_checked_out", "shop", 20.0),
    }
    assert evidence.query == "pool"


def test_logs_of_several_members_are_one_stream_in_time_order_with_their_text(bundle: Bundle) -> None:
    evidence = fetched(bundle, EvidenceKind.LOGS, WINDOW)
    assert evidence.frame["event"].to_list() == ["first", "second"]
    assert evidence.frame["file"].to_list() == ["worker.jsonl", "app.jsonl"]
    assert '"message": "first"' in evidence.lines.row(0).text


def test_a_window_that_ends_a_moment_after_a_source_was_asked_is_recorded_whole(bundle: Bundle) -> None:
    a_little_more = TimeWindow(WINDOW.start, WINDOW.end + timedelta(seconds=20))
    assert fetched(bundle, EvidenceKind.METRICS, a_little_more).completeness.complete


def test_a_window_beyond_the_recording_is_said_to_be_unknown(bundle: Bundle) -> None:
    inside = TimeWindow(NOON, NOON + timedelta(seconds=30))
    assert fetched(bundle, EvidenceKind.METRICS, inside).frame.height == 2
    assert fetched(bundle, EvidenceKind.METRICS, inside).completeness.complete
    beyond = fetched(bundle, EvidenceKind.METRICS, TimeWindow(NOON - timedelta(hours=1), NOON + timedelta(hours=1)))
    assert not beyond.completeness.complete
    assert beyond.completeness.note == "recorded from 2026-03-02 12:00:00 to 13:00:00 UTC only"


def test_what_was_recorded_as_incomplete_stays_incomplete(tmp_path: Path) -> None:
    member = NewMember("m.json", "metrics", content=answer("1"), complete=False, note="limit of 5,000 series hit")
    write_bundle(tmp_path / "case.zip", HEAD, [member])
    completeness = fetched(open_bundle(tmp_path / "case.zip"), EvidenceKind.METRICS).completeness
    assert (completeness.complete, completeness.note) == (False, "limit of 5,000 series hit")


def test_the_alert_is_completed_by_the_manifest(bundle: Bundle) -> None:
    alert = bundle.alert
    assert (alert.title, alert.service, alert.window) == ("Pool exhausted", "shop", WINDOW)
    assert alert.fired_at == NOON + timedelta(minutes=30)


def test_a_broken_member_is_named_with_its_bundle(tmp_path: Path) -> None:
    write_bundle(tmp_path / "case.zip", HEAD, [NewMember("m.json", "metrics", content=b'{"status":')])
    with pytest.raises(UnreadableInput, match=r"case\.zip \(m\.json\): not the JSON that is needed here"):
        fetched(open_bundle(tmp_path / "case.zip"), EvidenceKind.METRICS)


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "c:x", ".hidden", "a\\b", "", "manifest.json", "new\nline", "x" * 300]
)
def test_a_name_that_could_not_be_read_again_is_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of one member"):
        write_bundle(tmp_path / "case.zip", HEAD, [NewMember(name, "logs", content=b"x")])
    assert not list(tmp_path.iterdir())


# -- bundles that somebody else made


def manifest_of(contents: dict[str, bytes], **changes: Any) -> bytes:
    entries = [
        {"name": name, "kind": "logs", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    ]
    head = msgspec.to_builtins(HEAD)
    return json.dumps({**head, "members": entries, **changes}).encode()


def zipped(path: Path, contents: list[tuple[str, bytes]], manifest: bytes | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if manifest is not None:
            archive.writestr("manifest.json", manifest)
        for name, content in contents:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/b.jsonl", "..", "C:\\x", "a\\..\\b", ".bashrc", "x\x1b[31m"]
)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "case.zip", [(name, b"x")], manifest_of({name: b"x"}))
    with pytest.raises(UnreadableInput, match=r"case\.zip: member .* has a name that a bundle may not have") as refused:
        open_bundle(path)
    assert "\x1b" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_is_only_bytes(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("logs.jsonl")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as archive:
        archive.writestr("manifest.json", manifest_of({"logs.jsonl": b"/etc/passwd"}))
        archive.writestr(link, b"/etc/passwd")
    assert open_bundle(tmp_path / "case.zip").members("logs")[0][1] == b"/etc/passwd"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "case.zip", [("a.log", b"x"), ("a.log", b"y")], manifest_of({"a.log": b"x"}))
    with pytest.raises(UnreadableInput, match=r"member 'a\.log' is there twice"):
        open_bundle(path)


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    path = zipped(tmp_path / "case.zip", [("a.log", b"0" * 2000)], b"{}")
    with pytest.raises(UnreadableInput, match=r"member 'a\.log' is larger than 0\.0009"):
        open_bundle(path, SMALL)


def test_members_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "case.zip", [("a.log", b"0" * 900), ("b.log", b"0" * 900)], b"{}")
    with pytest.raises(UnreadableInput, match=r"holds more than .* when decompressed"):
        open_bundle(path, SMALL)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "case.zip", [(f"{number}.log", b"") for number in range(4)], b"{}")
    with pytest.raises(UnreadableInput, match="has 5 members, more than 4"):
        open_bundle(path, SMALL)


def test_a_bomb_that_declares_too_little_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "case.zip", [("a.log", b"0" * 100_000)], manifest_of({"a.log": b"0" * 100_000}))
    raw = path.read_bytes()
    assert raw.count(struct.pack("<I", 100_000)) == 2
    path.write_bytes(raw.replace(struct.pack("<I", 100_000), struct.pack("<I", 10)))
    with pytest.raises(UnreadableInput, match=r"case\.zip: not a readable zip file"):
        open_bundle(path)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "case.zip", [("a.log", b"x")], manifest_of({"a.log": b"x"}))
    raw = bytearray(path.read_bytes())
    central = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 4)
    raw[central + 8] |= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(UnreadableInput, match=r"member 'a\.log' is encrypted"):
        open_bundle(path)


def _other_hash(members: list[dict[str, Any]]) -> None:
    members[0]["sha256"] = "0" * 64


def _other_size(members: list[dict[str, Any]]) -> None:
    members[0]["bytes"] = 7


def _one_more(members: list[dict[str, Any]]) -> None:
    members.append({**members[0], "name": "gone.log"})


def _one_less(members: list[dict[str, Any]]) -> None:
    members.clear()


def _one_twice(members: list[dict[str, Any]]) -> None:
    members.append(members[0])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_other_hash, r"member 'a\.log' does not have the SHA-256"),
        (_other_size, r"member 'a\.log' has 1 bytes where the manifest says 7"),
        (_one_more, r"member 'gone\.log' is in the manifest and missing"),
        (_one_less, r"member 'a\.log' is not in the manifest"),
        (_one_twice, "the manifest lists a member twice"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], None], problem: str
) -> None:
    members = json.loads(manifest_of({"a.log": b"x"}))["members"]
    change(members)
    path = zipped(tmp_path / "case.zip", [("a.log", b"x")], manifest_of({}, members=members))
    with pytest.raises(UnreadableInput, match=r"case\.zip: .*" + problem if "lists" not in problem else problem):
        open_bundle(path)


def test_a_member_of_a_story_is_checked_by_the_zip_when_it_is_asked_for(tmp_path: Path) -> None:
    contents = {"a.log": b"words", "b.log": b"y"}
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {"manifest.json": manifest_of(contents), **contents}.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"words", b"wards"))
    bundle = open_bundle(path, is_ours=True)
    assert bundle.content(bundle.manifest.members[1]) == b"y"
    with pytest.raises(UnreadableInput, match="Bad CRC-32"):
        bundle.content(bundle.manifest.members[0])


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (manifest_of({}, schema=2), "has schema 2; this program reads schema 1"),
        (manifest_of({}, window={"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T11:00:00Z"}), "must end after"),
        (manifest_of({}, title=None), "title"),
        pytest.param(b'{"x":' + b"[" * 100_000, "nested too deeply", id="nested"),
        (b"\xff\xfe", "not the JSON"),
        (b"{}", "schema"),
        (None, r"has no manifest\.json, so it is no bundle"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, manifest: bytes | None, problem: str) -> None:
    path = zipped(tmp_path / "case.zip", [], manifest)
    with pytest.raises(UnreadableInput, match=problem) as refused:
        open_bundle(path)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40, b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "case.zip").write_bytes(content)
    with pytest.raises(UnreadableInput, match=r"case\.zip"):
        open_bundle(tmp_path / "case.zip")


def test_a_zip_file_with_any_byte_changed_is_read_or_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "case.zip", [("a.log", b"hello")], manifest_of({"a.log": b"hello"}))
    raw = path.read_bytes()
    for place in range(0, len(raw), 3):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0xFF]) + raw[place + 1 :])
        try:
            members = open_bundle(path).members("logs")
        except UnreadableInput:
            continue
        assert members[0][1] == b"hello"
