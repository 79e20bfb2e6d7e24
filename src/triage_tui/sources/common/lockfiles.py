"""Dependencies by name from lock and requirement files, and what changed between two revisions of one.

Pure functions on bytes. Sources: PEP 508 and pip's requirements format, the lock files of Poetry, uv, Pipenv, npm
(version 1 to 3), Yarn 1 and later, pnpm (5 to 9), Cargo, and Go's ``go.mod`` and ``go.sum``. Where a file holds several
versions of one dependency, all are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any, Literal

import msgspec

from triage_tui.config.toml_text import parsed_toml
from triage_tui.sources.common.masking import masked_value

Versions = dict[str, str]
Step = Literal["added", "removed", "major", "minor", "patch", "downgraded", "changed"]

_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)")
_PINNED = re.compile(r"^={2,3}\s*([^\s,;]+)$")
_GO_SUM_ENTRY = re.compile(r"^([^\s]{3,300}) (v[^\s/]{1,200}) h1:", re.MULTILINE)
_YARN_ENTRY = re.compile(r'^"?(@?[^@\s"]+)@[^\n]*:\n  version:? "?([^"\n]+)"?', re.MULTILINE)
_PNPM_ENTRY = re.compile(
    r"""^  ['"]?/?((?:@[^/@\s'"]+/)?[^/@\s'"]+)[@/](\d[^_():'"\s]*)[^\n]*:\s*(?:$|\{)""", re.MULTILINE
)
_VERSION, _NUMBERS = re.compile(r"[=<>~^!v ]*\d"), re.compile(r"\d+")


class DependencyChange(msgspec.Struct, frozen=True):
    """One dependency whose version differs; ``old`` None where it is new, ``new`` None where it is gone."""

    name: str
    old: str | None
    new: str | None
    step: Step

    def __str__(self) -> str:
        """Say it as the change list shows it: "httpx 0.27.0 → 0.28.1 (minor)"."""
        if self.old is None:
            return f"{self.name} {self.new} added"
        return (
            f"{self.name} {self.old} removed"
            if self.new is None
            else f"{self.name} {self.old} → {self.new} ({self.step})"
        )


def is_dependency_file(path: str) -> bool:
    """Tell whether a file's name is one that is read here."""
    return _reader(path) is not None


def dependency_changes(path: str, old: bytes | None, new: bytes | None) -> list[DependencyChange]:
    """Compare two revisions of a dependency file, sorted by name; None stands for a file that is not there.

    Empty where the path is no dependency file or a revision cannot be read.
    """
    read = _reader(path)
    if read is None:
        return []
    try:
        before, after = _versions(read, old), _versions(read, new)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, msgspec.MsgspecError):
        return []
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [_change(name, before.get(name), after.get(name)) for name in names]


def _versions(read: Callable[[str], Versions], content: bytes | None) -> Versions:
    return read(content.decode("utf-8", errors="replace")) if content else {}


def _change(name: str, old: str | None, new: str | None) -> DependencyChange:
    if old is None or new is None:
        return DependencyChange(name, old, new, "added" if old is None else "removed")
    gone, come = set(old.split(", ")) - set(new.split(", ")), set(new.split(", ")) - set(old.split(", "))
    if len(gone) == len(come) == 1:
        old, new = gone.pop(), come.pop()
        return DependencyChange(name, old, new, version_step(old, new))
    return DependencyChange(name, old, new, "changed")


def version_step(old: str, new: str) -> Step:
    """Tell how far a version moved by its first three numbers; "changed" where they do not tell."""
    if not (_VERSION.match(old) and _VERSION.match(new)):
        return "changed"
    before, after = _release(old), _release(new)
    if before == after:
        return "changed"
    if after < before:
        return "downgraded"
    return ("major", "minor", "patch")[next(place for place in range(3) if before[place] != after[place])]


def _release(version: str) -> tuple[int, int, int]:
    numbers = [
        int(number[:9]) for number in _NUMBERS.findall(re.split(r"[-+]", version.lstrip("=<>~^!v "), maxsplit=1)[0])
    ]
    major, minor, patch, *_ = [*numbers, 0, 0, 0]
    return major, minor, patch


def _reader(path: str) -> Callable[[str], Versions] | None:
    name = PurePosixPath(path).name.lower()
    in_folder = PurePosixPath(path).parent.name.lower() == "requirements" and name.endswith((".txt", ".in"))
    if in_folder or re.fullmatch(r"(?:.*requirements.*|constraints.*)\.(?:txt|in)", name):
        return _requirements
    return _READERS.get(name)


