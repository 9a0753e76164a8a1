"""Describe exceptions that somebody else's code has raised.

Rules of this file:
- Nothing here raises, whatever the exception does.
"""

from __future__ import annotations


def error_words(error: BaseException) -> str:
    """Type and text of an exception: `ValueError: no such user`. An exception whose `str()` raises has no text."""
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException:
        return f"{name} (its str() raises an exception)"
    return f"{name}: {text}" if text else name
