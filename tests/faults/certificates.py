"""Certificates that do not hold, each for another reason, made by the openssl command."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from tests.servers.processes import require_program


def served_with(folder: Path, name: str, *, address: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
    """Return what a server needs for a self-signed certificate of an address; with ``days`` below 0 it has expired.

    The certificate itself is ``folder/name.crt``, for those who trust it.
    """
    key, request, certificate, extensions = (folder / f"{name}.{kind}" for kind in ("key", "csr", "crt", "ext"))
    extensions.write_text(f"subjectAltName=IP:{address}\n")
    openssl = require_program("openssl")
    new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={address}", "-keyout", str(key), "-out", str(request)]
    sign = ["x509", "-req", "-in", str(request), "-signkey", str(key), "-days", str(days)]
    for arguments in (new, [*sign, "-extfile", str(extensions), "-out", str(certificate)]):
        subprocess.run([openssl, *arguments], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def client_files(folder: Path, name: str, server: ssl.SSLContext) -> tuple[str, str]:
    """Return a client's certificate and key, and let a server ask for them from now on."""
    served_with(folder, name)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(cafile=str(folder / f"{name}.crt"))
    return str(folder / f"{name}.crt"), str(folder / f"{name}.key")
