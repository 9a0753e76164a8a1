"""A tail shows the end of any file, and what a reader sees keeps its numbers."""

from __future__ import annotations

import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.outputs import tail as tail_module
from tuiserver.outputs.line_buffer import LINE_OVERHEAD
from tuiserver.outputs.log_memory import MAX_LINE, LogMemory
from tuiserver.outputs.tail import LogTail
from tuiserver.outputs.tail_file import TailFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that does not exist yet."""
    return tmp_path / "some.log"


@pytest.fixture
def tail(path: Path) -> Iterator[LogTail]:
    """A tail of `path`."""
    tail = LogTail(path)
    yield tail
    tail.close()


def append(path: Path, text: str) -> None:
    """Append text to the file."""
    with path.open("a") as file:
        file.write(text)


def shown(tail: LogTail) -> list[str]:
    """The lines that are held."""
    return [tail.line(number).decode() for number in range(tail.start, tail.end)]


def test_a_file_that_does_not_exist_yet(path: Path, tail: LogTail) -> None:
    """The tail is unavailable until the file exists, then it shows the file from its beginning."""
    tail.poll()
    assert tail.unavailable
    assert tail.not_found
    assert tail.problem == "No such file or directory"
    assert not tail.poll()
    path.write_text("one\ntwo\n")
    assert tail.poll()
    assert not tail.unavailable
    assert not tail.not_found
    assert tail.problem == ""
    assert shown(tail) == ["one", "two"]


def test_growth(path: Path, tail: LogTail) -> None:
    """A poll reads what was appended and returns whether anything changed."""
    path.write_text("one\n")
    assert tail.poll()
    assert not tail.poll()
    append(path, "two\r\nthree\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "three"]


def test_an_incomplete_line_is_shown(path: Path, tail: LogTail) -> None:
    """The last line grows in place while it is written."""
    path.write_text("one\ntw")
    assert tail.poll()
    assert shown(tail) == ["one", "tw"]
    assert tail.end - tail.end_of_complete == 1
    append(path, "o")
    assert tail.poll()
    assert shown(tail) == ["one", "two"]
    append(path, "\nthree\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "three"]


def test_rotation_finishes_the_old_file(path: Path, tail: LogTail) -> None:
    """The lines that were written to the old file before it was moved precede those of the new file."""
    path.write_text("one\n")
    tail.poll()
    append(path, "two\nhalf")
    path.rename(path.with_suffix(".1"))
    path.write_text("three\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "half", "three"]
    assert tail.at_start


def test_rotation_with_a_delay(path: Path, tail: LogTail) -> None:
    """While the file is missing its lines stay; then those of the new file follow."""
    path.write_text("one\n")
    tail.poll()
    path.unlink()
    assert tail.poll()
    assert tail.unavailable
    assert shown(tail) == ["one"]
    path.write_text("two\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two"]


def test_truncation(path: Path, tail: LogTail) -> None:
    """A truncated file is read from its new beginning; the lines that were held stay."""
    path.write_text("one\ntwo\n")
    tail.poll()
    path.write_text("new\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "new"]


def test_truncation_past_the_old_size(path: Path, tail: LogTail) -> None:
    """A file that was rewritten and is longer than before is recognised by its contents."""
    path.write_text("one\ntwo\n")
    tail.poll()
    path.write_text("three\nfour\nfive\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "three", "four", "five"]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A directory and a pipe without a writer are reported and never block."""
    os.mkfifo(tmp_path / "pipe")
    for unreadable in (tmp_path, tmp_path / "pipe"):
        tail = LogTail(unreadable)
        assert tail.poll()
        assert tail.problem == "not a regular file"
        assert tail.unavailable
        assert not tail.not_found


@pytest.mark.slow
def test_a_gigabyte_opens_at_its_end(path: Path, tail: LogTail) -> None:
    """Opening the file reads its last block, and paging back takes bounded memory."""
    with path.open("wb") as file:
        file.seek(2**30)
        file.write(b"\n" + b"".join(b"line %d\n" % n for n in range(100_000)))
    tracemalloc.start()
    tail.poll()
    assert tail.line(tail.end - 1) == b"line 99999"
    last = tail.end
    tail.release()
    for _ in range(100):
        assert tail.older()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * tail_module.MAX_HELD
    assert tail.total == last
    assert tail.end < last


