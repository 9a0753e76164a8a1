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
from tuiserver.engine.loop import Loop
from tuiserver.engine.transports.registry import TRANSPORTS
from tuiserver.protocols.base import Factory, Protocol, SimpleFactory
from tuiserver.protocols.registry import PROTOCOLS as PROTOCOL_REGISTRY
from tuiserver.protocols.registry import Factories
from tuiserver.worker import Worker


class SimulatedServer:
    """A worker whose turns are run one by one."""

    def __init__(self, scenario: Scenario, loop: Loop, network: Network) -> None:
        self._loop = loop
        self._transport = SimulatedTransport(network)
        TRANSPORTS[self._transport.name] = self._transport
        limits = Limits(
            max_buffer=scenario.max_buffer,
            max_buffered=scenario.max_buffered,
            max_connections=scenario.max_connections,
            idle_timeout=scenario.idle_timeout,
            request_timeout=scenario.request_timeout,
            handshake_timeout=scenario.handshake_timeout,
        )
        PROTOCOL_REGISTRY.update({name: _factory(toy) for name, toy in TOYS.items()})
        addresses = [Address(name, "sim", port, self._transport.name) for port, name in enumerate(PROTOCOLS, 1)]
        self.worker: Worker[bytes] = Worker(*addresses, sniff=True, limits=limits, loop=loop)
        self.listeners = self._transport.listeners

    @property
    def stopped(self) -> bool:
        """True once the server has left its loop."""
        return self._loop.stopping

    def start(self) -> None:
        """Open the addresses."""
        self.worker.bind()

    def turn(self) -> None:
        """Run one turn."""
        self._loop.turn()

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
        """Release the loop."""
        self._loop.close()
        TRANSPORTS.pop(self._transport.name, None)
        for name in TOYS:
            PROTOCOL_REGISTRY.pop(name, None)


def _factory(create: Callable[[], Protocol]) -> Callable[[Factories], Factory]:
    factory = SimpleFactory(create)
    return lambda factories: factory
