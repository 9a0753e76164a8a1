"""Recent errors in one toast."""

from __future__ import annotations

from tuiserver.console.models.error_toast import DURATION, ErrorToast


def test_repeated_errors_are_counted() -> None:
    """The same error within the time of a toast is shown once, with its count; without a new error there is nothing to show."""
    toast = ErrorToast()
    toast.add("a", 0.0)
    toast.add("a", 1.0)
    assert toast.take() == "a  (2 times)"
    assert toast.take() == ""


def test_an_error_that_is_no_longer_shown_counts_from_one_again() -> None:
    """After its time it is forgotten."""
    toast = ErrorToast()
    toast.add("a", 0.0)
    toast.add("a", DURATION + 0.1)
    assert toast.take() == "a"


def test_only_the_latest_errors_are_shown() -> None:
    """Three at most, the latest last, each with its control characters escaped."""
    toast = ErrorToast()
    for text in ("a", "b", "c\x1b", "d"):
        toast.add(text, 1.0)
    assert toast.take() == "b\nc\\x1b\nd"
