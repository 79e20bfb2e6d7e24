from pathlib import Path

import pytest

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.formats import Sample, detect, known_formats, user_formats
from triage_tui.logs.logfmt import parse_logfmt

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
    ],
)
def test_a_broken_format_of_the_user_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(UnreadableInput, match=r"bad\.toml"):
        user_formats(tmp_path)


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
