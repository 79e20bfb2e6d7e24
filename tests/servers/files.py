"""A web server of a folder of files, as behind which deploy logs, status pages and health answers may be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import running


@contextmanager
def served_files(folder: Path, port: int) -> Iterator[str]:
    """Serve a folder on a port, so that it can be ended and come back; yields its address."""
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    with running(command, f"http://127.0.0.1:{port}/", folder.with_suffix(".log")):
        yield f"http://127.0.0.1:{port}"
