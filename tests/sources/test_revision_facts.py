# ruff: noqa: E501 - rows of examples read best as rows
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.sources.common.code_facts import python_facts
from triage_tui.sources.common.config_diff import is_config_file, setting_changes
from triage_tui.sources.common.lockfiles import dependency_changes, is_dependency_file, version_step
from triage_tui.sources.common.masking import masked_code, masked_config
from triage_tui.sources.common.revision import FileChange, described, kind_of_paths
from triage_tui.sources.common.routes import added_routes


def dependencies(path: str, old: str, new: str) -> list[str]:
    return [str(change) for change in dependency_changes(path, old.encode(), new.encode())]


def settings(path: str, old: str, new: str) -> list[str]:
    return [str(change) for change in setting_changes(path, old.encode(), new.encode())]


def facts(old: str, new: str) -> list[str]:
    return [fact.removeprefix("db.py: ") for fact in python_facts("db.py", old.encode(), new.encode())]


# -- dependencies


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("1.2.3", "2.0.0", "major"), ("1.2.3", "1.3.0", "minor"), ("1.2.3", "1.2.4", "patch"), ("v1.2", "v1.2.1", "patch"),
        ("2.0.0", "1.9.9", "downgraded"), ("1.0", "1.0.0", "changed"), ("1.0.0-rc1", "1.0.0", "changed"),
        ("0.9", "0.10", "minor"), (">=2,<3", ">=3", "major"), ("main", "dev", "changed"), ("9" * 5000, "1", "downgraded"),
    ],
)  # fmt: skip
def test_a_step_is_told_by_the_first_number_that_differs(old: str, new: str, step: str) -> None:
    assert version_step(old, new) == step


def test_requirements_are_compared_whatever_their_spelling() -> None:
    old = "# pinned\nhttpx==0.27.0\nTyping_Extensions==4.0\nsqlalchemy[asyncio] >=2.0 ; python_version > '3'\ngone==1\n-r more.txt\n"
    new = "sqlalchemy[asyncio]>=2.1\nhttpx==0.28.1 \\\n    --hash=sha256:00\ntyping-extensions==4.0\nnew-one\n"
    assert dependencies("deploy/requirements-prod.txt", old, new) == [
        "gone 1 removed", "httpx 0.27.0 → 0.28.1 (minor)", "new-one any added", "sqlalchemy >=2.0 → >=2.1 (minor)",
    ]  # fmt: skip


def toml_lock(**versions: str) -> str:
    return "".join(f'[[package]]\nname = "{name}"\nversion = "{version}"\n\n' for name, version in versions.items())


def npm_lock(**versions: str) -> str:
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    return json.dumps({"lockfileVersion": 3, "packages": {"": {"name": "shop"}, **packages}})


def npm_lock_1(**versions: str) -> str:
    return json.dumps(
        {"lockfileVersion": 1, "dependencies": {name: {"version": one} for name, one in versions.items()}}
    )


def pipfile_lock(**versions: str) -> str:
    return json.dumps({"default": {name: {"version": f"=={one}"} for name, one in versions.items()}, "develop": {}})


def yarn_lock(**versions: str) -> str:
    return "# yarn lockfile v1\n\n" + "".join(
        f'{name}@^1.0.0:\n  version "{one}"\n\n' for name, one in versions.items()
    )


def pnpm_lock(**versions: str) -> str:
    return "lockfileVersion: '9.0'\n\npackages:\n\n" + "".join(
        f"  {name}@{one}:\n    x: y\n" for name, one in versions.items()
    )


def go_mod(**versions: str) -> str:
    return (
        "module shop.example/x\n\nrequire (\n"
        + "".join(f"\tgo.example/{n} v{one}\n" for n, one in versions.items())
        + ")\n"
    )


@pytest.mark.parametrize(
    ("path", "lock"),
    [
        ("uv.lock", toml_lock), ("poetry.lock", toml_lock), ("api/Cargo.lock", toml_lock), ("package-lock.json", npm_lock),
        ("package-lock.json", npm_lock_1), ("Pipfile.lock", pipfile_lock), ("yarn.lock", yarn_lock),
        ("pnpm-lock.yaml", pnpm_lock),
        ("go.mod", go_mod),
    ],
)  # fmt: skip
def test_every_lock_file_tells_what_moved(path: str, lock: object) -> None:
    assert callable(lock)
    old, new = lock(left="1.0.0", gone="3.1.0", same="1.1.1"), lock(left="2.0.0", same="1.1.1", fresh="0.1.0")
    found = [change.replace("go.example/", "").replace(" v", " ") for change in dependencies(path, old, new)]
    assert found == ["fresh 0.1.0 added", "gone 3.1.0 removed", "left 1.0.0 → 2.0.0 (major)"]


