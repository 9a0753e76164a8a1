"""A tail shows the end of any file, and nothing moves under the reader's eyes."""

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
from tuiserver.outputs.tail import CLIP, LogTail, Memory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that does not exist yet."""
    return tmp_path / "some.log"


@pytest.fixture
def tail(path: Path) -> Iterator[LogTail]:
    """A tail of `path`; it leaves no descriptor open."""
    before = len(os.listdir("/dev/fd"))
    tail = LogTail(path)
    yield tail
    tail.close()
    assert len(os.listdir("/dev/fd")) == before


def append(path: Path, text: str) -> None:
    """Write at the end."""
    with path.open("a") as file:
        file.write(text)


def shown(tail: LogTail) -> list[str]:
    """All lines held."""
    return [tail.line(number).decode() for number in range(tail.start, tail.end)]


def test_a_file_that_does_not_exist_yet(path: Path, tail: LogTail) -> None:
    """It is waited for, and shown from its beginning when it comes."""
    tail.poll()
    assert tail.waiting
    assert tail.problem == "No such file or directory"
    assert not tail.poll()
    path.write_text("one\ntwo\n")
    assert tail.poll()
    assert not tail.waiting
    assert tail.problem == ""
    assert shown(tail) == ["one", "two"]


def test_growth(path: Path, tail: LogTail) -> None:
    """A poll finds what was appended, and says when there was nothing."""
    path.write_text("one\n")
    assert tail.poll()
    assert not tail.poll()
    append(path, "two\r\nthree\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "three"]


def test_a_line_without_an_end_is_shown_as_far_as_it_goes(path: Path, tail: LogTail) -> None:
    """A last line being written grows in its place."""
    path.write_text("one\ntw")
    assert tail.poll()
    assert shown(tail) == ["one", "tw"]
    append(path, "o")
    assert tail.poll()
    assert shown(tail) == ["one", "two"]
    append(path, "\nthree\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "three"]


def test_rotation_finishes_the_old_file(path: Path, tail: LogTail) -> None:
    """What was written to the old file before it was moved comes before the first line of the new one."""
    path.write_text("one\n")
    tail.poll()
    append(path, "two\nhalf")
    path.rename(path.with_suffix(".1"))
    path.write_text("three\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "half", "three"]
    assert tail.at_start


def test_rotation_with_a_pause_between(path: Path, tail: LogTail) -> None:
    """While there is no file the lines stay and it waits; then the new one goes on below."""
    path.write_text("one\n")
    tail.poll()
    path.unlink()
    assert tail.poll()
    assert tail.waiting
    assert shown(tail) == ["one"]
    path.write_text("two\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two"]


def test_truncation(path: Path, tail: LogTail) -> None:
    """A file cut short is read on from its new beginning; what was shown stays."""
    path.write_text("one\ntwo\n")
    tail.poll()
    path.write_text("new\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "new"]


def test_truncation_past_the_old_size(path: Path, tail: LogTail) -> None:
    """A file written anew and longer than before is noticed by its contents."""
    path.write_text("one\ntwo\n")
    tail.poll()
    path.write_text("three\nfour\nfive\n")
    assert tail.poll()
    assert shown(tail) == ["one", "two", "three", "four", "five"]


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder, and a pipe nobody writes to, are problems in words and never a wait."""
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        tail = LogTail(place)
        assert tail.poll()
        assert tail.problem == "not a file"
        assert tail.waiting


def test_a_gigabyte_opens_at_its_end(path: Path, tail: LogTail) -> None:
    """Opening reads one block and pages back by blocks, in bounded memory."""
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
    assert peak < 4 * tail_module.HELD
    assert tail.total == last
    assert tail.end < last


def test_paging_back_to_the_start_and_forth_to_the_end(path: Path, tail: LogTail) -> None:
    """Every line is met once in each direction, under one number."""
    path.write_text("".join(f"line {n} {'x' * (n % 90)}\n" for n in range(60_000)))
    tail.poll()
    tail.release()
    met = dict(enumerate(shown(tail), tail.start))
    total = tail.total
    while tail.older():
        assert tail.total == total
        met.update(enumerate(shown(tail), tail.start))
    assert tail.at_start
    assert [text.split()[1] for _, text in sorted(met.items())] == [str(n) for n in range(60_000)]
    while tail.newer():
        assert tail.total == total
        for number, text in enumerate(shown(tail), tail.start):
            assert met[number] == text
    assert (tail.end, tail.line(tail.end - 1).split()[1]) == (total, b"59999")


