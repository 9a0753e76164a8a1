"""The limits of a server."""

from __future__ import annotations

from tuiserver.core.limits import HTTP_KEEP_ALIVE, Limits


def test_the_idle_timeout_depends_on_the_protocol() -> None:
    """By default HTTP connections have one and raw connections have none; a configured one holds for both."""
    assert Limits().idle_timeout_of("http") == HTTP_KEEP_ALIVE
    assert Limits().idle_timeout_of("raw") == 0
    for timeout in (0.0, 5.0):
        assert Limits(idle_timeout=timeout).idle_timeout_of("http") == timeout
        assert Limits(idle_timeout=timeout).idle_timeout_of("raw") == timeout
