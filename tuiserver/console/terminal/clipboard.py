"""Copies a message in one of several formats to the clipboard of the terminal, wherever that runs.

Rules of this file:
- The clipboard is that of the terminal (OSC 52, xterm control sequences), so it works over SSH. tmux passes a wrapped
  sequence on and puts a plain one into its own buffer: it gets both.
- Terminals drop long sequences: more than `LIMIT` bytes go to a file that only its owner can read.
- Only base64 is written to the terminal, whatever the message contains.
"""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from tuiserver.config.paths import copies_folder
from tuiserver.console.text.hexdump import canonical
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.payload import to_text

_UNDECODED = re.compile("[\udc00-\udcff]")
"""Bytes that are not characters (PEP 383)."""
LIMIT = 74_000
"""Bytes: as base64 just below the 100,000 characters that terminals commonly accept."""


def _text(data: bytes, charset: Charset) -> str:
    """What is text in its character set unchanged, anything else with escapes."""
    text = charset.decode(data)
    return to_text(data, charset) if _UNDECODED.search(text) else text


def _c_array(data: bytes) -> str:
    """As `xxd -i` writes it (xxd(1))."""
    lines = [", ".join(f"0x{byte:02x}" for byte in data[at : at + 12]) for at in range(0, len(data), 12)]
    body = ",\n  ".join(lines)
    return f"unsigned char data[] = {{\n  {body}\n}};\nunsigned int data_len = {len(data)};\n"


FORMATS: dict[str, tuple[str, Callable[[bytes, Charset], str]]] = {
    "text": ("text", _text),
    "hex": ("hex", lambda data, charset: data.hex(" ")),
    "hexdump": ("hexdump", lambda data, charset: canonical(data)),
    "base64": ("base64", lambda data, charset: base64.b64encode(data).decode()),
    "python": ("Python bytes", lambda data, charset: repr(data)),
    "c": ("C array", lambda data, charset: _c_array(data)),
}
"""The formats by their names in the action table (`copy-text` …): what they are called, and bytes → text."""


def sequence(text: str, tmux: bool) -> str:
    """The control sequence that sets the clipboard; `tmux`: the program runs in tmux."""
    plain = f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'surrogateescape')).decode()}\x07"
    escaped = plain.replace("\x1b", "\x1b\x1b")
    return f"{plain}\x1bPtmux;{escaped}\x1b\\" if tmux else plain


def copy(
    data: bytes,
    form: str,
    write: Callable[[str], object],
    charset: Charset = UTF8,
    folder: Path | None = None,
) -> str:
    """Copy `data` in a format of `FORMATS`; returns the result in words. Raises `OSError` if a file cannot be written."""
    name, make = FORMATS[form]
    text = make(data, charset)
    encoded = text.encode("utf-8", "surrogateescape")
    if len(encoded) <= LIMIT:
        write(sequence(text, bool(os.environ.get("TMUX"))))
        return f"{len(data):,} bytes copied as {name}"
    folder = folder or copies_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    suffix = {"python": ".py", "c": ".c"}.get(form, ".txt")
    path = folder / f"message-{time.time_ns():x}{suffix}"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(encoded)
    return f"too long for the clipboard: saved as {name} in {path}"
