"""The default log file of a process is its own."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tuiserver.outputs import log_claim
from tuiserver.outputs.log_claim import claim


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("", "tuiserver.log"),
        ("127.0.0.1:9999", "tuiserver-127.0.0.1-9999.log"),
        ("http://[::1]:8080", "tuiserver-http-1-8080.log"),
        ("../../x y.py", "tuiserver-x-y.py.log"),
        ("x" * 500, f"tuiserver-{'x' * 80}.log"),
    ],
)
def test_the_label_is_part_of_the_name(tmp_path: Path, label: str, name: str) -> None:
    """Of any text only what is harmless in the name of a file, and not too much of it."""
    path, lock = claim(tmp_path / "new", label)
    os.close(lock)
    assert path == tmp_path / "new" / name


def test_a_claim_ends_with_its_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names in use are skipped, up to a bound; the lock files are private."""
    monkeypatch.setattr(log_claim, "MAX_CLAIMS", 2)
    one, lock = claim(tmp_path, "a")
    two, other = claim(tmp_path, "a")
    assert (one.name, two.name) == ("tuiserver-a.log", "tuiserver-a-2.log")
    with pytest.raises(OSError, match="2 servers use a log"):
        claim(tmp_path, "a")
    os.close(lock)
    again, lock = claim(tmp_path, "a")
    assert again == one
    for descriptor in (lock, other):
        os.close(descriptor)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first name is taken."""

    def refuse(fd: int, operation: int) -> None:
        raise OSError("no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    for _ in range(2):
        path, lock = claim(tmp_path, "a")
        os.close(lock)
        assert path.name == "tuiserver-a.log"
