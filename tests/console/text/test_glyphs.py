"""Symbols: each has an ASCII replacement for terminals or locales without UTF-8."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tuiserver.console.text.glyphs import ASCII, UNICODE, choose

WORDS = ("up", "down", "left", "right", "plus_minus")
"""The arrows, which become words, and a symbol that becomes two."""


def test_every_symbol_has_a_replacement_of_its_width() -> None:
    """Except for the few that become words."""
    for name, sign in UNICODE._asdict().items():
        replacement = getattr(ASCII, name)
        assert replacement.isascii()
        assert name in WORDS or len(replacement) == len(sign)
    assert ASCII.ascii
    assert not UNICODE.ascii


def test_ascii_when_it_is_asked_for() -> None:
    """Whatever the locale is."""
    assert choose(True) is ASCII


@pytest.mark.parametrize(("locale", "is_ascii"), [("C", True), ("POSIX", True), ("C.UTF-8", False)])
def test_the_locale_decides(locale: str, is_ascii: bool) -> None:
    """A locale without UTF-8 gets ASCII, although Python itself would write UTF-8."""
    words = "from tuiserver.console.text.glyphs import choose; print(choose(False).ascii)"
    environment = {**os.environ, "LC_ALL": locale}
    result = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == str(is_ascii)
