"""The registry of protocols by name. A new protocol is one file in this folder and one line here.

Rules of this file:
- A function here creates a factory from the limits of the server, and from its other factories if it hands over to them.
- The module of a protocol is imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable

from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Factory

DEFAULT = "raw"
"""The protocol of addresses that name none, unless a program asks for another one."""
SNIFFER = "sniffer"
"""The protocol that detects which protocol a client speaks; it is not a scheme of addresses."""


def _raw(factories: Factories) -> Factory:
    from tuiserver.protocols.raw import RawFactory

    return RawFactory()


def _http(factories: Factories) -> Factory:
    from tuiserver.protocols.http.protocol import HttpFactory

    return HttpFactory(factories.limits)


def _sniffer(factories: Factories) -> Factory:
    from tuiserver.protocols.sniffer import SnifferFactory

    return SnifferFactory(factories)


PROTOCOLS: dict[str, Callable[[Factories], Factory]] = {
    "raw": _raw,
    "http": _http,
    SNIFFER: _sniffer,
}


class Factories:
    """The factories of one server, each created on first use."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._made: dict[str, Factory] = {}

    def get(self, name: str) -> Factory:
        """The factory of the protocol `name`; raises `KeyError` for an unknown name."""
        factory = self._made.get(name)
        if factory is None:
            factory = self._made[name] = PROTOCOLS[name](self)
        return factory


def schemes() -> tuple[str, ...]:
    """The names of protocols that an address may name."""
    return tuple(name for name in PROTOCOLS if name != SNIFFER)
