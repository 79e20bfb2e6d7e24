from pathlib import Path

import pytest

from triage_tui.config.reading import SettingsError, read_settings
from triage_tui.config.secret import SecretError, SecretReference


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "project"
    (folder / "deep").mkdir(parents=True)
    return folder


def person_file(project: Path, text: str) -> None:
    path = project.parent / "config" / "triage" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_without_files_and_variables_there_are_defaults(project: Path) -> None:
    settings = read_settings(project, {})
    assert (settings.timezone, settings.prometheus, settings.services) == ("UTC", None, {})


def test_the_environment_beats_the_project_and_the_project_beats_the_person(project: Path) -> None:
    person_file(project, 'timezone = "Europe/Berlin"\n[prometheus]\nurl = "http://person"\ndeadline_s = 3.0\n')
    (project / "triage.toml").write_text('[prometheus]\nurl = "http://project"\nusername = "ana"\n')
    settings = read_settings(project / "deep", {"PROMETHEUS_URL": "http://environment"})
    assert settings.prometheus is not None
    assert settings.prometheus.url == "http://environment"
    assert (settings.prometheus.username, settings.prometheus.deadline_s) == ("ana", 3.0)
    assert settings.timezone == "Europe/Berlin"


def test_a_token_in_the_environment_is_kept_by_its_name_only(project: Path) -> None:
    settings = read_settings(project, {"PROMETHEUS_URL": "http://x", "PROMETHEUS_TOKEN": "s3cret"})
    assert "s3cret" not in repr(settings)
    assert settings.prometheus is not None
    assert settings.prometheus.token == SecretReference(env="PROMETHEUS_TOKEN")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('timezone = "UTC"\n[prometheus]\nurll = "http://x"\n', ["triage.toml:3:", "'urll'", "did you mean 'url'?"]),
        ('[services.orders]\nrepos = "x"\n', ["triage.toml:2:", "'repos'", "'repo'"]),
        ("[services.orders]\nhealth = 3\n", ["triage.toml:2:", "health", "Expected `array`, got `int`"]),
        ("\n\nrefresh_s = 'often'\n", ["triage.toml:3:", "refresh_s", "Expected `float`"]),
        ("[prometheus\n", ["triage.toml", "not TOML", "line 1"]),
        (
            '[services.a]\n[[services.a.signals]]\nmetric = "m"\npromql = "m"\nrolle = "errors"\n',
            ["triage.toml:5:", "did you mean 'role'?"],
        ),
        ("[prometheus]\ntoken = {env = 'A', file = 'b'}\n", ["triage.toml:2:", "exactly one of"]),
        ("[prometheus]\nurl = 'x'\ntoken = {evn = 'A'}\n", ["triage.toml:3:", "did you mean 'env'?"]),
        ("[prometheus]\ntoken = 'abc'\n", ["triage.toml:2:", "name where it is: { env ="]),
        ("theme = 'dark'\ntimezone = 'Berlin'\n", ["triage.toml:2:", "'Berlin' is no time zone", "Europe/Berlin"]),
        ("refresh_s = 0\n", ["triage.toml:1:", ">= 0.1"]),
        (
            "[services.a]\nhealth = []\n[services.b]\nhealth = 'x'\n",
            ["triage.toml:4:", "services.b.health", "Expected `array`"],
        ),
        (
            "[[services.a.signals]]\nmetric = 'm'\npromql = 'm'\nrole = 'errors'\n"
            "[[services.a.signals]]\nmetric = 'n'\npromql = 'n'\nrole = 'erors'\n",
            ["triage.toml:8:", "services.a.signals.1.role", "did you mean 'errors'?"],
        ),
    ],
)
def test_a_mistake_is_named_with_line_and_nearest_key(project: Path, text: str, words: list[str]) -> None:
    (project / "triage.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_settings(project, {})
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_too_large_for_settings_or_made_to_be_slow_says_so(project: Path) -> None:
    for text, told in (
        ("a" * 300_000, "larger than 256 kB"),
        (".".join(["a"] * 50_000) + " = 1", "64 parts (at line 1)"),
    ):
        (project / "triage.toml").write_text(text)
        with pytest.raises(SettingsError) as caught:
            read_settings(project, {})
        assert told in str(caught.value)


def test_a_secret_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("s3cret\n")
    path.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600") as caught:
        SecretReference(file=str(path))()
    assert "s3cret" not in str(caught.value)
    path.chmod(0o600)
    assert SecretReference(file=str(path))() == "s3cret"


def test_a_secret_comes_from_a_variable_or_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "abc")
    assert SecretReference(env="MY_TOKEN")() == "abc"
    assert SecretReference(command=("printf", "xyz"))() == "xyz"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (SecretReference(env="NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE is not set"),
        (SecretReference(file="/nowhere/token"), "No such file"),
        (SecretReference(command=("false",)), "gave no secret"),
        (SecretReference(command=("true",)), "printed nothing"),
    ],
)
def test_a_secret_that_cannot_be_read_says_where_it_should_be(reference: SecretReference, words: str) -> None:
    with pytest.raises(SecretError, match=words):
        reference()
