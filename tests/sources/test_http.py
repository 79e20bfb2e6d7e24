import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.faults.certificates import client_files, served_with
from tests.faults.server import (
    Respond,
    answering,
    bomb,
    dripping,
    endless,
    faulty_server,
    hanging,
    resetting,
)
from triage_tui.config.secret import SecretReference
from triage_tui.investigation.source import SourceError, SourceRejected, SourceUnavailable
from triage_tui.sources.common.http import Credentials, Endpoint, exchange, json_body, require_success

PATIENCE_S = 60


def endpoint(url: str, **settings: float) -> Endpoint:
    return Endpoint(
        "metrics",
        url,
        credentials=Credentials(token=lambda: "s3cret-token", headers={"X-Scope-OrgID": "team-a"}),
        deadline_s=settings.get("deadline_s", 5.0),
        max_bytes=int(settings.get("max_bytes", 2**20)),
    )


async def test_a_form_goes_in_the_body_with_credentials_and_a_user_agent() -> None:
    async with faulty_server(answering("200 OK", b'{"ok":true}')) as server:
        target = endpoint(server.url)
        answer = require_success(target, await exchange(target, "POST", "/api", form={"query": "up"}))
        assert json_body(target, answer) == {"ok": True}
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api HTTP/1.1")
    assert b"Authorization: Bearer s3cret-token" in head
    assert b"X-Scope-OrgID: team-a" in head
    assert b"User-Agent: triage-tui/" in head
    assert body == b"query=up"


async def test_basic_credentials_are_sent_as_the_standard_says() -> None:
    async with faulty_server(answering("200 OK")) as server:
        target = Endpoint("metrics", server.url, Credentials(username="ana", password=lambda: "pä:ss"))
        await exchange(target, "GET", "/")
    assert b"Authorization: Basic YW5hOnDDpDpzcw==" in server.requests[0]


@pytest.mark.parametrize("fault", [hanging, dripping])
async def test_the_deadline_covers_the_whole_exchange(fault: Respond) -> None:
    async with faulty_server(fault) as server:
        with pytest.raises(SourceUnavailable, match=r"no whole answer within 0\.3 s"):
            async with asyncio.timeout(PATIENCE_S):
                await exchange(endpoint(server.url, deadline_s=0.3), "GET", "/")


@pytest.mark.parametrize("fault", [endless, bomb(8)])
async def test_an_answer_beyond_the_byte_cap_is_refused(fault: Respond) -> None:
    async with faulty_server(fault) as server:
        with pytest.raises(SourceRejected, match="larger than 1 MB"):
            await exchange(endpoint(server.url), "GET", "/")


async def test_a_redirect_is_named_but_not_followed() -> None:
    async with faulty_server(
        answering("302 Found", b"", "Location: http://user:pw@elsewhere.example/login?x=1")
    ) as server:
        with pytest.raises(
            SourceRejected, match=r"redirects to http://elsewhere\.example, which is not followed"
        ) as caught:
            await exchange(endpoint(server.url), "GET", "/")
        assert "pw" not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("respond", "error", "words"),
    [
        (answering("429 Too Many Requests", b"", "Retry-After: 7"), SourceUnavailable, "answered 429"),
        (answering("502 Bad Gateway", b"<html>"), SourceUnavailable, "answered 502"),
        (answering("401 Unauthorized"), SourceRejected, "check its token"),
        (answering("404 Not Found"), SourceRejected, "answered 404"),
        (resetting, SourceUnavailable, "broke off"),
    ],
)
async def test_faults_are_told_in_words_without_secrets(respond: Respond, error: type[SourceError], words: str) -> None:
    async with faulty_server(respond) as server:
        target = endpoint(server.url.replace("http://", "http://ana:hunter2@"))
        with pytest.raises(error, match=words) as caught:
            require_success(target, await exchange(target, "GET", "/x?token=abc"))
    for secret in ("hunter2", "s3cret-token", "token=abc"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0), ("86400", 300.0), ("9" * 400, 300.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 300.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("-5", None), ("1e9", None), ("soon", None), ("\u00b2", None),
        ("", None),
    ],
)  # fmt: skip
async def test_retry_after_is_kept_clamped_and_never_an_obstacle(header: str, seconds: float | None) -> None:
    async with faulty_server(answering("503 Busy", b"", f"Retry-After: {header}")) as server:
        target = endpoint(server.url)
        with pytest.raises(SourceUnavailable) as caught:
            require_success(target, await exchange(target, "GET", "/"))
    assert caught.value.retry_after == seconds