def test_pyproject_counts_dependencies_extras_and_poetrys_table() -> None:
    old = '[project]\ndependencies = ["httpx>=0.27"]\n[tool.poetry.dependencies]\npython = "^3.11"\nrich = {version = "13.0"}\n'
    new = old.replace("0.27", "0.28").replace("13.0", "14.0") + '[project.optional-dependencies]\nx = ["polars"]\n'
    assert dependencies("pyproject.toml", old, new) == [
        "httpx >=0.27 → >=0.28 (minor)", "polars any added", "rich 13.0 → 14.0 (major)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["uv.lock", "package-lock.json", "Pipfile.lock", "pyproject.toml", "yarn.lock", "requirements.txt"]
)
@given(
    content=st.binary(max_size=60) | st.sampled_from([b"[" * 50_000, b"null", b"3", b'{"packages": 3}', b"package = 3"])
)
def test_a_broken_lock_file_says_nothing(path: str, content: bytes) -> None:
    assert isinstance(dependency_changes(path, content, b""), list)


# -- settings


def test_environment_toml_ini_and_json_settings_are_compared_by_key() -> None:
    assert settings(".env.prod", "export POOL=20\n# no\nA='1'\n", "POOL=5\nB=2\n") == [
        "A: 1 removed",
        "B: 2 added",
        "POOL: 20 → 5",
    ]
    assert settings("app.toml", "[db]\npool = 20\nhosts = ['a']\n", "[db]\npool = 5\nhosts = ['a', 'b']\n") == [
        "db.hosts[1]: b added", "db.pool: 20 → 5",
    ]  # fmt: skip
    assert settings("app.ini", "[db]\npool=20\n", "[db]\npool=5\n") == ["db.pool: 20 → 5"]
    assert settings("config.json", '{"a":{"b":true}}', '{"a":{"b":null}}') == ["a.b: True → null"]


def test_yaml_is_compared_by_path_and_a_list_of_names_by_name() -> None:
    old = """
    spec:
      replicas: 3   # three
      template: {{ .Values.name }}
      containers:
        - name: api
          image: "shop/api:1.4.1"
          env:
            - name: POOL_SIZE
              value: "20"
            - name: DB_PASSWORD
              value: before
      args: |
        --workers 4
        --timeout 30
    """
    new = (
        old.replace("replicas: 3", "replicas: 2").replace("1.4.1", "1.4.2").replace('"20"', '"5"').replace("before", "after")
        .replace("            - name: POOL_SIZE", "            - name: NEW\n              value: x\n            - name: POOL_SIZE")
        .replace("--workers 4", "--workers 8")
    )  # fmt: skip
    assert settings("k8s/api.yaml", old, new) == [
        "spec.args: | --workers 4 --timeout 30 → | --workers 8 --timeout 30",
        "spec.containers.api.env.DB_PASSWORD: ••• → •••",
        "spec.containers.api.env.NEW: x added",
        "spec.containers.api.env.POOL_SIZE: 20 → 5",
        "spec.containers.api.image: shop/api:1.4.1 → shop/api:1.4.2",
        "spec.replicas: 3 → 2",
    ]


@pytest.mark.parametrize("path", [".env", "a.yaml", "a.toml", "a.ini", "a.json", "a.properties"])
@given(content=st.binary(max_size=80) | st.sampled_from([b"[" * 50_000, b"- " * 5_000, b"a:\n" * 500]))
def test_broken_settings_say_nothing_worse_than_a_list(path: str, content: bytes) -> None:
    assert isinstance(setting_changes(path, content, b"x"), list)


def test_a_lock_file_is_no_configuration() -> None:
    assert not any(map(is_config_file, ["package-lock.json", "pyproject.toml", "pnpm-lock.yaml"]))
    assert is_dependency_file("a/pyproject.toml")
    assert not is_dependency_file("notes.txt")


# -- secrets


@pytest.mark.parametrize(
    "line",
    [
        "DB_PASSWORD=hunter22", "db.password: hunter22", 'api_key = "hunter22"', "url=postgres://shop:hunter22@db.example/x",
        "export AWS_SECRET_ACCESS_KEY='hunter22'", '"client_secret": "hunter22",', "- name: SMTP_TOKEN\n  value: hunter22",
        "+  - name: SMTP_TOKEN\n+    value: hunter22", "auth_token: hunter22",
    ],
)  # fmt: skip
def test_a_secret_in_a_configuration_is_masked(line: str) -> None:
    assert "hunter22" not in masked_config(line)


@pytest.mark.parametrize(
    "line", ["author: bob", "pool_size=20", "token = get_token(request)", "monkey = 'banana'", "authors: 3"]
)
def test_what_is_no_secret_stays_readable_in_code(line: str) -> None:
    assert masked_code(line) == line


def test_masking_a_long_line_is_quick() -> None:
    line = "token" * 40_000 + "=" + "a.b-c" * 40_000
    assert len(masked_config(line)) > 0


# -- code


