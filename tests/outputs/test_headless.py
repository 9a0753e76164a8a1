"""Headless: stdout is the contract with scripts, and a reader that stalls or disappears does not affect the server."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.processes import Headless
from tests.support.serving import read_all, read_exactly, wait_until
from tuiserver.core.charsets import find
from tuiserver.core.codes import NoteCode
from tuiserver.core.events import (
    Closed,
    Connected,
    Ended,
    Listening,
    Noted,
    Paused,
    Received,
    Refused,
    Resumed,
    Sent,
    Skipped,
    Traffic,
)
from tuiserver.outputs.headless import CLIP, LOSSLESS_FINISH_TIMEOUT, Lines, to_json

ANY = "127.0.0.1:0"
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CLOCK = r"\d\d:\d\d:\d\d\.\d\d\d"


# ── the contract ──


def test_one_request_as_json() -> None:
    """`listening`, `connected`, `identified`, `received`, `sent`, `closed`: one object per line, with exact counts."""
    before = time.time()
    with Headless("--json", ANY) as server:
        with server.connect() as client:
            peer = "{}:{}".format(*client.getsockname())
            client.sendall(REQUEST)
            answer = client.recv(1 << 16)
        events = server.events_until("closed")
        assert server.stop() == (0, "")
        assert server.line() == ""
    events = [
        each for each in events if each.get("code") != NoteCode.SLOW_CALLBACK
    ]  # any callback may be slow on a busy machine
    address = f"127.0.0.1:{server.port}"
    listening = json.loads(server.first)
    assert all(before <= each.pop("at") <= time.time() for each in [listening, *events])
    assert before <= events[-1].pop("closing_at") <= time.time()
    assert 0 <= events[-1].pop("duration") <= time.time() - before
    assert listening == {"event": "listening", "address": f"tcp://{address}"}
    assert events == [
        {
            "event": "connected",
            "id": 1,
            "peer": peer,
            "local": address,
            "address": f"tcp://{address}",
            "protocol": "",
            "framed": False,
        },
        {
            "event": "identified",
            "id": 1,
            "protocol": "http",
            "framed": True,
            "looks_like": "http",
            "text": "HTTP: GET /, version 1.1",
        },
        {"event": "received", "id": 1, "data": base64.b64encode(REQUEST).decode(), "size": len(REQUEST)},
        {
            "event": "sent",
            "id": 1,
            "data": base64.b64encode(answer).decode(),
            "size": len(answer),
            "by": "hello",
            "token": 0,
        },
        {
            "event": "closed",
            "id": 1,
            "reason": "closed by peer",
            "bytes_in": len(REQUEST),
            "bytes_out": len(answer),
            "messages_in": 1,
            "messages_out": 1,
            "unsent": 0,
            "code": "peer_closed",
            "token": 0,
        },
    ]
    assert answer.endswith(b"\r\n\r\nhello world~")


def test_one_conversation_in_plain_lines() -> None:
    """Lines have the time, the id, the direction, the size and escaped text; no raw byte of a client is printed."""
    hostile = b"\x1b]0;x\x07\x1b[2J[bold red]\0\xff\r\n" + "\u202e\u00e9".encode()
    with Headless("--reply", "echo", ANY) as server:
        assert server.first == f"listening on tcp://127.0.0.1:{server.port}\n"
        with server.connect() as client:
            client.sendall(hostile)
            assert read_exactly(client, len(hostile)) == hostile
        lines = [server.line().rstrip("\n")]
        while " closed" not in lines[-1]:
            lines.append(server.line().rstrip("\n"))
    shown = r"\\x1b\]0;x\\x07\\x1b\[2J\[bold red\]\\0\\xff\\r\\n\\u\{202e\}é"
    patterns = [
        r"#1 connected 127\.0\.0\.1:\d+",
        rf"#1 <   {len(hostile)} {shown}",
        rf"#1 >   {len(hostile)} {shown}",
        rf"#1 closed: closed by peer \(in {len(hostile)} B, out {len(hostile)} B\)",
    ]
    assert len(lines) == len(patterns)
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(f"{CLOCK} {pattern}", line), line
        assert line.isprintable()


def test_only_events_are_printed(tmp_path: Path) -> None:
    """What a program, its C library or another process writes to stdout goes to stderr; with `--json` each line is an event."""
    (tmp_path / "p.py").write_text(
        "import os, subprocess, sys\nfrom tuiserver import Worker\n"
        "os.write(1, b'importing ')\n"
        f"worker = Worker({ANY!r})\n"
        "@worker.on_message\n"
        "def answer(connection, message):\n"
        "    subprocess.run(['echo', 'child'])\n"
        "    sys.__stdout__.write('own')\n"
        "    connection.close()\n"
    )
    with Headless("--json", "--app", str(tmp_path / "p.py")) as server:
        with server.connect() as client:
            client.sendall(b"x")
            assert client.recv(1) == b""
        kinds = [event["event"] for event in server.events_until("closed")]
        assert kinds == ["connected", "received", "closed"]
        assert server.stop() == (0, "importing child\nown")


def test_each_address_has_its_line_first() -> None:
    """In the given order and in full form, with the protocol where the address names one."""
    with Headless(ANY, "http://127.0.0.1:0", "raw://[::1]:0") as server:
        assert re.fullmatch(r"listening on tcp://127\.0\.0\.1:[1-9]\d*\n", server.first)
        assert re.fullmatch(r"listening on http://127\.0\.0\.1:[1-9]\d*\n", server.line())
        assert re.fullmatch(r"listening on raw://\[::1\]:[1-9]\d*\n", server.line())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_directly_after_the_first_line_stops_it(number: int) -> None:
    """Exit code 0, nothing on stderr: a script may stop it as soon as it knows the address."""
    with Headless(ANY) as server:
        assert server.stop(number) == (0, "")


@pytest.mark.parametrize("numbers", [(signal.SIGTERM,), (signal.SIGHUP, signal.SIGHUP)])
def test_at_a_signal_what_is_buffered_is_sent(numbers: tuple[signal.Signals, ...]) -> None:
    """A client that reads slowly gets every byte; its connection closes because the server stopped.

    A hang-up often comes twice, from the kernel and from the shell.
    """
    size = 900_000
    with Headless("--json", "--reply", "echo", ANY) as server, server.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        client.sendall(bytes(size))
        received = 0
        while received < size:
            received += server.events_until("received")[-1]["size"]
        for number in numbers:
            server.process.send_signal(number)
            time.sleep(0.05)  # a signal that is still pending would swallow the next one
        assert len(read_all(client)) == size
        client.close()
        last = server.events_until("closed")[-1]
        assert (last["reason"], last["unsent"], last["bytes_out"]) == ("server stopped", 0, size)
        assert server.wait() == (0, "")


# ── readers ──


def flood(client: socket.socket, server: Headless, size: int) -> None:
    """Send so many bytes and read them back."""
    block = bytes(1 << 16)
    for _ in range(size // len(block)):
        client.sendall(block)
        assert len(read_exactly(client, len(block))) == len(block)


def test_a_stalled_reader_does_not_stall_the_server() -> None:
    """Messages are skipped and counted, totals stay exact, and no lifecycle event is missing."""
    size = 32 << 20
    with Headless("--json", "--reply", "echo", ANY) as server:
        with server.connect() as client:
            flood(client, server, size)
        with server.connect() as other:
            other.sendall(b"x")
            assert other.recv(1) == b"x"
        server.process.send_signal(signal.SIGTERM)
        events = [json.loads(line) for line in iter(server.line, "")]
        assert server.wait() == (0, "")
    events.sort(key=lambda each: each.get("id", 0))  # they are in order for each client only
    assert [(each["event"], each["id"]) for each in events if each["event"] in ("connected", "closed")] == [
        ("connected", 1),
        ("closed", 1),
        ("connected", 2),
        ("closed", 2),
    ]
    closed = [each for each in events if each["event"] == "closed"]
    assert [(each["bytes_in"], each["bytes_out"]) for each in closed] == [(size, size), (1, 1)]
    skipped = [each for each in events if each["event"] == "skipped"]
    seen = [each for each in events if each["event"] in ("received", "sent")]
    assert skipped
    assert sum(each["bytes"] for each in skipped) + sum(each["size"] for each in seen) == 2 * size + 2
    counted = sum(each["messages"] for each in skipped) + len(seen)
    assert counted == sum(each["messages_in"] + each["messages_out"] for each in closed)


@pytest.mark.slow
def test_a_stalled_reader_does_not_prevent_the_exit() -> None:
    """The program waits for it for a limited time."""
    with Headless("--json", "--reply", "echo", ANY) as server:
        with server.connect() as client:
            flood(client, server, 4 << 20)
        before = time.monotonic()
        assert server.stop() == (0, "")
        assert time.monotonic() - before < 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_wait_for_a_stalled_reader(number: int) -> None:
    """The program exits long before it would stop waiting by itself, with code 0."""
    with Headless("--json", "--lossless", "--view-memory", "64M", "--reply", "echo", ANY) as server:
        with server.connect() as client:
            flood(client, server, 4 << 20)
        begin = time.monotonic()
        while time.monotonic() < begin + LOSSLESS_FINISH_TIMEOUT:
            server.process.send_signal(number)  # the first one stops the loop, one of the next ends the wait
            try:
                server.process.wait(0.3)
            except subprocess.TimeoutExpired:
                continue
            break
        assert server.wait() == (0, "")
        assert time.monotonic() - begin < LOSSLESS_FINISH_TIMEOUT / 2


def test_closing_stdout_does_not_stop_the_server() -> None:
    """As `| head -1` does: clients are served, and stderr says once that nothing is printed any more."""
    with Headless("--reply", "echo", ANY) as server:
        assert server.process.stdout is not None
        server.process.stdout.close()
        for _ in range(3):
            with server.connect() as client:
                client.sendall(b"hi")
                assert client.recv(2) == b"hi"
        server.process.stdout = None
        code, errors = server.stop()
    assert code == 0
    assert errors == "tuiserver: stdout is closed (nobody reads it): the server continues without printing\n"


def test_quiet_prints_connections_but_no_messages() -> None:
    """Only the lifecycle of connections is printed."""
    with Headless("--json", "--quiet", ANY) as server:
        with server.connect() as client:
            client.sendall(REQUEST)
            client.recv(1 << 16)
        events = [each["event"] for each in server.events_until("closed") if each.get("code") != "slow_callback"]
        assert events == ["connected", "identified", "closed"]


def test_no_traffic_is_made_for_dev_null(tmp_path: Path) -> None:
    """If nobody can read the output, it has no sink."""
    (tmp_path / "p.py").write_text(
        "from tuiserver import Worker\n"
        "worker = Worker('127.0.0.1:0')\n"
        "@worker.on_message\n"
        "def tell(connection, message):\n"
        "    connection.send(str(worker.server.feed.watched).encode())\n"
    )
    log = tmp_path / "log"
    for stdout, watched in ((os.open(os.devnull, os.O_WRONLY), b"False"), (None, b"True")):
        with Headless("--app", str(tmp_path / "p.py"), "--log", str(log), stdout=stdout) as server:
            if stdout is not None:
                os.close(stdout)
                wait_until(lambda: log.exists() and "listening" in log.read_text(), "the log")
                server.port = int(log.read_text().split()[-1].rpartition(":")[2])
            with server.connect() as client:
                client.sendall(b"?")
                assert client.recv(10) == watched


# ── programs ──


def test_what_a_program_prints_goes_to_the_log(tmp_path: Path) -> None:
    """Stdout has JSON only, whatever the program prints or logs, on import or later."""
    (tmp_path / "p.py").write_text(
        "import logging\n"
        "from tuiserver import Worker\n"
        "print('on import')\n"
        "worker = Worker('127.0.0.1:0')\n"
        "@worker.on_message\n"
        "def tell(connection, message):\n"
        "    print('printed', message)\n"
        "    logging.getLogger('chat').info('logged %s', message)\n"
        "    connection.send(b'ok')\n"
        "    raise ValueError('on purpose')\n"
    )
    log = tmp_path / "log"
    with Headless("--json", "--app", "p.py", "--log", str(log), cwd=tmp_path) as server:
        with server.connect() as client:
            client.sendall(b"hi")
            assert read_all(client) == b"ok"
        events = server.events_until("closed")
        assert server.stop() == (0, "")
    noted = next(each for each in events if each["event"] == "noted")
    assert (noted["level"], noted["text"]) == ("error", "on_message: ValueError: on purpose (p.py:10)")
    assert next(each for each in events if each["event"] == "sent")["by"] == "p.py"
    text = log.read_text()
    for words in ("on import", "printed b'hi'", "chat: logged b'hi'", "on purpose (p.py:10)", "Traceback", "#1 "):
        assert words in text, words


# ── formatting ──


def test_only_the_events_of_the_contract_are_printed() -> None:
    """Events for views that draw are not printed."""
    events = [Traffic(1.0, ()), Paused(1.0, 1, "operator"), Resumed(1.0, 1), Noted(1.0, "info", "x")]
    assert to_json(events) == b'{"event":"noted","at":1.0,"level":"info","text":"x","id":0,"detail":"","code":""}\n'
    assert to_json(events[:3]) == b""
    assert Lines().to_lines(events[:3]) == b""


def test_every_event_is_one_printable_line() -> None:
    """Whatever text it contains."""
    events = [
        Listening(0.0, "tcp://[::1]:9"),
        Connected(0.0625, 1, "[::1]:5", "[::1]:9", "tcp://[::1]:9"),
        Received(0.125, 12, b"PING\r\n", 6),
        Received(0.125, 12, b"PING", 4, "unidentified"),
        Received(0.125, 12, b"PI\n", 3, "refused", "protocol_error"),
        Sent(0.25, 12, bytes(CLIP + 1), CLIP + 1, "x"),
        Noted(0.5, "warning", "evil\x1b[2J\nname"),
        Noted(0.5, "error", "gone", 12),
        Skipped(0.75, 1200, 34567),
        Ended(0.75, 12, 5.0),
        Closed(1.0, 12, "reset by peer", 6, 513, 1, 1, 7),
        Closed(1.0, 13, "unknown \x1b]0;x\x07\x9b\u202e\u2028\r\n", 0, 0, 0, 0),
        Refused(1.0, 0, 13, "failed", "\x1b[2J"),
        Connected(1.0, 14, "\x1b[2J", "", ""),
    ]
    lines = Lines().to_lines(events).decode().splitlines()
    assert lines[0] == "listening on tcp://[::1]:9"
    assert all(re.match(f"{CLOCK} ", line) for line in lines[1:])
    assert [line[9:] for line in lines[1:]] == [
        "062 #1 connected [::1]:5",
        r"125 #12 <    6 PING\r\n",
        r"125 #12 <    4 PING",
        r"125 #12 <    3 PI\n  (refused: protocol_error)",
        rf"250 #12 >  513 {chr(92)}0" + r"\0" * (CLIP - 1) + "…",
        r"500 warning: evil\x1b[2J\nname",
        "500 #12 error: gone",
        "750 skipped 1,200 messages (34,567 B)",
        "750 #12 ended: finished sending, can be answered for 5 s",
        "000 #12 closed: reset by peer (in 6 B, out 513 B, 7 B never sent)",
        r"000 #13 closed: unknown \x1b]0;x\x07\u{9b}\u{202e}\u{2028}\r\n (in 0 B, out 0 B)",
        r"000 refused: \x1b[2J",
        r"000 #14 connected \x1b[2J",
    ]


def test_a_reset_is_printed_as_a_reset() -> None:
    """The kernel resets the connection of a client that was killed with unread bytes."""
    with Headless("--json", "--reply", "none", ANY) as server:
        with server.connect() as client:
            client.sendall(b"x")
            server.events_until("received")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert server.events_until("closed")[-1]["reason"] == "reset by peer"


def test_a_text_that_is_no_unicode_is_escaped() -> None:
    """A program may name anything: neither the line nor those after it are lost."""
    lines = to_json([Sent(1.0, 1, b"x", 1, "b\udcffd"), Closed(2.0, 1, "gone", 0, 0, 0, 0)]).splitlines()
    assert [json.loads(line).get("by") for line in lines] == ["b\\udcffd", None]


def test_an_answer_names_its_request() -> None:
    """With the time between them; other messages are as they were."""
    events = [
        Connected(1.0, 1, "a", "b", "http+tcp://b", "http", True),
        Received(2.0, 1, b"GET /metrics HTTP/1.1\r\n\r\n", 25),
        Sent(2.25, 1, b"HTTP/1.1 204 No Content\r\n\r\n", 27),
    ]
    assert Lines().to_lines(events).decode().endswith(r"HTTP/1.1 204 No Content\r\n\r\n  (GET /metrics 250 ms)" + "\n")


def test_lines_show_text_in_its_character_set() -> None:
    """What is not a character in it is an escape."""
    event = Received(1_000_000_000.0, 12, "你好\n".encode("gbk") + b"\xff", 6)
    assert Lines(find("gbk")).to_lines([event]).decode().endswith("#12 <    6 你好\\n\\xff\n")
