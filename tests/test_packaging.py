"""What a user gets who installs the program."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel_members(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return frozenset(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("folder", ["themes", "src/triage_tui/demo", "src/triage_tui/logs/known_formats"])
def test_the_wheel_holds_every_data_file_of(folder: str, wheel_members: frozenset[str]) -> None:
    data = {path.name for path in (ROOT / folder).iterdir() if path.suffix in {".toml", ".zip"}}
    packaged = {Path(name).name for name in wheel_members if Path(name).parent.name == Path(folder).name}
    assert data
    assert data <= packaged


def test_the_wheel_holds_every_module_and_style(wheel_members: frozenset[str]) -> None:
    package = ROOT / "src"
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.suffix in {".py", ".tcss", ".typed"}}
    assert "triage_tui/py.typed" in files
    assert files <= wheel_members


def test_the_wheel_holds_neither_tests_nor_caches(wheel_members: frozenset[str]) -> None:
    foreign = [name for name in wheel_members if not name.startswith(("triage_tui/", "triage_tui-"))]
    assert foreign == []
    assert not [name for name in wheel_members if "__pycache__" in name]


def test_the_built_in_incidents_stay_small() -> None:
    stories = list((ROOT / "src/triage_tui/demo").glob("*.zip"))
    assert len(stories) == 2
    assert sum(story.stat().st_size for story in stories) < 3_000_000


def test_the_constraints_are_names_and_versions_alone() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []


def test_every_declared_dependency_has_a_constraint() -> None:
    declared = re.findall(r'^  "([A-Za-z0-9._-]+)[><=]', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    pinned = {_normal(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()}
    assert len(declared) > 20
    assert [name for name in declared if _normal(name) not in pinned] == []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
