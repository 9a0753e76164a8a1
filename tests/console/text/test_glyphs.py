"""Signs: each has a twin in ASCII, which is taken where it is asked for or the locale is not UTF-8."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tuiserver.console.text.glyphs import ASCII, UNICODE, choose

WORDS = ("up", "down", "plus_minus")
"""The arrows, which become words, and a sign that becomes two."""


def test_every_sign_has_a_twin_of_its_width() -> None:
    """In ASCII there is nothing else, and nothing moves."""
    for name, sign in UNICODE._asdict().items():
        twin = getattr(ASCII, name)
        assert twin.isascii()
        assert name in WORDS or len(twin) == len(sign)
    assert ASCII.ascii
    assert not UNICODE.ascii


def test_ascii_when_it_is_asked_for() -> None:
    """Whatever the locale is."""
    assert choose(True) is ASCII


@pytest.mark.parametrize(("locale", "is_ascii"), [("C", True), ("POSIX", True), ("C.UTF-8", False)])
def test_the_locale_decides(locale: str, is_ascii: bool) -> None:
    """A terminal of another locale gets ASCII, though Python itself would write UTF-8 there."""
    words = "from tuiserver.console.text.glyphs import choose; print(choose(False).ascii)"
    environment = {**os.environ, "LC_ALL": locale}
    told = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(is_ascii)
