"""What holds for every test: nothing of the user's is read or written, and nothing is left behind."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 2.0
"""Seconds that threads and descriptors of a test have to go after it."""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs, histories and themes of a test are its own."""
    for name, folder in (("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")):
        monkeypatch.setenv(name, str(tmp_path / folder))


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """After a test there are the threads and descriptors that were there before it."""
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
        gc.collect()  # what a failed connection held may lie in a cycle
        time.sleep(0.01)


def _descriptors() -> dict[int, str]:
    """The open descriptors, and what they are where the system tells."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    found: dict[int, str] = {}
    for name in os.listdir(folder):
        try:
            found[int(name)] = os.readlink(f"{folder}/{name}") if folder.startswith("/proc") else ""
        except OSError:  # that of the listing itself
            pass
    return found
