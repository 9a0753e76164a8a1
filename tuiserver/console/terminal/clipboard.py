"""Copying a message: its forms, and the way to the clipboard of the terminal, wherever that is.

Rules of this file:
- The clipboard is the terminal's (OSC 52, xterm's control sequences), so it works over SSH. tmux passes it on when it is
  wrapped, and takes it for its own buffer when it is not; it is given both.
- Terminals drop long sequences: what is more than `LIMIT` bytes goes to a file that only its owner may read.
- What is written to the terminal is base64 alone, whatever the message holds.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable
from pathlib import Path

from tuiserver.console.text.hexdump import canonical
from tuiserver.core.payload import to_text

LIMIT = 74_000
"""Bytes: as base64 just below the 100,000 characters that terminals commonly take."""


def _text(data: bytes) -> str:
    """UTF-8 as it is; what is none with escapes."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return to_text(data)


def _c_array(data: bytes) -> str:
    """As `xxd -i` writes it (xxd(1))."""
    lines = [", ".join(f"0x{byte:02x}" for byte in data[at : at + 12]) for at in range(0, len(data), 12)]
    body = ",\n  ".join(lines)
    return f"unsigned char data[] = {{\n  {body}\n}};\nunsigned int data_len = {len(data)};\n"


FORMS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "t": ("text", _text),
    "h": ("hex", lambda data: data.hex(" ")),
    "d": ("hexdump", canonical),
    "b": ("base64", lambda data: base64.b64encode(data).decode()),
    "p": ("Python bytes", repr),
    "a": ("C array", _c_array),
}
"""The forms by the letter that chooses them: name, and bytes → text."""


def sequence(text: str, tmux: bool) -> str:
    """What a terminal takes for its clipboard; `tmux`: one stands between."""
    plain = f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'surrogateescape')).decode()}\x07"
    escaped = plain.replace("\x1b", "\x1b\x1b")
    return f"{plain}\x1bPtmux;{escaped}\x1b\\" if tmux else plain


def copy(data: bytes, form: str, write: Callable[[str], object], folder: Path | None = None) -> str:
    """Copy `data` in a form, by its letter; returns what to tell the operator. Raises `OSError` where a file fails."""
    name, make = FORMS[form]
    text = make(data)
    encoded = text.encode("utf-8", "surrogateescape")
    if len(encoded) <= LIMIT:
        write(sequence(text, bool(os.environ.get("TMUX"))))
        return f"{len(data):,} bytes copied as {name}"
    if folder is None:
        from platformdirs import user_state_path

        folder = user_state_path("tuiserver") / "copies"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ending = {"p": ".py", "a": ".c"}.get(form, ".txt")
    path = folder / f"message-{time.time_ns():x}{ending}"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(encoded)
    return f"too long for the clipboard: as {name} in {path}"
