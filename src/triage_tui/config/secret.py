"""Secrets are named, never stored: a variable, a file or a command, read at the moment of use."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from triage_tui.config.paths import path_named

COMMAND_DEADLINE_S = 15


class SecretError(Exception):
    """A secret cannot be read; the message names where it should be, never what it is."""


class SecretReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a secret is: exactly one of an environment variable, a file or a command."""

    env: str | None = None
    file: str | None = None
    command: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        named = [one for one in (self.env, self.file, self.command) if one]
        if len(named) != 1:
            raise ValueError("a secret is named by exactly one of env, file and command")

    def __call__(self) -> str:
        """Read the secret; raises ``SecretError``."""
        if self.env:
            return _from_environment(self.env)
        if self.file:
            return _from_file(path_named(self.file))
        return _from_command(self.command or ())

    def problem(self) -> str | None:
        """Say why the secret cannot be read, None where it can; a command is not run for this."""
        if self.command:
            return None
        try:
            self()
        except SecretError as error:
            return str(error)
        return None


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SecretError(f"the environment variable {name} is not set")
    return value


def _from_file(path: Path) -> str:
    """Read a file that nobody else may read, as ssh asks of its keys."""
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretError(f"{path} can be read by others (mode {stat.S_IMODE(mode):o}); chmod 600 it")
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}") from error
    if not value:
        raise SecretError(f"{path} is empty")
    return value


def _from_command(command: tuple[str, ...]) -> str:
    import subprocess

    try:
        done = subprocess.run(
            command, capture_output=True, check=True, timeout=COMMAND_DEADLINE_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SecretError(f"the command {command[0]} gave no secret ({type(error).__name__})") from error
    value = done.stdout.decode("utf-8", "replace").strip()
    if not value:
        raise SecretError(f"the command {command[0]} printed nothing")
    return value
