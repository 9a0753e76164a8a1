"""The lines of a log without a file."""

from __future__ import annotations

from tuiserver.outputs.log_memory import MAX_LINE, LogMemory


def test_a_reader_gets_each_line_once() -> None:
    """`since` returns what was added after the given number of lines."""
    memory = LogMemory()
    memory.append([b"one", b"two"])
    total, lines = memory.since(0)
    assert (total, lines) == (2, [b"one", b"two"])
    assert memory.since(total) == (2, [])
    memory.append([b"three"])
    assert memory.since(total) == (3, [b"three"])


def test_memory_is_bounded() -> None:
    """The last lines are kept, each cut; a reader that was too slow gets those that are left."""
    memory = LogMemory(limit=2)
    memory.append([b"one"])
    memory.append([b"two", b"x" * 2 * MAX_LINE])
    assert memory.since(0) == (3, [b"two", b"x" * MAX_LINE])
    assert memory.since(1) == (3, [b"two", b"x" * MAX_LINE])
    assert memory.since(2) == (3, [b"x" * MAX_LINE])