@pytest.mark.slow
def test_paging_to_the_start_and_back_to_the_end(path: Path, tail: LogTail) -> None:
    """Every line is found in each direction, always under the same number."""
    path.write_text("".join(f"line {n} {'x' * (n % 90)}\n" for n in range(60_000)))
    tail.poll()
    tail.release()
    found = dict(enumerate(shown(tail), tail.start))
    total = tail.total
    while tail.older():
        assert tail.total == total
        found.update(enumerate(shown(tail), tail.start))
    assert tail.at_start
    assert [text.split()[1] for _, text in sorted(found.items())] == [str(n) for n in range(60_000)]
    while tail.newer():
        assert tail.total == total
        for number, text in enumerate(shown(tail), tail.start):
            assert found[number] == text
    assert (tail.end, tail.line(tail.end - 1).split()[1]) == (total, b"59999")


def test_a_reader_keeps_its_lines_while_the_file_grows(path: Path, tail: LogTail) -> None:
    """After `release` no line is dropped: new lines that do not fit are counted, and `follow` jumps to them."""
    path.write_text("first\n")
    tail.poll()
    tail.release()
    for _ in range(30):
        append(path, "x" * 50_000 + "\n" + "y\n" * 2000)
        tail.poll()
    assert tail.line(tail.start) == b"first"
    assert tail.total - tail.start == 1 + 30 * 2001
    assert tail.end < tail.total
    append(path, "last\n")
    tail.poll()
    tail.follow()
    assert tail.end == tail.total
    assert tail.line(tail.end - 1) == b"last"


def test_a_follower_that_is_far_behind_jumps_to_the_end(path: Path, tail: LogTail) -> None:
    """When the file has grown by more than a megabyte, only its last block is read."""
    path.write_text("one\n")
    tail.poll()
    append(path, "x" * 50 + "\n" + ("y" * 50 + "\n") * 200_000 + "last\n")
    tail.poll()
    assert tail.line(tail.end - 1) == b"last"
    assert tail.end - tail.start < 2000


def test_a_line_of_a_megabyte(path: Path, tail: LogTail) -> None:
    """It is shown in pieces, each cut."""
    path.write_text("first\n" + "x" * 1_000_000 + "\nlast\n")
    tail.poll()
    assert tail.line(tail.end - 1) == b"last"
    tail.release()
    while tail.older():
        pass
    assert tail.line(tail.start) == b"first"
    assert max(map(len, shown(tail))) == MAX_LINE


def test_a_line_that_is_not_held(tail: LogTail) -> None:
    """Asking for it raises `IndexError` and never returns another line."""
    for number in (-1, 0, 1):
        with pytest.raises(IndexError):
            tail.line(number)


def test_memory_follows_a_file(path: Path) -> None:
    """Lines that a log keeps in memory after its file failed follow those of the file."""
    path.write_text("one\n")
    memory = LogMemory()
    tail = LogTail(path, memory)
    tail.poll()
    memory.append([b"two", b"three"])
    assert tail.poll()
    assert not tail.poll()
    assert shown(tail) == ["one", "two", "three"]
    tail.close()


def test_lines_keep_their_numbers_when_blocks_are_skipped(path: Path, tail: LogTail) -> None:
    """Skipping blocks without a text, to the start and back to the end, misses no line that has it and renumbers none."""
    count = 60_000
    path.write_text("".join(f"line {n} {'needle' if n % 20_011 == 5 else ''}\n" for n in range(count)))
    tail.poll()
    base = tail.total - count
    found: set[int] = set()

    def lacks(piece: bytes) -> bool:
        return b"needle" not in piece

    def check_window() -> None:
        for number in range(tail.start, tail.end):
            words = tail.line(number).split()
            assert int(words[1]) == number - base
            if words[2:]:
                found.add(number - base)

    tail.release()
    skipped = 0
    for skip, page in ((tail.skip_older, tail.older), (tail.skip_newer, tail.newer)):
        check_window()
        while True:
            if lines := skip(lacks):
                skipped += lines
                assert tail.start == tail.end
            elif not page():
                break
            check_window()
        assert found == {5, 20_016, 40_027}
        assert skipped > 30_000
        found.clear()
        skipped = 0
    assert tail.total == base + count


STEPS = st.one_of(
    st.tuples(st.just("append"), st.text(alphabet="ab\n", max_size=60)),
    st.tuples(
        st.sampled_from(["poll", "older", "newer", "release", "follow", "skip_older", "skip_newer"]), st.just("")
    ),
)


