"""Git, run so that nothing that a repository says is executed.

Only object-level commands are run, commit to commit, never on the work tree. Settings of the repository that name a
program are overridden for GitPython's processes too, which take them from the environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from triage_tui.investigation.source import SourceUnavailable, UnreadableInput

DEADLINE_S = 60.0
_ERROR_BYTES = 4000

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.attributesFile": "/dev/null",
    "core.sshCommand": "false",
    "core.pager": "cat",
    "credential.helper": "",
    "diff.external": "",
    "gpg.program": "false",
    "log.showSignature": "false",
    "protocol.allow": "never",
}
_FLAGS = ("--no-pager", "--no-optional-locks", "--literal-pathspecs")


def safe_environment(protocols: str = "none") -> dict[str, str]:
    """Return the whole environment for a git process; ``protocols`` may be fetched from, colon-separated.

    ``GIT_ALLOW_PROTOCOL`` wins over ``protocol.<name>.allow`` of a repository, so that a partial clone cannot name a
    program as the place where its missing objects are.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    settings = {
        f"GIT_CONFIG_{part}_{number}": text
        for number, pair in enumerate(_SETTINGS.items())
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    return {
        **kept,
        **settings,
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """What a git command printed; ``cut`` where there was more than the cap."""

    status: int
    output: bytes
    error: str
    cut: bool


def run_git(
    arguments: Sequence[str], folder: Path, cap: int, environment: Mapping[str, str] | None = None
) -> GitAnswer:
    """Run git in a folder and read at most ``cap`` bytes of its output.

    Raises ``UnreadableInput`` where git is missing or the folder cannot be entered, ``SourceUnavailable`` after
    ``DEADLINE_S`` seconds.
    """
    options = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
    try:
        process = subprocess.Popen(
            ["git", *_FLAGS, *options, *arguments],
            cwd=folder,
            env=dict(environment or safe_environment()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that what git starts in turn ends with it
        )
    except FileNotFoundError as error:
        raise UnreadableInput(str(folder), "cannot be read as a repository: git is not installed") from error
    except OSError as error:
        raise UnreadableInput(str(folder), f"cannot be read as a repository: {error.strerror or error}") from error
    return _answer(process, folder, cap)


def _answer(process: subprocess.Popen[bytes], folder: Path, cap: int) -> GitAnswer:
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _kill(process)

    deadline = threading.Timer(DEADLINE_S, give_up)
    deadline.start()
    try:
        with process:
            output, error = _read_both(process, cap)
    finally:
        deadline.cancel()
    if late.is_set():
        raise SourceUnavailable(f"{folder}: git did not answer within {DEADLINE_S:g} s")
    return GitAnswer(process.returncode, output[:cap], error, len(output) > cap)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _read_both(process: subprocess.Popen[bytes], cap: int) -> tuple[bytes, str]:
    """Read the errors in a thread of their own, so that neither pipe fills while the other is waited for."""
    errors: list[bytes] = []
    stdout, stderr = process.stdout, process.stderr
    if stdout is None or stderr is None:  # pragma: no cover - both are pipes
        return b"", ""
    reader = threading.Thread(target=lambda: errors.append(stderr.read()))
    reader.start()
    output = stdout.read(cap + 1)
    if len(output) > cap:
        _kill(process)
    process.wait()
    reader.join()
    return output, b"".join(errors)[:_ERROR_BYTES].decode("utf-8", errors="replace").strip()
