"""Whose settings file may be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuiserver.config.trust import distrust

STRANGER = 65534


def reason(path: Path) -> str:
    """Why the file is not trusted."""
    with path.open("rb") as file:
        return distrust(file)


@pytest.mark.parametrize(
    ("mode", "trusted"), [(0o644, True), (0o600, True), (0o664, False), (0o646, False), (0o666, False)]
)
def test_others_must_not_be_able_to_write(tmp_path: Path, mode: int, trusted: bool) -> None:
    """Neither the group nor everybody; the remedy is named."""
    path = tmp_path / "tuiserver.toml"
    path.touch()
    path.chmod(mode)
    assert reason(path) == ("" if trusted else f"others may write to it (chmod go-w {path})")


def test_a_file_of_root_or_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root could do anything anyway; a file of another user is refused, and that of this user is not."""
    path = tmp_path / "tuiserver.toml"
    path.touch(0o644)
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner)
    assert reason(path) == ""
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    assert reason(path) == ("" if owner == 0 else "it belongs to another user")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_link_of_another_user_to_a_file_of_ours(tmp_path: Path) -> None:
    """Relative names in the file would be looked up where the stranger put the link."""
    path = tmp_path / "own.toml"
    path.touch(0o644)
    link = tmp_path / "tuiserver.toml"
    link.symlink_to(path)
    assert reason(link) == ""
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    assert reason(link) == "it belongs to another user"
    os.chown(path, STRANGER, STRANGER)
    assert reason(path) == "it belongs to another user"
