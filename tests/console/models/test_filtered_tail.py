"""The lines of a log that match a filter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuiserver.console.models.filter_fields import of_line
from tuiserver.console.models.filtered_tail import FilteredTail
from tuiserver.outputs.log_memory import LogMemory
from tuiserver.outputs.tail import MAX_HELD, LogTail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of 200,000 lines, of which every 50,000th is an error."""
    path = tmp_path / "log"
    with path.open("w") as file:
        for number in range(200_000):
            file.write(f"error {number}\n" if number % 50_000 == 7 else f"info {number} nothing of note here\n")
    return path


@pytest.fixture
def filtered(path: Path) -> Iterator[FilteredTail]:
    """The errors in it."""
    tail = LogTail(path)
    tail.poll()
    filtered = FilteredTail(tail, of_line("level:error"))
    yield filtered
    tail.close()
    filtered.close()


def lines(tail: FilteredTail) -> list[str]:
    """What it holds, oldest first."""
    return [tail.line(number).decode() for number in range(tail.start, tail.end)]


def test_the_whole_file_is_searched_in_pieces(filtered: FilteredTail) -> None:
    """Older matches are put in front, each call is bounded, and in the end there is nothing older."""
    assert lines(filtered) == []
    calls = 0
    while filtered.searching:
        filtered.look_back()
        calls += 1
    assert lines(filtered) == [f"error {number}" for number in (7, 50_007, 100_007, 150_007)]
    assert calls > 10
    assert filtered.end == 0
    assert not filtered.older()


@pytest.mark.parametrize("text", ["150007", "ERROR", '"error 5"', "-nothing", "err -50007"])
def test_skipped_blocks_have_no_match(path: Path, text: str) -> None:
    """Blocks that certainly lack a word are skipped, and no match is lost with them."""
    tail = LogTail(path)
    tail.poll()
    filtered = FilteredTail(tail, of_line(text))
    while filtered.searching:
        filtered.look_back()
    wanted = of_line(text)
    assert lines(filtered) == [line for line in path.read_text().splitlines() if wanted.matches(line)]
    assert filtered.examined > 190_000
    tail.close()
    filtered.close()


def test_new_lines_are_appended(filtered: FilteredTail, path: Path) -> None:
    """Also after a rotation; a line counts once its end has been written."""
    with path.open("a") as file:
        file.write("error new\ninfo\nerror ha")
        file.flush()
        assert filtered.poll()
        assert lines(filtered) == ["error new"]
        file.write("lf\n")
    filtered.poll()
    os.replace(path, f"{path}.1")
    path.write_text("error in the next file\n")
    filtered.poll()
    filtered.poll()
    assert lines(filtered) == ["error new", "error half", "error in the next file"]
    assert not filtered.poll()


def test_memory_is_bounded(tmp_path: Path) -> None:
    """While following, the oldest matches are dropped; reading back stops at the limit."""
    path = tmp_path / "log"
    path.write_text("error " + "x" * 93 + "\n")
    tail = LogTail(path)
    tail.poll()
    filtered = FilteredTail(tail, of_line("error"))
    for _ in range(60):
        with path.open("a") as file:
            file.write(("error " + "x" * 93 + "\n") * 500)
        filtered.poll()
    assert 9_000 < filtered.end - filtered.start <= MAX_HELD // 199
    filtered.release()
    whole = FilteredTail(tail, of_line("error"))
    while whole.searching:
        whole.look_back()
    assert whole.end - whole.start < 2 * MAX_HELD // 199
    for each in (tail, filtered, whole):
        each.close()


def test_a_log_in_memory() -> None:
    """Without a file, the lines in memory are filtered."""
    memory = LogMemory()
    memory.append([b"info a", b"error b"])
    tail = LogTail(None, memory)
    tail.poll()
    filtered = FilteredTail(tail, of_line("error"))
    memory.append([b"error c"])
    filtered.poll()
    filtered.look_back()
    assert lines(filtered) == ["error b", "error c"]
    assert (filtered.path, filtered.problem, filtered.unavailable, filtered.searching) == (None, "", False, False)
