"""Configuration files as they are written for real programs; the hosts and secrets in them are invented."""
# ruff: noqa: E501 - rows of examples read best as rows

from __future__ import annotations

import pytest

from tests.sources.changed_text import changed
from triage_tui.sources.common.config_diff import is_config_file, setting_changes

ENV = """
# production
DATABASE_URL=postgres://shop:hunter22@db.example:5432/shop
POOL_SIZE=20 # connections
export API_KEY="hunter22"
EMPTY=
QUOTED='a # b'
"""
INI = """
[DEFAULT]
timeout = 3

[database]
url = postgres://shop:hunter22@db.example/shop
pool_size = 20
password = hunter22
"""
TOML = """
[db]
pool = { size = 20, timeout = 3.5 }
password = "hunter22"

[[servers]]
port = 1

[[servers]]
port = 2
"""
MANIFESTS = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
  labels: {app: orders}
spec:
  replicas: 3
  template:
    spec:
      containers:
      - name: orders
        image: registry.example:5000/shop/orders:1.4.1
        args: ["--workers", "4", "--admin-token", "hunter22"]
        env:
        - name: POOL_SIZE
          value: "20"
        - name: DB_PASSWORD
          value: hunter22
        resources:
          limits:
            memory: 512Mi
      - name: proxy
        image: registry.example/proxy:2.0
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  replicas: 1
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: orders-config
data:
  LOG_LEVEL: info
  app.properties: |
    timeout=3
    retries=2
"""
VALUES = """
# Default values for orders
replicaCount: 2
image:
  repository: registry.example/orders
  tag: "1.4.1"
env:
  POOL_SIZE: 20
extraEnv:
  - name: TIMEOUT
    value: "3"
autoscaling: &auto
  maxReplicas: 10
ingress:
  hosts:
    - host: orders.shop.example
secrets:
  apiKey: hunter22
nodeSelector: {}
"""
COMPOSE = """
services:
  api:
    image: shop/api:1.0
    command: serve --db-password=hunter22 --workers 4
    environment:
      - POOL_SIZE=20
      - SECRET_KEY=hunter22
"""
IN_ORDERS = "Deployment/orders spec.template.spec.containers"


@pytest.mark.parametrize(
    ("path", "old", "moves", "told"),
    [
        (".env.production", ENV, (("=20 #", "=5 #"), ("hunter22", "hunter33"), ("EMPTY=", "EMPTY=1"), ("a # b", "a # c")),
         ["API_KEY: ••• → •••", "DATABASE_URL: postgres://shop:•••@db.example:5432/shop → postgres://shop:•••@db.example:5432/shop",
          "EMPTY:  → 1", "POOL_SIZE: 20 → 5", "QUOTED: a # b → a # c"]),
        ("config/app.ini", INI, (("= 20", "= 5"), ("hunter22", "hunter33"), ("timeout = 3", "timeout = 1")),
         ["DEFAULT.timeout: 3 → 1", "database.password: ••• → •••", "database.pool_size: 20 → 5",
          "database.url: postgres://shop:•••@db.example/shop → postgres://shop:•••@db.example/shop"]),
        ("settings.toml", TOML, (("size = 20", "size = 5"), ("hunter22", "hunter33"), ("port = 2", "port = 3")),
         ["db.password: ••• → •••", "db.pool.size: 20 → 5", "servers[1].port: 2 → 3"]),
        ("k8s/orders.yaml", MANIFESTS,
         ((":1.4.1", ":1.4.2"), ('"20"', '"5"'), ("hunter22", "hunter33"), ("512Mi", "256Mi"), ("replicas: 1", "replicas: 4"),
          ("timeout=3", "timeout=1"), ("proxy:2.0", "proxy:2.1"), ("LOG_LEVEL: info", "LOG_LEVEL: debug")),
         ["ConfigMap/orders-config data.LOG_LEVEL: info → debug",
          "ConfigMap/orders-config data.app.properties: | timeout=3 retries=2 → | timeout=1 retries=2",
          f'{IN_ORDERS}.orders.args: ["--workers", "4", "--admin-token", "•••"] → ["--workers", "4", "--admin-token", "•••"]',
          f"{IN_ORDERS}.orders.env.DB_PASSWORD: ••• → •••", f"{IN_ORDERS}.orders.env.POOL_SIZE: 20 → 5",
          f"{IN_ORDERS}.orders.image: registry.example:5000/shop/orders:1.4.1 → registry.example:5000/shop/orders:1.4.2",
          f"{IN_ORDERS}.orders.resources.limits.memory: 512Mi → 256Mi",
          f"{IN_ORDERS}.proxy.image: registry.example/proxy:2.0 → registry.example/proxy:2.1",
          "Deployment/worker spec.replicas: 1 → 4"]),
        ("charts/orders/values.yaml", VALUES,
         (('"1.4.1"', '"1.4.2"'), ("SIZE: 20", "SIZE: 5"), ('"3"', '"30"'), ("orders.shop", "orders2.shop"), ("hunter22", "hunter33"),
          ("maxReplicas: 10", "maxReplicas: 4")),
         ["autoscaling.maxReplicas: 10 → 4", "env.POOL_SIZE: 20 → 5", "extraEnv.TIMEOUT: 3 → 30", "image.tag: 1.4.1 → 1.4.2",
          "ingress.hosts[0].host: orders.shop.example → orders2.shop.example", "secrets.apiKey: ••• → •••"]),
        ("docker-compose.yml", COMPOSE, (("api:1.0", "api:1.1"), ("hunter22", "hunter33"), ("SIZE=20", "SIZE=5")),
         ["services.api.command: serve --db-password=••• --workers 4 → serve --db-password=••• --workers 4",
          "services.api.environment.POOL_SIZE: 20 → 5", "services.api.environment.SECRET_KEY: ••• → •••",
          "services.api.image: shop/api:1.0 → shop/api:1.1"]),
    ],
)  # fmt: skip
def test_a_changed_setting_is_told_by_its_key_and_never_with_its_secret(
    path: str, old: str, moves: tuple[tuple[str, str], ...], told: list[str]
) -> None:
    new = changed(old, moves)
    assert is_config_file(path)
    assert [str(change) for change in setting_changes(path, old.encode(), new.encode())] == told
    assert setting_changes(path, old.encode(), old.encode()) == []


def test_a_manifest_that_is_added_to_a_file_moves_none_of_the_others() -> None:
    added = "kind: Service\nmetadata:\n  name: orders\nspec:\n  type: NodePort\n---" + MANIFESTS
    told = [str(change) for change in setting_changes("k8s/orders.yaml", MANIFESTS.encode(), added.encode())]
    assert told == [
        "Service/orders kind: Service added", "Service/orders metadata.name: orders added",
        "Service/orders spec.type: NodePort added",
    ]  # fmt: skip