def test_a_reader_keeps_the_lines_while_more_come(path: Path, tail: LogTail) -> None:
    """After `release` nothing held is dropped: what there is no room for is counted, and `follow` goes there."""
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


def test_a_follower_far_behind_goes_to_the_end(path: Path, tail: LogTail) -> None:
    """Growth by more than is read at once is not read through."""
    path.write_text("one\n")
    tail.poll()
    append(path, "x" * 50 + "\n" + ("y" * 50 + "\n") * 200_000 + "last\n")
    tail.poll()
    assert tail.line(tail.end - 1) == b"last"
    assert tail.end - tail.start < 2000


def test_a_line_of_a_megabyte(path: Path, tail: LogTail) -> None:
    """It is shown in pieces, each clipped."""
    path.write_text("first\n" + "x" * 1_000_000 + "\nlast\n")
    tail.poll()
    assert tail.line(tail.end - 1) == b"last"
    tail.release()
    while tail.older():
        pass
    assert tail.line(tail.start) == b"first"
    assert max(map(len, shown(tail))) == CLIP


def test_a_line_that_is_not_held(tail: LogTail) -> None:
    """Asking for it is an error, not another line."""
    for number in (-1, 0, 1):
        with pytest.raises(IndexError):
            tail.line(number)


def test_memory_follows_a_file(path: Path) -> None:
    """Lines that a log keeps in memory, once its file has failed, come after those of the file."""
    path.write_text("one\n")
    memory = Memory()
    tail = LogTail(path, memory)
    tail.poll()
    memory.append([b"two", b"three"])
    assert tail.poll()
    assert not tail.poll()
    assert shown(tail) == ["one", "two", "three"]
    tail.close()


def test_lines_keep_their_numbers_over_what_is_passed_over(path: Path, tail: LogTail) -> None:
    """Back to the start and forth to the end, over blocks without the word: none of its lines is missed, none renumbered."""
    count = 60_000
    path.write_text("".join(f"line {n} {'needle' if n % 20_011 == 5 else ''}\n" for n in range(count)))
    tail.poll()
    base = tail.total - count
    found: set[int] = set()

    def lacks(piece: bytes) -> bool:
        return b"needle" not in piece

    def look() -> None:
        for number in range(tail.start, tail.end):
            words = tail.line(number).split()
            assert int(words[1]) == number - base
            if words[2:]:
                found.add(number - base)

    tail.release()
    passed = 0
    for skim, page in ((tail.skip_older, tail.older), (tail.skip_newer, tail.newer)):
        look()
        while True:
            if lines := skim(lacks):
                passed += lines
                assert tail.start == tail.end
            elif not page():
                break
            look()
        assert found == {5, 20_016, 40_027}
        assert passed > 30_000
        found.clear()
        passed = 0
    assert tail.total == base + count


steps = st.one_of(
    st.tuples(st.just("append"), st.text(alphabet="ab\n", max_size=60)),
    st.tuples(
        st.sampled_from(["poll", "older", "newer", "release", "follow", "skip_older", "skip_newer"]), st.just("")
    ),
)


@settings(deadline=None)
@given(st.text(alphabet="abc\n", max_size=300), st.lists(steps, max_size=40))
def test_the_window_is_a_piece_of_the_file(first: str, todo: list[tuple[str, str]]) -> None:
    """However a file grows and a reader moves, what is held is a run of the file's lines, within the bounds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.multiple(tail_module, BLOCK=64, HELD=1500, PAGE=8, BEHIND=256),
    ):
        path = Path(folder) / "x"
        path.write_text(first)
        tail = LogTail(path)
        tail.poll()
        for step, text in todo:
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
            assert tail._cost <= 1500 + 64 * 101
        tail.close()
