"""Commands on stdin: each is answered with its token, a bad line costs only itself, and the end of stdin means what is set."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.processes import Headless, run
from tests.support.serving import read_all, read_exactly
from tuiserver.core import commands
from tuiserver.core.codes import CloseCode, RefuseCode
from tuiserver.core.commands import MAX_NUMBER, Close, Send
from tuiserver.outputs.stdin import MAX_LINE, BadLine, parse, split_lines

ANY = "raw://127.0.0.1:0"


def serving(*options: str, stdin: int = subprocess.PIPE) -> Headless:
    """A server that reads commands from `stdin`."""
    return Headless("--json", "--stdin", "--reply", "none", *options, ANY, stdin=stdin)


def write(server: Headless, *lines: object) -> None:
    """Write lines to stdin: bytes as they are, anything else as JSON."""
    assert server.process.stdin is not None
    for line in lines:
        server.process.stdin.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
    server.process.stdin.flush()


def send(number: int, data: bytes, token: int) -> dict[str, Any]:
    """The command that sends `data`."""
    return {"command": "send", "id": number, "data": base64.b64encode(data).decode(), "token": token}


def test_each_command_is_answered_with_its_token() -> None:
    """Send, pause, resume, inspect and close: what each causes carries its token; then stdin ends, and the server stops."""
    with serving() as server, server.connect() as client:
        server.events_until("connected")
        write(server, send(1, b"hello\0\xff", 7))
        sent = server.event()
        assert (sent["event"], sent["by"], sent["token"]) == ("sent", "operator", 7)
        assert read_exactly(client, 7) == b"hello\0\xff"
        for token, command in enumerate(("pause", "resume", "inspect", "close"), 8):
            write(server, {"command": command, "id": 1, "token": token})
            answer = server.event()
            assert answer["event"] in (f"{command}d", f"{command}ed")
            assert (answer["id"], answer["token"]) == (1, token)
        assert read_all(client) == b""
        write(server, send(1, b"late", 12))
        refused = server.event()
        assert (refused["event"], refused["code"], refused["token"]) == ("refused", RefuseCode.NOT_OPEN, 12)
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.wait() == (0, "")
        assert server.line() == ""


def test_a_script_answers_requests() -> None:
    """With status, content type and body; what does not fit is refused with a code, and the request still waits."""
    with serving("http://127.0.0.1:0") as server, server.connect() as client:
        client.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        server.events_until("received")
        body = base64.b64encode(b'{"error":"no"}').decode()
        answer = {"command": "answer", "id": 1, "status": 404, "content_type": "json", "body": body, "request": 1}
        write(server, {**answer, "status": 204, "token": 1})
        write(server, {**answer, "token": 2})
        write(server, {**answer, "token": 3})
        events = [server.event() for _ in range(3)]
        assert [(event["event"], event["token"], event.get("code")) for event in events] == [
            ("refused", 1, RefuseCode.CANNOT_SEND),
            ("sent", 2, None),
            ("refused", 3, RefuseCode.ALREADY_ANSWERED),
        ]
        wire = base64.b64decode(events[1]["data"])
        assert read_exactly(client, len(wire)) == wire
        assert wire.startswith(b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n")
        assert wire.endswith(b'Content-Length: 14\r\n\r\n{"error":"no"}')


def test_a_bad_line_costs_only_itself() -> None:
    """Each is answered by one `refused` with a code, and with its token where that can be read; the others are executed."""
    bad = [
        (b"hello\n", RefuseCode.INVALID_COMMAND, 0),
        (b'{"command":"send","id":1,"data":"!","token":2}\n', RefuseCode.INVALID_COMMAND, 2),
        (b'{"command":"send","data":"","token":3}\n', RefuseCode.INVALID_COMMAND, 3),
        (b'{"command":"dance","id":9,"token":4}\n', RefuseCode.UNKNOWN_COMMAND, 4),
        (b'{"command":"close","id":1,"token":18446744073709551616}\n', RefuseCode.INVALID_COMMAND, 0),
        (b'{"command":"close","id":' + b"9" * 5000 + b',"token":6}\n', RefuseCode.INVALID_COMMAND, 0),
        (b"[" * 100_000 + b"\n", RefuseCode.INVALID_COMMAND, 0),
        (b'{"command":"\x1b]0;x\x07\xff","token":8}\n', RefuseCode.INVALID_COMMAND, 0),
        (b"x" * (MAX_LINE + 1) + b"\n", RefuseCode.INVALID_COMMAND, 0),
    ]
    with serving() as server, server.connect() as client:
        server.events_until("connected")
        for number, (line, code, token) in enumerate(bad):
            write(server, line, b"\n \r\n", send(1, b"%d" % number, 100 + number))
            refused, sent = server.event(), server.event()
            assert (refused["event"], refused["code"], refused["token"]) == ("refused", code, token), line[:80]
            assert refused["text"].startswith(f"line {4 * number + 1}: ")
            assert (sent["event"], sent["token"]) == ("sent", 100 + number)
            assert read_exactly(client, 1) == b"%d" % number
        assert server.stop() == (0, "")


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_the_commands_before_the_end_are_executed(kind: str, tmp_path: Path) -> None:
    """Also the last one without a newline; then the server stops with exit code 0."""
    lines = b'{"command":"close","id":5,"token":1}\n{"command":"close","id":6,"token":2}'
    if kind == "file":
        (tmp_path / "commands").write_bytes(lines)
        with open(tmp_path / "commands", "rb") as file:
            done = run("--headless", "--json", "--stdin", ANY, stdin=file)
    else:
        done = run("--headless", "--json", "--stdin", ANY, stdin=None, input=lines.decode())
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert [(event["event"], event.get("token")) for event in events] == [
        ("listening", None),
        ("refused", 1),
        ("refused", 2),
    ]


@pytest.mark.parametrize("closed", [False, True])
def test_stdin_that_has_nothing_ends_at_once(closed: bool) -> None:
    """/dev/null, and a descriptor that is closed, are at their end: the server stops, or stays if it is told so."""
    redirection = "<&-" if closed else "</dev/null"
    command = f'exec "$0" -m tuiserver --headless --json --stdin {ANY} {redirection}'
    done = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, text=True, timeout=15)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    with serving("--stdin-end", "stay", stdin=subprocess.DEVNULL) as server, server.connect() as client:
        server.events_until("connected")
        client.sendall(b"still here")
        assert server.event()["event"] == "received"
        assert server.stop() == (0, "")


def test_a_terminal_is_a_source_of_commands() -> None:
    """Lines typed in a terminal are commands; Ctrl+D is the end."""
    leader, terminal = os.openpty()
    try:
        with serving(stdin=terminal) as server:
            os.write(leader, b'{"command":"close","id":5,"token":1}\n')
            assert server.event()["token"] == 1
            os.write(leader, b"\x04")
            assert server.wait() == (0, "")
    finally:
        os.close(leader)
        os.close(terminal)


def test_reading_stdin_never_delays_the_server() -> None:
    """Clients are served while stdin has half a line, and while a flood of lines is read."""
    with serving("--quiet") as server, server.connect() as client:
        server.events_until("connected")
        write(server, b'{"command":"send","id":1,')
        client.sendall(b"x")
        write(server, b'"data":"aGk=","token":1}\n')
        assert read_exactly(client, 2) == b"hi"
        assert server.event()["token"] == 1
        server.process.stdout.close()  # type: ignore[union-attr]  # the answers of the flood are not read
        write(server, b'{"command":"pause","id":77}\n' * 20_000, send(1, b"bye", 2))
        assert read_exactly(client, 3) == b"bye"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(15) == 0


def test_it_is_an_error_without_json() -> None:
    """Answers need tokens, which lines for people do not have; the end is `stop` or `stay`."""
    done = run("--headless", "--stdin", ANY)
    assert (done.returncode, done.stderr) == (2, "tuiserver: commands on stdin are answered in JSON: add --json\n")
    done = run("--headless", "--json", "--stdin", "--stdin-end", "wait", ANY)
    assert done.returncode == 2
    assert done.stderr == 'tuiserver: unknown action "wait": use one of stop, stay\n'


def test_a_stop_command_stops_the_server() -> None:
    """Its connections are closed with the token of the command."""
    with serving() as server, server.connect() as client:
        server.events_until("connected")
        write(server, {"command": "stop", "token": 5})
        closed = server.events_until("closed")[-1]
        assert (closed["code"], closed["token"]) == (CloseCode.SERVER_STOPPED, 5)
        assert read_all(client) == b""
        assert server.wait() == (0, "")


# ── parsing ──


def test_a_line_is_a_command() -> None:
    """As the console sends it, with numbers up to `MAX_NUMBER`."""
    assert parse(b'{"command":"send","id":3,"data":"aGk=","token":7}\r') == Send(id=3, data=b"hi", token=7)
    assert parse(b'{"command":"close","id":%d}' % MAX_NUMBER) == Close(id=MAX_NUMBER)
    for number in (-1, MAX_NUMBER + 1):
        assert isinstance(parse(b'{"command":"close","id":%d}' % number), BadLine)


@given(st.binary(max_size=200) | st.builds(lambda text: json.dumps({"command": text}).encode(), st.text()))
def test_parsing_never_raises(line: bytes) -> None:
    """Arbitrary bytes are a command or a `BadLine` that can be printed as JSON."""
    parsed = parse(line)
    if isinstance(parsed, BadLine):
        assert parsed.text.encode()
    else:
        assert commands.decode(commands.encode(parsed)) == parsed


@given(st.lists(st.sampled_from([b"", b"a", b"\n", b"bcd\nef", b"\n\n", b"x" * 9, b"y\n" * 3])))
def test_lines_do_not_depend_on_how_they_are_read(pieces: list[bytes]) -> None:
    """However stdin is split, its lines are the same; one that is too long is None."""
    found = [line for lines in split_lines(pieces, limit=8) for line in lines]
    *ended, last = b"".join(pieces).split(b"\n")
    expected = [*ended, last] if last else ended
    assert found == [None if len(line) > 8 else line for line in expected]
