"""The user's folders and files: the only place that knows them.

Rules of this file:
- Folders follow the platform's conventions (on Linux the XDG Base Directory Specification). Nothing is created here.
- On Linux the folders are computed as `platformdirs` does, without importing it: the import costs 3 ms at startup.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "tuiserver"


def config_folder() -> Path:
    """The user's configuration folder: `~/.config/tuiserver` on Linux."""
    if sys.platform == "linux":
        return _xdg_folder("XDG_CONFIG_HOME", "~/.config")
    from platformdirs import user_config_path

    return user_config_path(NAME)


def state_folder() -> Path:
    """The user's state folder, for the log and the history: `~/.local/state/tuiserver` on Linux."""
    if sys.platform == "linux":
        return _xdg_folder("XDG_STATE_HOME", "~/.local/state")
    from platformdirs import user_state_path

    return user_state_path(NAME, appauthor=False)


def config_files() -> tuple[Path, ...]:
    """The configuration files, lowest precedence first: the user's, and that of the working directory."""
    return config_folder() / "config.toml", Path(f"{NAME}.toml")


def theme_folders() -> tuple[Path, ...]:
    """The folders with themes: those shipped with the program (in a wheel or a checkout), then the user's."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "themes" if (package / "themes").is_dir() else package.parent / "themes"
    return shipped, config_folder() / "themes"


def saved_messages_folder() -> Path:
    """The folder with the messages that the user saved by name."""
    return config_folder() / "messages"


def history_file() -> Path:
    """The history of the send bar."""
    return state_folder() / "history"


def answer_history_file() -> Path:
    """The history of answers to HTTP requests."""
    return state_folder() / "answers"


def peer_names_file() -> Path:
    """The names that the user keeps for addresses of peers."""
    return state_folder() / "names.toml"


def copies_folder() -> Path:
    """The folder for copied messages that are too long for the clipboard."""
    return state_folder() / "copies"


def _xdg_folder(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable, "").strip() or os.path.expanduser(default)) / NAME


def display_path(path: Path) -> str:
    """A path as people write it: with `~` for the home folder."""
    text, home = str(path), os.path.expanduser("~")
    return f"~{text[len(home) :]}" if len(home) > 1 and text.startswith(f"{home}{os.sep}") else text
