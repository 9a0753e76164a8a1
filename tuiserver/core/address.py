"""Where to listen, in words: `http://[::1]:8080` ⇄ `Address`.

Rules of this file:
- Text in, value out; nothing is looked up and nothing is opened.
- What cannot be read is refused with one line that names it and says what would be right.
"""

from __future__ import annotations

import msgspec

SCHEMES = {"tcp": "", "raw": "raw", "http": "http"}
"""Scheme → the protocol it names; empty where none is named."""

EXAMPLE = "127.0.0.1:9999"


class AddressError(ValueError):
    """The text is no address we can listen on; `str()` is one line for the user."""


class Address(msgspec.Struct, frozen=True):
    """One address to listen on. `host` is empty for all interfaces; `port` 0 lets the system choose."""

    protocol: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol or 'tcp'}://{self.authority}"

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 host in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def at(self, host: str, port: int) -> Address:
        """The same address with the host and port it got when it was opened."""
        return Address(self.protocol, host, port)


def parse(text: str) -> Address:
    """`127.0.0.1:9999`, `:9999`, `[::1]:9999`, `tcp://…`, `raw://…`, `http://…` → `Address`; raises `AddressError`."""
    text = "".join(c if c.isprintable() else "?" for c in text)  # what is refused is shown on a terminal
    scheme, separator, rest = text.rpartition("://")
    if separator and scheme.lower() not in SCHEMES:
        raise AddressError(f'unknown scheme "{scheme}" in "{text}": use one of {", ".join(SCHEMES)}')
    protocol = SCHEMES[scheme.lower()] if separator else ""
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket:
            raise AddressError(f'"{text}" has no closing bracket: an IPv6 address is written [::1]:9999')
        colon, port = tail[:1], tail[1:]
    else:
        host, colon, port = rest.rpartition(":")
        if ":" in host:
            raise AddressError(f'"{text}" has too many colons: an IPv6 address is written [::1]:9999')
    if colon != ":" or not port:
        raise AddressError(f'"{text}" has no port: an address looks like {EXAMPLE}')
    if not (port.isascii() and port.isdecimal()):
        raise AddressError(f'"{port}" in "{text}" is not a port: a port is a number from 0 to 65535')
    if int(port) > 65535:
        raise AddressError(f'port {port} in "{text}" is out of range: a port is a number from 0 to 65535')
    if any(c.isspace() or c in "/?#@" for c in host):
        raise AddressError(f'"{text}" is not an address: an address looks like {EXAMPLE}')
    return Address(protocol, host, int(port))
