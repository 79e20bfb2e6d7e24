"""Serve on a listening socket that the supervisor hands over, so that a restart refuses nobody."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import uvicorn

from .app import create_app
from .settings import read_config, settings_from


def main() -> None:
    config = read_config(Path("config.env"))
    app = create_app(settings_from(config, os.environ))
    served = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=4)
    listening = socket.socket(fileno=int(os.environ["LISTEN_FD"]))
    uvicorn.Server(served).run(sockets=[listening])


if __name__ == "__main__":
    main()
