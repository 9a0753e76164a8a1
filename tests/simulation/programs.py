"""The programs of simulated servers: what their callbacks do, decided by the seed and the connection.

Rules of this file:
- A program uses the public interface of `Worker` and `Connection` only.
- Each connection has its own random generator, so that removing a step of one client changes nothing for the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.simulation.account import client_of
from tests.simulation.auditor import Auditor
from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import LARGE, Scenario
from tests.simulation.timing import TimeAuditor
from tuiserver import Response
from tuiserver.worker import Worker

SLOW = 0.06
"""Seconds that a slow callback takes: more than `SLOW_TURN`."""


WATCHDOGS = 400
"""Timers that a message replaces, one after the other."""
WATCHDOG_TIMEOUT = 1e6
"""Seconds: longer than any run."""

CROWD = 10
"""Clients from which on callbacks are not slow."""


class ProgramFault(Exception):
    """What a callback raises on purpose."""


class Program:
    """Callbacks of one behaviour."""

    def __init__(
        self, scenario: Scenario, worker: Worker, clock: SimulatedClock, auditor: Auditor, time: TimeAuditor
    ) -> None:
        self._scenario, self._worker, self._clock = scenario, worker, clock
        self._auditor, self._time = auditor, time
        self._behaviour = BEHAVIOURS[scenario.behaviour]
        self._wild = scenario.behaviour == "wild"
        self._random: dict[int, random.Random] = {}
        worker.on_connect = self.connected
        worker.on_message = self.received
        if scenario.behaviour in ("late", "wild"):
            worker.on_end = self.ended
        worker.on_close = self.closed
        worker.on_error = self.failed
        worker.on_buffer_full = self.buffer_full
        worker.on_buffer_drain = self.buffer_drained

    def connected(self, connection: Any) -> None:
        """`on_connect`."""
        self._auditor.on_connect(connection)
        rng = self._random[connection.id] = random.Random(f"program {self._scenario.seed} {client_of(connection.peer)}")
        if self._wild and rng.random() < 0.15:
            rng.choice((self.close, self.abort, self.fail, self.pause, self.send_later))(connection, b"hello", rng)

    def received(self, connection: Any, message: Any) -> None:
        """`on_message`."""
        self._auditor.on_message(connection, message)
        rng = self._random[connection.id]
        data = message if isinstance(message, bytes) else message.body or message.target.encode()
        rng.choice(self._behaviour)(self, connection, data, rng)

    def ended(self, connection: Any) -> None:
        """`on_end`."""
        self._auditor.on_callback(connection, "on_end")
        rng = self._random[connection.id]
        rng.choice((self.ignore, self.ignore, self.send_later, self.say_goodbye))(connection, b"", rng)

    def closed(self, connection: Any) -> None:
        """`on_close`."""
        self._auditor.on_close(connection)
        if self._wild and self._random[connection.id].random() < 0.2:
            self.send(connection, b"too late")
            raise ProgramFault("on_close")

    def failed(self, connection: Any, error: Exception) -> None:
        """`on_error`."""
        self._auditor.on_error(connection, error)
        if self._wild and self._random[connection.id].random() < 0.2:
            raise ProgramFault("on_error")

    def buffer_full(self, connection: Any) -> None:
        """`on_buffer_full`."""
        self._auditor.on_callback(connection, "on_buffer_full")

    def buffer_drained(self, connection: Any) -> None:
        """`on_buffer_drain`."""
        self._auditor.on_callback(connection, "on_buffer_drain")
        if self._wild and self._random[connection.id].random() < 0.3:
            self.abort(connection, b"", self._random[connection.id])

    # ── what a callback may do ──

    def send(self, connection: Any, message: object) -> None:
        """Send a message, and let the auditor know what `send` returns."""
        was_open, unsent = connection.is_open, connection.unsent
        taken = connection.send(message)
        self._auditor.on_send(connection, was_open, unsent, taken)

    def echo(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Answer with what came."""
        self.send(connection, data)

    def respond(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Answer an HTTP request with a status of its own."""
        if connection.protocol == "http":
            status = rng.choice((200, 204, 404, 500))
            self.send(connection, Response(status, b"" if status == 204 else data, (("X-Sim", "1"),)))
        else:
            self.send(connection, data.decode("latin-1"))

    def send_twice(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Send two messages: to an HTTP client the second one may be a misuse that raises."""
        self.send(connection, b"one")
        self.send(connection, b"two")

    def say_goodbye(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Have the last word, except with HTTP, where only requests are answered."""
        if connection.protocol != "http":
            self.send(connection, b"goodbye")

    def ignore(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Do not answer."""

    def send_later(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Answer by a timer."""
        self._later(rng.choice((0.0, 0.01, 1.5, 40.0)), self.send, connection, b"later")

    def answer_soon(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Answer by a timer before a peer that has finished sending is given up."""
        self._later(rng.choice((0.01, 0.3, 0.9)), self.send, connection, b"soon")

    def feed_watchdog(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Replace the timer that would close the connection, once for each of many parts of the message."""
        for _ in range(WATCHDOGS):
            if (watchdog := connection.context) is not None:
                watchdog.cancel()
            connection.context = self._worker.call_later(WATCHDOG_TIMEOUT, connection.close)
        self.send(connection, data)

    def close_later(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Close by a timer."""
        self._later(rng.choice((0.0, 0.7)), connection.close)

    def flood(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Send more than fits into the buffers."""
        for _ in range(rng.choice((1, 3))):
            self.send(connection, b"%d " % rng.randrange(10) * rng.choice((20, 600, self._scenario.max_buffer)))

    def send_large(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Send one message that is larger than what may be unsent."""
        self.send(connection, b"large " * (self._scenario.max_buffer * LARGE // 6))

    def close_socket(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Close the socket behind the back of the server, and perhaps use the connection afterwards."""
        connection.socket.closed_by_program = True
        connection.socket.close()
        if rng.random() < 0.3:
            self.send(connection, b"into nothing")

    def close(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Answer and close; what is sent afterwards is not taken."""
        self.send(connection, b"bye") if rng.random() < 0.5 else None
        connection.close(*rng.choice(((), ("enough",))))
        self.send(connection, b"after close")

    def abort(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Reset the connection."""
        connection.abort()

    def fail(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Raise."""
        raise ProgramFault("on_message")

    def misuse(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Send something that is neither bytes nor text."""
        self.send(connection, object())

    def pause(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Stop reading, and resume by a timer."""
        connection.pause_reading()
        self._later(rng.choice((0.0, 0.3, 5.0)), connection.resume_reading)

    def be_slow(self, connection: Any, data: bytes, rng: random.Random) -> None:
        """Block the loop for a while, then answer. With many clients that would add up to more than any tolerance."""
        if len(self._scenario.clients) < CROWD:
            self._clock.advance_to(self._clock.monotonic() + SLOW)
        self.send(connection, data)

    def _later(self, delay: float, callback: Callable[..., object], *args: Any) -> None:
        ran = self._time.timer_set(self._clock.monotonic() + delay)

        def run() -> None:
            ran()
            callback(*args)

        self._worker.call_later(delay, run)


BEHAVIOURS: dict[str, tuple[Callable[[Program, Any, bytes, random.Random], None], ...]] = {
    "echo": (Program.echo,),
    "silent": (Program.ignore,),
    "answers": (Program.echo, Program.respond, Program.send_later, Program.respond),
    "watchdog": (Program.feed_watchdog,),
    "flood": (Program.flood, Program.flood, Program.echo, Program.send_large),
    "late": (Program.answer_soon, Program.answer_soon, Program.answer_soon, Program.send_later, Program.ignore),
    "wild": (
        *(Program.echo, Program.respond, Program.respond, Program.ignore, Program.send_twice, Program.send_later),
        *(Program.flood, Program.close, Program.close_later, Program.abort, Program.fail, Program.misuse),
        *(Program.pause, Program.be_slow, Program.send_large, Program.close_socket),
    ),
}
