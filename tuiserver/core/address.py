"""Addresses to listen on, as text and as a value: `http://[::1]:8080` ⇄ `Address`.

Rules of this file:
- Pure: nothing is resolved and nothing is opened.
- The caller passes the names of the known protocols and transports; this file knows the grammar only.
- An invalid address is refused with one line that names it and shows what would be valid.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from tuiserver.core.suggestions import did_you_mean

TCP = "tcp"
"""The transport of an address that names none."""
EXAMPLE = "127.0.0.1:9999"
MAX_PORT = 65535


class AddressError(ValueError):
    """The text is not an address to listen on; `str()` is one line for the user."""


class Address(msgspec.Struct, frozen=True):
    """One address to listen on.

    `protocol`, with its parameters, is empty where none is named. `host` is empty for all interfaces; with `port` 0 the system
    chooses a free port. Transports without ports have a `path` instead.
    """

    protocol: str
    host: str
    port: int
    transport: str = TCP
    path: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def scheme(self) -> str:
        """`tcp`, `http`, `unix`, `http+unix`."""
        if self.transport == TCP:
            return self.protocol or TCP
        return f"{self.protocol}+{self.transport}" if self.protocol else self.transport

    @property
    def authority(self) -> str:
        """`host:port` with an IPv6 host in brackets, or the path."""
        if self.path:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def at(self, host: str, port: int) -> Address:
        """The same address with the host and port it got when it was opened."""
        return msgspec.structs.replace(self, host=host, port=port)

    def overlaps(self, other: Address) -> bool:
        """True if the addresses alone show that both cannot be opened at once."""
        if (self.transport, self.path) != (other.transport, other.path):
            return False
        return bool(self.path) or (self.port != 0 and (self.host, self.port) == (other.host, other.port))


def parse(text: str, protocols: Collection[str] = ("raw", "http"), transports: Collection[str] = (TCP,)) -> Address:
    r"""`[PROTOCOL+]TRANSPORT://…`, `PROTOCOL://…` or no scheme → `Address`; raises `AddressError`.

    The scheme is followed by `HOST:PORT`, `:PORT`, `[IPv6]:PORT`, or a path: `/run/x.sock`, `@name`. A protocol may have
    parameters, which are not read here: `fixed:26://…`, `delimiter:\x03+tcp://…`.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "?" for c in text)  # errors print it on a terminal
        raise AddressError(f'"{text}" is not an address: it has a character that cannot be printed')
    scheme, separator, rest = text.rpartition("://")
    protocol, transport = _read_scheme(scheme, text, protocols, transports) if separator else ("", TCP)
    if transport != TCP and rest.startswith(("/", "@")):
        return Address(protocol, "", 0, transport, rest)
    host, port = _read_authority(rest, text)
    return Address(protocol, host, port, transport)


def _read_scheme(scheme: str, text: str, protocols: Collection[str], transports: Collection[str]) -> tuple[str, str]:
    """Protocol, with its parameters, and transport of a scheme."""
    if scheme.lower() in transports:
        return "", scheme.lower()
    head, plus, tail = scheme.rpartition("+")
    spec, transport = (head, tail.lower()) if plus and tail.lower() in transports else (scheme, TCP)
    name, colon, parameters = spec.partition(":")
    if name and name.lower() in protocols:
        return f"{name.lower()}{colon}{parameters}", transport
    known = (*transports, *protocols)
    hint = did_you_mean(name.lower(), known)
    raise AddressError(f'unknown scheme "{scheme}" in "{text}"{hint}: use one of {", ".join(known)}')


def _read_authority(rest: str, text: str) -> tuple[str, int]:
    """Host and port of the text after the scheme."""
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
        raise AddressError(f'"{port}" in "{text}" is not a port: a port is a number from 0 to {MAX_PORT}')
    if len(port) > len(str(MAX_PORT)) + 5 or int(port) > MAX_PORT:
        raise AddressError(f'port {port[:20]} in "{text}" is out of range: a port is a number from 0 to {MAX_PORT}')
    if any(c.isspace() or c in "/?#@" for c in host):
        raise AddressError(f'"{text}" is not an address: an address looks like {EXAMPLE}')
    return host, int(port)


def host_of(peer: str) -> str:
    """The host of a peer without its port: `10.0.0.7` of `10.0.0.7:40112`, `::1` of `[::1]:40112`; empty if it has none."""
    host, colon, port = peer.rpartition(":")
    return host.removeprefix("[").removesuffix("]") if colon and port.isdecimal() else ""
