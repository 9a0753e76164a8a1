"""The registry of protocols by name. A new protocol is one file in this folder and one line here.

Rules of this file:
- A function here creates a factory from the parameters of the protocol, the limits of the server, and its other factories if
  it hands over to them.
- The module of a protocol is imported on first use. Those of other packages are looked for only if no built-in one has the name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from tuiserver.core.limits import Limits
from tuiserver.core.suggestions import did_you_mean
from tuiserver.protocols.base import Factory, LocalProtocolError, Protocol
from tuiserver.protocols.parameters import SpecError, split

DEFAULT = "raw"
"""The protocol of addresses that name none, unless a program asks for another one."""
LINE = "line"
"""The protocol of lines."""
SNIFFER = "sniffer"
"""The protocol that detects which protocol a client speaks; it is not a scheme of addresses."""


class Entry(NamedTuple):
    """A protocol: how it is written, such as `fixed:N`, what a message is, and what creates its factory."""

    form: str
    summary: str
    create: Callable[[Factories, str], Factory]
    """`create(factories, parameters)`; raises `SpecError`."""


def _raw(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.raw import RawFactory

    return RawFactory()


def _http(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.http.protocol import HttpFactory

    return HttpFactory(factories.limits)


def _line(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.delimited import create_line

    return create_line(parameters, factories.limits)


def _delimiter(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.delimited import create_delimiter

    return create_delimiter(parameters, factories.limits)


def _sized(name: str) -> Callable[[Factories, str], Factory]:
    def create(factories: Factories, parameters: str) -> Factory:
        from tuiserver.protocols.sized import create_sized

        return create_sized(name, parameters, factories.limits)

    return create


def _fixed(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.sized import create_fixed

    return create_fixed(parameters, factories.limits)


def _stx(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.stuffed import create_stx

    return create_stx(parameters, factories.limits)


def _slip(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.encoded import create_slip

    return create_slip(factories.limits)


def _cobs(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.encoded import create_cobs

    return create_cobs(factories.limits)


def _gap(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.gap import create_gap

    return create_gap(parameters, factories.limits)


def _sniffer(factories: Factories, parameters: str) -> Factory:
    from tuiserver.protocols.sniffer import SnifferFactory

    return SnifferFactory(factories)


PROTOCOLS: dict[str, Entry] = {
    "raw": Entry("raw", "the bytes of one read", _raw),
    "http": Entry("http", "a request of HTTP/1.1", _http),
    LINE: Entry("line[:ENDING]", "a line, without its ending; ENDING is sent: lf (default), crlf, cr, nul", _line),
    "delimiter": Entry("delimiter:BYTES", "what comes before these bytes: delimiter:\\x03", _delimiter),
    "u8": Entry("u8[:OPTIONS]", "what follows its length, a number of 8 bits", _sized("u8")),
    "u16": Entry("u16[:OPTIONS]", "the same with 16 bits, big-endian; u16:at=4 is Modbus/TCP", _sized("u16")),
    "u32": Entry("u32[:OPTIONS]", "the same with 32 bits, big-endian", _sized("u32")),
    "u16le": Entry("u16le[:OPTIONS]", "the same with 16 bits, little-endian", _sized("u16le")),
    "u32le": Entry("u32le[:OPTIONS]", "the same with 32 bits, little-endian", _sized("u32le")),
    "fixed": Entry("fixed:N", "N bytes", _fixed),
    "stx": Entry("stx[:dle]", "what is between STX and ETX, with DLE stuffing", _stx),
    "slip": Entry("slip", "a packet of SLIP, RFC 1055", _slip),
    "cobs": Entry("cobs", "what is between two zero bytes, decoded: consistent overhead byte stuffing", _cobs),
    "gap": Entry("gap:TIME", "what comes without a pause of this time: gap:50ms", _gap),
    SNIFFER: Entry(SNIFFER, "not known yet: the first bytes tell the protocol", _sniffer),
}


class Factories:
    """The factories of one server, each created on first use."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._made: dict[str, Factory] = {}

    def get(self, spec: str) -> Factory:
        """The factory of a protocol, by its name and parameters: `fixed:26`. Raises `SpecError`."""
        factory = self._made.get(spec)
        if factory is None:
            factory = self._made[spec] = self._create(spec)
        return factory

    def _create(self, spec: str) -> Factory:
        name, parameters = split(spec)
        entry = PROTOCOLS.get(name)
        if entry is None:
            from tuiserver.protocols import installed

            if (factory := installed.create(name, parameters)) is not None:
                return factory
            known = schemes()
            raise SpecError(f'unknown protocol "{name}"{did_you_mean(name, known)}: use one of {", ".join(known)}')
        if parameters and ":" not in entry.form:
            raise SpecError(f'"{spec}": {name} has no parameters')
        if not parameters and entry.form.startswith(f"{name}:"):
            raise SpecError(f'"{spec}" needs a parameter: {entry.form}')
        try:
            return entry.create(self, parameters)
        except SpecError as error:
            raise SpecError(f'"{spec}": {error}') from None


class Schemes(Collection[str]):
    """The names of protocols that an address may name. Those of other packages are looked for last."""

    def __contains__(self, name: object) -> bool:
        return (name in PROTOCOLS and name != SNIFFER) or name in _installed()

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in PROTOCOLS if name != SNIFFER)
        yield from (name for name in _installed() if name not in PROTOCOLS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _installed() -> tuple[str, ...]:
    from tuiserver.protocols import installed

    return installed.names()


def schemes() -> Collection[str]:
    """The names of protocols that an address may name."""
    return Schemes()


def has_frames(spec: str) -> bool:
    """Whether a protocol puts something around messages, or between them, whatever the client has sent.

    `spec` is what `Connected.protocol` and `Identified.protocol` report, such as `fixed:26`. Nothing is known about protocols
    that are not built in, nor about those whose answers depend on what the client has sent, such as HTTP: this returns False.
    """
    protocol = _checker(spec)
    return not (protocol is None or protocol.passthrough or protocol.request_response)


def frame(spec: str, data: bytes) -> bytes:
    """The bytes that a protocol sends for one message; raises `LocalProtocolError`. `data` itself unless `has_frames`."""
    protocol = _checker(spec)
    return protocol.encode(data, 0.0)[0] if protocol is not None and has_frames(spec) else data


def check(spec: str, data: bytes) -> str:
    """Why `data` cannot be sent as one message by a protocol, in one line; empty if it can, or unless `has_frames`."""
    try:
        frame(spec, data)
    except LocalProtocolError as error:
        return str(error)
    return ""


@lru_cache(32)
def _checker(spec: str) -> Protocol | None:
    """A protocol object that encodes as those of connections do; None if it is not built in, or not known yet."""
    try:
        name, _ = split(spec)
        return Factories(Limits()).get(spec).create() if name in PROTOCOLS else None
    except SpecError:
        return None
