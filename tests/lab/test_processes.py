from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.lab import processes


def test_a_process_is_gone_when_the_block_is_interrupted(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with pytest.raises(KeyboardInterrupt):
        _interrupted(pid_file, tmp_path / "out")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def _interrupted(pid_file: Path, output: Path) -> None:
    program = f"import os, pathlib, time; pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid())); time.sleep(60)"
    with processes.running([sys.executable, "-c", program], output):
        while not (pid_file.exists() and pid_file.read_text()):
            time.sleep(0.01)
        raise KeyboardInterrupt
