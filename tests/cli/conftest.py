"""Each test runs in an empty working directory, so that no configuration file of the user is read."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to the folder of the test."""
    monkeypatch.chdir(tmp_path)
