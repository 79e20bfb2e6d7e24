"""``triage capture``: what was fetched for an investigation, frozen into a bundle that is read offline."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from msgspec.structs import replace

from triage_tui.cli.opening import settings_here
from triage_tui.cli.windows import UsageError
from triage_tui.config.reading import SettingsError
from triage_tui.config.secret import SecretError
from triage_tui.config.settings import Settings
from triage_tui.investigation.journal import encode_record
from triage_tui.investigation.source import SourceRejected

if TYPE_CHECKING:
    from triage_tui.investigation.case import Case
    from triage_tui.investigation.decision import Decision
    from triage_tui.investigation.evidence import Evidence
    from triage_tui.investigation.state import Investigation
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.sources.bundle import NewMember
    from triage_tui.sources.common.manifest import BundleHead

NOT_REDACTED = (
    "what logs and changes say is in it as it stands, apart from the passwords and tokens that triage itself uses; "
    "look before you pass it on"
)
_HIDDEN = b"[redacted]"
_SHORTEST_SECRET = 4
_SHORTEST_IN_QUERY = 12  # shorter values are seldom keys, and words that logs are full of
_NAME_CAP = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Captured:
    """What was written: the file, how many pieces of evidence, and its size in bytes."""

    path: Path
    evidence: int
    size: int

    def __str__(self) -> str:
        """Say it in a sentence."""
        return f"{self.evidence} pieces of evidence are in {self.path} ({self.size:,} bytes); {NOT_REDACTED}"


def freeze_shown(case: Case, shown: Investigation, path: Path) -> str:
    """Freeze what the screen shows and say so; raises ``SourceRejected`` where that cannot be."""
    whole = replace(case, window=shown.full_window)
    try:
        return str(freeze(path, whole, tuple(shown.evidence.values()), shown.decisions, known_secrets(settings_here())))
    except (UsageError, SettingsError) as error:
        raise SourceRejected(str(error)) from error


def freeze(
    path: Path, case: Case, evidence: Sequence[Evidence], decisions: Sequence[Decision], secrets: Sequence[str]
) -> Captured:
    """Write a bundle of the evidence, the alert, the hints and the journal, without the secrets.

    Raises ``UsageError`` where the file is there already or cannot be written, or where the content is too large.
    """
    from triage_tui.sources.bundle import write_bundle

    _check_free(path)
    hidden = tuple(_forms(secrets))
    members = [_cleaned(one, hidden) for one in _members(case, evidence, decisions)]
    try:
        write_bundle(path, _cleaned_head(_head(case, evidence), hidden), members)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path}: {error}; capture a shorter window") from error
    return Captured(path.absolute(), len(evidence), path.stat().st_size)


def _check_free(path: Path) -> None:
    """Raise ``UsageError`` where a file is there already, or none can be."""
    try:
        is_there = path.exists()
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    if is_there:
        raise UsageError(f"{path} is there already: nothing was written; name another file")


def _head(case: Case, evidence: Sequence[Evidence]) -> BundleHead:
    from triage_tui.sources.common.manifest import BundleHead

    return BundleHead(
        title=case.title,
        service=case.alert.service,
        created_at=datetime.now(UTC),
        window=case.window or _extent(evidence),
        baseline=case.baseline,
        note="; ".join(f"{one.source} had no {one.kind} in this window" for one in evidence if not one.frame.height),
        signals=case.hints,
    )


def _extent(evidence: Sequence[Evidence]) -> TimeWindow:
    from triage_tui.analysis.spans import extent

    found = extent(one.frame for one in evidence)
    if found is None:
        raise UsageError("nothing that was fetched has a time: there is nothing to capture")
    return found


def _members(case: Case, evidence: Sequence[Evidence], decisions: Sequence[Decision]) -> Iterator[NewMember]:
    from triage_tui.sources.bundle import NewMember

    # A live window has moved on since it was chosen, and a replay goes by the alert's.
    alert = msgspec.structs.replace(case.alert, window=case.window or case.alert.window)
    yield NewMember("alert.json", "alert", content=msgspec.json.encode(alert))
    if decisions:
        yield NewMember("journal.jsonl", "journal", content=b"".join(encode_record(one) for one in decisions))
    for number, one in enumerate(evidence, start=1):
        if one.frame.height:
            yield from _of_evidence(number, one)


def _of_evidence(number: int, evidence: Evidence) -> Iterator[NewMember]:
    """Make a member of each file that the evidence came from, or one of all of it."""
    from triage_tui.sources.bundle import NewMember
    from triage_tui.sources.common.evidence_encoding import encode_evidence, file_ending

    for part, (file, content) in enumerate(encode_evidence(evidence).items(), start=1):
        label = _UNSAFE.sub("-", Path(file).name or evidence.source).strip("-.")[:_NAME_CAP]
        yield NewMember(
            name=f"{evidence.kind}-{number}-{part}-{label}.{file_ending(evidence.kind)}",
            kind=evidence.kind.value,
            content=content,
            source=file or evidence.source,
            query=evidence.query,
            window=evidence.window,
            fetched_at=evidence.fetched_at,
            complete=evidence.completeness.complete,
            note=evidence.completeness.note,
        )


def known_secrets(settings: Settings) -> tuple[str, ...]:
    """Return every password and token that the settings name; one that cannot be read is not known to the program."""
    found = []
    for server in (settings.prometheus, settings.alertmanager, settings.grafana):
        for reference in (server.token, server.password) if server is not None else ():
            if reference is not None:
                try:
                    found.append(reference())
                except SecretError:
                    continue
        if server is not None and server.username and server.password is not None and found:
            found.append(b64encode(f"{server.username}:{found[-1]}".encode()).decode())
    return (*found, *(secret for url in _addresses(settings) for secret in _secrets_in(url)))


def _addresses(settings: Settings) -> Iterator[str]:
    """Give every address of the settings."""
    for server in (settings.prometheus, settings.alertmanager, settings.grafana):
        if server is not None and server.url:
            yield server.url
    for service in settings.services.values():
        yield from (*service.health, *service.status_pages, service.deploys or "")


def _secrets_in(url: str) -> Iterator[str]:
    """Give what an address keeps that may be secret: the password of its user part and the values of its query."""
    parts = urlsplit(url)
    if parts.password:
        yield parts.password
        yield unquote(parts.password)
    yield from (value for _, value in parse_qsl(parts.query) if len(value) >= _SHORTEST_IN_QUERY)


def _forms(secrets: Iterable[str]) -> Iterator[bytes]:
    """Give each secret as it stands and as JSON writes it; one too short would hide what it is not."""
    for secret in sorted({one for one in secrets if len(one) >= _SHORTEST_SECRET}, key=len, reverse=True):
        yield secret.encode()
        yield msgspec.json.encode(secret)[1:-1]


def _cleaned_head(head: BundleHead, hidden: Sequence[bytes]) -> BundleHead:
    title, note = (without(text.encode(), hidden).decode() for text in (head.title, head.note))
    return msgspec.structs.replace(head, title=title, note=note)


def _cleaned(member: NewMember, hidden: Sequence[bytes]) -> NewMember:
    query, note = (without(text.encode(), hidden).decode() for text in (member.query, member.note))
    return msgspec.structs.replace(member, content=without(member.content, hidden), query=query, note=note)


def without(content: bytes, hidden: Sequence[bytes]) -> bytes:
    """Return the content with every hidden text replaced."""
    for secret in hidden:
        content = content.replace(secret, _HIDDEN)
    return content
