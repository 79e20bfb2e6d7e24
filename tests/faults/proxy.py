"""A proxy between the program and a real server that can be told, while it runs, how to misbehave."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from tests.faults.server import Respond, read_request

Upstream = Callable[[], Awaitable[bytes]]
"""Asks the real server and returns its whole answer, head and body, as it came."""
Fault = Callable[[asyncio.StreamWriter, Upstream], Coroutine[None, None, None]]


class FaultProxy:
    """What passes by: each request as it came, and how often the program hung up before an answer had ended."""

    def __init__(self, upstream: str, fault: Fault) -> None:
        self.upstream, self.fault = urlsplit(upstream), fault
        self.url = ""
        self.requests: list[bytes] = []
        self.given_up = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one exchange, until it has ended or the program hangs up."""
        try:
            await self._carry(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            request = await read_request(reader)
            self.requests.append(request)
            answering = asyncio.ensure_future(self.fault(writer, lambda: self._asked(request)))
            hung_up = asyncio.ensure_future(reader.read())
            done, waiting = await asyncio.wait({answering, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            self.given_up += answering not in done
            for task in waiting:
                task.cancel()
            await asyncio.gather(answering, hung_up, return_exceptions=True)

    async def _asked(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self.upstream.hostname, self.upstream.port)
        try:
            writer.write(re.sub(rb"(?im)^connection:.*?\r\n", b"Connection: close\r\n", request, count=1))
            return await reader.read()
        finally:
            writer.close()


@contextmanager
def fault_proxy(upstream: str, fault: Fault | None = None, tls: ssl.SSLContext | None = None) -> Iterator[FaultProxy]:
    """Run a proxy in a thread of its own until the block ends; it passes everything on at first."""
    proxy = FaultProxy(upstream, fault or passing)
    with _loop_in_a_thread() as do:
        listener = do(asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls))
        port = listener.sockets[0].getsockname()[1]
        proxy.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        try:
            yield proxy
        finally:
            do(_closed(listener))


@contextmanager
def _loop_in_a_thread() -> Iterator[Callable[[Coroutine[None, None, Any]], Any]]:
    """Yields what runs a coroutine there and returns its result."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fault-proxy")
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def _closed(listener: asyncio.Server) -> None:
    listener.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # what was closed is given back in the next round


async def passing(writer: asyncio.StreamWriter, ask: Upstream) -> None:
    """Pass the answer on as it is."""
    writer.write(await ask())
    await writer.drain()


def delayed(seconds: float) -> Fault:
    """Pass the answer on after a while."""

    async def fault(writer: asyncio.StreamWriter, ask: Upstream) -> None:
        answer = await ask()
        await asyncio.sleep(seconds)
        writer.write(answer)
        await writer.drain()

    return fault


async def dripped(writer: asyncio.StreamWriter, ask: Upstream) -> None:
    """Pass the answer on by one byte every twentieth of a second."""
    for byte in await ask():
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent_after_head(writer: asyncio.StreamWriter, ask: Upstream) -> None:
    """Pass on the head of the answer, and nothing more."""
    head, _, _ = (await ask()).partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    await writer.drain()
    await asyncio.Event().wait()


async def broken_off(writer: asyncio.StreamWriter, ask: Upstream) -> None:
    """Pass on half of the answer, then reset the connection."""
    answer = await ask()
    writer.write(answer[: len(answer) // 2])
    await writer.drain()
    writer.transport.abort()


def instead(respond: Respond) -> Fault:
    """Answer in place of the real server."""

    async def fault(writer: asyncio.StreamWriter, ask: Upstream) -> None:
        del ask
        await respond(writer)

    return fault
