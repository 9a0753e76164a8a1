"""The examples do what they say, and stay short."""

from __future__ import annotations

import ast
from contextlib import suppress
from pathlib import Path

from tests.support.processes import Headless
from tests.support.serving import read_exactly

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_chat_sends_to_all_others() -> None:
    """A message goes to all clients but its sender; clients that left cause no error."""
    with (
        Headless("--app", str(EXAMPLES / "chat.py"), "127.0.0.1:0") as server,
        server.connect() as one,
        server.connect() as two,
        server.connect() as three,
    ):
        for number in (1, 2, 3):
            assert f"#{number} connected" in server.line()
        two.sendall(b"hi\n")
        assert one.recv(100) == b"#2: hi\n"
        assert three.recv(100) == b"#2: hi\n"
        one.close()
        while "#1 closed" not in server.line():
            pass
        three.sendall(b"yes\n")
        assert two.recv(100) == b"#3: yes\n"


def test_the_chat_is_twelve_lines() -> None:
    """At most twelve lines of code, not counting blank lines and docstrings."""
    tree = ast.parse((EXAMPLES / "chat.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef):
            node.body = [
                each for each in node.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ]
    assert len([line for line in ast.unparse(tree).splitlines() if line.strip()]) <= 12


def test_the_lines_are_a_protocol() -> None:
    """A line that comes in two reads is one message, and its answer is a line; one that is too long ends the connection."""
    with Headless("--app", str(EXAMPLES / "lines.py"), "127.0.0.1:0") as server, server.connect() as client:
        client.sendall(b"hel")
        client.sendall(b"lo\r\n")
        assert client.recv(100) == b"olleh\n"
        client.sendall(b"x" * 10_001)
        assert client.recv(100) == b""
        client.close()
        while "#1 closed" not in (line := server.line()):
            pass
        assert "the line is too long" in line


def test_the_netstrings_are_a_protocol_of_fifteen_lines() -> None:
    """Split anywhere, several in a read; what is not a netstring ends its connection only, and the log has the line."""
    program = EXAMPLES / "netstrings.py"
    (protocol,) = [node for node in ast.parse(program.read_text()).body if isinstance(node, ast.ClassDef)]
    for node in ast.walk(protocol):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            node.body = [each for each in node.body if not (isinstance(each, ast.Expr))] or node.body
    assert len(ast.unparse(protocol).replace("\n\n", "\n").splitlines()) <= 15
    with Headless("--app", str(program), "127.0.0.1:0") as server, server.connect() as client:
        client.sendall(b"5:he")
        client.sendall(b"llo,2:hi,")
        assert read_exactly(client, 13) == b"5:olleh,2:ih,"
        with server.connect() as other:
            other.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with suppress(ConnectionResetError):
                assert other.recv(1) == b""
        client.sendall(b"1:x,")
        assert read_exactly(client, 4) == b"1:x,"
        while "#2" not in (line := server.line()) or "protocol netstrings" not in line:
            assert line
        assert "ValueError: a message begins with its size (netstrings.py:" in line
