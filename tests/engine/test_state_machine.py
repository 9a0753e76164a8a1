"""A real server on real sockets, driven by hypothesis and watched by the auditor of the simulation.

Rules of this file:
- A rule does one thing and waits for nothing; hypothesis finds the orders in which things go wrong.
- What the server read and wrote is known from its wire events, and compared with everything else it says.
"""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.simulation.auditor import Auditor
from tests.simulation.generator import ClientPlan, Scenario
from tests.simulation.known import KNOWN
from tests.support.serving import LIMIT
from tuiserver import Limits, Worker
from tuiserver.core import commands
from tuiserver.core.events import AnyEvent, Closed, Connected, Read, Wrote

FLOOD = b"x" * 150_000
MESSAGES = (b"echo", b"flood", b"close", b"abort", b"raise", b"pause", b"x" * 9000)
"""What clients send; the first byte decides what the program does."""
HALF_CLOSE = 0.3
"""Seconds for which a client that has finished sending can be answered."""
STEPS_BEFORE_STOP = 12
"""A server is not stopped before it has been used."""
RESET = struct.pack("ii", 1, 0)
"""`struct linger {on, 0 seconds}`: close with a reset (socket(7))."""


class RealClient:
    """A client socket, and the record of its connection in the form the auditor knows."""

    def __init__(self) -> None:
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.settimeout(LIMIT)
        self.sock.bind(("127.0.0.1", 0))
        self.number = self.sock.getsockname()[1] - 10_000
        self.socket = SimpleNamespace(
            read_bytes=bytearray(),
            accepted_bytes=bytearray(),
            closed=True,
            down=True,
            reset_sent=True,
            closed_by_program=False,
            reads_while_ended=1,
        )
        self.rate, self.closed, self.finished = 0, False, False
        self.plan = ClientPlan(self.number)


class WireSink:
    """A sink that records the bytes on the wire for each client. It is added before the auditor."""

    wants = "traffic"
    wire = True

    def __init__(self, clients: dict[int, Any]) -> None:
        self._clients = clients
        self._by_id: dict[int, Any] = {}

    def capacity(self) -> int:
        """Everything fits."""
        return 1 << 30

    def put(self, events: list[AnyEvent]) -> None:
        """Record what was read and written."""
        for event in events:
            if isinstance(event, Connected):
                self._by_id[event.id] = self._clients[int(event.peer.rpartition(":")[2]) - 10_000]
            elif isinstance(event, Read):
                self._by_id[event.id].socket.read_bytes += event.data
            elif isinstance(event, Wrote):
                self._by_id[event.id].socket.accepted_bytes += event.data


