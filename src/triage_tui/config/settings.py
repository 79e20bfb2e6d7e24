"""What the user has configured, as types; every key that a settings file may hold stands here."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from triage_tui.config.secret import SecretReference

Seconds = Annotated[float, msgspec.Meta(ge=0.1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
SignalRole = Literal["errors", "latency", "saturation", "traffic", "other"]


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server and how to authenticate there; ``deadline_s`` bounds a whole exchange."""

    url: str | None = None
    token: SecretReference | None = None
    username: str | None = None
    password: SecretReference | None = None
    org_id: str | None = None
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    deadline_s: Seconds = 10.0


class Prometheus(Server, frozen=True, kw_only=True):
    """A metrics server.

    ``scrape_interval_s`` is the finest step that is asked for, ``max_samples`` the most samples that one answer may
    hold.
    """

    scrape_interval_s: Seconds = 15.0
    max_samples: Count = 400_000


class Grafana(Server, frozen=True, kw_only=True):
    """A Grafana whose annotations with one of ``tags`` are deploys."""

    tags: tuple[str, ...] = ("deploy",)


class Kubernetes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The namespace, and the kubectl context, whose rollouts are changes."""

    namespace: str
    context: str | None = None


class SignalSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A series by its PromQL; ``cap`` is the value at which it is exhausted."""

    metric: str
    promql: str
    role: SignalRole | None = None
    unit: str | None = None
    cap: float | None = None


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a service.

    ``metrics`` names ready-made sets of queries, which ``selector`` narrows to this service (``job="orders"``) and
    ``hosts`` the set ``host`` to its machines; of all series that the selector chooses at most ``ranked_series`` are
    ranked as suspects, none where it is 0;
    ``logs`` are files, globs allowed; ``deploys`` a file or URL; ``health`` and ``status_pages`` URLs. ``probes``
    chooses the blackbox exporter's series of this service, of which the label ``vantage`` names from where is probed.
    """

    repo: str | None = None
    logs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    selector: str = ""
    hosts: str = ""
    ranked_series: Count = 300
    signals: tuple[SignalSetting, ...] = ()
    health: tuple[str, ...] = ()
    probes: str = ""
    vantage: str = ""
    status_pages: tuple[str, ...] = ()
    deploys: str | None = None
    correlation_fields: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings; ``keys`` binds commands to other keys by their id."""

    timezone: str = "UTC"
    theme: str | None = None
    ascii_only: bool = False
    refresh_s: Seconds = 15.0
    prometheus: Prometheus | None = None
    alertmanager: Server | None = None
    grafana: Grafana | None = None
    kubernetes: Kubernetes | None = None
    services: dict[str, Service] = {}
    keys: dict[str, str] = {}
