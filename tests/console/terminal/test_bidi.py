"""Terminals that reorder text from right to left."""

from __future__ import annotations

from tests.console.test_terminal_sessions import free_port
from tests.support.terminal import Terminal
from tuiserver.console.terminal.bidi import EXPLICIT, IMPLICIT


def test_the_terminal_reorders_nothing_while_the_console_runs() -> None:
    """Before the first frame it is told not to, and at the end that it may."""
    with Terminal(f"127.0.0.1:{free_port()}") as terminal:
        terminal.shows("q quit")
        raw = bytes(terminal.raw)
        assert EXPLICIT.encode() in raw
        assert IMPLICIT.encode() not in raw
        terminal.press("q")
        assert terminal.ends() == 0
        assert bytes(terminal.raw).rindex(IMPLICIT.encode()) > bytes(terminal.raw).rindex(EXPLICIT.encode())
