"""The authorities and certificates of TLS connections, loaded once for as long as their files stay."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path


class UnusableFile(Exception):
    """A file of certificates cannot be used; the message names it."""


def loaded_tls(ca_file: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    """Return what TLS is checked by: the authorities of a file, else the system's, and a certificate of our own.

    It is kept, since to load the authorities takes longer than an exchange nearby. Raises ``UnusableFile``.
    """
    written = tuple(_written_at(file) for file in (ca_file, certificate, key) if file)
    return _loaded(ca_file, certificate, key, written)


def _written_at(file: str) -> int:
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=32)
def _loaded(ca_file: str | None, certificate: str | None, key: str | None, _written: tuple[int, ...]) -> ssl.SSLContext:
    with _named(ca_file or "the system's authorities"):
        context = ssl.create_default_context(cafile=ca_file)
    if certificate is not None:
        with _named(" and ".join(file for file in (certificate, key) if file)):
            context.load_cert_chain(certificate, key, password=_no_passphrase)
    return context


@contextmanager
def _named(files: str) -> Iterator[None]:
    try:
        yield
    except (ssl.SSLError, ValueError) as error:
        raise UnusableFile(f"{files} cannot be used: it is no such PEM file") from error
    except OSError as error:
        raise UnusableFile(f"{files} cannot be used: {error.strerror}") from error


def _no_passphrase() -> str:
    """Keep the TLS library from asking for a passphrase on the terminal."""
    raise ValueError("a key with a passphrase")


@cache
def without_authorities() -> ssl.SSLContext:
    """For plain http, where the client would load the authorities all the same; what TLS there was would be refused."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