async def test_a_login_page_is_not_taken_for_an_answer() -> None:
    async with faulty_server(answering("200 OK", b"<html>Log in", "Content-Type: text/html; charset=utf-8")) as server:
        target = endpoint(server.url)
        with pytest.raises(SourceRejected, match="with text/html, not JSON"):
            json_body(target, await exchange(target, "GET", "/"))


async def test_a_closed_port_says_so() -> None:
    async with faulty_server(hanging) as server:
        closed = server.url
    with pytest.raises(SourceUnavailable, match="refused or unreachable"):
        await exchange(endpoint(closed), "GET", "/")


@pytest.mark.parametrize("url", ["ftp://metrics.example", "metrics.example:9090", "http://"])
async def test_something_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(SourceError):
        await exchange(endpoint(url), "GET", "/")


async def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: ASYNC221 - a second of set-up
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    async with faulty_server(answering("200 OK", b"{}"), tls) as server:
        with pytest.raises(SourceRejected, match="certificate does not hold"):
            await exchange(endpoint(server.url), "GET", "/")
        trusting = Endpoint("metrics", server.url, ca_file=str(certificate))
        assert (await exchange(trusting, "GET", "/")).status == 200


async def test_a_secret_that_cannot_be_read_is_named() -> None:
    target = Endpoint("metrics", "http://127.0.0.1:1", Credentials(token=SecretReference(env="NOT_SET_ANYWHERE")))
    with pytest.raises(SourceRejected, match="NOT_SET_ANYWHERE is not set"):
        await exchange(target, "GET", "/")


async def test_a_cancelled_exchange_ends_at_once() -> None:
    async with faulty_server(hanging) as server:
        task = asyncio.create_task(exchange(endpoint(server.url, deadline_s=60), "GET", "/"))
        await asyncio.wait_for(server.asked.wait(), PATIENCE_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE_S)


def test_loopback_goes_around_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://ana:pw@proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert Endpoint("metrics", "http://127.0.0.1:9090").proxy is None
    assert Endpoint("metrics", "http://metrics.example").proxy == "proxy.example:3128"


async def test_a_server_that_asks_for_a_certificate_gets_it(tmp_path: Path) -> None:
    tls = served_with(tmp_path, "server")
    certificate, key = client_files(tmp_path, "client", tls)
    trusted = str(tmp_path / "server.crt")
    async with faulty_server(answering("200 OK", b"{}"), tls) as server:
        with pytest.raises(SourceError):
            await exchange(Endpoint("metrics", server.url, ca_file=trusted), "GET", "/")
        known = Endpoint("metrics", server.url, ca_file=trusted, client_cert=certificate, client_key=key)
        assert (await exchange(known, "GET", "/")).status == 200


@pytest.mark.parametrize("setting", ["ca_file", "client_cert"])
async def test_a_certificate_file_that_cannot_be_used_is_named(tmp_path: Path, setting: str) -> None:
    (tmp_path / "torn.pem").write_text("no certificate")
    for file, reason in ((tmp_path / "nowhere.pem", "No such file"), (tmp_path / "torn.pem", "no such PEM file")):
        target = Endpoint("metrics", "https://127.0.0.1:1", **{setting: str(file)})  # type: ignore[arg-type] # a file
        with pytest.raises(SourceRejected, match=rf"{file.name}.* cannot be used: .*{reason}"):
            await exchange(target, "GET", "/")


async def test_authorities_of_the_environment_are_trusted_and_a_setting_goes_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.crt"))
    async with faulty_server(answering("200 OK", b"{}"), served_with(tmp_path, "server")) as server:
        target = Endpoint("metrics", server.url)
        assert target.authorities == str(tmp_path / "server.crt")
        assert (await exchange(target, "GET", "/")).status == 200
    assert Endpoint("metrics", "https://x", ca_file="own.pem").authorities == "own.pem"
