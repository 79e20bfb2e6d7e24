"""The settings with which the program watches the lab while a story is played."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.lab.queries import QUERIES, Query
from tests.lab.stage import Stage


def write_settings(lab: Stage) -> Path:
    """Write the settings of a user who watches the lab, and return what ``XDG_CONFIG_HOME`` has to be for them."""
    service = [
        "[services.orders-api]",
        f"logs = [{json.dumps(str(lab.service.log_file))}]",
        f"repo = {json.dumps(str(lab.repository.folder))}",
        f"health = [{json.dumps(lab.service.url + '/healthz')}]",
        f"deploys = {json.dumps(lab.deploy_log)}",
        f"status_pages = [{json.dumps(lab.status_page)}]",
    ]
    lines = ["refresh_s = 5.0", "[prometheus]", f"url = {json.dumps(lab.prometheus)}", "scrape_interval_s = 1.0"]
    lines += ["[alertmanager]", f"url = {json.dumps(lab.alertmanager)}", *service]
    lines += [line for query in QUERIES for line in _signal(query)]
    folder = lab.folder / "config" / "triage"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return folder.parent


def _signal(query: Query) -> Iterator[str]:
    yield "[[services.orders-api.signals]]"
    yield f"metric = {json.dumps(query.metric)}"
    yield f"promql = {json.dumps(query.promql)}"
    if query.hint is not None:
        known = {"role": query.hint.role, "unit": query.hint.unit, "cap": query.hint.cap}
        yield from (f"{key} = {json.dumps(value)}" for key, value in known.items() if value is not None)
