"""Secrets are taken out of whatever leaves the program; identifiers that an investigation needs stay whole.

Request IDs, commits, UUIDs and addresses are no secrets. What is one is told by its form (the prefixes that issuers
give their tokens, RFC 7519 for JWT, RFC 7468 for keys, RFC 3986 for passwords in addresses) or by the name before it.
"""

from __future__ import annotations

import re

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
# Each name above holds one of these; looking for them first spares most lines the search for names.
_PARTS_OF_NAMES = (
    "pass", "pwd", "secret", "token", "key", "credential", "sessionid", "session_id", "session-id", "csrf", "cookie",
    "string", "signature", "otp", "pincode", "pin_code", "pin-code",
)  # fmt: skip
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
_PRIVATE_WORDS = re.compile(r"(?i)(\bpassword\s+(?:is|was|for\s+\S+\s+is)\s+[\"']?)([^\s\"',;]+)")


def redact(text: str) -> str:
    """Return the text with every secret that was found replaced by ``[redacted]``."""
    text = _KEY_BLOCK.sub(REDACTED, text)
    text = _HEADER.sub(rf"\1\2{REDACTED}", text)
    text = _USERINFO.sub(rf"\1\2:{REDACTED}@", text)
    text = _DSN.sub(rf"\1{REDACTED}@", text)
    text = _FORMS.sub(REDACTED, text)
    text = _SCHEME.sub(rf"\1 {REDACTED}", text)
    if _may_name_a_secret(text):
        text = _NAMED.sub(_without_value, text)
    text = _PRIVATE_WORDS.sub(rf"\1{REDACTED}", text)
    return _CARD.sub(lambda found: REDACTED if _is_card(found[0]) else found[0], text)


def _may_name_a_secret(text: str) -> bool:
    """Tell whether a name of a secret may be in a text; case-folded as the search for names ignores case."""
    folded = text.casefold()
    return any(part in folded for part in _PARTS_OF_NAMES)


def _without_value(found: re.Match[str]) -> str:
    value = found["value"]
    quote = value[0] if value[0] in "\"'" else ""
    inner = value.strip(quote) if quote else value
    return found[0] if not inner or inner == REDACTED else f"{found['name']}{quote}{REDACTED}{quote}"


def _is_card(text: str) -> bool:
    """Tell a payment card number by its check digit (ISO/IEC 7812-1)."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 else digit for place, digit in enumerate(digits)]  # noqa: PLR2004 - the digit sum of the double
    return len(digits) >= 14 and sum(doubled) % 10 == 0  # noqa: PLR2004 - the shortest card in use