@settings(deadline=None)
@given(st.text(alphabet="abc\n", max_size=300), st.lists(STEPS, max_size=40))
def test_the_window_is_a_part_of_the_file(first: str, steps: list[tuple[str, str]]) -> None:
    """However the file grows and the reader moves, the lines held are consecutive lines of the file, within the bounds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.multiple(tail_module, BLOCK=64, MAX_HELD=1500, PAGE=8, MAX_CATCH_UP=256),
    ):
        path = Path(folder) / "x"
        path.write_text(first)
        tail = LogTail(path)
        tail.poll()
        for step, text in steps:
            if step == "append":
                append(path, text)
                tail.poll()
            else:
                held = dict(enumerate(shown(tail), tail.start))
                getattr(tail, step)(*((lambda piece: b"a" not in piece,) if step.startswith("skip") else ()))
                if not tail.following:
                    now = dict(enumerate(shown(tail), tail.start))
                    assert all(
                        now[number] == held[number] for number in now.keys() & held.keys() - {max(held, default=0)}
                    )
            assert tail.start <= tail.end <= tail.total
            whole = "\n" + path.read_text() + "\n"
            if len(max(whole.split("\n"), key=len)) < 60:
                assert "\n" + "".join(f"{line}\n" for line in shown(tail)) in whole
                for _ in range(8):
                    tail.poll()
                if tail.following and path.read_text():
                    assert tail.line(tail.end - 1).decode() == path.read_text().removesuffix("\n").split("\n")[-1]
            assert sum(len(line) + LINE_OVERHEAD for line in shown(tail)) <= 1500 + 64 * (1 + LINE_OVERHEAD)
        tail.close()


def test_a_copy_moves_independently(path: Path, tail: LogTail) -> None:
    """A copy begins at the same position; neither sees the moves of the other, and each closes its own file."""
    path.write_text("".join(f"line {n}\n" for n in range(60_000)))
    tail.poll()
    before = tail.start, tail.end
    copy = tail.copy()
    assert (copy.start, copy.end, copy.line(copy.start)) == (*before, tail.line(tail.start))
    while copy.older():
        pass
    assert copy.at_start
    assert (tail.start, tail.end) == before
    copy.close()
    append(path, "last\n")
    assert tail.poll()
    assert tail.line(tail.end - 1) == b"last"


def test_a_file_that_cannot_be_opened(path: Path, tail: LogTail, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is reported, and the file is read once it can be opened."""

    def refuse(path: Path) -> TailFile:
        raise PermissionError(13, "Permission denied")

    path.write_text("one\n")
    with monkeypatch.context() as patched:
        patched.setattr(TailFile, "open", refuse)
        assert tail.poll()
        assert (tail.problem, tail.unavailable, tail.not_found) == ("Permission denied", True, False)
    assert tail.poll()
    assert (tail.problem, tail.unavailable) == ("", False)
    assert shown(tail) == ["one"]


@pytest.mark.parametrize(("before", "after"), [("count 0001\nidle\n", "count 0002\nBUSY\n"), ("one", "two")])
def test_a_file_that_is_rewritten_at_the_same_size(before: str, after: str, tmp_path: Path) -> None:
    """A status file: the new contents follow the old ones, once; a mere touch shows nothing."""
    path = tmp_path / "status"
    path.write_text(before)
    tail = LogTail(path)
    tail.poll()
    path.write_text(after)
    assert tail.poll()
    path.touch()
    assert not tail.poll()
    lines = [tail.line(number) for number in range(tail.start, tail.end)]
    assert lines == [line.encode() for line in (*before.splitlines(), *after.splitlines())]
    tail.close()


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_last_line_that_is_longer_than_a_block(ending: str, tmp_path: Path) -> None:
    """Its end is shown; paging back reaches the lines before it."""
    path = tmp_path / "long"
    path.write_text("first\n" + "x" * (2 * tail_module.BLOCK) + ending)
    tail = LogTail(path)
    tail.poll()
    assert not tail.poll()
    assert tail.line(tail.end - 1) == b"x" * MAX_LINE
    while tail.older():
        pass
    assert tail.line(tail.start) == b"first"
    tail.close()


def test_colours_are_left_out(tmp_path: Path) -> None:
    """Other escape sequences stay, for the pane to escape; so do they in the last line while it is incomplete."""
    path = tmp_path / "coloured"
    path.write_bytes(b"\x1b[1;31merror\x1b[0m \x1b[2J\r\n\x1b[32mok\x1b[m")
    tail = LogTail(path)
    tail.poll()
    assert [tail.line(number) for number in range(tail.start, tail.end)] == [b"error \x1b[2J", b"ok"]
    tail.close()


def test_a_line_of_exactly_one_block_is_not_repeated(tmp_path: Path) -> None:
    """It is held in a piece: nothing has changed."""
    path = tmp_path / "block"
    path.write_bytes(b"")
    tail = LogTail(path)
    tail.poll()
    path.write_bytes(b"x" * tail_module.BLOCK)
    assert tail.poll()
    assert not tail.poll()
    assert tail.end - tail.start == 1
    tail.close()
