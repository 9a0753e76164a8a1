"""The user's folders: those of the platform, computed without `platformdirs` on Linux."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from tests.support.processes import LIMIT, environment
from tuiserver.config import paths


@pytest.mark.parametrize("variables", ["set", "unset", "blank"])
def test_folders_are_those_of_the_platform(variables: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration and state folders are the ones that `platformdirs` names, whatever the environment says."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        if variables == "unset":
            monkeypatch.delenv(name)
        elif variables == "blank":
            monkeypatch.setenv(name, " ")
    assert paths.config_folder() == platformdirs.user_config_path("tuiserver")
    assert paths.state_folder() == platformdirs.user_state_path("tuiserver", appauthor=False)


def test_other_platforms_ask_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from Linux the folders come from `platformdirs`."""
    monkeypatch.setattr(sys, "platform", "elsewhere")
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name: Path("/config") / name)
    monkeypatch.setattr(platformdirs, "user_state_path", lambda name, appauthor: Path("/state") / name)
    assert paths.config_folder() == Path("/config/tuiserver")
    assert paths.state_folder() == Path("/state/tuiserver")


def test_files_are_in_their_folders() -> None:
    """Settings, themes and saved messages are configuration; the history is state."""
    config, state = paths.config_folder(), paths.state_folder()
    assert paths.config_files() == (config / "config.toml", Path("tuiserver.toml"))
    assert paths.theme_folders()[1] == config / "themes"
    assert paths.saved_messages_folder() == config / "messages"
    assert paths.history_file() == state / "history"


def test_shipped_themes_are_found() -> None:
    """The first theme folder is the one shipped with the program."""
    assert (paths.theme_folders()[0] / "tuiserver-dark.toml").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms need the library")
def test_the_library_is_not_imported_on_linux() -> None:
    """Startup does not pay for importing `platformdirs`."""
    code = (
        "import sys; from tuiserver.config import paths; paths.state_folder(); paths.config_files();"
        "sys.exit('platformdirs' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), timeout=LIMIT, check=False)
    assert done.returncode == 0
