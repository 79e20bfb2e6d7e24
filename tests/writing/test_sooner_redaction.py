"""Looking first for what each secret holds must not hide one."""

from hypothesis import given
from hypothesis import strategies as st

from triage_tui.writing import redaction
from triage_tui.writing.redaction import redact

_BITS = (
    *redaction._FORM_PARTS, *(part for kind in redaction._KINDS for part in kind.parts), *"İıſKℹ٣७ \n\"':=@,;-_.",
    "Authorization: ", "PASSWORD=", "pasſword is ", "toKen: ", "BASİC ", "Bearer ", "://", "https://", "postgres://u:p@h",
    "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "abc123", "A1b2C3d4E5f6G7h8",
    "0123456789abcdef" * 2,
    "AKIA" + "A1B2C3D4E5F6G7H8", "glpat-", "glrt-abcdefghij0123456789", "patAbCdEfGhIjKlMn.", "0123456789abcdef" * 4,
    "1234567890:", "x" * 35, "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "٤111111111111111",
    "github_pat_", "dckr_pat_", "a" * 45, "sk_live_", "dop_v1_", "null", "[redacted]", "password for root is ",
)  # fmt: skip


def _by_patterns_alone(text: str) -> str:
    for kind in redaction._KINDS:
        text = kind.pattern.sub(kind.replacement, text)
    return text


@given(st.lists(st.sampled_from(_BITS) | st.text(max_size=4), max_size=14).map("".join))
def test_a_secret_is_found_as_by_its_pattern_alone(text: str) -> None:
    assert redact(text) == _by_patterns_alone(text)
    assert redact(text.upper()) == _by_patterns_alone(text.upper())
    assert redact(text.swapcase()) == _by_patterns_alone(text.swapcase())
