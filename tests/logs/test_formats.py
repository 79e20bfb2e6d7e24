import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.formats.format_choice import detect, known_formats, user_formats
from triage_tui.logs.formats.line_formats import Sample
from triage_tui.logs.formats.logfmt import parse_logfmt
from triage_tui.logs.log_input import LogOptions
from triage_tui.sources.log_files import LogFileSource

ALL_KNOWN = detect([])
SAMPLES = [(described.name, sample) for described in known_formats() for sample in described.samples]


@pytest.mark.parametrize(("name", "sample"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_each_format_is_detected_and_parsed_from_its_own_samples(name: str, sample: Sample) -> None:
    choice = detect(sample.text.splitlines())
    fields = choice.parse(sample.text)
    assert choice.name == name
    assert fields is not None
    assert {key: fields[key] for key in sample.expect} == sample.expect


def test_every_known_format_has_a_sample() -> None:
    assert all(described.samples for described in known_formats())


def test_free_text_has_no_format() -> None:
    assert detect(["hello there", "nothing to see"]).name == "text"


def test_json_wins_over_a_junk_first_line() -> None:
    assert detect(["nohup: ignoring input", '{"level":"info"}', '{"level":"info"}']).name == "json"


def test_a_users_format_is_tried_before_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        'name = "ours"\ntitle = "Ours"\npattern = \'(?P<level>\\w+)~(?P<message>.*)\'\n'
        "[[samples]]\ntext = 'ERROR~boom'\nexpect = {level = 'ERROR', message = 'boom'}\n"
    )
    choice = detect(["ERROR~boom"], tmp_path)
    assert choice.name == "ours"
    assert choice.parse("INFO~fine") == {"level": "INFO", "message": "fine"}


@pytest.mark.parametrize(
    "text",
    [
        "not toml at all [",
        "name = 'a'\ntitle = 'b'\npattern = '('",
        "name = 'a'\ntitle = 'b'\npattern = 'x'\n[[samples]]\ntext = 'y'\nexpect = {}",
        "name = 'a'\ntitle = 'b'\npattern = 'x'\nunknown = 1",
        "name = 'a'\ntitle = 'b'\npattern = '(?P<level>x)'\n[[samples]]\ntext = 'x'\nexpect = {level = 'y'}",
        "\xff",
    ],
)
def test_a_broken_format_of_the_user_is_named_and_left_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.toml").write_text(text, "latin-1")
    (tmp_path / "good.toml").write_text("name = 'ours'\ntitle = 'Ours'\npattern = '(?P<level>[A-Z]+)~(?P<message>.*)'")
    found = user_formats(tmp_path)
    assert [one.name for one in found.formats] == ["ours"]
    assert len(found.problems) == 1
    assert "bad.toml" in found.problems[0]
    assert found.problems[0].endswith("left out")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name = 'shop'\n\npattern = '('\ntitle = 'x'", 3),
        ("name = 'shop'\ntitle = 'x'\npattern = '''\n(?x)\n(?P<time>\\S+)\n['''", 6),
        ("name = 'shop'\ntitle = 'x'\npattern = '''(?P<time>\n('''", 4),
    ],
)
def test_a_pattern_that_is_no_regular_expression_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "bad.toml").write_text(text)
    assert f"bad.toml:{line}: not a log format: " in user_formats(tmp_path).problems[0]


async def test_a_log_is_read_although_a_format_of_the_user_is_broken_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "bad.toml").write_text("pattern = '('")
    (tmp_path / "app.log").write_text("2026-11-24 02:00:01,123 ERROR orders.db: boom\n")
    options = LogOptions(user_formats=tmp_path / "formats")
    evidence = await LogFileSource("app.log", [tmp_path / "app.log"], options).fetch(None)
    assert evidence.frame["event"].to_list() == ["boom"]
    assert not evidence.completeness.complete
    assert "bad.toml" in evidence.completeness.note


def test_logfmt_reads_quotes_escapes_and_flags() -> None:
    assert parse_logfmt(r'at=info msg="said \"hi\"\n" empty= done') == {
        "at": "info",
        "msg": 'said "hi"\n',
        "empty": "",
        "done": True,
    }


@pytest.mark.parametrize("line", ["a=1", "plain text a=1 b=2", 'a=1 b="open', "a=1 {b}"])
def test_what_is_not_all_pairs_is_not_logfmt(line: str) -> None:
    assert parse_logfmt(line) is None


@given(st.sampled_from(SAMPLES), st.text(max_size=40), st.integers(0, 200), st.integers(0, 30))
def test_no_line_breaks_the_formats(sample: tuple[str, Sample], put_in: str, place: int, taken_out: int) -> None:
    text = sample[1].text
    line = text[:place] + put_in + text[place + taken_out :]
    for choice in (ALL_KNOWN, detect([line])):
        found = choice.match(line)
        assert found is None or all(isinstance(key, str) for key in found.fields)


def test_of_a_very_long_text_the_beginning_is_parsed_and_of_json_all() -> None:
    long = "2026-11-24 02:00:01,123 ERROR orders.db: boom " + "a=b " * 500_000
    fields = detect(["2026-11-24 02:00:01,123 ERROR orders.db: boom"]).parse(long)
    assert fields is not None
    assert (fields["level"], fields["logger"]) == ("ERROR", "orders.db")
    assert len(str(fields["message"])) < 1 << 20
    fields = detect(['{"a":1}']).parse(json.dumps({"a": "x" * (1 << 20), "z": 1}))
    assert fields is not None
    assert fields["z"] == 1
