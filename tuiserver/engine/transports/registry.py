"""The registry of transports by name. A new transport is one file in this folder and one line here."""

from __future__ import annotations

from tuiserver.core.address import Address, parse
from tuiserver.engine.transports.base import Transport
from tuiserver.engine.transports.tcp import Tcp
from tuiserver.protocols import registry as protocols

TRANSPORTS: dict[str, Transport] = {"tcp": Tcp()}


def parse_address(text: str) -> Address:
    """Text → an address with a protocol and a transport that exist; raises `AddressError`."""
    return parse(text, protocols.schemes(), tuple(TRANSPORTS))
