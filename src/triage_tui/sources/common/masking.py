"""Values that look like secrets, replaced before anything shows a configuration change."""

from __future__ import annotations

import re

MASK = "•••"
_TELLING_WORDS = (
    r"passw(?:or)?d|passwd|secret|token(?!s|iz)|api[_-]?key|access[_-]?key|private[_-]?key|credential|signing|"
    r"(?<![a-z])(?:auth|dsn|salt|pwd)(?![a-z])"
)
_SECRET_NAME = re.compile(_TELLING_WORDS, re.IGNORECASE)
# What stands before the telling word is left to the text: looking for it would cost its length at every place.
_NAME = rf"(?:{_TELLING_WORDS})[\w.-]{{0,40}}"
_QUOTED_VALUE = re.compile(rf"(?i)({_NAME}[\"']?[ \t]*[:=][ \t]*[a-z]?)([\"'])[^\"'\n]+\2")
_BARE_VALUE = re.compile(rf"(?i)({_NAME}[\"']?[ \t]*[:=][ \t]*)(?![\"'\s])[^\s,;#]+")
_NAMED_VALUE = re.compile(rf"(?i)({_NAME}[\"']?[ \t]*\n[ +-]{{0,80}}value[ \t]*:[ \t]*)\S+")
_FLAG_VALUE = re.compile(rf"(?i)({_NAME}[\"']?,?[ \t]+[\"']?)(?![-\"'\s])[^\s\"',\]]+")
_URL_SECRET = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,200}:)[^\s/@]{1,200}(?=@)")


def is_secret_name(name: str) -> bool:
    """Tell whether a key's name says that its value is a secret."""
    return _SECRET_NAME.search(name) is not None


def masked_value(name: str, value: str) -> str:
    """Hide a secret's value; of other values, the password in a URL and what a telling option is given."""
    if is_secret_name(name) and value:
        return MASK
    return _FLAG_VALUE.sub(rf"\1{MASK}", masked_config(value)) if "--" in value else masked_config(value)


def masked_code(text: str) -> str:
    """Hide literals that are given to a secret's name, and passwords in URLs; code stays readable."""
    return _URL_SECRET.sub(rf"\1{MASK}", _QUOTED_VALUE.sub(rf"\1\2{MASK}\2", text))


def masked_config(text: str) -> str:
    """Hide also values without quotes, as configuration files have them, and those below a telling ``name:``."""
    return _NAMED_VALUE.sub(rf"\1{MASK}", _BARE_VALUE.sub(rf"\1{MASK}", masked_code(text)))
