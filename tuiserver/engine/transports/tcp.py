"""TCP over IPv4 and IPv6.

Rules of this file:
- The error for an address that cannot be opened is one line that names the address and the remedy.
- An IPv4 client of a dual-stack socket is named as IPv4.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from contextlib import suppress
from typing import Any

from tuiserver.core.address import Address
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.socket_info import SocketInfo, read_socket_info
from tuiserver.engine.transports.base import ListenError, Opened

MAX_BACKLOG = 2**31 - 1
"""What fits into the `int` of listen(2); the system allows less anyway."""
PROBE_INTERVAL, PROBES = 10, 3
"""Seconds between two probes of a silent peer, and after how many of them the connection has failed (tcp(7))."""
MAX_KEEPALIVE = 32767
"""The maximum of `TCP_KEEPIDLE` on Linux, in seconds."""
_RESET = struct.pack("ii", 1, 0)
"""`struct linger {on, 0 seconds}`: close with a reset (socket(7))."""


class Tcp:
    """The `Transport` of `tcp://` addresses."""

    name = "tcp"

    def resolve(self, address: Address) -> list[Address]:
        """As `Transport.resolve`: `localhost` stands for `127.0.0.1` and `::1`, less those that this machine lacks."""
        try:
            found = _look_up(address) if address.host else []
        except (OSError, UnicodeError):
            return [address]  # `open` reports it
        if len(found) < 2:
            return [address]
        here = [address.at(str(name[0]), address.port) for family, name in found if _is_here(family, name)]
        return here if len(here) > 1 else [address]

    def open(self, address: Address, options: SocketOptions, backlog: int) -> Opened:
        """As `Transport.open`. An IPv4-mapped address (RFC 4291 section 2.5.5.2) is opened as the IPv4 address it stands for."""
        address = _without_mapping(address)
        family, name = _resolve(address)
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            raise ListenError(error.errno, _explain(address, error)) from None
        try:
            _set_options(sock, family, options, dual_stack=not address.host)
            sock.setblocking(False)
            sock.bind(name)
            sock.listen(min(backlog, MAX_BACKLOG))
        except OSError as error:
            sock.close()
            raise ListenError(error.errno, _explain(address, error)) from None
        address = address.at(*_address_of(sock.getsockname()))
        host = address.host
        return Opened(sock, address, "" if host in ("::", "0.0.0.0") else address.authority)

    def name_of(self, sockname: Any) -> str:
        """`host:port`, an IPv6 host in brackets."""
        host, port = sockname[:2]
        if ":" not in host:
            return f"{host}:{port}"
        if host.startswith("::ffff:") and "." in host:
            return f"{host[7:]}:{port}"
        return f"[{host}]:{port}"

    def inspect(self, sock: socket.socket) -> SocketInfo:
        """As `Transport.inspect`."""
        return read_socket_info(sock)

    def reset_on_close(self, sock: socket.socket) -> None:
        """As `Transport.reset_on_close`: the peer gets an RST."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _set_options(sock: socket.socket, family: int, options: SocketOptions, dual_stack: bool) -> None:
    """Accepted sockets inherit these: one system call per listener, not per client (tcp(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.reuse_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        ipv6_only = not dual_stack if options.ipv6_only is None else options.ipv6_only
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, ipv6_only)
    if options.nodelay:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if options.keepalive:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            sock.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, min(MAX_KEEPALIVE, max(1, round(options.keepalive)))
            )
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_INTERVAL)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
    if options.receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.receive_buffer)
    if options.send_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.send_buffer)


def _look_up(address: Address) -> list[tuple[int, Any]]:
    """The families and socket addresses that a host stands for, each once; raises `OSError` or `UnicodeError`.

    The socket address of a link-local host holds the number of its interface (RFC 4007).
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((int(family), name) for family, _, _, _, name in found))


def _without_mapping(address: Address) -> Address:
    """`10.0.0.1` for `::ffff:10.0.0.1`, every other address as it is."""
    with suppress(ValueError):
        if (mapped := ipaddress.IPv6Address(address.host).ipv4_mapped) is not None:
            return address.at(str(mapped), address.port)
    return address


def _address_of(sockname: Any) -> tuple[str, int]:
    """Host and port of a listening socket, a link-local host with its interface, so that it can be listened on again."""
    host, port = sockname[:2]
    if len(sockname) > 2 and sockname[3] and "%" not in host:
        host = f"{host}%{socket.if_indextoname(sockname[3])}"
    return host, port


def _is_here(family: int, name: Any) -> bool:
    """Whether this machine has the address: a hosts file may name `::1` where there is no IPv6."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.bind((name[0], 0, *name[2:]))
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True


def _resolve(address: Address) -> tuple[int, Any]:
    """Address family and socket address to bind."""
    host, port = address.host, address.port
    if not host:
        return (socket.AF_INET6, ("::", port)) if socket.has_dualstack_ipv6() else (socket.AF_INET, ("0.0.0.0", port))
    try:
        found = _look_up(address)
    except (OSError, UnicodeError):
        raise ListenError(
            errno.EADDRNOTAVAIL,
            f'cannot listen on {address}: unknown host "{host}" – use an address of this machine, or :{port} for all of them',
        ) from None
    return next((each for each in found[:-1] if _is_here(*each)), found[-1])


def _explain(address: Address, error: OSError) -> str:
    port = address.port
    hints = {
        errno.EADDRINUSE: f"the address is in use – see by whom: ss -ltnp 'sport = :{port}' (or lsof -i :{port})",
        errno.EACCES: f"permission denied – port {port} needs root, one of 1024 or above does not",
        errno.EADDRNOTAVAIL: f"this machine has no such address – use one it has, or :{port} for all of them",
    }
    if error.errno == errno.EINVAL and address.host.lower().startswith("fe80:") and "%" not in address.host:
        return f"cannot listen on {address}: a link-local address needs its interface: [{address.host}%eth0]:{port}"
    words = os.strerror(error.errno or 0).lower()
    return f"cannot listen on {address}: {hints.get(error.errno or 0, words)}"
