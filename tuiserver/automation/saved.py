"""Messages that the operator keeps by name: a file each, in the configuration folder.

    saved = Saved(folder)
    saved.put("status", Message("text", "STATUS", "CRLF"))
    saved.names(); saved.get("status"); saved.delete("status")

Rules of this file:
- A file is `NAME.toml` with `mode`, `text` and `ending`, for an editor as much as for this program.
- A broken file costs itself and a line that names it; it is never written over without being asked for by its name.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from tuiserver.config.paths import saved_messages_folder
from tuiserver.core.payload import ENDINGS

MODES = ("text", "hex", "file")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


class SavedError(Exception):
    """A message that is not there, is broken, or cannot be kept; `str()` is one line."""


class Message(NamedTuple):
    """What stood in the line: how it was meant, the text, and the name of its line ending."""

    mode: str
    text: str
    ending: str = "none"


class Saved:
    """The messages in a folder. Each is read when it is asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """The names there are, by the alphabet."""
        try:
            found = [
                path.stem for path in self._place.iterdir() if path.suffix == ".toml" and _NAME.fullmatch(path.stem)
            ]
        except OSError:
            return []
        return sorted(found, key=str.lower)

    def get(self, name: str) -> Message:
        """The message of that name; raises `SavedError`."""
        path = self._path(name)
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise SavedError(f"there is no saved message {name}") from None
        except OSError as error:
            raise SavedError(f"cannot read {path.name}: {(error.strerror or '').lower()}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SavedError(f"{path.name} is broken: {error}") from None
        message = Message(str(table.get("mode", "text")), table.get("text", ""), str(table.get("ending", "none")))
        if not isinstance(message.text, str) or message.mode not in MODES or message.ending not in ENDINGS:
            known = f"mode is one of {', '.join(MODES)}, ending one of {', '.join(ENDINGS)}, text is in quotes"
            raise SavedError(f"{path.name} is broken: {known}")
        return message

    def put(self, name: str, message: Message) -> None:
        """Keep a message, in the place of an older one of that name; raises `SavedError`."""
        path = self._path(name)
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in zip(Message._fields, message, strict=True)]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(lines), "utf-8")
        except OSError as error:
            raise SavedError(f"cannot write {path}: {(error.strerror or '').lower()}") from None

    def delete(self, name: str) -> None:
        """Keep it no more; raises `SavedError`."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise SavedError(f"cannot delete {name}: {(error.strerror or '').lower()}") from None

    @property
    def _place(self) -> Path:
        if self._folder is None:
            self._folder = saved_messages_folder()
        return self._folder

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name.endswith((" ", ".")):
            raise SavedError("a name has letters, digits, spaces, . _ or -, forty at most")
        return self._place / f"{name}.toml"