def test_a_generator_that_returns_loses_its_finally_and_its_close() -> None:
    old = "def get_db():\n    s = S()\n    try:\n        yield s\n    finally:\n        s.close()\n"
    assert facts(old, "def get_db():\n    s = S()\n    return s\n") == [
        "get_db no longer yields, it returns", "get_db has lost a finally block", "get_db no longer calls s.close()",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("def f(timeout=5): pass", "def f(timeout=None): pass", "f: default of timeout changed from 5 to None"),
        ("def f(*, n=1): pass", "def f(*, n=2): pass", "f: default of n changed from 1 to 2"),
        ("def f(): get(u, timeout=3)", "def f(): get(u, timeout=30)", "f: timeout of get changed from 3 to 30"),
        ("def f(): get(u, timeout=3)", "def f(): get(u)", "f: get lost timeout=3"),
        ("def f():\n with lock: x()", "def f(): x()", "f no longer uses with lock"),
        ("class A:\n async def f(self): await c.aclose()", "class A:\n async def f(self): pass", "A.f no longer calls c.aclose()"),
        ("def f(): pass", "def f(): time.sleep(1)", "f now calls time.sleep()"),
        ("POOL = 20", "POOL = 5", "POOL changed from 20 to 5"),
        ("API_TOKEN = 'a'", "API_TOKEN = 'b'", "API_TOKEN changed from ••• to •••"),
        ("e = create_engine(u, pool_size=20)", "e = create_engine(u, pool_size=5)", "pool_size of create_engine changed from 20 to 5"),
        ("def f():\n return 1", "def f():\n yield 1", "f now yields"),
    ],
)  # fmt: skip
def test_one_change_gives_one_fact(old: str, new: str, fact: str) -> None:
    assert facts(old, new) == [fact]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f():\n def g():\n  yield 1\n return g", "def f():\n def g():\n  return 1\n return g"),
        ("x = 1 # a", "x = 1 # b"),
        ("def f(): return 1", "def f(): return 2"),
        ("def broken(", "def f(): pass"),
        ("\0", "x = 1"),
        ("(" * 3000, "x = 1"),
        ("x = '\\d'", "x = '\\w'" * 0),
    ],
)
def test_what_is_not_about_resources_gives_no_fact(old: str, new: str) -> None:
    assert facts(old, new) == []


# -- routes


@pytest.mark.parametrize(
    ("line", "route"),
    [
        ('@app.get("/api/x")', ["GET /api/x"]), ("@router.post('/y', status_code=201)", ["POST /y"]),
        ('@bp.route("/z", methods=["POST", "PUT"])', ["POST /z", "PUT /z"]), ('@bp.route("/z")', ["GET /z"]),
        ("app.get('/users/:id', (req, res) => {", ["GET /users/:id"]), ('r.POST("/v1/pay", pay)', ["POST /v1/pay"]),
        ('http.HandleFunc("/health", h)', ["ANY /health"]), ("    path('reports/<int:id>/', view),", ["ANY /reports/<int:id>/"]),
        ('@GetMapping("/spring")', ["GET /spring"]), ('cache.get("key")', []), ("settings.get('/x')", []), ("plain", []),
    ],
)  # fmt: skip
def test_the_routes_of_the_usual_frameworks_are_seen(line: str, route: list[str]) -> None:
    assert added_routes([line], [], "") == route


def test_a_router_prefix_is_put_first_and_a_moved_route_is_not_new() -> None:
    whole = 'router = APIRouter(tags=["x"], prefix="/api/reports")'
    assert added_routes(['@router.get("/generate")', '@router.get("")'], [], whole) == [
        "GET /api/reports/generate", "GET /api/reports",
    ]  # fmt: skip
    assert added_routes(['@app.get("/a")'], ['@app.get("/a")'], "") == []


# -- the whole


@pytest.mark.parametrize(
    ("paths", "kind"),
    [
        (["app/db.py", "requirements.txt"], "deploy"), (["requirements.txt", "uv.lock"], "dependency"),
        (["config/prod.yaml"], "config"), (["config/prod.yaml", "poetry.lock"], "config"), (["Dockerfile"], "infrastructure"),
        (["terraform/main.tf", "k8s/api.yaml"], "infrastructure"), (["README.md", "tests/test_x.py"], "deploy"),
        (["README.md", ".env"], "config"), ([], "deploy"),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_the_paths(paths: list[str], kind: str) -> None:
    assert kind_of_paths(paths) == kind


def test_a_change_of_a_handler_names_its_route() -> None:
    old = b'@app.get("/orders")\ndef orders():\n    return load(10)\n'
    new = old.replace(b"10", b"50")
    diff = "diff --git a/api.py b/api.py\n--- a/api.py\n+++ b/api.py\n@@ -3 +3 @@\n-    return load(10)\n+    return load(50)\n"
    revision = described(["api.py"], [FileChange("api.py", old, new)], diff)
    assert (revision.kind, revision.routes, revision.diff) == ("deploy", ["GET /orders"], diff)
    assert described(["tests/api.py"], [FileChange("tests/api.py", old, new)], "").routes == []
