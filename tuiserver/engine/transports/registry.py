"""The registry of transports by name. A new transport is one file in this folder and one line here."""

from __future__ import annotations

from tuiserver.core.address import Address, AddressError, parse
from tuiserver.core.limits import Limits
from tuiserver.engine.transports.base import Transport
from tuiserver.engine.transports.tcp import Tcp
from tuiserver.protocols.parameters import SpecError
from tuiserver.protocols.registry import Factories, schemes

TRANSPORTS: dict[str, Transport] = {"tcp": Tcp()}


def parse_address(text: str) -> Address:
    """Text → an address with a protocol and a transport that exist; raises `AddressError`."""
    address = parse(text, schemes(), tuple(TRANSPORTS))
    if address.protocol:
        check_protocol(address, Factories(Limits()))
    return address


def check_protocol(address: Address, factories: Factories) -> None:
    """Raise `AddressError` unless the protocol of an address exists and its parameters are valid."""
    try:
        factories.get(address.protocol)
    except SpecError as error:
        raise AddressError(f"{error} (in {address})") from None
