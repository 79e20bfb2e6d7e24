"""A server on loopback that misbehaves in one chosen way, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Respond = Callable[[asyncio.StreamWriter], Coroutine[None, None, None]]


@dataclass
class FaultyServer:
    """Its address, the raw requests that reached it, and an event for the first one."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def faulty_server(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[FaultyServer]:
    """Serve on a free loopback port until the block ends; hanging answers are cut then."""
    server = FaultyServer("")
    open_answers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            open_answers.add(task)
        try:
            server.requests.append(await read_request(reader))
            server.asked.set()
            await respond(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    server.url = f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for task in open_answers:
            task.cancel()
        await asyncio.gather(*open_answers, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read one request, head and body, as it came."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


def answering(status: str, body: bytes = b"", *headers: str) -> Respond:
    """Answer with a status line, headers and a body."""

    async def respond(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return respond


async def hanging(_writer: asyncio.StreamWriter) -> None:
    """Accept, read the request, and never answer."""
    await asyncio.Event().wait()


async def dripping(writer: asyncio.StreamWriter) -> None:
    """Send one byte every twentieth of a second, without end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(writer: asyncio.StreamWriter) -> None:
    """Send as fast as the reader takes it, without end."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def resetting(writer: asyncio.StreamWriter) -> None:
    """Promise a body, send a part of it, and reset the connection."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()


def bomb(megabytes: int) -> Respond:
    """Answer with a small gzip body that expands to so many megabytes."""
    return answering("200 OK", gzip.compress(b"\0" * (megabytes * 2**20)), "Content-Encoding: gzip")
