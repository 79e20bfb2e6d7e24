"""What a file or folder of an export is, told by its name and its first bytes; nothing is read whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.decoding import as_utf8, decompressed_head
from triage_tui.sources.common.metric_decoding import PARQUET_MAGIC, is_exposition

_HEAD_BYTES = 64 * 1024
_COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
_GIT_BUNDLE_MAGIC = (b"# v2 git bundle", b"# v3 git bundle")
_ZIP_MAGIC = b"PK\x03\x04"
_GIT_LOG = rb"commit [0-9a-f]{40}(?: \(.*\))?\r?\n(?:Merge: .*\r?\n)?Author: "


class Role(StrEnum):
    """What a path is good for."""

    BUNDLE = "bundle"
    LOGS = "logs"
    METRICS = "metrics"
    CHANGES = "changes"
    REPOSITORY = "repository"
    GIT_BUNDLE = "git bundle"
    GIT_LOG = "git log"
    TOPOLOGY = "topology"
    REQUEST_COUNTS = "request counts"
    HEALTH = "health"
    ALERT = "alert"
    UNKNOWN = "unknown"


_ROLE_OF_STEM = {
    "metrics": Role.METRICS, "deploys": Role.CHANGES, "changes": Role.CHANGES, "releases": Role.CHANGES,
    "events": Role.CHANGES, "topology": Role.TOPOLOGY, "requests": Role.REQUEST_COUNTS, "health": Role.HEALTH,
    "alert": Role.ALERT, "logs": Role.LOGS,
}  # fmt: skip
_NEVER_LOGS = frozenset(
    {".md", ".rst", ".toml", ".py", ".yml", ".yaml", ".ini", ".cfg", ".html", ".sh", ".lock", ".xml", ".css", ".js"}
)
_ROLE_OF_JSON_KEY = (
    (rb'"resultType"\s*:\s*"streams"|"hits"\s*:', Role.LOGS),
    (rb'"resultType"|"errorType"', Role.METRICS),
    (rb'"edges"\s*:', Role.TOPOLOGY),
    (rb'"event_id"|"eventID"|"startsAt"|"event_type"|"fired_at"|"shortId"|"evalMatches"', Role.ALERT),
)


def classify(path: Path) -> Role:
    """Tell a path's role; ``UNKNOWN`` for what is empty, binary or not a file.

    Raises ``UnreadableInput`` where the path is missing or may not be read.
    """
    try:
        if path.is_dir():
            return Role.REPOSITORY if is_repository(path) else Role.UNKNOWN
        if not path.exists():
            raise UnreadableInput(str(path), "no such file or folder")
        return _role_of_file(path) if path.is_file() else Role.UNKNOWN
    except OSError as error:
        raise UnreadableInput(str(path), f"cannot be read: {error.strerror or error}") from error


def is_repository(folder: Path) -> bool:
    """Tell whether a folder is a git work tree, a linked one, or a bare repository."""
    return (folder / ".git").exists() or all((folder / part).exists() for part in ("HEAD", "objects", "refs"))


def exported_files(folder: Path) -> list[tuple[Path, Role]]:
    """List what a folder of exports holds, by name: files at its top, and repositories directly in it or itself.

    Hidden files, documents, and what has no role are left out; of a repository's own files only those named like an
    export count. Raises ``UnreadableInput`` where the folder may not be read.
    """
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise UnreadableInput(str(folder), f"cannot be read: {error.strerror or error}") from error
    if is_repository(folder):
        return [(folder, Role.REPOSITORY), *_roles(entry for entry in entries if is_named_like_export(entry))]
    return _roles(entry for entry in entries if entry.suffix.lower() not in _NEVER_LOGS)


def is_named_like_export(path: Path) -> bool:
    """Tell whether a name, such as ``metrics.csv.gz``, promises an export; code and documents never do."""
    return _plain_stem(path) in _ROLE_OF_STEM and path.suffix.lower() not in _NEVER_LOGS


def _roles(entries: Iterable[Path]) -> list[tuple[Path, Role]]:
    known = (entry for entry in entries if not leads_nowhere(entry))
    return [(entry, role) for entry in known if (role := classify(entry)) is not Role.UNKNOWN]


def leads_nowhere(path: Path) -> bool:
    """Tell whether a path is a link whose target is not there, or that leads in a circle."""
    return path.is_symlink() and not path.exists()


def _plain_name(path: Path) -> str:
    name = path.name.lower()
    while name.endswith(_COMPRESSED_SUFFIXES):
        name = name.rsplit(".", 1)[0]
    return name


def _plain_stem(path: Path) -> str:
    return _plain_name(path).partition(".")[0]


def _role_of_file(path: Path) -> Role:
    head = _head(path)
    if head.startswith(_ZIP_MAGIC):
        return Role.BUNDLE
    if head.startswith(_GIT_BUNDLE_MAGIC):
        return Role.GIT_BUNDLE
    if head.startswith(PARQUET_MAGIC):
        return Role.METRICS
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or b"\0" in head:
        return Role.UNKNOWN
    return _role_of_name(path, text) or _role_of_text(text)


def _role_of_name(path: Path, text: bytes) -> Role | None:
    """Trust the names of the export folder, but for a ``.log`` or ``.jsonl`` that only starts like one of them."""
    name = _plain_name(path)
    if name.endswith((".log", ".txt")) and not re.match(_GIT_LOG, text):
        return Role.LOGS
    stem, _, suffix = name.partition(".")
    role = _ROLE_OF_STEM.get(stem)
    return None if role is Role.ALERT and suffix == "jsonl" else role


def _role_of_text(text: bytes) -> Role:
    if re.match(_GIT_LOG, text):
        return Role.GIT_LOG
    first_line = text.split(b"\n", 1)[0].strip()
    if text[:1] in (b"{", b"["):
        return _role_of_json(text, first_line)
    if is_exposition(text) and text.startswith(b"# "):
        return Role.METRICS
    return _role_of_header(first_line.lower()) or Role.LOGS


def _role_of_json(text: bytes, first_line: bytes) -> Role:
    """A file of JSON lines is a log; one document is told by a key that only its kind has, or else has no role."""
    several = first_line.endswith(b"}") and text[len(first_line) :].lstrip()[:1] == b"{"
    if several:
        return Role.LOGS
    for key, role in _ROLE_OF_JSON_KEY:
        if re.search(key, text):
            return role
    if text[:1] == b"[":
        return _role_of_list(text)
    if re.search(rb'"title"\s*:', text):
        return Role.ALERT
    return Role.UNKNOWN if first_line == b"{" else Role.LOGS


def _role_of_list(text: bytes) -> Role:
    if re.search(rb'"values"?\s*:\s*\[', text) and re.search(rb'"metric"\s*:\s*\{', text):
        return Role.METRICS
    if re.search(rb'"kind"\s*:\s*"(?:deploy|flag|config|release)|"dateReleased"|"lastDeploy"', text):
        return Role.CHANGES
    return Role.LOGS


def _role_of_header(header: bytes) -> Role | None:
    """Tell a table by its header; a log that happens to be CSV has a message column."""
    columns = {column.strip(b' "\r') for column in re.split(rb"[,;\t]", header)}
    times = columns & {b"time", b"timestamp", b"ts", b"datetime", b"date", b"_time"}
    if {b"bad", b"total"} <= columns:
        return Role.REQUEST_COUNTS
    if {b"caller", b"callee"} <= columns:
        return Role.TOPOLOGY
    if not times or columns & {b"message", b"msg", b"event", b"level", b"log"}:
        return None
    if b"kind" in columns and columns & {b"id", b"version", b"service"}:
        return Role.CHANGES
    return Role.METRICS if len(columns) > 1 else None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return as_utf8(decompressed_head(file.read(_HEAD_BYTES), _HEAD_BYTES))
