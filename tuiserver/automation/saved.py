"""Messages that the operator saved under a name: one file each, in the configuration folder.

    saved = SavedMessages(folder)
    saved.put("status", SavedMessage("text", "STATUS", "CRLF"))
    saved.names(); saved.get("status"); saved.delete("status")

Rules of this file:
- A file is `NAME.toml` with `mode`, `text` and `ending`, and can be edited by hand. That of an answer to an HTTP request has
  `status` and `type`, too.
- A broken file affects only itself, and the error names it. A file is replaced only by a message saved under its name.
- Only its owner may read a file, as it may hold a password. It is replaced as a whole: a full disk leaves the old message.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from tuiserver.automation import private_file
from tuiserver.config.paths import saved_messages_folder
from tuiserver.core.payload import ENDINGS

KEYS = ("mode", "text", "ending", "status", "type")
"""The keys of a file, in the order of `SavedMessage`; the last two only in that of an answer."""
MODES = ("text", "literal", "hex", "fields", "file")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


class SavedError(Exception):
    """A message does not exist, is broken, or cannot be saved; `str()` is one line."""


class SavedMessage(NamedTuple):
    """The content of the send bar: its mode (one of `MODES`), the text as typed, and the name of its line ending.

    `status` and `content_type` are those of an answer to an HTTP request, as typed; empty for any other message.
    """

    mode: str
    text: str
    line_ending: str = "none"
    status: str = ""
    content_type: str = ""


class SavedMessages:
    """The messages in `folder`, by default the user's. Nothing is cached: each call reads the files."""

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder

    def names(self) -> list[str]:
        """The names of all messages in alphabetical order."""
        try:
            found = [
                path.stem for path in self._folder.iterdir() if path.suffix == ".toml" and _NAME.fullmatch(path.stem)
            ]
        except OSError:
            return []
        return sorted(found, key=str.lower)

    def get(self, name: str) -> SavedMessage:
        """The message with this name; raises `SavedError`."""
        path = self._path(name)
        try:
            table = tomllib.loads(path.read_text("utf-8-sig"))
        except FileNotFoundError:
            raise SavedError(f'there is no saved message "{name}"') from None
        except OSError as error:
            raise SavedError(f"cannot read {path.name}: {(error.strerror or '').lower()}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SavedError(f"{path.name} is not valid TOML: {error}") from None
        defaults = ("text", "", "none", "", "")
        message = SavedMessage(*(table.get(key, default) for key, default in zip(KEYS, defaults, strict=True)))
        message = message._replace(
            mode=str(message.mode), line_ending=str(message.line_ending), status=str(message.status)
        )
        for key, value in zip(KEYS, message, strict=True):
            if not isinstance(value, str):
                raise SavedError(f"{path.name}: {key} must be a string")
        if message.mode not in MODES:
            raise SavedError(f"{path.name}: mode must be one of {', '.join(MODES)}")
        if message.line_ending not in ENDINGS:
            raise SavedError(f"{path.name}: ending must be one of {', '.join(ENDINGS)}")
        return message

    def put(self, name: str, message: SavedMessage) -> None:
        """Save a message; replaces one with the same name. Raises `SavedError`."""
        path = self._path(name)
        written = KEYS if message.status else KEYS[:3]
        lines = [f"{key} = {private_file.to_toml(value)}\n" for key, value in zip(written, message, strict=False)]
        try:
            private_file.replace(path, "".join(lines))
        except UnicodeEncodeError:
            raise SavedError("the message has a character that Unicode does not have") from None
        except OSError as error:
            raise SavedError(f"cannot write {path}: {(error.strerror or '').lower()}") from None

    def delete(self, name: str) -> None:
        """Delete a message; no effect where there is none. Raises `SavedError`."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise SavedError(f"cannot delete {name}: {(error.strerror or '').lower()}") from None

    @property
    def _folder(self) -> Path:
        return self._given or saved_messages_folder()

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name.endswith((" ", ".")):
            raise SavedError(
                "a name has at most 40 letters, digits, spaces, . _ or -, and starts with a letter or digit"
            )
        return self._folder / f"{name}.toml"
