"""The programs that are measured beside this one: what is there, what can be installed, and their versions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

DEBIAN = {"rg": "ripgrep", "grep": "grep", "lnav": "lnav", "less": "less"}
PYPI = ("duckdb", "toolong")
ENVIRONMENT = Path(".venv-bench")
PYTHON, TOOLONG = (ENVIRONMENT / "bin" / name for name in ("python", "tl"))
DUCKDB_TASKS = Path(__file__).with_name("duckdb_tasks.py")


def install() -> list[str]:
    """Install what is missing; returns a line for each program that is left out, and why."""
    missing = [package for program, package in DEBIAN.items() if not shutil.which(program)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=False)
    absent = [package for program, package in DEBIAN.items() if not shutil.which(program)]
    left_out = [f"{package} is left out: sudo apt-get install {package}" for package in absent]
    return left_out if _has_environment() else [*left_out, f"{' and '.join(PYPI)} are left out: PyPI cannot be reached"]


def _has_environment() -> bool:
    if _has_duckdb() and TOOLONG.exists():
        return True
    subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYPI]
    subprocess.run(pip, check=False)
    return _has_duckdb() and TOOLONG.exists()


def _has_duckdb() -> bool:
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import duckdb"], check=False, capture_output=True).returncode == 0


def has(program: str) -> bool:
    """Tell whether a peer can be measured."""
    return _has_duckdb() if program == "duckdb" else shutil.which(program) is not None


def duckdb(task: str, *arguments: str) -> list[str]:
    """The command of one of DuckDB's tasks."""
    return [str(PYTHON), str(DUCKDB_TASKS), task, *arguments]


def versions() -> dict[str, str]:
    """Each program that is there, with its version."""
    found = {program: _version([program, "-V" if program == "lnav" else "--version"]) for program in DEBIAN}
    for package in PYPI if PYTHON.exists() else ():
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        found[package] = _version([str(PYTHON), "-c", code])
    return {program: version for program, version in found.items() if version}


def _version(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    first_line = subprocess.run(command, check=False, capture_output=True, text=True).stdout.partition("\n")[0]
    return next((word for word in first_line.split() if word[:1].isdigit()), "")
