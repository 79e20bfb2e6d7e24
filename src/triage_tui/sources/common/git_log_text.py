"""The text that ``git log`` prints, with or without ``--stat``, ``--name-status`` and ``-p``, as a CHANGES frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.change_decoding import changes_frame
from triage_tui.sources.common.decoded import Decoded, some_unreadable
from triage_tui.sources.common.decoding import decoded_text
from triage_tui.sources.common.revision import described, kind_of_paths
from triage_tui.sources.common.times import mail_time, parsed_time

_COMMIT = re.compile(r"(?m)^commit ([0-9a-f]{7,64})(?: \((.*)\))?\r?$")
_HEADER = re.compile(r"(?m)^(Author|AuthorDate|Date|CommitDate):(.*)$")
_PATH_LINE = re.compile(
    r"(?m)^(?:[AMDTC]\t(?P<status>\S.*)| (?P<stat>\S.{0,300}?) {1,300}\| +(?:\d+|Bin)\b.*|\+\+\+ b/(?P<patch>.*))$"
)
_DEPLOY_TAG = re.compile(r"tag: ((?:deploy-|v\d)[^,)]*)")
_DATE_FORMATS = ("%a %b %d %H:%M:%S %Y %z", "%Y-%m-%d %H:%M:%S %z")


def decode_git_log(content: bytes, name: str) -> Decoded:
    """Read the log of a repository that is elsewhere; raises ``UnreadableInput`` where no commit has a date."""
    text = decoded_text(content)
    starts = list(_COMMIT.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    bodies = [text[start.end() : end] for start, end in zip(starts, ends, strict=False)]
    rows = [row for start, body in zip(starts, bodies, strict=True) if (row := _row(start, body))]
    if not rows:
        raise UnreadableInput(name, "has no commit with a date, as git log prints them")
    return Decoded(changes_frame(rows), some_unreadable(len(starts) - len(rows), "commit", name, None))


def _row(start: re.Match[str], body: str) -> dict[str, Any] | None:
    head = body.split("\n\n", 1)[0]
    headers = {name: value.strip() for name, value in _HEADER.findall(head)}
    at = _date(headers.get("CommitDate") or headers.get("Date") or headers.get("AuthorDate") or "")
    if at is None:
        return None
    tag = _DEPLOY_TAG.search(start[2] or "")
    paths, subject = _paths(body), next(_message(body), "")
    diff = body[body.find("\ndiff --git ") + 1 :] if "\ndiff --git " in body else ""
    revision = described(paths, [], diff)
    return {
        "id": tag[1] if tag else start[1][:12],
        "kind": "deploy" if tag else kind_of_paths(paths),
        "service": None,
        "at": at,
        "title": subject or f"commit {start[1][:12]}",
        "author": headers.get("Author", "").partition(" <")[0] or None,
        "paths": paths,
        "routes": revision.routes,
        "details": revision.details,
        "diff": revision.diff or None,
    }


def _date(text: str) -> datetime | None:
    if moment := parsed_time(text):
        return moment
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text, form).astimezone(UTC)
        except ValueError:
            continue
    return mail_time(text)


def _message(body: str) -> Iterator[str]:
    return (line.strip() for line in body.splitlines() if line.startswith("    ") and line.strip())


def _paths(body: str) -> list[str]:
    found = ((match["status"] or match["stat"] or match["patch"]).rstrip() for match in _PATH_LINE.finditer(body))
    return list(dict.fromkeys(found))
