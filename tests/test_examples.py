"""The examples do what they say, and stay short."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.support.processes import Headless

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
