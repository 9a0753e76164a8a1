"""A small file of the user that only they may read, replaced as a whole: a full disk leaves the old one."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Write a file, and its folder if there is none; raises `OSError`, or `UnicodeEncodeError` for a lone surrogate."""
    data = text.encode()
    unfinished = path.with_name(f".{path.name}.new")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    os.replace(unfinished, path)


def to_toml(text: str) -> str:
    """A basic string of TOML. JSON escapes the same characters in the same way, except for DEL."""
    import json  # not at the top: the start does not wait for it

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
