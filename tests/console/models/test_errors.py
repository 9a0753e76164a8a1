"""The errors that a toast tells."""

from __future__ import annotations

from tuiserver.console.models.errors import Errors


def test_errors_forget_what_is_old() -> None:
    """After its time an error counts from one again; of many different ones the latest are shown."""
    errors = Errors()
    errors.add("a", 0.0)
    errors.add("a", 1.0)
    assert errors.take() == "a  (2 times)"
    assert errors.take() == ""
    errors.add("a", 100.0)
    assert errors.take() == "a"
    for text in "bcde":
        errors.add(text, 100.5)
    assert errors.take() == "c\nd\ne"