class ServerMachine(RuleBasedStateMachine):
    """Clients that connect, talk, stall and leave in any order; an operator who pauses, resumes, sends and closes."""

    def __init__(self) -> None:
        super().__init__()
        self.start_server()

    def start_server(self) -> None:
        """Start a server with a new auditor."""
        scenario = Scenario(max_buffer=20_000, half_close=HALF_CLOSE)
        self.clients: dict[int, RealClient] = {}
        self.plans = scenario.clients
        # How soon an event comes depends on how busy the machine is, as after a step of the wall clock.
        clock = SimpleNamespace(time=time.time, monotonic=time.monotonic, stepped=True, steps=[])
        network: Any = SimpleNamespace(progress=0, descriptors={}, misuses=[], clock=clock)
        self.auditor = Auditor(scenario, network, self.clients)  # type: ignore[arg-type]
        self.auditor.ignored = frozenset(KNOWN)
        self.worker = Worker("raw://127.0.0.1:0", limits=Limits(max_buffer=20_000, half_close=HALF_CLOSE))
        self.worker.on_connect = self.auditor.on_connect
        self.worker.on_message = self.on_message
        self.worker.on_close = self.auditor.on_close
        self.worker.on_error = self.auditor.on_error
        self.worker.add_sink(WireSink(self.clients))
        self.worker.add_sink(self.auditor)
        self.worker.start()
        self.token = self.steps = 0
        self.stopped = False

    def on_message(self, connection: Any, message: bytes) -> None:
        """The program: what it does depends on the first byte of the message."""
        self.auditor.on_message(connection, message)
        first = message[:1]
        if first == b"f":
            self.answer(connection, FLOOD)
        elif first == b"c":
            self.answer(connection, b"bye")
            connection.close()
        elif first == b"a":
            connection.abort()
        elif first == b"r":
            raise ValueError("on_message")
        elif first == b"p":
            connection.pause_reading()
            self.worker.call_later(0.01, connection.resume_reading)
        else:
            self.answer(connection, message)

    def answer(self, connection: Any, message: bytes) -> None:
        """The program sends."""
        was_open, unsent = connection.is_open, connection.unsent
        self.auditor.on_send(connection, was_open, unsent, connection.send(message))

    def has_clients(self) -> bool:
        """True while the server runs and some client has not left."""
        return not self.stopped and any(not client.closed for client in self.clients.values())

    def pick(self, choice: int) -> RealClient:
        """One of the clients that are still there."""
        alive = [client for client in self.clients.values() if not client.closed]
        return alive[choice % len(alive)]

    def command(self, command: commands.AnyCommand) -> None:
        """Send a command as a link does."""
        self.auditor.command(command)
        self.worker.call_threadsafe(self.worker.handle, command)

    def next_token(self) -> int:
        """A token that was not used before."""
        self.token += 1
        return self.token

    @precondition(lambda self: not self.stopped)
    @rule()
    def connect(self) -> None:
        """One more client."""
        client = RealClient()
        while client.number in self.clients:  # the port of one that has left: it would be taken for that one
            client.sock.close()
            client = RealClient()
        self.plans[client.number] = client.plan
        self.clients[client.number] = client
        with suppress(ConnectionResetError):  # the operator may have been faster
            client.sock.connect(("127.0.0.1", self.worker.addresses[0].port))

    @precondition(lambda self: self.has_clients())
    @rule(choice=st.integers(0, 9), data=st.sampled_from(MESSAGES))
    def send(self, choice: int, data: bytes) -> None:
        """A client sends; what it gets back it does not read."""
        client = self.pick(choice)
        if not client.finished:
            client.sock.setblocking(False)
            with suppress(OSError):  # full, or reset by the server
                client.sock.send(data)

    @precondition(lambda self: self.has_clients())
    @rule(choice=st.integers(0, 9), size=st.sampled_from([1, 5_000, 1 << 20]))
    def read(self, choice: int, size: int) -> None:
        """A client reads what is there."""
        client = self.pick(choice)
        client.sock.setblocking(False)
        with suppress(OSError):  # empty, or reset by the server
            client.sock.recv(size)

    @precondition(lambda self: self.has_clients())
    @rule(choice=st.integers(0, 9))
    def half_close(self, choice: int) -> None:
        """A client shuts down writing."""
        client = self.pick(choice)
        client.finished = True
        with suppress(OSError):  # reset by the server
            client.sock.shutdown(socket.SHUT_WR)

    @precondition(lambda self: self.has_clients())
    @rule(choice=st.integers(0, 9), reset=st.booleans())
    def leave(self, choice: int, reset: bool) -> None:
        """A client closes its socket, or resets the connection."""
        client = self.pick(choice)
        if reset:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.closed = True
        client.sock.close()

    @precondition(lambda self: not self.stopped)
    @rule(number=st.integers(1, 5), kind=st.sampled_from(["pause", "resume", "inspect", "close", "reset", "send"]))
    def operate(self, number: int, kind: str) -> None:
        """The operator sends a command to a connection that may or may not be there."""
        token = self.next_token()
        if kind == "send":
            self.command(commands.Send(number, b"from the operator", token=token))
        elif kind in ("close", "reset"):
            self.command(commands.Close(number, reset=kind == "reset", token=token))
        else:
            command = {"pause": commands.Pause, "resume": commands.Resume, "inspect": commands.Inspect}[kind]
            self.command(command(number, token=token))

    @precondition(lambda self: self.steps > STEPS_BEFORE_STOP and not self.stopped)
    @rule(timeout=st.sampled_from([0.0, 0.1]))
    def stop(self, timeout: float) -> None:
        """The server stops while clients are connected, some of which do not read."""
        self.stopped = True
        self.worker.stop(timeout)

    @invariant()
    def no_invariant_is_violated(self) -> None:
        """What the auditor found in the thread of the server fails the test."""
        self.steps += 1
        if self.auditor.violation is not None:
            raise self.auditor.violation

    @precondition(lambda self: self.stopped)
    @rule()
    def start_again(self) -> None:
        """Once the accounts of a stopped server are balanced, another one takes its place."""
        self.balance()
        self.start_server()

    def teardown(self) -> None:
        """Everybody leaves, the server stops, and the accounts are balanced."""
        if not self.stopped:
            for client in self.clients.values():
                client.sock.close()
            self.worker.stop(timeout=2)
        self.balance()

    def balance(self) -> None:
        """Check the accounts of a server that has stopped."""
        for client in self.clients.values():
            client.sock.close()
        if self.worker.failure is not None:
            raise self.worker.failure
        self.no_invariant_is_violated()
        self.auditor.finish()
        closed = {event.id: event for event in self.auditor.events if isinstance(event, Closed)}
        assert len(closed) == len(self.auditor.accounts)


ServerMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestServer = ServerMachine.TestCase
