"""What holds for every test of the console."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed in a test stays in its folder."""
    monkeypatch.setattr("tuiserver.automation.history.default_path", lambda: tmp_path / "history")
