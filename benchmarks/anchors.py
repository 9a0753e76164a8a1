"""The reference servers of the comparison: the usual ways to write a TCP server in Python, one process and one thread each.

    python benchmarks/anchors.py asyncio|streams|uvloop http|echo

Rules of this file:
- Each is written as its own documentation recommends, including what makes it faster.
- The HTTP servers only look for the end of a head and send a constant answer. They validate nothing, so they do less than
  tuiserver.
- The first line on stdout names the address they listen on.
"""

from __future__ import annotations

import asyncio
import sys

END = b"\r\n\r\n"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: anchor\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello world~"
)
HOST = "127.0.0.1"
BACKLOG = 1024


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Http(asyncio.Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *heads, self.rest = (self.rest + data).split(END)
        if heads:
            self.transport.write(ANSWER * len(heads))


async def stream_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def stream_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await reader.readuntil(END)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve(kind: str, program: str) -> None:
    if kind == "streams":
        handler = stream_http if program == "http" else stream_echo
        server = await asyncio.start_server(handler, HOST, 0, backlog=BACKLOG)
    else:
        protocol = Http if program == "http" else Echo
        server = await asyncio.get_running_loop().create_server(protocol, HOST, 0, backlog=BACKLOG)
    print(f"listening on tcp://{HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    kind, program = sys.argv[1:]
    if kind == "uvloop":
        import uvloop

        uvloop.run(serve(kind, program))
    else:
        asyncio.run(serve(kind, program))


if __name__ == "__main__":
    main()
