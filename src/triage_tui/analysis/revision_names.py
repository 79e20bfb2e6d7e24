"""By which names a record of a change calls its revision: a version, a tag, a commit, an image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

SAYS_REVISION = re.compile(r"(?:^|, )(?:version|release|sha|commit|revision|tag|image)[ :]\s*([^\s,;]+)", re.IGNORECASE)
_VERSION = re.compile(r"\bv?\d+(?:\.\d+)+(?:[-.+]?[A-Za-z0-9]+)*\b|\b[0-9a-f]{7,64}\b")
TAG_WORDS = re.compile(r"^(?:refs/tags/)?(?:deploy(?:ment)?|release|rel)[-_/]")
_COUNTED = re.compile(r"^(deploy.+?)[-_]\d{1,14}(?:t\d{4,6}z?)?$")
_GIVEN = re.compile(r"^annotation-|^[a-z]+-.*-?\d{8}T\d{6}Z$")  # for want of a name of its own
_SHORT_HASH = 7


def names_of(row: Mapping[str, Any]) -> list[str]:
    """Return the names of the revision that a row of a CHANGES frame records, its own ID first.

    Versions lose "v", "deploy-", the service and an image's repository; a commit keeps its first seven digits. A tag
    for the second deploy of a version, "deploy-v1.4.2-2", names that version too.
    """
    service = str(row["service"] or "")
    names = [name for text in _texts(row) if (name := _plain(text, service))]
    return list(dict.fromkeys(names)) or [name for text in _in_title(row) if (name := _plain(text, service))]


def _texts(row: Mapping[str, Any]) -> Iterator[str]:
    change_id = str(row["id"] or "")
    if not _GIVEN.match(change_id):
        yield change_id
    if counted := _COUNTED.match(change_id.lower()):
        yield counted[1]
    for detail in row["details"] or ():
        yield from SAYS_REVISION.findall(detail)


def _in_title(row: Mapping[str, Any]) -> set[str]:
    """Take the one version that a title names; of two, one is that from before."""
    named = set(_VERSION.findall(str(row["title"] or "")))
    return named if len(named) == 1 else set()


def _plain(text: str, service: str) -> str:
    """Strip what is around a version; "" for what names no revision, such as "latest"."""
    name = text.strip().lower().rpartition("/")[2] if ":" in text or "@" in text else text.strip().lower()
    name = TAG_WORDS.sub("", name)
    name = re.split(r"[:@]", name)[-1]
    if service and name.startswith((f"{service.lower()}-", f"{service.lower()}_")):
        name = name[len(service) + 1 :]
    name = re.sub(r"^v(?=\d)", "", name)
    if not any(character.isdigit() for character in name):
        return ""
    is_hash = re.fullmatch(r"[0-9a-f]{7,64}", name) and re.search("[a-f]", name)
    return name[:_SHORT_HASH] if is_hash else name
