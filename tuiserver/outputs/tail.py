"""Follow a file that grows: a window of its lines, whatever the size of the file.

Rules of this file:
- A line keeps its number while it is held, so that what a reader sees never moves: lines that are appended, dropped or paged
  in change `start` and `end`, not the numbers in between.
- Memory is bounded: at most `MAX_HELD` bytes of lines, each cut to `MAX_LINE`; the rest is read from the file again.
- Nothing blocks and no thread runs: `poll` is one `stat` and one read of what is new. This works on every system.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from tuiserver.outputs.line_buffer import UNREADABLE, LineBuffer, cut
from tuiserver.outputs.log_memory import LogMemory
from tuiserver.outputs.tail_file import TailFile

BLOCK = 64 * 1024
"""Bytes that are read at once, at the end and when paging. A longer line is shown in pieces."""
PAGE = 2000
"""Lines that are paged in at once."""
MAX_HELD = 2 * 1024 * 1024
"""Bytes of memory for the lines that are held."""
MAX_CATCH_UP = 1024 * 1024
"""Bytes of growth between two polls that are read completely; after more, a follower jumps to the end."""


class LogTail:
    """A window over the lines of a file that may grow, be rotated, shrink, disappear, or not exist yet.

    Lines `start` to `end` (exclusive) are held and returned by `line`; `total` is the number after the last line of the file.
    The two differ after `release`, when lines after the window are counted but not held: `newer` pages them in, `follow`
    jumps to the end. Lines before the offset `run_start` are of earlier runs: unless `show_earlier` is True, the file begins
    there. `not_found` is True while the file does not exist.
    """

    def __init__(
        self,
        path: Path | str | None,
        memory: LogMemory | None = None,
        run_start: int = 0,
        show_earlier: bool = False,
    ) -> None:
        """Follow the file `path`, and the lines in `memory` after (or instead of) those of the file."""
        self.show_earlier = show_earlier
        self._run_start = run_start
        self._run_number: int | None = None  # Lines with lower numbers are of earlier runs, whatever their offset.
        self.path = Path(path) if path is not None else None
        self.following = True
        self.not_found = False
        self.start = 0
        self._memory = memory
        self._memory_total = 0
        self._file: TailFile | None = None
        self._path_problem = ""
        self._lines = LineBuffer()
        self._partial = b""  # The last line while its ending is not written; empty unless the window is at the end.
        self._window_end = 0  # The offset after the last complete line held.
        self._counted_end = 0  # The offset up to which lines are counted.
        self._lines_beyond = 0  # Complete lines between these two offsets.
        self._partial_beyond = False  # Whether an incomplete line follows them.
        self._at_end = True  # Whether the window reaches the end of the file.

    @property
    def problem(self) -> str:
        """Why the file cannot be read, in words; empty if it can."""
        return self._path_problem or (self._file.problem if self._file is not None else "")

    @property
    def unavailable(self) -> bool:
        """Whether there is no file to read, or not yet."""
        return self._file is None and self.path is not None

    @property
    def end(self) -> int:
        """The number after the last line held."""
        return self.start + len(self._lines) + (1 if self._partial else 0)

    @property
    def end_of_complete(self) -> int:
        """The number after the last line held whose ending is written."""
        return self.start + len(self._lines)

    @property
    def total(self) -> int:
        """The number after the last line of the file."""
        return self.end if self._at_end else self.end + self._lines_beyond + self._partial_beyond

    @property
    def lines_before(self) -> int:
        """About how many lines of the file come before `start`, if they are as long as those held."""
        offset = self._lines.first_offset(self._window_end)
        held = self._window_end - offset
        before = offset - self._begin
        return round(before * len(self._lines) / held) if before > 0 and held > 0 else 0

    @property
    def at_start(self) -> bool:
        """Whether there is nothing older to read."""
        return self._file is None or self._lines.first_offset(self._window_end) <= self._begin

    @property
    def _begin(self) -> int:
        """The offset of the first byte that may be read."""
        return 0 if self.show_earlier else self._run_start

    @property
    def has_earlier(self) -> bool:
        """Whether the file has lines of earlier runs."""
        return self._file is not None and self._run_start > 0

    def is_earlier(self, number: int) -> bool:
        """Whether a line that is held is of an earlier run."""
        index = number - self.start
        offset = self._lines.offset(index) if 0 <= index < len(self._lines) else self._window_end
        if self._run_number is not None and number < self._run_number:
            return True
        return 0 <= offset < self._run_start

    def toggle_earlier(self) -> None:
        """Show the lines of earlier runs too, or only those of this one, from the end."""
        self.show_earlier = not self.show_earlier
        self.following = True
        if self._file is not None:
            self._jump_to_end(self._file, self.total)

    def line(self, number: int) -> bytes:
        """The bytes of a line without its ending; raises `IndexError` for a line that is not held."""
        index = number - self.start
        if index < 0:
            raise IndexError(number)
        if index == len(self._lines) and self._partial:
            return cut(self._partial)
        return self._lines[index]

    def poll(self) -> bool:
        """Read what is new. True if anything changed: the lines, or whether and why there is no file."""
        before = self._state()
        if self.path is not None:
            self._poll_file(self.path)
        self._poll_memory()
        return before != self._state()

    def _state(self) -> tuple[int, int, int, str, bool]:
        return self.start, self.total, len(self._partial), self.problem, self._file is None

    def release(self) -> None:
        """Stop following: no line that is held is dropped in favour of a new one."""
        self.following = False

    def follow(self) -> None:
        """Jump to the end and stay there."""
        self.following = True
        if not self._at_end and self._file is not None:
            self._jump_to_end(self._file, self.total)

    def older(self) -> bool:
        """Page in lines before `start` and stop following; the newest lines may be dropped. False if there are none."""
        file = self._file
        if file is None or self.at_start:
            return False
        self.release()
        begin, data, start = self._read_block_before(file)
        if start == len(data):  # The only line ending is that of the last line: this is a piece of a longer line.
            start = 0
        self.start -= self._lines.prepend_lines(begin + start, data[start:], PAGE)
        if self._lines.size > MAX_HELD:
            removed, offset = self._lines.drop_newest(MAX_HELD)
            if removed:
                self._leave_end()
                self._window_end = offset
                self._lines_beyond += removed
        return True

    def newer(self) -> bool:
        """Page in lines after `end`; the oldest lines may be dropped. False if there are none."""
        file = self._file
        if file is None or self._at_end:
            return False
        data = file.read(self._window_end, BLOCK)
        partial = data.split(b"\n", PAGE)[-1]
        length = len(data) - len(partial) or (BLOCK if len(data) == BLOCK else 0)
        self._lines_beyond = max(0, self._lines_beyond - self._append(data[:length]))
        if not length or (self._window_end + len(partial) >= self._counted_end and b"\n" not in partial):
            self._at_end = True
            self._lines_beyond = 0
            self._partial = data[length:]
            self._count_to(file, self._window_end + len(self._partial))
        self._drop_oldest()
        return True

    def skip_older(self, lacks: Callable[[bytes], bool]) -> int:
        """Move the window before a block of older lines if `lacks` says that the block holds nothing of interest.

        Returns the number of lines skipped, after which no line is held; 0 if there are none or `older` has to read them.
        """
        file = self._file
        if file is None or self.at_start:
            return 0
        expected = min(BLOCK, self._lines.first_offset(self._window_end) - self._begin)
        begin, data, start = self._read_block_before(file)
        if len(data) < expected or start == len(data) or data[-1:] != b"\n" or not lacks(data):
            return 0
        skipped = data.count(b"\n", start)
        self.release()
        self._leave_end()
        self._lines_beyond += len(self._lines) + skipped
        self._window_end = begin + start
        self.start -= skipped
        self._lines.clear()
        return skipped

    def skip_newer(self, lacks: Callable[[bytes], bool]) -> int:
        """Like `skip_older`, for a block of lines after `end`."""
        file = self._file
        if file is None or self._at_end:
            return 0
        data = file.read(self._window_end, BLOCK)
        length = data.rfind(b"\n") + 1
        if not length or self._window_end + length >= self._counted_end or not lacks(data):
            return 0
        skipped = data.count(b"\n")
        self.start = self.end + skipped
        self._lines_beyond -= skipped
        self._window_end += length
        self._lines.clear()
        return skipped

    def _read_block_before(self, file: TailFile) -> tuple[int, bytes, int]:
        """The block before the window: its offset, its bytes, and the index of the first line that begins in it."""
        end = self._lines.first_offset(self._window_end)
        begin = max(self._begin, end - BLOCK)
        data = file.read(begin, end - begin)
        return begin, data, data.find(b"\n") + 1 if begin > self._begin else 0

    def copy(self) -> LogTail:
        """Another tail at the same position, which moves independently."""
        other = LogTail(self.path, self._memory)
        file = self._file.copy() if self._file is not None else None
        vars(other).update(vars(self), _lines=self._lines.copy(), _file=file)
        return other

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _poll_file(self, path: Path) -> None:
        """Read on in the open file, and open the file at `path` if that is another one."""
        self._path_problem, self.not_found, identity = "", False, (0, 0)
        try:
            status = os.stat(path)
            identity = (status.st_dev, status.st_ino)
            if not stat.S_ISREG(status.st_mode):
                self._path_problem = "not a regular file"
        except OSError as error:
            self._path_problem = error.strerror or str(error)
            self.not_found = error.errno == errno.ENOENT
        if self._file is not None:
            self._file.problem = ""
            self._read_appended(self._file)
            if identity == self._file.identity:
                return
            self.close()
            self._begin_new_contents()
        if self._path_problem:
            return
        try:
            self._file = TailFile.open(path)
        except OSError as error:
            self._path_problem = error.strerror or str(error)
            return
        if self._lines:
            self._read_appended(self._file)
        else:
            self._jump_to_end(self._file, 0)

    def _poll_memory(self) -> None:
        """Add the lines that a log without a file keeps in memory."""
        if self._memory is None or not self._at_end or (not self.following and self._lines.size > MAX_HELD):
            return
        self._memory_total, lines = self._memory.since(self._memory_total)
        for line in lines:
            self._lines.append(UNREADABLE, line)
        if self.following:
            self._drop_oldest()

    def _begin_new_contents(self) -> None:
        """Continue at offset 0 of new contents, all of this run. Lines held stay but cannot be read again."""
        held = range(self.start, self.start + len(self._lines))
        if earlier := sum(map(self.is_earlier, held)):
            self._run_number = self.start + earlier
        self._run_start = 0
        if self._partial:
            self._lines.append(UNREADABLE, self._partial)
        self._partial = b""
        self._lines.forget_offsets()
        self._window_end = self._counted_end = self._lines_beyond = 0
        self._partial_beyond = False
        self._at_end = True

    def _read_appended(self, file: TailFile) -> None:
        """Read what was written since the last poll."""
        size = file.size(self._counted_end)
        if size == self._counted_end and not (self._at_end and file.may_be_modified() and self._differs(file, size)):
            return
        if size <= self._counted_end or file.is_rewritten(self._counted_end):
            self._begin_new_contents()
            file.mark(0)
        if size - self._counted_end > MAX_CATCH_UP and self.following:
            self._jump_to_end(file, self.total)
        for _ in range(MAX_CATCH_UP // BLOCK):
            data = file.read(self._counted_end, BLOCK)
            if not data:
                return
            self._take(file, data)

    def _differs(self, file: TailFile, size: int) -> bool:
        """Whether the last block of the file is not what is held: it was written anew, as long as before."""
        begin = max(0, size - BLOCK)
        *lines, partial = file.read(begin, size - begin).split(b"\n")
        if begin:
            lines = lines[1:]
            partial = self._partial if not lines else partial
        if len(partial) >= BLOCK:  # held in pieces
            return False
        held = self._lines.newest(len(lines))
        return partial != self._partial or held != [cut(line) for line in lines[len(lines) - len(held) :]]

    def _take(self, file: TailFile, data: bytes) -> None:
        """Hold the lines of `data`, or only count them while the window is elsewhere."""
        if not self.following and self._lines.size > MAX_HELD:
            self._leave_end()
        if self._at_end:
            data = self._partial + data
            length = data.rfind(b"\n") + 1 or (len(data) if len(data) >= BLOCK else 0)
            self._append(data[:length])
            self._partial = data[length:]
            if self.following:
                self._drop_oldest()
            self._count_to(file, self._window_end + len(self._partial))
        else:
            self._lines_beyond += data.count(b"\n")
            self._partial_beyond = not data.endswith(b"\n")
            self._count_to(file, self._counted_end + len(data))

    def _jump_to_end(self, file: TailFile, number: int) -> None:
        """Hold only the last block of the file; `number` is that after its last line."""
        size = file.size(self._counted_end)
        self._run_start = min(self._run_start, size)
        begin = max(self._begin, size - BLOCK)
        data = file.read(begin, size - begin)
        self._lines.clear()
        self._lines_beyond = 0
        self._partial_beyond = False
        self._at_end = True
        first = data.find(b"\n") + 1 if begin > self._begin else 0
        if first == len(data):  # The only line ending is that of the last line: this is the end of a longer line.
            first = 0
        last = data.rfind(b"\n") + 1 or first
        self._window_end = begin + first
        self._append(data[first:last])
        self._partial = data[last:]
        self.start = number - len(self._lines) - (1 if self._partial else 0)
        self._count_to(file, self._window_end + len(self._partial))
        self._drop_oldest()

    def _append(self, data: bytes) -> int:
        """Hold the complete lines in `data`, which follow the window; returns their number."""
        count = self._lines.append_lines(self._window_end, data)
        self._window_end += len(data)
        return count

    def _drop_oldest(self) -> None:
        """Drop the oldest lines until the rest fits."""
        self.start += self._lines.drop_oldest(MAX_HELD)

    def _leave_end(self) -> None:
        """Let the window end before the end of the file."""
        if self._at_end:
            self._at_end = False
            self._partial_beyond = bool(self._partial)
            self._partial = b""

    def _count_to(self, file: TailFile, offset: int) -> None:
        """Lines are counted up to `offset`."""
        self._counted_end = offset
        file.mark(offset)
