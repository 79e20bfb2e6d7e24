"""Rollouts of Kubernetes workloads, by the user's own kubectl.

One read-only call, ``kubectl get replicasets -o json``: each replica set is a revision of its deployment.
Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#checking-rollout-history-of-a-deployment
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from typing import Any

import msgspec

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.source import SourceRejected, SourceUnavailable
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.change_decoding import changes_evidence, changes_frame, of_interest
from triage_tui.sources.common.odd_shapes import odd_words
from triage_tui.sources.common.times import parsed_time

DEADLINE_S = 10.0
_REVISION = "deployment.kubernetes.io/revision"
_CAUSE = "kubernetes.io/change-cause"


class KubernetesRollouts:
    """The revisions of the deployments in a namespace, as changes."""

    kind = EvidenceKind.CHANGES
    interval_s = 30.0

    def __init__(self, name: str, namespace: str, *, kubectl: Sequence[str] = ("kubectl",)) -> None:
        self.name = name
        self.namespace = namespace
        self.kubectl = tuple(kubectl)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Return the rollouts that began in the window or the day before.

        Raises ``SourceRejected`` without kubectl or permission, ``SourceUnavailable`` where it does not answer in time.
        """
        try:
            found = msgspec.json.decode(await self._replica_sets(), type=_ReplicaSets)
        except msgspec.ValidationError as error:
            raise SourceRejected(f"{self.name}: kubectl answered with {odd_words(error)}") from error
        except (msgspec.MsgspecError, RecursionError) as error:
            raise SourceRejected(f"{self.name}: kubectl answered with something else than JSON") from error
        rows = [row for one in found.items or [] if (row := _rollout(one)) is not None]
        frame = of_interest(changes_frame(rows), window)
        completeness = Completeness(complete=True, note=f"{len(frame)} of {len(rows)} rollouts")
        query = f"kubectl get replicasets -n {self.namespace}"
        return changes_evidence(self.name, query, frame, window, completeness)

    async def _replica_sets(self) -> bytes:
        if shutil.which(self.kubectl[0]) is None:
            raise SourceRejected(f"{self.name}: {self.kubectl[0]} is not installed")
        command = [*self.kubectl, "get", "replicasets", f"--namespace={self.namespace}", "-o", "json"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                output, errors = await process.communicate()
        except TimeoutError as error:
            raise SourceUnavailable(f"{self.name}: kubectl did not answer within {DEADLINE_S:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise SourceRejected(f"{self.name}: kubectl: {errors.decode(errors='replace').strip()[:300]}")
        return output


class _Owner(msgspec.Struct):
    name: str | None = None
    kind: str | None = None


class _Metadata(msgspec.Struct):
    name: str | None = None
    creationTimestamp: str | None = None  # noqa: N815 - the API's own spelling
    annotations: dict[str, str] | None = None
    ownerReferences: list[_Owner] | None = None  # noqa: N815 - the API's own spelling


class _Container(msgspec.Struct):
    image: str | None = None


class _PodSpec(msgspec.Struct):
    containers: list[_Container] | None = None


class _Template(msgspec.Struct):
    spec: _PodSpec | None = None


class _Spec(msgspec.Struct):
    template: _Template | None = None


class _ReplicaSet(msgspec.Struct):
    metadata: _Metadata | None = None
    spec: _Spec | None = None


class _ReplicaSets(msgspec.Struct):
    """What kubectl answers, as far as it is read."""

    items: list[_ReplicaSet] | None = None


def _rollout(replica_set: _ReplicaSet) -> dict[str, Any] | None:
    metadata = replica_set.metadata or _Metadata()
    at, notes = parsed_time(metadata.creationTimestamp), metadata.annotations or {}
    if at is None:
        return None
    owners = [owner.name for owner in metadata.ownerReferences or [] if owner.kind == "Deployment"]
    service = owners[0] if owners else metadata.name
    images = _images(replica_set)
    return {
        "id": f"{service}-r{notes.get(_REVISION, '?')}",
        "kind": "deploy",
        "service": service,
        "at": at,
        "title": notes.get(_CAUSE) or f"revision {notes.get(_REVISION, '?')}: {', '.join(images) or 'no image named'}",
        "author": None,
        "paths": [],
        "routes": [],
        "details": [f"image {image}" for image in images],
        "diff": None,
    }


def _images(replica_set: _ReplicaSet) -> list[str]:
    template = replica_set.spec.template if replica_set.spec else None
    pod = template.spec if template else None
    return [one.image for one in (pod.containers or [] if pod else []) if one.image]
