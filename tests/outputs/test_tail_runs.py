"""Lines of earlier runs in the file of a log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuiserver.core.events import Noted
from tuiserver.outputs.log import LogWriter
from tuiserver.outputs.tail import BLOCK, LogTail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with lines of earlier runs: more than a block."""
    path = tmp_path / "log"
    path.write_text("".join(f"earlier {number}\n" for number in range(10_000)))
    return path


def shown(tail: LogTail) -> list[str]:
    """The lines that are held."""
    return [tail.line(number).decode() for number in range(tail.start, tail.end)]


def test_the_lines_of_a_run_begin_where_the_log_was_opened(tmp_path: Path) -> None:
    """Also if the run before ended within a line; a log in memory has none of an earlier run."""
    path = tmp_path / "log"
    path.write_bytes(b"earlier\nhalf")
    log = LogWriter(path)
    log.put([Noted(1.0, "info", "own")])
    assert log.flush()
    log.close()
    tail = LogTail(path, run_start=log.run_start)
    tail.poll()
    assert [line[24:] for line in shown(tail)] == ["info  own"]
    tail.close()


def test_earlier_lines_are_not_shown_unless_asked_for(path: Path) -> None:
    """Nothing pages them in or skips to them; once they are shown, they are told apart, and can be hidden again."""
    tail = LogTail(path, run_start=os.stat(path).st_size)
    tail.poll()
    assert (shown(tail), tail.at_start, tail.has_earlier, tail.lines_before) == ([], True, True, 0)
    with path.open("a") as file:
        file.write("own 1\nown 2\n")
    tail.poll()
    assert shown(tail) == ["own 1", "own 2"]
    assert not tail.older()
    assert not tail.skip_older(lambda data: True)
    tail.toggle_earlier()
    assert [tail.is_earlier(number) for number in range(tail.end - 3, tail.end)] == [True, False, False]
    while tail.older():
        pass
    assert shown(tail)[0] == "earlier 0"
    assert tail.is_earlier(tail.start)
    tail.toggle_earlier()
    assert shown(tail) == ["own 1", "own 2"]
    tail.close()


def test_a_run_of_many_lines_is_paged_to_its_beginning(path: Path) -> None:
    """Not further, whatever the size of a block."""
    start = os.stat(path).st_size
    with path.open("a") as file:
        file.write("".join(f"own {number}\n" for number in range(3 * BLOCK // 8)))
    tail = LogTail(path, run_start=start)
    tail.poll()
    while tail.older():
        pass
    assert shown(tail)[0] == "own 0"
    assert tail.lines_before == 0
    tail.close()


def test_after_a_rotation_all_new_lines_are_of_this_run(path: Path) -> None:
    """What is still shown of an earlier one stays told apart."""
    tail = LogTail(path, run_start=os.stat(path).st_size, show_earlier=True)
    tail.poll()
    os.replace(path, path.with_suffix(".1"))
    path.write_text("own\n")
    while "own" not in shown(tail):
        tail.poll()
    assert [tail.is_earlier(number) for number in (tail.end - 2, tail.end - 1)] == [True, False]
    assert not tail.has_earlier
    tail.close()
