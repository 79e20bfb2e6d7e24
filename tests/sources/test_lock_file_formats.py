"""Dependency files as their tools write them; the names and addresses in them are invented."""
# ruff: noqa: E501 - rows of examples read best as rows

from __future__ import annotations

import pytest

from tests.sources.changed_text import changed
from triage_tui.sources.common.lockfiles import dependency_changes, is_dependency_file

REQUIREMENTS = """
-i https://pypi.example/simple
pagelib==2.31.0 \\
    --hash=sha256:58cd2187c01e70e6e26505bca751777aa9f2ee0b7f4300988b709f44e013003f \\
    --hash=sha256:942c5a758f98d790eaed1a29cb6eefc7ffb0d1cf7af05c3d2791656dbd6ad1e1
    # via -r requirements.in
poolkit == 2.0.7 ; python_version >= "3.8"  # pinned
inhouse @ git+https://deploy:hunter22@git.example/inhouse.git@v1.2.0
-e ./local
Webframe[async] >=4.2, <5
"""
POETRY = """
[[package]]
name = "pagelib"
version = "0.27.0"
optional = false
files = [
    {file = "pagelib-0.27.0-py3-none-any.whl", hash = "sha256:71d5465162c13681bff01ad59b2cc68dd838ea1f10e51574bac27103f00c91a5"},
]

[package.dependencies]
poolkit = "*"

[metadata]
lock-version = "2.0"
content-hash = "abc"
"""
UV = """
version = 1
requires-python = ">=3.11"

[[package]]
name = "pagelib"
version = "0.27.0"
source = { registry = "https://pypi.example/simple" }
dependencies = [ { name = "poolkit" } ]

[[package]]
name = "shop"
source = { editable = "." }
"""
PIPFILE = """{"_meta": {"hash": {"sha256": "x"}, "pipfile-spec": 6, "sources": [{"url": "https://pypi.example/simple"}]},
 "default": {"pagelib": {"hashes": ["sha256:x"], "markers": "python_version >= '3.7'", "version": "==2.31.0"},
             "inhouse": {"git": "https://git.example/inhouse.git", "ref": "abc123"}},
 "develop": {"checker": {"version": "==7.0.0"}}}"""
PYPROJECT = """
[project]
name = "shop"
requires-python = ">=3.11"
dependencies = ["pagelib>=0.27,<1", "poolkit[async]~=2.0.1; python_version > '3'"]

[dependency-groups]
dev = ["checker>=7", {include-group = "docs"}]

[tool.poetry.group.dev.dependencies]
typer = "^1.0"
"""
NPM = """{"name": "shop", "lockfileVersion": 3, "packages": {
 "": {"name": "shop", "version": "1.0.0", "dependencies": {"dashes": "^4.17.20"}},
 "node_modules/dashes": {"version": "4.17.20", "resolved": "https://registry.example/dashes.tgz", "integrity": "sha512-x"},
 "node_modules/@scope/core": {"version": "1.4.0", "dev": true},
 "node_modules/@scope/core/node_modules/dashes": {"version": "3.0.0"},
 "node_modules/local": {"resolved": "packages/local", "link": true}}}"""
PNPM_5 = """
lockfileVersion: 5.4

specifiers:
  dashes: ^4.17.2

dependencies:
  dashes: 4.17.20

packages:

  /dashes/4.17.20:
    resolution: {integrity: sha512-PY==}
    dev: false

  /@scope/core/1.4.0_dashes@4.17.20:
    resolution: {integrity: sha512-PY==}
"""
PNPM_6 = """
lockfileVersion: '6.0'

dependencies:
  dashes:
    specifier: ^4.17.2
    version: 4.17.20

packages:

  /dashes@4.17.20:
    resolution: {integrity: sha512-PY==}
    engines: {node: '>= 0.6'}

  /@scope/core@1.4.0(dashes@4.17.20):
    resolution: {integrity: sha512-PY==}
"""
PNPM_9 = """
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      dashes:
        specifier: ^4.17.2
        version: 4.17.20

packages:

  '@scope/core@1.4.0':
    resolution: {integrity: sha512-PY==}

  dashes@4.17.20:
    resolution: {integrity: sha512-PY==}

snapshots:

  '@scope/core@1.4.0(dashes@4.17.20)': {}

  dashes@4.17.20:
    dependencies:
      other: 1.0.0
"""
YARN_1 = """
# yarn lockfile v1


"@scope/core@^1.0.0", "@scope/core@^1.3.0":
  version "1.4.0"
  resolved "https://registry.example/core/-/core-1.4.0.tgz#33e25903d7481181534e12ec0a25f16b6fcf419e"
  dependencies:
    dashes "^4.17.0"

dashes@3.0.0:
  version "3.0.0"

dashes@^4.17.0:
  version "4.17.20"
"""
YARN_BERRY = """
__metadata:
  version: 8
  cacheKey: 10c0

"@scope/core@npm:^1.0.0, @scope/core@npm:^1.3.0":
  version: 1.4.0
  resolution: "@scope/core@npm:1.4.0"
  dependencies:
    dashes: "npm:^4.17.0"
  checksum: 10c0/d1d4dba8
  languageName: node
  linkType: hard

"dashes@npm:^4.17.0":
  version: 4.17.20
  resolution: "dashes@npm:4.17.20"
"""
GO_MOD = """
module shop.example/orders

go 1.21

require alone.example/line v1.2.3

require (
	github.example/gin/gin v1.9.1
	golang.example/x/net v0.17.0 // indirect
	gone.example/mod/v2 v2.0.0+incompatible
)

replace golang.example/x/net => golang.example/x/net v0.10.0

exclude (
	bad.example/m v1.0.0
)
"""
GO_SUM = """
github.example/gin/gin v1.9.1 h1:4idEAncQnU5cB7BeOkPtxjfCSye0AAm1R0RVIqJ+Jmg=
github.example/gin/gin v1.9.1/go.mod h1:hPrL7YrpYKXt5YId3A/Tnip5kqbEAP+KLuI3SUcPTeU=
golang.example/x/net v0.7.0/go.mod h1:hPrL7YrpYKXt5YId3A/Tnip5kqbEAP+KLuI3SUcPTeU=
golang.example/x/net v0.17.0 h1:4idEAncQnU5cB7BeOkPtxjfCSye0AAm1R0RVIqJ+Jmg=
"""
CARGO = """
version = 3

[[package]]
name = "wire"
version = "1.0.190"
source = "registry+https://crates.example/index"
dependencies = [
 "syntax 2.0.38",
]

[[package]]
name = "syntax"
version = "1.0.109"

[[package]]
name = "syntax"
version = "2.0.38"
"""

