"""The rows of "Speed and cost"."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench import peers
from tests.bench.generate_logs import Logs
from tests.bench.held_memory import held_by
from tests.bench.on_terminal import frame_times, log_view_program, shown, time_to
from tests.bench.on_terminal import peers as pagers_of
from tests.bench.rows import Row
from tests.bench.timing import Contender, Medians, Run, in_turn, run_command, run_task

MANY_ROWS = 10_000_000
_STARTS = 4
SERIES = 300


def engine(task: str, *arguments: str) -> Contender:
    """A task of the log engine as a contender."""
    return partial(run_task, [sys.executable, "-m", "tests.bench.engine_tasks", task, *arguments])


class Bench:
    """All rows for the logs of one size; ``scratch`` is a folder that may be filled."""

    def __init__(self, logs: Logs, scratch: Path, rounds: int) -> None:
        self._logs, self._scratch, self._rounds = logs, scratch, rounds
        self._log, self._cache = str(logs.json), str(scratch / "index")
        self._id = _id_in_the_middle(logs.json)
        self._gb = logs.json.stat().st_size / 1e9

    def rows(self) -> Iterator[Row]:
        """Measure row by row."""
        yield from self._searches()
        yield from self._index()
        yield from self._first_time()
        yield from self._starts()
        yield from self._memory()
        yield from self._frames()
        yield self._alone("longest stall of an event loop during index and search", 25, "stall", self._log)
        yield self._alone(f"{SERIES} series x 120 points ranked", 1000, "ranking", str(SERIES))

    def _compare(self, contenders: dict[str, Contender | None]) -> dict[str, Medians]:
        return in_turn({name: one for name, one in contenders.items() if one is not None}, self._rounds)

    def _command(self, *command: str) -> Contender | None:
        return partial(run_command, command) if peers.has(command[0]) else None

    def _duckdb(self, task: str, *arguments: str) -> Contender | None:
        return partial(run_task, peers.duckdb(task, *arguments)) if peers.has("duckdb") else None

    def _alone(self, what: str, limit_ms: float, task: str, *arguments: str) -> Row:
        taken = in_turn({"ours": engine(task, *arguments)}, self._rounds)["ours"]
        return Row(what, "ms", 1000 * taken.seconds, limit_ms)

    def _searches(self) -> Iterator[Row]:
        ran = self._compare(
            {
                "ours": engine("id_scan", self._log, self._id),
                "rg": self._command("rg", "-F", self._id, self._log),
                "grep": self._command("grep", "-F", self._id, self._log),
            }
        )
        yield _against(ran, "rg", "find and parse every line of one correlation ID, no index", 0.8)
        if "grep" in ran:
            yield _against(ran, "grep", "the same beside grep", 0.8)
        for text in ("pool exh", "session acquired"):
            searches = {"ours": engine("text_scan", self._log, text), "rg": self._command("rg", "-F", text, self._log)}
            yield _against(self._compare(searches), "rg", f"every place of the text “{text}”, no index", 2.0)
        ran = self._compare(
            {
                "ours": engine("id_in_gz", str(self._logs.gz), self._id),
                "trace": engine("trace_in_gz", str(self._logs.gz), self._id),
                "rg": self._command("rg", "-z", "-F", self._id, str(self._logs.gz)),
            }
        )
        note = (
            f"rg -z; ours {1000 * ran['trace'].seconds:,.0f} ms with the records around, as `triage trace` reads them"
        )
        yield _against(ran, "rg", "one ID in .gz", 0.3, note=note)

    def _index(self) -> Iterator[Row]:
        ran = self._compare(
            {
                "ours": partial(self._build, "build"),
                "all": partial(self._build, "build_all"),
                "duckdb": self._duckdb("parquet", self._log, str(self._scratch / "log.parquet")),
            }
        )
        size = float(str(ran["all"].found))
        note = f"{1000 * ran['all'].seconds:,.0f} ms with hosts and templates"
        if "duckdb" in ran:
            note = f"DuckDB writing parquet, peak {ran['duckdb'].peak_mb:.0f} MB; ours {note}"
        yield _against(ran, "duckdb", "build the index", 1.0, note=note)
        if size:
            yield Row("the index, of the file", "%", 100 * size / self._logs.json.stat().st_size, 10)
        yield Row("memory while it is built", "MB", ran["ours"].peak_mb, 310)
        engine("build_all", self._log, self._cache)()
        yield self._alone("the same ID again, by the index", 15, "id_indexed", self._log, self._id, self._cache)
        yield self._alone("histogram from the index", 35, "histogram", self._log, self._cache)
        yield self._alone("errors a minute from the index", 12, "errors_a_minute", self._log, self._cache)

    def _build(self, task: str) -> Run:
        return engine(task, self._log, tempfile.mkdtemp(dir=self._scratch))()

    def _first_time(self) -> Iterator[Row]:
        ran = self._compare(
            {"ours": engine("first_histogram", self._log), "duckdb": self._duckdb("minute_by_level", self._log)}
        )
        if "duckdb" in ran and ran["ours"].found != ran["duckdb"].found:
            raise RuntimeError(f"the counts differ: {ran['ours'].found} and {ran['duckdb'].found}")
        note = "DuckDB; ours is the index and the counts"
        yield _against(ran, "duckdb", "minute x level over the whole file, first time", 1.0, note=note)
        held = in_turn({"ours": engine("memory_of_first_histogram", self._log)}, 1)["ours"]
        yield Row("memory of that", "MB", float(str(held.found)), 100, note="all processes, libraries once")
        yield self._alone("errors a minute, first time", 350 * self._gb, "first_errors", self._log)
        ran = self._compare({"ours": engine("newlines", self._log), "wc": self._command("wc", "-l", self._log)})
        yield _against(ran, "wc", "line index", 1.5, note="newline counts beside wc -l")

    def _starts(self) -> Iterator[Row]:
        state = self._scratch
        bare = [sys.executable, "-m", "tests.bench.bare_app"]
        ours = [sys.executable, "-m", "triage_tui"]
        replay = [*ours, "replay", str(self._logs.json)]
        contenders: dict[str, Contender] = {
            "bare": partial(time_to, bare, "READY", state),
            "demo": partial(time_to, [*ours, "demo"], "Alert", state),
            "painted": partial(time_to, replay, "request", state),
            "live": partial(time_to, replay, "reading…", state),
            "help": partial(run_command, [*ours, "--help"]),
            "pass": partial(run_command, [sys.executable, "-c", "pass"]),
        }
        for once in contenders.values():
            once()  # so that all modules are compiled
        # A start is short, and one in three is disturbed on a machine that others use too.
        ran = in_turn(contenders, _STARTS * self._rounds)
        ran |= in_turn({"replay": partial(time_to, replay, "events", state)}, self._rounds)
        ms = {name: 1000 * one.seconds for name, one in ran.items()}
        yield Row("`triage demo` to first frame", "ms", ms["demo"], 1.3, ms["bare"], relative=True, note="bare Textual")
        note = "`triage replay`; Python with nothing to do takes {:.0f} ms".format(ms["pass"])
        yield Row("shell to first log lines, painted", "ms", ms["painted"], 40, note=note)
        note = "bare Textual; `triage replay`, not indexed before"
        yield Row("shell to first log lines, live", "ms", ms["live"], 1.3, ms["bare"], relative=True, note=note)
        others = self._starts_of_pagers()
        note = f"to their first lines: {others}" if others else ""
        yield Row(
            "`triage replay` to its first answer", "ms", ms["replay"], None, note=f"index, analysis and all; {note}"
        )
        yield Row("`triage --help` more than `python -c pass`", "ms", ms["help"] - ms["pass"], 80)

    def _starts_of_pagers(self) -> str:
        pagers = {
            one.name: partial(time_to, one.command, one.ready, self._scratch) for one in pagers_of(self._logs.json)
        }
        ran = in_turn(pagers, self._rounds)
        return ", ".join(f"{name} {1000 * own.seconds:,.0f} ms" for name, own in ran.items())

    def _memory(self) -> Iterator[Row]:
        ran = in_turn({"ours": engine("open_log", self._log, self._cache)}, 1)["ours"]
        note = f"resident MB {json.dumps(ran.found)}".replace('"', "")
        yield Row("peak memory to open, scroll, filter and follow, indexed", "MB", ran.peak_mb, 200, note=note)
        replay = held_by([sys.executable, "-m", "triage_tui", "replay", self._log], "requests failed", self._scratch)
        held = {one.name: held_by(one.command, one.ready, self._scratch) for one in pagers_of(self._logs.json)}
        others = "".join(f"; {name} {own.settled:,.0f}, peak {own.peak:,.0f}" for name, own in held.items())
        note = f"all processes, libraries once; peak of the analysis {replay.peak:,.0f}{others}"
        lnav = held["lnav"].settled if "lnav" in held else None
        yield Row("memory of `triage replay` after its findings", "MB", replay.settled, 200, lnav, note=note)

    def _frames(self) -> Iterator[Row]:
        program = log_view_program(self._log, str(MANY_ROWS))
        with shown(program, 80, 24, self._scratch) as session:
            session.press("G")
            session.settle()
            p50, p95 = frame_times(session, ["up", "pageup", "up", "pagedown"], 60)
        yield Row("key to last byte of the frame at 10 M rows, median", "ms", p50, 5)
        yield Row("the same, 95th percentile", "ms", p95, 10)


def _against(ran: dict[str, Medians], peer: str, what: str, limit: float, note: str = "") -> Row:
    other = 1000 * ran[peer].seconds if peer in ran else None
    return Row(what, "ms", 1000 * ran["ours"].seconds, limit, other, relative=True, note=note or peer)


def _id_in_the_middle(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(log.stat().st_size // 2)
        file.readline()
        return str(json.loads(file.readline())["request_id"])
