"""Addresses: what is accepted, its full form, and what each refusal says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.address import Address, AddressError, host_of, parse


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
    """What is not an address is refused in one line that names it."""
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


TRANSPORTS = ("tcp", "unix", "tls")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:///run/x.sock", Address("", "", 0, "unix", "/run/x.sock")),
        ("http+unix:///run/x.sock", Address("http", "", 0, "unix", "/run/x.sock")),
        ("unix://@name", Address("", "", 0, "unix", "@name")),
        ("raw+tls://[::1]:443", Address("raw", "::1", 443, "tls")),
        ("tls://localhost:443", Address("", "localhost", 443, "tls")),
    ],
)
def test_transports_are_accepted(text: str, address: Address) -> None:
    """With or without a protocol, with a port or a path; the full form is the same text."""
    assert parse(text, transports=TRANSPORTS) == address
    assert str(address) == text


@pytest.mark.parametrize("scheme", ["unix", "http+unix", "raw+tls"])
def test_an_unknown_transport_is_refused(scheme: str) -> None:
    """The schemes are those of the transports that exist."""
    with pytest.raises(AddressError, match="unknown scheme"):
        parse(f"{scheme}:///run/x.sock")


@pytest.mark.parametrize("scheme", ["gopher+tls", "+tls", "tls+http", "http+"])
def test_a_scheme_is_a_protocol_and_a_transport(scheme: str) -> None:
    """In this order, and both known."""
    with pytest.raises(AddressError, match="unknown scheme"):
        parse(f"{scheme}://127.0.0.1:1", transports=TRANSPORTS)


def test_a_path_needs_a_transport_without_ports() -> None:
    """TCP has no paths."""
    with pytest.raises(AddressError, match="has no port"):
        parse("tcp:///run/x.sock")


@pytest.mark.parametrize(
    ("one", "other", "overlaps"),
    [
        (Address("", "a", 1), Address("http", "a", 1), True),
        (Address("", "a", 1), Address("", "a", 2), False),
        (Address("", "a", 1), Address("", "b", 1), False),
        (Address("", "a", 0), Address("", "a", 0), False),
        (Address("", "", 0, "unix", "/x"), Address("http", "", 0, "unix", "/x"), True),
        (Address("", "", 0, "unix", "/x"), Address("", "", 0, "unix", "/y"), False),
        (Address("", "a", 1), Address("", "a", 1, "tls"), False),
    ],
)
def test_addresses_that_overlap(one: Address, other: Address, overlaps: bool) -> None:
    """The same host and port, or the same path, of one transport; port 0 is a new port each time."""
    assert one.overlaps(other) == other.overlaps(one) == overlaps


def test_the_port_of_the_system_replaces_port_0() -> None:
    """Everything else stays."""
    assert Address("http", "localhost", 0).at("127.0.0.1", 80) == Address("http", "127.0.0.1", 80)


@pytest.mark.parametrize(
    ("peer", "host"),
    [("10.0.0.7:40112", "10.0.0.7"), ("[fe80::1%eth0]:1", "fe80::1%eth0"), ("", ""), ("pid 12", ""), ("/run/x:y", "")],
)
def test_the_host_of_a_peer(peer: str, host: str) -> None:
    """Without its port and brackets; a peer without a port has none."""
    assert host_of(peer) == host