NODE_MOVES = (("1.4.0", "1.3.9"), ("4.17.20", "4.17.21"))
NODE = ["@scope/core 1.4.0 → 1.3.9 (downgraded)", "dashes 4.17.20 → 4.17.21 (patch)"]


@pytest.mark.parametrize(
    ("path", "old", "moves", "told"),
    [
        ("requirements/prod.txt", REQUIREMENTS,
         (("2.31.0", "2.32.0"), ("2.0.7", "1.26.18"), (">=4.2, <5", ">=5.0, <6"), ("@v1.2.0", "@v1.3.0"), ("-e ./local", "fresh==1.0")),
         ["fresh 1.0 added",
          "inhouse @ git+https://deploy:•••@git.example/inhouse.git@v1.2.0 → "
          "@ git+https://deploy:•••@git.example/inhouse.git@v1.3.0 (changed)",
          "pagelib 2.31.0 → 2.32.0 (minor)", "poolkit 2.0.7 → 1.26.18 (downgraded)", "webframe >=4.2,<5 → >=5.0,<6 (major)"]),
        ("poetry.lock", POETRY, (("0.27.0", "1.0.0"),), ["pagelib 0.27.0 → 1.0.0 (major)"]),
        ("uv.lock", UV, (("0.27.0", "0.27.2"),), ["pagelib 0.27.0 → 0.27.2 (patch)"]),
        ("Pipfile.lock", PIPFILE, (("2.31.0", "2.30.0"), ("abc123", "def456"), ("7.0.0", "8.0.0")),
         ["checker 7.0.0 → 8.0.0 (major)", "inhouse ref abc123 → ref def456 (changed)", "pagelib 2.31.0 → 2.30.0 (downgraded)"]),
        ("pyproject.toml", PYPROJECT, (("0.27", "0.28"), ("2.0.1", "2.0.3"), (">=7", ">=8"), ("^1.0", "^2.0")),
         ["checker >=7 → >=8 (major)", "pagelib >=0.27,<1 → >=0.28,<1 (minor)", "poolkit ~=2.0.1 → ~=2.0.3 (patch)",
          "typer ^1.0 → ^2.0 (major)"]),
        ("web/package-lock.json", NPM, (*NODE_MOVES, ('"3.0.0"', '"4.0.0"')),
         [NODE[0], "@scope/core/node_modules/dashes 3.0.0 → 4.0.0 (major)", NODE[1]]),
        ("pnpm-lock.yaml", PNPM_5, NODE_MOVES, NODE),
        ("pnpm-lock.yaml", PNPM_6, NODE_MOVES, NODE),
        ("pnpm-lock.yaml", PNPM_9, NODE_MOVES, NODE),
        ("yarn.lock", YARN_1, NODE_MOVES, NODE),
        ("yarn.lock", YARN_1, (('dashes@3.0.0:\n  version "3.0.0"\n', ""),), ["dashes 3.0.0, 4.17.20 → 4.17.20 (changed)"]),
        ("yarn.lock", YARN_BERRY, NODE_MOVES, NODE),
        ("go.mod", GO_MOD, (("go 1.21", "go 1.22"), ("v1.2.3", "v2.0.0"), ("v1.9.1", "v1.8.0"), ("v0.10.0", "v0.11.0"),
                            ("\tgone.example/mod/v2 v2.0.0+incompatible\n", ""), ("bad.example/m v1.0.0", "bad.example/m v1.1.0")),
         ["alone.example/line v1.2.3 → v2.0.0 (major)", "github.example/gin/gin v1.9.1 → v1.8.0 (downgraded)", "go 1.21 → 1.22 (minor)",
          "golang.example/x/net v0.10.0 → v0.11.0 (minor)", "gone.example/mod/v2 v2.0.0+incompatible removed"]),
        ("go.sum", GO_SUM, (("v1.9.1", "v1.9.2"), ("v0.17.0 h1", "v0.16.0 h1")),
         ["github.example/gin/gin v1.9.1 → v1.9.2 (patch)", "golang.example/x/net v0.17.0 → v0.16.0 (downgraded)"]),
        ("Cargo.lock", CARGO, (("1.0.190", "1.0.189"), ('version = "2.0.38"', 'version = "2.1.0"')),
         ["syntax 2.0.38 → 2.1.0 (minor)", "wire 1.0.190 → 1.0.189 (downgraded)"]),
    ],
)  # fmt: skip
def test_what_moved_is_read_from_a_file_as_its_tool_writes_it(
    path: str, old: str, moves: tuple[tuple[str, str], ...], told: list[str]
) -> None:
    new = changed(old, moves)
    assert is_dependency_file(path)
    assert [str(change) for change in dependency_changes(path, old.encode(), new.encode())] == told
    assert dependency_changes(path, old.encode(), old.encode()) == []
