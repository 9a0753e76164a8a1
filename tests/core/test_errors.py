"""Exceptions in words, whatever they do."""

from __future__ import annotations

from tuiserver.core.errors import error_words


class Wordless(Exception):
    """Its `str()` raises an exception."""

    def __str__(self) -> str:
        return self.args[0]  # type: ignore[no-any-return]


def test_type_and_text() -> None:
    """The text is left out where there is none."""
    assert error_words(ValueError("no such user")) == "ValueError: no such user"
    assert error_words(SystemExit()) == "SystemExit"


def test_an_exception_whose_text_raises() -> None:
    """It is described by its type."""
    assert error_words(Wordless(404)) == "Wordless (its str() raises an exception)"
