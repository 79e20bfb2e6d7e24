"""HTTP routes that a diff adds, read from the lines of the usual frameworks."""

from __future__ import annotations

import re
from collections.abc import Iterable

_METHODS = "get|post|put|patch|delete|head|options"
_PATH = r"""["'`](?P<path>/[^"'`\s]{0,200})["'`]"""
_MAYBE_EMPTY_PATH = r"""["'](?P<path>/[^"'\s]{0,200}|)["']"""
_DECORATED = r"@\s{0,4}[\w.]{1,80}\."
_SERVER = r"\b(?:app|router|server|api|r|e|mux|group)\."
_PATTERNS = (
    re.compile(rf"{_DECORATED}(?P<method>{_METHODS})\(\s*(?:path\s*=\s*)?{_MAYBE_EMPTY_PATH}"),  # FastAPI, Flask 2
    re.compile(rf"{_DECORATED}(?:api_)?route\(\s*{_MAYBE_EMPTY_PATH}(?P<rest>.*)"),  # Flask, FastAPI's api_route
    re.compile(rf"(?i)@(?P<method>{_METHODS})Mapping\(\s*(?:value\s*=\s*|path\s*=\s*)?{_PATH}"),  # Spring
    re.compile(rf"(?i){_SERVER}(?P<method>{_METHODS})\(\s*{_PATH}"),  # Express, gin
    re.compile(rf"\.HandleFunc\(\s*{_PATH}"),  # Go's net/http
    re.compile(r"""^\s*(?:re_)?path\(\s*r?["'](?P<django>[^"']{0,200})["']\s*,"""),  # Django
)
_LISTED_METHODS = re.compile(r"methods\s*=\s*[\[(]([^\])]{0,200})[\])]")
_PREFIX = re.compile(r"""\b(?:APIRouter|Blueprint)\([^)]{0,300}\b(?:url_)?prefix\s*=\s*["'](/[^"']*)["']""")


def added_routes(added: Iterable[str], removed: Iterable[str], whole_file: str) -> list[str]:
    """Return routes such as "POST /api/orders" that added lines declare and removed lines do not.

    The prefix of a router is put first where the file makes one router with one prefix; a router that is mounted under
    a prefix elsewhere keeps the path that its file has.
    """
    prefixes = set(_PREFIX.findall(whole_file))
    prefix = prefixes.pop().rstrip("/") if len(prefixes) == 1 else ""
    gone = {route for line in removed for route in _routes(line)}
    found = [route for line in added for route in _routes(line) if route not in gone]
    return list(dict.fromkeys(f"{method} {prefix}{path}" for method, path in found))


def _routes(line: str) -> list[tuple[str, str]]:
    """Read the routes of one line as (method, path); the first framework that fits wins."""
    for pattern in _PATTERNS:
        if match := pattern.search(line):
            fields = match.groupdict()
            path = fields["path"] if "path" in fields else "/" + (fields["django"] or "").lstrip("^/").rstrip("$")
            return [(method, path or "") for method in _methods(fields)]
    return []


def _methods(fields: dict[str, str | None]) -> list[str]:
    """Tell the methods: the framework's own word, those listed, GET for a Flask route, any where nothing is said."""
    if method := fields.get("method"):
        return [method.upper()]
    if "rest" not in fields:
        return ["ANY"]
    listed = _LISTED_METHODS.search(fields["rest"] or "")
    return re.findall(r"[A-Z]+", listed[1].upper()) if listed else ["GET"]
