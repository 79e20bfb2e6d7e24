"""Secrets are taken out of whatever leaves the program; identifiers that an investigation needs stay whole.

Request IDs, commits, UUIDs and addresses are no secrets. What is one is told by its form (the prefixes that issuers
give their tokens, RFC 7519 for JWT, RFC 7468 for keys, RFC 3986 for passwords in addresses) or by the name before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

REDACTED = "[redacted]"

_NAMES = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|client[_-]?secret"
    r"|signing[_-]?key|encryption[_-]?key|auth[_-]?key|credentials?|session[_-]?(?:id|key|token)|csrf|cookie"
    r"|connection[_-]?string|account[_-]?key|shared[_-]?access[_-]?(?:key|signature)|otp|pin[_-]?code"
)
_NAMED = re.compile(
    rf"""(?ix)
    (?P<name>["']?(?<![a-z0-9])[\w.-]{{0,40}}(?:{_NAMES})[\w]{{0,12}}["']?\s*(?:=>|:=|=|:)\s*)
    (?P<value>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|["'][^\s"']+|(?!(?:null|none|true|false|\[redacted\])\b)[^\s,;&"'<>{{}}()\[\]]+)
    """
)
_SCHEME = re.compile(
    r"(?i)\b(bearer|basic|digest|token|apikey)\s+(?=[A-Za-z0-9._~+/=-]*[0-9=._~+/-])[A-Za-z0-9._~+/=-]{8,}"
)
_HEADER = re.compile(
    r"(?im)(\b(?:proxy-)?authorization|\bset-cookie|\bcookie|\bx-(?:api-key|auth-token|csrf-token))"
    r"([\"']?\s*+[:=]\s*+[\"']?+)(?!\[redacted\])[^\n\"']+"
)
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)([^\s/@:\"'<>]*):([^\s/@\"'<>]+)@")
_DSN = re.compile(r"(?i)\b(https?://)[0-9a-f]{32}@")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)
_FORMS = re.compile(
    r"""(?x)(?<![A-Za-z0-9_-])(?:
      (?:AKIA|ASIA|AGPA|AROA|AIDA)[0-9A-Z]{16}
    | gh[pousr]_[A-Za-z0-9]{30,255} | github_pat_[A-Za-z0-9_]{40,255}
    | gl[a-z]{2,5}-[A-Za-z0-9_-]{20,}
    | xox[abposre]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}
    | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,} | whsec_[A-Za-z0-9]{20,}
    | sk-(?:[a-z]{2,6}\d*-)*[A-Za-z0-9_-]{20,} | hf_[A-Za-z0-9]{30,} | r8_[A-Za-z0-9]{30,}
    | AIza[0-9A-Za-z_-]{35} | ya29\.[0-9A-Za-z_-]{20,} | GOCSPX-[0-9A-Za-z_-]{20,}
    | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,} | key-[0-9a-f]{32} | npm_[A-Za-z0-9]{30,} | pypi-[A-Za-z0-9_-]{40,}
    | do[opr]_v1_[0-9a-f]{40,} | dapi[0-9a-f]{32} | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32} | EAACEdEose0cBA[0-9A-Za-z]+
    | sntr[yu]s_[A-Za-z0-9_+/=-]{30,} | glsa_[A-Za-z0-9_]{30,} | hvs\.[A-Za-z0-9_-]{20,} | dckr_pat_[A-Za-z0-9_-]{20,}
    | \d{8,10}:[A-Za-z0-9_-]{35} | lin_api_[A-Za-z0-9]{30,} | pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}
    | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?
    )(?![A-Za-z0-9_-])"""
)
_CARD = re.compile(r"(?<![\w.-])(?:\d{4}[ -]){3}\d{1,4}(?![\w.-])|(?<![\w.-])[3-6]\d{13,15}(?![\w.-])")
_FORM_PARTS = (
    "AKIA", "ASIA", "AGPA", "AROA", "AIDA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "_pat_", "xox", "xapp-",
    "_live_", "_test_", "whsec_", "sk-", "hf_", "r8_", "AIza", "ya29.", "GOCSPX-", "SG.", "key-", "npm_", "pypi-",
    "_v1_", "dapi", "shp", "EAACEdEose0cBA", "sntr", "glsa_", "hvs.", "lin_api_", "eyJ",
)  # fmt: skip
_GITLAB, _AIRTABLE = re.compile(r"gl[a-z]{2,5}-[A-Za-z0-9_-]{20}"), re.compile(r"pat[A-Za-z0-9]{14}\.")
_LONG_NUMBER = re.compile(r"\d{8}:|\d{4}[ -]\d{4}[ -]|\d{14}")
# Numbers as they are grouped, whatever their digits.
_GROUPS = bytes.maketrans(b"123456789-", b"000000000 ")
_PRIVATE_WORDS = re.compile(r"(?i)(\bpassword\s+(?:is|was|for\s+\S+\s+is)\s+[\"']?)([^\s\"',;]+)")


class _Kind(NamedTuple):
    """Secrets of one pattern, each of which holds one of some texts or patterns that are found much sooner.

    Attributes:
        pattern, replacement: as ``re.sub`` takes them.
        parts: texts in small letters, one of which is in each such secret or around it.
        exact_parts: the same as they are written.
        looks_so: tells whether there may be such a secret in a text that holds none of these.
    """

    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    parts: tuple[str, ...] = ()
    exact_parts: tuple[str, ...] = ()
    looks_so: Callable[[str], bool] | None = None

    def may_be_in(self, text: str, small: str) -> bool:
        """Tell whether such a secret may be in a text, which also comes in small letters."""
        return (
            any(map(small.__contains__, self.parts))
            or any(map(text.__contains__, self.exact_parts))
            or (self.looks_so is not None and self.looks_so(text))
        )


def redact(text: str) -> str:
    """Return the text with every secret that was found replaced by ``[redacted]``."""
    small = _in_small_letters(text)
    for kind in _KINDS:
        if kind.may_be_in(text, small):
            text = kind.pattern.sub(kind.replacement, text)
    return text


def _in_small_letters(text: str) -> str:
    """Fold a text as far as a pattern that ignores case does, or further."""
    return text.lower() if text.isascii() else text.replace("İ", "i").replace("ı", "i").casefold()


def _has_another_form(text: str) -> bool:
    """Tell whether a text may hold one of the forms that begin with nothing of their own."""
    return bool(_has_number(text, b"00000000:") or _GITLAB.search(text) or _AIRTABLE.search(text))


def _has_long_number(text: str) -> bool:
    """Tell whether a text may hold the number of a card."""
    return _has_number(text, b"0000 0000 0000 ", b"00000000000000")


def _has_number(text: str, *groups: bytes) -> bool:
    """Tell whether digits are grouped in one of some ways; of a text with other digits than ours, whether any are."""
    if not text.isascii():
        return _LONG_NUMBER.search(text) is not None
    shape = text.encode().translate(_GROUPS)
    return any(group in shape for group in groups)


def _without_value(found: re.Match[str]) -> str:
    value = found["value"]
    quote = value[0] if value[0] in "\"'" else ""
    inner = value.strip(quote) if quote else value
    return found[0] if not inner or inner == REDACTED else f"{found['name']}{quote}{REDACTED}{quote}"


def _without_card(found: re.Match[str]) -> str:
    return REDACTED if _is_card(found[0]) else found[0]


def _is_card(text: str) -> bool:
    """Tell a payment card number by its check digit (ISO/IEC 7812-1)."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 else digit for place, digit in enumerate(digits)]  # noqa: PLR2004 - the digit sum of the double
    return len(digits) >= 14 and sum(doubled) % 10 == 0  # noqa: PLR2004 - the shortest card in use


_KINDS = (
    _Kind(_KEY_BLOCK, REDACTED, exact_parts=("PRIVATE KEY",)),
    _Kind(
        _HEADER, rf"\1\2{REDACTED}", ("authorization", "cookie", "x-api-key", "x-auth-token", "x-csrf-token")
    ),
    _Kind(_USERINFO, rf"\1\2:{REDACTED}@", ("@",)),
    _Kind(_DSN, rf"\1{REDACTED}@", ("@",)),
    _Kind(_FORMS, REDACTED, exact_parts=_FORM_PARTS, looks_so=_has_another_form),
    _Kind(_SCHEME, rf"\1 {REDACTED}", ("bearer", "basic", "digest", "token", "apikey")),
    _Kind(
        _NAMED, _without_value,
        (
            "pass", "pwd", "secret", "token", "key", "credential", "sessionid", "session_id", "session-id", "csrf",
            "cookie", "string", "signature", "otp", "pincode", "pin_code", "pin-code",
        ),
    ),
    _Kind(_PRIVATE_WORDS, rf"\1{REDACTED}", ("password",)),
    _Kind(_CARD, _without_card, looks_so=_has_long_number),
)  # fmt: skip
