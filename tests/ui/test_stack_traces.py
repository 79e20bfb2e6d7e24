"""Stack traces as runtimes write them, folded to the application's frames."""

from __future__ import annotations

import pytest

from tests.ui.logged import TRACE
from triage_tui.ui.panes.stack_traces import folded_trace, is_folded, is_trace


def lines(text: str) -> list[str]:
    return text.split("\n")


PYTHON = lines("""Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/starlette/routing.py", line 7, in app
    await handle(request)
    ^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/asyncio/tasks.py", line 41, in run
    return await it
  File "/srv/orders/reports.py", line 41, in generate
    day = parse(text)
  File "/srv/venv/lib/python3.11/site-packages/dateutil/parser.py", line 12, in parse
    raise ValueError
ValueError: no such day

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/orders/errors.py", line 3, in report
    send(error)
RuntimeError: cannot report""")
JAVA = lines("""java.lang.IllegalStateException: pool is empty
\tat shop.Cart.add(Cart.java:3)
\tat java.base/java.util.List.get(List.java:1)
\tat org.springframework.web.A.b(A.java:2)
\tat com.zaxxer.hikari.pool.HikariPool.get(HikariPool.java:9)
Caused by: java.sql.SQLException: timeout
\tat shop.Store.open(Store.java:41)
\tat jakarta.servlet.Http.service(Http.java:590)
\t... 23 more""")
NODE = lines("""TypeError: x is undefined
    at total (/srv/shop/cart.js:12:9)
    at Layer.handle (/srv/shop/node_modules/express/lib/router/layer.js:95:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)""")
GO = lines("""panic: runtime error: invalid memory address or nil pointer dereference

goroutine 1 [running]:
runtime.gopanic(0x4a5b20)
\t/usr/local/go/src/runtime/panic.go:884 +0x212
main.(*Pool).Get(0x0)
\t/srv/orders/pool.go:41 +0x1d
github.com/gin-gonic/gin.(*Context).Next(0xc000)
\t/root/go/pkg/mod/github.com/gin-gonic/gin@v1.9.1/context.go:174 +0x2b
net/http.HandlerFunc.ServeHTTP(0xc0)
\t/usr/local/go/src/net/http/server.go:2136 +0x29
exit status 2""")
RUBY = lines("""orders/app/pool.rb:12:in `get': empty (RuntimeError)
\tfrom /usr/lib/ruby/gems/3.1.0/gems/rack-2.2/lib/rack.rb:7:in `call'
\tfrom /srv/orders/app/web.rb:3:in `call'""")
RUST = lines("""thread 'main' panicked at src/main.rs:4:5:
stack backtrace:
   0: rust_begin_unwind
             at /rustc/90b35a6/library/std/src/panicking.rs:575:5
   1: orders::pool::get
             at ./src/pool.rs:41:5""")
ANONYMOUS = lines("""TypeError: cannot read (x)
    at /srv/shop/node_modules/express/lib/router/layer.js:95:5
    at /srv/shop/cart.js:12:9""")


@pytest.mark.parametrize(
    ("trace", "folded"),
    [
        (PYTHON, [PYTHON[0], "  … 2 library frames", *PYTHON[6:8], "  … 1 library frame", *PYTHON[10:]]),
        (JAVA, [*JAVA[:2], "  … 3 library frames", *JAVA[5:7], "  … 1 library frame"]),
        (NODE, [*NODE[:2], "  … 2 library frames"]),
        (GO, [*GO[:3], "  … 1 library frame", *GO[5:7], "  … 2 library frames", GO[11]]),
        (RUBY, [RUBY[0], "  … 1 library frame", RUBY[2]]),
        (RUST, [*RUST[:2], "  … 1 library frame", *RUST[4:]]),
        (ANONYMOUS, [ANONYMOUS[0], "  … 1 library frame", ANONYMOUS[2]]),
    ],
    ids=["python", "java", "node", "go", "ruby", "rust", "anonymous"],
)
def test_frames_of_libraries_are_one_line_and_those_of_the_application_stay(
    trace: list[str], folded: list[str]
) -> None:
    assert is_trace(trace)
    assert folded_trace(trace) == folded


def test_a_record_of_the_incident_is_folded_and_text_that_is_no_trace_is_not() -> None:
    assert folded_trace(TRACE.split("\n"))[1] == "  … 1 library frame"
    plain = ["look at this", "and at that", "from here to there"]
    assert not is_trace(plain)
    assert not is_folded(plain)
    assert not is_folded([PYTHON[0], *PYTHON[6:8], *PYTHON[6:8], PYTHON[10]])
    assert is_folded(PYTHON)
    assert folded_trace(plain) == plain
