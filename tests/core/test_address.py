"""Addresses: what is accepted, its full form, and what each refusal says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.address import Address, AddressError, parse


@pytest.mark.parametrize(
    ("text", "address", "full"),
    [
        ("127.0.0.1:9999", Address("", "127.0.0.1", 9999), "tcp://127.0.0.1:9999"),
        (":9999", Address("", "", 9999), "tcp://:9999"),
        ("[::1]:0", Address("", "::1", 0), "tcp://[::1]:0"),
        ("tcp://localhost:1", Address("", "localhost", 1), "tcp://localhost:1"),
        ("raw://127.0.0.1:2", Address("raw", "127.0.0.1", 2), "raw://127.0.0.1:2"),
        ("HTTP://[::]:65535", Address("http", "::", 65535), "http://[::]:65535"),
    ],
)
def test_accepts(text, address, full):
    """Every form of the grammar is read, and written in full."""
    assert parse(text) == address
    assert str(address) == full


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no port"),
        ("127.0.0.1", "has no port"),
        ("127.0.0.1:", "has no port"),
        ("127.0.0.1:http", '"http" in "127.0.0.1:http" is not a port'),
        ("127.0.0.1:٣", "is not a port"),
        ("127.0.0.1:-1", "is not a port"),
        ("127.0.0.1:65536", "port 65536 .* out of range"),
        ("ftp://127.0.0.1:1", 'unknown scheme "ftp" .* tcp, raw, http'),
        ("::1:9999", "too many colons"),
        ("[::1:9999", "no closing bracket"),
        ("[::1]9999", "has no port"),
        ("http://host/path:80", "is not an address"),
        ("ho st:80", "is not an address"),
        ("\x1b[2J:80", "is not an address"),
    ],
)
def test_refuses(text, says):
    """What is no address is refused in one line that names it."""
    with pytest.raises(AddressError, match=says) as error:
        parse(text)
    assert "\n" not in str(error.value)


@given(st.text())
def test_never_fails_otherwise(text):
    """Any text is an address that is read back from its full form, or an `AddressError`."""
    try:
        address = parse(text)
    except AddressError:
        return
    assert parse(str(address)) == address
