"""The formats of a copied message, and the way to the clipboard."""

from __future__ import annotations

import ast
import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.console.terminal.clipboard import FORMATS, LIMIT, copy, sequence
from tuiserver.core.charsets import UTF8
from tuiserver.core.payload import parse_text

make = dict(FORMATS.values())


@given(st.binary(max_size=100))
def test_every_format_preserves_the_bytes(data: bytes) -> None:
    """The same bytes can be read back from each of them."""
    assert bytes.fromhex(make["hex"](data, UTF8)) == data
    assert base64.b64decode(make["base64"](data, UTF8)) == data
    assert ast.literal_eval(make["Python bytes"](data, UTF8)) == data
    text = make["text"](data, UTF8)
    assert text.encode() == data or parse_text(text) == data
    array = make["C array"](data, UTF8)
    assert bytes(int(byte, 16) for byte in re.findall(r"0x(..)", array)) == data
    assert f"data_len = {len(data)};" in array
    dump = [line.split("|")[0].split()[1:] for line in make["hexdump"](data, UTF8).splitlines()[:-1]]
    assert bytes(int(byte, 16) for line in dump for byte in line) == data


@pytest.mark.skipif(shutil.which("hexdump") is None, reason="hexdump is not installed")
def test_the_hexdump_is_that_of_hexdump() -> None:
    """The output equals that of `hexdump -C`."""
    data = bytes(range(50))
    theirs = subprocess.run(["hexdump", "-C"], input=data, capture_output=True, check=True).stdout.decode()
    assert [line.rstrip() for line in make["hexdump"](data, UTF8).splitlines()] == theirs.splitlines()


def test_the_control_sequence() -> None:
    """OSC 52 with base64; in tmux both plain, for its buffer, and wrapped, for the outer terminal."""
    inner = f"\x1b]52;c;{base64.b64encode(b'PING').decode()}\x07"
    assert sequence("PING", False) == inner
    assert sequence("PING", True) == inner + "\x1bPtmux;\x1b" + inner + "\x1b\\"


def test_long_messages_go_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to 74 kB go to the clipboard; more go to a file that only its owner can read, and its name is reported."""
    monkeypatch.delenv("TMUX", raising=False)
    written: list[str] = []
    assert copy(b"x" * LIMIT, "text", written.append, folder=tmp_path) == "74,000 bytes copied as text"
    assert len(written) == 1
    result = copy(b"x" * (LIMIT + 1), "text", written.append, folder=tmp_path / "copies")
    (path,) = (tmp_path / "copies").iterdir()
    assert result == f"too long for the clipboard: saved as text in {path}"
    assert path.read_bytes() == b"x" * (LIMIT + 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(written) == 1
    with pytest.raises(OSError, match=str(path)):
        copy(b"x" * LIMIT * 2, "python", written.append, folder=path)
