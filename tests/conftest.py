"""Fixtures of every test: the user's files are neither read nor written, and no thread or descriptor is left behind."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuiserver.outputs.log import LogWriter

PATIENCE = 2.0
"""Seconds that the threads and descriptors of a test may take to end after it."""


# Under nohup, in the background of a shell or under some CI runners these are ignored. The programs that tests start would
# inherit that and never end by them.
for _number, _handler in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)


def pytest_collection_finish() -> None:
    """Leave what is imported and collected out of all later garbage collections, which takes a tenth off the time of a run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test folders of its own for logs, histories and themes, and a terminal with all colours."""
    for name, folder in (("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    for name, value in (("TERM", "xterm-256color"), ("COLORTERM", "truecolor")):
        monkeypatch.setenv(name, value)
    # readline, which pytest imports, sets COLUMNS and LINES for the processes that it starts: each terminal would be 80×24.
    unwanted = ("NO_COLOR", "COLUMNS", "LINES")
    for name in [name for name in os.environ if name in unwanted or name.startswith("TUISERVER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogWriter]:
    """A log in the folder of the test."""
    writer = LogWriter(tmp_path / "tuiserver.log")
    yield writer
    writer.close()


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Fail a test that leaves threads or descriptors behind."""
    threads, descriptors = set(threading.enumerate()), set(_descriptors())
    yield
    end = time.monotonic() + PATIENCE
    while True:
        more_threads = [thread for thread in threading.enumerate() if thread not in threads]
        more_descriptors = {fd: name for fd, name in _descriptors().items() if fd not in descriptors}
        if not more_threads and not more_descriptors:
            return
        if time.monotonic() > end:
            pytest.fail(f"left behind: threads {more_threads}, descriptors {more_descriptors}")
        gc.collect()  # descriptors in a reference cycle are closed by the collector only
        time.sleep(0.01)


def _descriptors() -> dict[int, str]:
    """The open descriptors, and what they refer to where the system says so."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    found: dict[int, str] = {}
    for name in os.listdir(folder):
        try:
            found[int(name)] = os.readlink(f"{folder}/{name}") if folder.startswith("/proc") else ""
        except OSError:  # the descriptor of the listing itself
            pass
    return found
