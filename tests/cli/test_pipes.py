"""Logs that are piped in: without a screen, on a screen whose keys come from the terminal, and resumed."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.session import TerminalSession

LOG = b"".join(
    b'{"time":"2026-11-24T12:%02d:%02dZ","level":"%s","message":"event %d"}\n'
    % (number // 60, number % 60, b"error" if number > 400 else b"info", number)
    for number in range(600)
)
TRIAGE = [sys.executable, "-m", "triage_tui"]


def run(*arguments: str, stdin: bytes | int = b"", script: str = "") -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", script] if script else [*TRIAGE, *arguments]
    given, text = (subprocess.PIPE, stdin) if isinstance(stdin, bytes) else (stdin, None)
    with subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        out, err = child.communicate(text, timeout=60)
    return subprocess.CompletedProcess(command, child.returncode, out.decode(), err.decode())


@pytest.mark.parametrize("arguments", [("report", "-"), ("replay", "-"), ("replay",), ("report",)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_without_a_terminal_what_is_piped_in_is_reported(arguments: tuple[str, ...], pack: type[bytes]) -> None:
    done = run(*arguments, stdin=pack(LOG))
    assert done.returncode == 0, done.stderr
    assert "600 of 600 lines" in done.stdout
    assert "199 errors" in done.stdout


def test_a_redirected_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(LOG)
    with (tmp_path / "app.log").open("rb") as file:
        done = run("report", "-", stdin=file.fileno())
    assert done.stdout.startswith("app.log")
    assert "pipe" not in done.stdout


def test_the_shells_named_pipes_are_read_like_files(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(LOG))
    triage, packed = shlex.join(TRIAGE), shlex.quote(str(tmp_path / "a.gz"))
    done = run(script=f"{triage} analyze --format json <(zcat {packed}) <(cat {packed})")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["impact"]["errors"] == 398


def test_devices_and_sockets_are_refused_with_one_line(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for name in ("/dev/zero", str(tmp_path / "socket")):
            done = run("report", name)
            assert done.returncode == 2
            assert done.stderr == (
                f"triage: {name}: is a device or a socket, not a file or a pipe; name a log file, or pipe its text in: "
                "… | triage replay -\n"
            )


def test_standard_input_that_brings_nothing_is_an_error_and_never_waited_for() -> None:
    assert "stdin: brings no text" in run("report", "-", stdin=subprocess.DEVNULL).stderr
    assert "name what to read" in run("report", stdin=subprocess.DEVNULL).stderr
    assert "stdin: empty" in run("report", stdin=b"").stderr


def on_screen(script: str, home: Path) -> TerminalSession:
    return TerminalSession(["bash", "-c", script], 100, 30, {"XDG_STATE_HOME": str(home)})


def test_the_screen_takes_its_keys_from_the_terminal_and_what_a_pipe_brought_is_resumed_from_its_capture(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "fifo")
    triage, fifo = shlex.join(TRIAGE), shlex.quote(str(tmp_path / "fifo"))
    session = on_screen(f"cat {fifo} | {triage} replay -", tmp_path)
    with (tmp_path / "fifo").open("wb", buffering=0) as writer:
        writer.write(LOG[:20_000])
        session.wait_for("Alert: What fired?")
        session.press("4")
        session.wait_for("Why move on?")
        session.press("later", "enter")
        session.wait_for("by now, more may come")
        writer.write(LOG[20_000:])
    session.wait_for("600 of 600 lines", "only a capture keeps it")
    session.press("X")
    session.write_over(tmp_path / "kept.zip")
    session.wait_for("pieces of evidence are in")
    session.press("q")
    text = session.wait_for("Go on with", "is in the capture")
    session.close()
    number = text.split("triage resume ")[1].split()[0]
    resumed = subprocess.run(
        [*TRIAGE, "resume", number], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert resumed.returncode == 2
    assert f"is gone; it is in the capture: triage replay {tmp_path / 'kept.zip'}" in resumed.stderr


def test_an_investigation_of_a_pipe_that_was_not_captured_is_shown_again_and_takes_the_same_pipe(
    tmp_path: Path,
) -> None:
    triage = shlex.join(TRIAGE)
    (tmp_path / "app.log").write_bytes(LOG)
    log = shlex.quote(str(tmp_path / "app.log"))
    session = on_screen(f"cat {log} | {triage} replay -", tmp_path)
    session.wait_for("DOWN")
    session.press("q")
    session.wait_for("is gone: pipe it again")
    session.close()
    session = on_screen(f"{triage} resume", tmp_path)
    session.wait_for("stdin: its text came through a pipe and is gone")
    session.press("q")
    session.wait_for("Go on with")
    session.close()
    session = on_screen(f"cat {log} | {triage} resume", tmp_path)
    session.wait_for("DOWN", "199 events")
    session.press("q")
    session.wait_for("Go on with")
    session.close()
