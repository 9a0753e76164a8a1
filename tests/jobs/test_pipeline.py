"""The job: a script answers clients, through a pipe.

It reads one JSON object per line, decides by codes, sends commands with tokens of its own, and sees by the tokens which command
did what. It needs to know from the exit code and from stderr whether the server ended well. No key is pressed.
"""

from __future__ import annotations

import base64
import json
import subprocess
from typing import Any

from tests.support.processes import Headless, run
from tests.support.serving import read_exactly
from tuiserver.core.codes import CloseCode, RefuseCode

ANY_PORT = "raw://127.0.0.1:0"


def command(server: Headless, **fields: Any) -> None:
    """Write one command."""
    assert server.process.stdin is not None
    server.process.stdin.write(json.dumps(fields).encode() + b"\n")
    server.process.stdin.flush()


def event_of(server: Headless, token: int) -> dict[str, Any]:
    """The next event that the command with this token has caused."""
    while (event := server.event()).get("token") != token:
        pass
    return event


def test_a_script_answers_and_closes() -> None:
    """Each command is answered by what it did or by one refusal with a code; the end of stdin ends the server with 0."""
    options = ("--json", "--stdin", "--reply", "none", ANY_PORT)
    with Headless(*options, stdin=subprocess.PIPE) as server, server.connect() as client:
        assert json.loads(server.first)["event"] == "listening"
        client.sendall(b"GET temperature\n")
        received = server.events_until("received")[-1]
        assert base64.b64decode(received["data"]) == b"GET temperature\n"

        command(server, command="send", id=received["id"], data=base64.b64encode(b"23.5\n").decode(), token=1)
        sent = event_of(server, 1)
        assert (sent["event"], sent["by"]) == ("sent", "operator")
        assert read_exactly(client, 5) == b"23.5\n"

        command(server, command="send", id=99, data="", token=2)
        refused = event_of(server, 2)
        assert (refused["event"], refused["id"], refused["code"]) == ("refused", 99, RefuseCode.NOT_OPEN)

        command(server, command="close", id=received["id"], token=3)
        assert client.recv(1) == b""
        client.close()
        closed = event_of(server, 3)
        assert (closed["event"], closed["code"]) == ("closed", CloseCode.OPERATOR_CLOSED)
        assert (closed["bytes_in"], closed["bytes_out"], closed["unsent"]) == (16, 5, 0)

        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.wait() == (0, "")


def test_a_script_sees_failures() -> None:
    """A port that is taken is exit code 1, an option without effect 2; each is one line on stderr, and stdout stays empty."""
    with Headless("--json", ANY_PORT) as server:
        taken = run("--headless", "--json", f"127.0.0.1:{server.port}")
        assert (taken.returncode, taken.stdout, taken.stderr.count("\n")) == (1, "", 1)
        assert f"{server.port}" in taken.stderr
        assert server.stop() == (0, "")
    misused = run("--headless", "--stdin", ANY_PORT)
    assert (misused.returncode, misused.stdout) == (2, "")
    assert "add --json" in misused.stderr