def _requirements(text: str) -> Versions:
    lines = (line.strip() for line in text.replace("\\\n", " ").splitlines())
    return _specifiers(line for line in lines if line and line[0] not in "#-")


def _specifiers(requirements: Iterable[str]) -> Versions:
    """Take "2.1" of ``name==2.1``, and any other specifier as it is written."""
    found: Versions = {}
    for requirement in requirements:
        if match := _REQUIREMENT.match(requirement):
            wanted = masked_value("", match[2].partition("--hash")[0].strip().replace(", ", ","))
            pinned = _PINNED.match(wanted)
            found[_normal(match[1])] = pinned[1] if pinned else wanted or "any"
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _toml_packages(text: str) -> Versions:
    """Read uv.lock, poetry.lock and Cargo.lock, which list ``[[package]]`` tables; of two versions both are named."""
    packages = parsed_toml(text).get("package", [])
    return _listed((str(package["name"]), str(package.get("version", "any"))) for package in packages)


def _listed(pairs: Iterable[tuple[str, str]]) -> Versions:
    found: dict[str, set[str]] = {}
    for name, version in pairs:
        found.setdefault(name, set()).add(version.strip())
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def _pyproject(text: str) -> Versions:
    document = parsed_toml(text)
    project = document.get("project", {})
    lists = [*project.get("optional-dependencies", {}).values(), *document.get("dependency-groups", {}).values()]
    named = [one for some in lists for one in some if isinstance(one, str)]
    poetry = document.get("tool", {}).get("poetry", {})
    tables = [*(group.get("dependencies", {}) for group in poetry.get("group", {}).values()),
              poetry.get("dev-dependencies", {}), poetry.get("dependencies", {})]  # fmt: skip
    wanted = {_normal(name): _text_version(one) for table in tables for name, one in table.items()}
    return {**_specifiers([*named, *project.get("dependencies", [])]), **wanted}


def _text_version(wanted: Any) -> str:
    return str(wanted.get("version", "any")) if isinstance(wanted, dict) else str(wanted)


def _pipfile_lock(text: str) -> Versions:
    document = msgspec.json.decode(text)
    return {
        name: str(entry.get("version") or f"ref {entry.get('ref', 'any')}").lstrip("=")
        for section in ("develop", "default")
        for name, entry in document.get(section, {}).items()
    }


def _package_lock(text: str) -> Versions:
    """Read npm's ``packages`` (version 2 and 3) by installed path, or ``dependencies`` (version 1)."""
    document = msgspec.json.decode(text)
    packages = document.get("packages")
    if packages is None:
        return {name: str(entry.get("version", "any")) for name, entry in document.get("dependencies", {}).items()}
    installed = {path.removeprefix("node_modules/"): entry for path, entry in packages.items() if path}
    return {name: str(entry["version"]) for name, entry in installed.items() if "version" in entry}


def _package_json(text: str) -> Versions:
    document = msgspec.json.decode(text)
    return {name: str(wanted) for name, wanted in document.get("dependencies", {}).items()}


def _pattern_reader(pattern: re.Pattern[str]) -> Callable[[str], Versions]:
    return lambda text: _listed(pattern.findall(text))


def _go_mod(text: str) -> Versions:
    """Read the modules that are required, each as what replaces it, and the language's version."""
    required: Versions = {}
    replaced: Versions = {}
    block = ""
    for line in text.splitlines():
        words = line.partition("//")[0].split()
        if words[1:] == ["("] or words == [")"]:
            block = words[0].strip(")")
            continue
        verb, *rest = [block, *words] if block else words or [""]
        if verb == "require" and len(rest) == 2:  # noqa: PLR2004 - a module and its version
            required[rest[0]] = rest[1]
        elif verb == "replace" and "=>" in rest:
            replaced[rest[0]] = rest[-1]
        elif verb in {"go", "toolchain"} and rest:
            required[verb] = rest[0]
    return required | {name: by for name, by in replaced.items() if name in required}


_READERS: dict[str, Callable[[str], Versions]] = {
    "poetry.lock": _toml_packages,
    "uv.lock": _toml_packages,
    "cargo.lock": _toml_packages,
    "pyproject.toml": _pyproject,
    "pipfile.lock": _pipfile_lock,
    "package-lock.json": _package_lock,
    "package.json": _package_json,
    "yarn.lock": _pattern_reader(_YARN_ENTRY),
    "pnpm-lock.yaml": _pattern_reader(_PNPM_ENTRY),
    "go.mod": _go_mod,
    "go.sum": _pattern_reader(_GO_SUM_ENTRY),
}
