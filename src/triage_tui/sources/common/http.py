"""The one place that opens a connection.

An exchange has one deadline over everything from the name look-up to the last byte, a cap on the decompressed body, and
follows no redirect, so that credentials reach the origin that the user named and no other. A proxy from the environment
is honoured except for loopback. Nothing secret enters an error text: header values never, a URL without its user part
and query.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from typing import Any, TypeVar, overload
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import msgspec

from triage_tui import __version__
from triage_tui.config.secret import SecretError
from triage_tui.investigation.source import SourceRejected, SourceUnavailable
from triage_tui.sources.common.odd_shapes import odd_words
from triage_tui.sources.common.times import mail_time
from triage_tui.sources.common.tls import UnusableFile, loaded_tls, without_authorities

USER_AGENT = f"triage-tui/{__version__}"
MAX_RETRY_AFTER_S = 300.0
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class RedirectRefused(SourceRejected):
    """The server answered, but with another address."""


Shape = TypeVar("Shape")
Secret = Callable[[], str]
"""Reads a secret at the moment it is needed, so that no object holds it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to authenticate; ``headers`` are extra ones such as an organisation's id, not secret."""

    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_headers(self) -> dict[str, str]:
        """Return the request headers; their values must not be shown."""
        headers = dict(self.headers)
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token()}"
        elif self.username is not None:
            password = self.password() if self.password is not None else ""
            encoded = b64encode(f"{self.username}:{password}".encode()).decode("ascii")
            headers["Authorization"] = f"Basic {encoded}"
        return headers


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server as the user configured it.

    ``deadline_s`` bounds a whole exchange, ``max_bytes`` the decompressed body. ``ca_file`` replaces the system's
    authorities; ``client_cert`` and ``client_key`` are files for mutual TLS.
    """

    name: str
    url: str
    credentials: Credentials = Credentials()
    deadline_s: float = 10.0
    max_bytes: int = 64 * 1024 * 1024
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None

    @property
    def shown(self) -> str:
        """The name and address for messages, without user part, path and query."""
        parts = urlsplit(self.url)
        host = parts.hostname or "?"
        return f"{self.name} at {parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")

    @property
    def authorities(self) -> str | None:
        """The file of authorities that is trusted: the setting's, else the environment's; None for the system's."""
        named = (os.environ.get(variable) for variable in CA_VARIABLES)
        return self.ca_file or next((one for one in named if one), None)

    @property
    def proxy(self) -> str | None:
        """The proxy's host and port that the environment asks for, None where the connection is direct."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if _is_loopback(self.url) or proxy_bypass(host):
            return None
        proxies = getproxies()
        proxy = urlsplit(proxies.get(parts.scheme) or proxies.get("all") or "")
        return f"{proxy.hostname}:{proxy.port}" if proxy.hostname else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: ``body`` decompressed, ``seconds`` from the request to the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def date(self) -> datetime | None:
        """The server's own time, None where it does not say."""
        return mail_time(self.headers.get("date", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, clamped to five minutes; None where it does not ask."""
        value = self.headers.get("retry-after", "")
        if value.isascii() and value.isdigit():
            return min(float(value), MAX_RETRY_AFTER_S)
        moment = mail_time(value)
        if moment is None:
            return None
        return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


async def exchange(
    endpoint: Endpoint,
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    form: Mapping[str, Any] | None = None,
) -> Answer:
    """Send one request and return its whole answer, whatever its status, but never a redirect.

    Raises ``SourceUnavailable`` where no whole answer came in time, ``SourceRejected`` for a redirect, an answer beyond
    the byte cap, and a certificate that does not hold.
    """
    try:
        async with asyncio.timeout(endpoint.deadline_s):
            async with _client(endpoint) as client:
                address = endpoint.url.rstrip("/") + path
                request = client.build_request(method, address, params=query, data=form, headers=_headers(endpoint))
                return await _send(endpoint, client, request)
    except TimeoutError as error:
        raise SourceUnavailable(f"{endpoint.shown}: no whole answer within {endpoint.deadline_s:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        raise _explained(endpoint, error) from error


async def _send(endpoint: Endpoint, client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    started = monotonic()
    response = await client.send(request, stream=True)
    try:
        if response.is_redirect:
            raise RedirectRefused(_redirect_message(endpoint, response.headers.get("location", "")))
        body = await _body(endpoint, response)
    finally:
        await response.aclose()
    return Answer(response.status_code, dict(response.headers), body, monotonic() - started)


def _headers(endpoint: Endpoint) -> dict[str, str]:
    try:
        return {"User-Agent": USER_AGENT, **endpoint.credentials.as_headers()}
    except SecretError as error:
        raise SourceRejected(f"{endpoint.shown}: {error}") from error


def _client(endpoint: Endpoint) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=tls_context(endpoint) if endpoint.url.startswith("https") else without_authorities(),
        trust_env=not _is_loopback(endpoint.url),
        follow_redirects=False,
        timeout=httpx.Timeout(endpoint.deadline_s),
    )


def tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Return what TLS is checked by; raises ``SourceRejected``, naming a file that cannot be used."""
    try:
        return loaded_tls(endpoint.authorities, endpoint.client_cert, endpoint.client_key)
    except UnusableFile as error:
        raise SourceRejected(f"{endpoint.shown}: {error}") from error


async def _body(endpoint: Endpoint, response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > endpoint.max_bytes:
            raise SourceRejected(
                f"{endpoint.shown}: the answer is larger than {endpoint.max_bytes // 2**20} MB; ask for less"
            )
    return bytes(body)


def _redirect_message(endpoint: Endpoint, location: str) -> str:
    parts = urlsplit(location)
    target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else parts.path
    return f"{endpoint.shown}: redirects to {target}, which is not followed; set the final address, or log in there"


def _explained(endpoint: Endpoint, error: Exception) -> SourceUnavailable | SourceRejected:
    """Say in words what went wrong on the way."""
    reason = str(error) or type(error).__name__
    if isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in reason:
        return SourceRejected(f"{endpoint.shown}: the TLS certificate does not hold ({_certificate_problem(reason)})")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return SourceRejected(f"{endpoint.shown}: not an http or https address")
    if isinstance(error, httpx.ConnectError):
        return SourceUnavailable(f"{endpoint.shown}: cannot connect ({_connect_problem(reason)})")
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
        return SourceUnavailable(f"{endpoint.shown}: the answer broke off or is damaged")
    return SourceUnavailable(f"{endpoint.shown}: {type(error).__name__}")


def _certificate_problem(reason: str) -> str:
    return reason.rpartition("verify failed: ")[2].partition(" (_ssl")[0] or "verification failed"


def _connect_problem(reason: str) -> str:
    if "Name or service" in reason or "name resolution" in reason or "No address" in reason:
        return "its name does not resolve"
    return "refused or unreachable; is it running there?"


def require_success(endpoint: Endpoint, answer: Answer) -> Answer:
    """Return the answer of a request that succeeded.

    Raises ``SourceUnavailable`` for 408, 429 and 5xx, ``SourceRejected`` for every other status that is not 2xx.
    """
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    said = f"{endpoint.shown}: answered {answer.status} {_phrase(answer.status)}"
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise SourceRejected(f"{said}; check its token or password")
    if answer.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS} or answer.status >= 500:  # noqa: PLR2004 - RFC 9110
        raise SourceUnavailable(said, answer.retry_after)
    lost = answer.status == HTTPStatus.NOT_FOUND
    raise SourceRejected(f"{said}; is this the right address?" if lost else said)


@overload
def json_body(endpoint: Endpoint, answer: Answer) -> Any: ...
@overload
def json_body(endpoint: Endpoint, answer: Answer, shape: type[Shape]) -> Shape: ...
def json_body(endpoint: Endpoint, answer: Answer, shape: Any = Any) -> Any:
    """Return the JSON of an answer in a shape.

    Raises ``SourceRejected`` where it has another, which is named, or is something else, such as a login page.
    """
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except msgspec.ValidationError as error:
        raise SourceRejected(f"{endpoint.shown}: answered with {odd_words(error)}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        kind = answer.headers.get("content-type", "no content type").partition(";")[0]
        raise SourceRejected(
            f"{endpoint.shown}: answered {answer.status} with {kind}, not JSON; is this the right address?"
        ) from error


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
