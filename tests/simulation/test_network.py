"""The simulated sockets behave as those of Linux do: the same calls on both give the same results and readiness."""

from __future__ import annotations

import errno
import select
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import ClientPlan
from tests.simulation.listening import ListeningSocket
from tests.simulation.network import ERROR, HANG_UP, Client, Faults, Network
from tuiserver.engine.pollers import READ, WRITE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the model is that of Linux")

RESET = struct.pack("ii", 1, 0)
SCRIPTS = [
    ("ready", "send", "ready", "recv", "ready", "recv"),
    ("finish", "ready", "recv", "recv", "ready"),
    ("send", "finish", "recv", "recv", "ready"),
    ("reset", "ready", "recv", "ready", "recv", "ready"),
    ("send", "reset", "ready", "recv", "recv", "recv", "ready"),
    ("finish", "recv", "reset", "ready", "recv", "ready", "reply", "reply", "ready"),
    ("reset", "reply", "reply", "ready", "recv"),
    ("shutdown", "ready", "finish", "ready", "recv"),
    ("shutdown", "reply"),
    ("reset", "shutdown", "ready"),
    ("close", "ready", "recv", "reply", "ready", "recv", "reply"),
    ("reply", "close", "ready", "recv", "ready"),
    ("send", "close", "recv", "recv", "ready"),
]


class RealPair:
    """A TCP connection over the loopback interface."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.client = socket.create_connection(listener.getsockname())
            self.server: Any = listener.accept()[0]
        self.server.setblocking(False)
        self._poll = select.epoll()
        self._poll.register(self.server.fileno(), READ | WRITE)

    def act(self, step: str) -> None:
        """What the client does."""
        if step == "send":
            self.client.send(b"data")
        elif step == "finish":
            self.client.shutdown(socket.SHUT_WR)
        else:
            if step == "reset":
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.client.close()

    def ready(self) -> int:
        """The readiness of the server's end."""
        return dict(self._poll.poll(0)).get(self.server.fileno(), 0)

    def close(self) -> None:
        """Release everything."""
        self._poll.close()
        self.client.close()
        self.server.close()


class SimulatedPair:
    """The same in the simulated network."""

    def __init__(self) -> None:
        network = Network(SimulatedClock())
        listener = ListeningSocket(network, 1)
        self.client = Client(network, ClientPlan(1, rate=0), Faults("no faults"))
        listener.connect(self.client)
        self.server: Any = listener.accept()[0]

    def act(self, step: str) -> None:
        """What the client does."""
        if step == "send":
            self.client.send(b"data")
        else:
            getattr(self.client, step)()

    def ready(self) -> int:
        """The readiness of the server's end."""
        return self.server.events()

    def close(self) -> None:
        """There is nothing to release."""


def record(pair: RealPair | SimulatedPair, script: tuple[str, ...]) -> Iterator[object]:
    """The result of each step of the server's end."""
    calls: dict[str, Callable[[], object]] = {
        "recv": lambda: pair.server.recv(100),
        "reply": lambda: pair.server.send(b"reply"),
        "shutdown": lambda: pair.server.shutdown(socket.SHUT_WR),
        "ready": lambda: pair.ready() & (READ | WRITE | ERROR | HANG_UP),
    }
    for step in script:
        if step not in calls:
            pair.act(step)
            continue
        try:
            yield step, calls[step]()
        except OSError as error:
            yield step, errno.errorcode[error.errno or 0]


@pytest.mark.parametrize("script", SCRIPTS, ids=" ".join)
def test_a_simulated_socket_behaves_like_a_real_one(script: tuple[str, ...]) -> None:
    """Each script of client and server steps gives the same data, errors and readiness on both."""
    real, simulated = RealPair(), SimulatedPair()
    try:
        assert list(record(simulated, script)) == list(record(real, script))
    finally:
        real.close()
        simulated.close()
