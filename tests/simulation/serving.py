"""The server under test: a real `Worker` on a simulated loop and transport."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.generator import PROTOCOLS, Scenario
from tests.simulation.network import Network
from tests.simulation.toy_protocols import TOYS
from tests.simulation.transport import SimulatedTransport
from tuiserver.core.address import Address
from tuiserver.core.commands import AnyCommand
from tuiserver.core.limits import Limits
from tuiserver.engine.feed import Sink
from tuiserver.engine.loop import Clock, Loop, Wakeup
from tuiserver.engine.pollers import Poller
from tuiserver.engine.transports.registry import TRANSPORTS
from tuiserver.protocols.base import Protocol, SimpleFactory
from tuiserver.protocols.registry import PROTOCOLS as PROTOCOL_REGISTRY
from tuiserver.protocols.registry import Entry
from tuiserver.worker import Worker

LINGER_SIZE = 4000
"""Bytes that a closing connection reads and discards at most: few, so that clients of the simulation reach it."""


class SharedLoop(Loop):
    """A loop that ends when all of its servers have stopped."""

    def __init__(self, poller: Poller, clock: Clock, wakeup: Wakeup, servers: int) -> None:
        super().__init__(poller, clock, wakeup)
        self._servers = servers

    @property
    def queued_timers(self) -> int:
        """How many timers use memory."""
        return len(self.timers.heap)

    def stop(self) -> None:
        """As `Loop.stop`, called once by each server."""
        self._servers -= 1
        if not self._servers:
            super().stop()


class SimulatedServer:
    """A worker on a simulated loop."""

    def __init__(self, scenario: Scenario, loop: SharedLoop, network: Network) -> None:
        self._loop = loop
        self._transport = SimulatedTransport(network, f"sim{len(TRANSPORTS)}")
        TRANSPORTS[self._transport.name] = self._transport
        limits = Limits(
            max_buffer=scenario.max_buffer,
            max_buffered=scenario.max_buffered,
            max_connections=scenario.max_connections,
            idle_timeout=scenario.idle_timeout,
            request_timeout=scenario.request_timeout,
            handshake_timeout=scenario.handshake_timeout,
            half_close=scenario.half_close,
        )
        PROTOCOL_REGISTRY.update({name: _entry(name, toy) for name, toy in TOYS.items()})
        addresses = [Address(name, "sim", port, self._transport.name) for port, name in enumerate(PROTOCOLS, 1)]
        self.worker: Worker[bytes] = Worker(*addresses, sniff=True, limits=limits, loop=loop)
        self.worker.server.closer.linger_size = LINGER_SIZE
        self.listeners = self._transport.listeners

    @property
    def stopped(self) -> bool:
        """True once the loop has ended."""
        return self._loop.stopping

    def start(self) -> None:
        """Open the addresses."""
        self.worker.bind()

    def send(self, command: AnyCommand) -> None:
        """Send a command as a link does."""
        self._loop.call_threadsafe(self.worker.handle, command)

    def add_sink(self, sink: Sink) -> None:
        """Let a watcher join as it does in a running server: with a snapshot."""
        self._loop.call_threadsafe(self.worker.server.add_sink, sink)

    def remove_sink(self, sink: Sink, removed: Callable[[], object]) -> None:
        """Let a watcher leave; `removed` is called when it has left."""
        self.worker.remove_sink(sink)
        self._loop.call_threadsafe(removed)

    def finish(self) -> None:
        """What a worker does when its loop has ended."""
        self.worker.server.close()

    def close(self) -> None:
        """Remove it from the registries."""
        TRANSPORTS.pop(self._transport.name, None)
        for name in TOYS:
            PROTOCOL_REGISTRY.pop(name, None)


def _entry(name: str, create: Callable[[], Protocol]) -> Entry:
    factory = SimpleFactory(create)
    return Entry(name, "a toy", lambda factories, parameters: factory)
