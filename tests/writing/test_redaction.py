import pytest

from triage_tui.writing.redaction import REDACTED, redact

# Made up, in the forms of the real ones; put together here so that no scanner takes this file for a leak.
SECRETS = [
    ("password=", "hunter2"),
    ('{"password": "', "correct horse"),
    ("DB_PASSWORD: ", "s3cr3t!x"),
    ("api_key=", "abcdef123456"),
    ("Authorization: Bearer ", "abc.def-123456"),
    ("Authorization: Basic ", "dXNlcjpwYXNz"),
    ("Cookie: ", "session=abcdef; theme=dark"),
    ("https://ana:", "pa55w0rd"),
    ("postgresql+psycopg://orders:", "pg-pass"),
    ("https://", "0123456789abcdef0123456789abcdef"),
    ("key ", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("pushed with ", "ghp_" + "a1B2" * 9),
    ("slack ", "xoxb-" + "123456789012-abcdefABCDEF"),
    ("stripe ", "sk_live_" + "a1B2c3D4e5F6g7H8"),
    ("jwt ", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.abc_DEF-123"),
    ("google ", "AIza" + "a1B2c3D4e" * 3 + "a1B2c3D4"),
    ("mail ", "SG." + "a1B2c3D4e5F6g7H8i9" + "." + "a1B2c3D4e5F6g7H8i9"),
    ("-----BEGIN RSA PRIVATE KEY-----\n", "MIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"),
    ("client_secret => '", "zzz-yyy"),
    ("card ", "4111 1111 1111 1111"),
    ("the password is ", "swordfish"),
    ("?access_token=", "abc123def"),
    ("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG"),
]

KEPT = [
    "request_id=9f8e7d6c-1234-4abc-8def-0123456789ab",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
    "commit a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
    "user u4449 from 10.8.164.18 at 2026-11-24T12:00:00.123456Z",
    "GET /api/reports/generate?from=2026-01-01 500 in 1020 ms",
    "QueuePool limit of size 5 overflow 15 reached, connection timed out, timeout 2.00",
    "order 4111111111111112 shipped",
    "ValueError: invalid date range",
    "token expired",
    "password: null",
    "secretary of state",
    "tokens_per_s 12",
    "author ana, authored 3 commits",
    "https://prometheus.example:9090/graph?g0.expr=up",
    "the basic idea was sound",
    "bearer of bad news",
    "file /var/lib/passwd_backup/readme.txt:12",
    "1795442157000 1795442157123",
]


@pytest.mark.parametrize(("before", "secret"), SECRETS)
def test_a_secret_does_not_leave_the_program(before: str, secret: str) -> None:
    ending = "@host/db" if "//" in before else '"}' if before.startswith("{") else ""
    after = redact(f"2026-11-24 ERROR {before}{secret}{ending}")
    assert secret.split("\n", maxsplit=1)[0] not in after
    assert REDACTED in after


NAMES = [
    "pass", "password", "PASSWD", "passphrase", "pwd", "client_secret", "Token", "api_key", "api-key", "apikey",
    "accessKey", "private-key", "signing_key", "encryption-key", "auth_key", "credential", "credentials", "sessionid",
    "session_id", "session-id", "session_key", "sessionToken", "csrf", "session_cookie", "connectionString",
    "connection-string", "account_key", "SharedAccessKey", "shared_access-signature", "otp", "pincode", "pin_code",
    "pin-code", "to\u212aen",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_value_whose_name_tells_that_it_is_secret_does_not_leave_the_program(name: str) -> None:
    assert redact(f"user=ada {name}=abc123 status=200") == f"user=ada {name}={REDACTED} status=200"


@pytest.mark.parametrize("text", KEPT)
def test_what_an_investigation_needs_stays_whole(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", [before + secret for before, secret in SECRETS])
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)
