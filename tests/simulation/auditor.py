"""The auditor: it observes one run from outside and fails it as soon as an invariant of the server is violated.

It compares four independent records: what the network moved, what the events say, what the program was called with, and
what the operator asked for. `timing.py` adds the invariants of time, `watchers.py` those of sinks.

Rules of this file:
- Only public facts are used: events, callbacks, `connections`, and the simulated network.
- A violation has a stable code, so that a shrunken scenario fails for the same reason.
"""

from __future__ import annotations

from typing import Any, NoReturn

from tests.simulation.account import Account, Violation, client_of, event_counters
from tests.simulation.endings import PROGRAM, EndAuditor
from tests.simulation.generator import Scenario
from tests.simulation.network import Client, Network
from tests.simulation.observed import Observed
from tests.simulation.toy_protocols import GREETING, Frame
from tuiserver.core.codes import CloseCode, NoteCode, PauseCode, ReceivedKind
from tuiserver.core.commands import AnyCommand, Close, Inspect, Pause, Resume, Send
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Ended,
    Identified,
    Inspected,
    Noted,
    Paused,
    Read,
    Received,
    Refused,
    Resumed,
    Sent,
    Totals,
    Traffic,
    Wants,
    Wrote,
)
from tuiserver.core.limits import OVERRUN

EVENT_TOLERANCE = 0.5
"""Seconds until an event has reached the sinks: the flush interval, and a turn with several slow callbacks."""

EFFECTS: dict[type[AnyCommand], tuple[type[AnyEvent], ...]] = {
    Send: (Sent,),
    Close: (Closed,),
    Pause: (Paused,),
    Resume: (Resumed, Paused),  # paused still, for another reason
    Inspect: (Inspected,),
}
"""The events by which a command is answered, unless it is refused."""


SAME_TIME = 0.005
"""Seconds: wall and monotonic clock are read one after the other, and a snapshot converts one into the other."""


class Auditor:
    """A sink that misses nothing, and the program's and operator's records beside it.

    Where the scenario says so it takes lifecycle only, so that the server skips what its other sinks have no capacity for;
    messages are then checked as the program got them.
    """

    wire = False

    def __init__(self, scenario: Scenario, network: Network, clients: dict[int, Client]) -> None:
        self.wants: Wants = "traffic" if scenario.shows_messages else "lifecycle"
        self.violation: Violation | None = None
        self.ignored: frozenset[str] = frozenset()
        """Codes of violations that do not fail the run."""
        self.stopping = False
        """The server was told to stop."""
        self._full: dict[int, bool] = {}
        self.accounts: dict[int, Account] = {}
        self.events: list[AnyEvent] = []
        self._scenario, self._network, self.clients = scenario, network, clients
        self.observed: dict[int, Observed] = {}
        """What was observed turn by turn, by connection."""
        self.messages: dict[int, list[bytes]] = {}
        """What `on_message` was called with, by connection."""
        self.taken: dict[int, int] = {}
        self.failed: set[int] = set()
        self._ended: set[int] = set()
        self._endings = EndAuditor(scenario, network, self)
        self._commands: dict[int, AnyCommand] = {}
        self._answers: dict[int, list[AnyEvent]] = {}

    @property
    def now(self) -> float:
        """The monotonic time, in seconds."""
        return self._network.clock.monotonic()

    def fail(self, code: str, text: str) -> NoReturn:
        """Raise a `Violation`. It is kept too, since the server survives what callbacks and sinks raise."""
        violation = Violation(code, text)
        self.violation = self.violation or violation
        raise violation

    def is_same_time(self, at: float, original: float) -> bool:
        """Whether `at` is the time of an event by a wall clock that may have been stepped since it showed `original`."""
        steps = self._network.clock.steps
        count = len(steps) + 1
        between = (sum(steps[first:last]) for first in range(count) for last in range(first, count))
        return any(abs(at - original - seconds) < SAME_TIME for seconds in between)

    def require(self, condition: object, code: str, text: str) -> None:
        """Raise a `Violation` unless `condition` holds."""
        if not condition and code not in self.ignored:
            self.fail(code, text)

    def answered(self, connection: Any) -> bool:
        """True if no message of this connection waits for an answer of the program, as far as that can be seen."""
        account = self.accounts.get(connection.id)
        if account is None or self.wants != "traffic":
            return False
        return account.answers >= connection.messages_in

    def completed(self, number: int) -> bool:
        """True if the program has answered a peer that has finished sending, and does not wait for its buffer to drain."""
        account = self.accounts.get(number)
        if account is None or self.wants != "traffic":
            return False
        return account.answered_after_end and not account.owed and not account.paused

    def paused_at(self, number: int) -> float | None:
        """Since when program or operator pause reading from a connection, as far as the events say; None if they do not."""
        account = self.accounts.get(number)
        if account is None or not account.paused or account.pause_code == PauseCode.BUFFER_FULL:
            return None
        return account.paused_at

    def resumed_at(self, number: int) -> float:
        """When reading from a connection was resumed, as far as the events say; 0 for never."""
        account = self.accounts.get(number)
        return account.resumed_at if account is not None else 0.0

    def totals_of(self, number: int) -> tuple[int, int, int]:
        """Bytes in, bytes out and bytes queued of a connection, according to the last event."""
        self.require(number in self.accounts, "event_late", f"#{number} has no Connected")
        totals = self.accounts[number].totals
        return totals.bytes_in, totals.bytes_out, totals.queued

    # ── events ──

    def capacity(self) -> int:
        """As `Sink.capacity`: everything fits."""
        return 1 << 30

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`. A sink that raises is removed, so what fails here is kept as a violation."""
        self._network.progress += 1
        try:
            for event in events:
                self.events.append(event)
                self._check_time(event)
                self._apply(event)
        except Violation:
            raise
        except Exception as error:
            self.fail("auditor_failed", f"{error!r} at {events}"[:500])

    def _check_time(self, event: AnyEvent) -> None:
        if not self._network.clock.stepped:
            late = self._network.clock.time() - event.at
            self.require(0 <= late <= EVENT_TOLERANCE, "event_late", f"{late:g} s: {event}"[:200])

    def _apply(self, event: AnyEvent) -> None:
        if token := getattr(event, "token", 0):
            self._answers.setdefault(token, []).append(event)
        if isinstance(event, Connected):
            self.require(event.id == len(self.accounts) + 1, "ids", f"{event} is not the next id")
            number = client_of(event.peer)
            self.accounts[event.id] = Account(event, self.clients[number], self._scenario.clients[number], self.now)
            return
        if isinstance(event, Traffic):
            for totals in event.totals:
                self._totals(self._open(event, totals.id), totals)
            return
        self.require(self.wire or not isinstance(event, Read | Wrote), "wire_not_wanted", str(event)[:100])
        number = getattr(event, "id", 0)
        if not number or isinstance(event, Refused):
            return
        account = self._open(event, number)
        if isinstance(event, Identified):
            self.require(account.protocol in ("", event.protocol), "identified_twice", str(event))
            if not account.protocol:
                account.identify(event.protocol)
        elif isinstance(event, Received):
            self.require(event.size == len(event.data), "size", str(event)[:100])
            account.shown += event.data
            account.sizes.append(event.size)
            if event.kind == ReceivedKind.UNIDENTIFIED:
                account.early.append(event.data)
            elif not event.kind:
                account.received.append(event.data)
                account.peer_spoke_last, account.several_at_once = True, False
                self.require(account.ended is None, "message_after_end", str(event)[:100])
            if account.paused and account.protocol == "raw" and not event.kind:
                shown = sum(map(len, account.received))
                self.require(shown <= account.read_when_paused, "read_while_paused", f"#{account.id} {event.data!r}")
        elif isinstance(event, Sent):
            self.require(event.size == len(event.data), "size", str(event)[:100])
            account.sent.append(event)
            account.peer_spoke_last = account.peer_spoke_last and event.by == account.protocol
            account.answered_after_end = account.ended is not None and (
                account.answered_after_end or event.by == PROGRAM
            )
            account.sent_early += 0 if account.protocol else event.size
            account.answers += account.protocol == "http" and event.by != account.protocol
        elif isinstance(event, Paused):
            now, by_us = self.now, event.code != PauseCode.BUFFER_FULL
            if not by_us:
                account.resumed_at = now
            elif not account.paused or account.pause_code == PauseCode.BUFFER_FULL:
                account.paused_at = now
            account.pause_code = event.code
            if not account.paused:
                account.paused, account.read_when_paused = True, account.bytes_in
        elif isinstance(event, Resumed):
            self.require(account.paused or event.token, "resumed_without_pause", str(event))
            account.paused, account.resumed_at = False, self.now
        elif isinstance(event, Ended):
            self._check_ended(account, event)
        elif isinstance(event, Closed):
            account.closed = event
            wrong = abs(event.duration - (self.now - account.connected_at))
            self.require(wrong <= EVENT_TOLERANCE, "duration", f"wrong by {wrong:g} s: {event}")
            self._totals(account, Totals(event.id, *event_counters(event), 0))
            self._endings.check(account, event)

    def _check_ended(self, account: Account, event: Ended) -> None:
        """A peer is told as ended once, when its end was read, and only if it waits for an answer, or for the rest of one."""
        self.require(account.ended is None, "ended_twice", f"{event}")
        self.require(account.client.socket.reads_while_ended, "ended_early", f"{event}: its end was not read")
        self.require(event.seconds == self._scenario.half_close > 0, "ended_seconds", f"{event}")
        waits = (
            account.owed or account.several_at_once or (account.paused and account.pause_code == PauseCode.BUFFER_FULL)
        )
        self.require(waits or self.wants != "traffic", "ended_unowed", f"{event}: it waits for nothing")
        account.ended = event

    def _open(self, event: AnyEvent, number: int) -> Account:
        account = self.accounts.get(number)
        if account is None:
            self.fail("before_connected", str(event)[:200])
        noted = isinstance(event, Noted)
        self.require(account.closed is None or noted, "after_closed", f"{str(event)[:200]} after {account.closed}")
        return account

    def _totals(self, account: Account, totals: Totals) -> None:
        before, account.totals = account.totals, totals
        grown = all(new >= old for new, old in zip(totals[:5], before[:5], strict=True))
        self.require(grown, "totals_shrink", f"{before} then {totals}")
        self.require(totals.bytes_in <= account.bytes_in, "totals_too_high", str(totals))
        self.require(totals.bytes_out <= account.bytes_out, "totals_too_high", str(totals))

    # ── callbacks ──

    def on_connect(self, connection: Any) -> None:
        """`on_connect` was called."""
        self.require(connection.id not in self.messages, "on_connect_twice", f"#{connection.id}")
        self.messages[connection.id] = []

    def on_message(self, connection: Any, message: Any) -> None:
        """`on_message` was called."""
        self.on_callback(connection, "on_message")
        self.require(connection.is_open, "message_after_close", f"#{connection.id} got a message and is closed already")
        data = message if isinstance(message, bytes) else message.data
        self.messages[connection.id].append(data.removeprefix(GREETING) if isinstance(message, Frame) else data)

    def on_close(self, connection: Any) -> None:
        """`on_close` was called."""
        self.on_callback(connection, "on_close")
        self._ended.add(connection.id)

    def on_error(self, connection: Any, error: Exception) -> None:
        """`on_error` was called; it may report what `on_close` raised."""
        self.require(connection.id in self.messages, "callback_early", f"on_error of #{connection.id}")

    def on_callback(self, connection: Any, name: str) -> None:
        """A callback was called: after `on_connect`, and not after `on_close`."""
        self.require(connection.id in self.messages, "callback_early", f"{name} of #{connection.id}")
        self.require(connection.id not in self._ended, "callback_late", f"{name} of #{connection.id} after on_close")
        if name in ("on_buffer_full", "on_buffer_drain"):
            full = name == "on_buffer_full"
            self.require(
                full != self._full.get(connection.id, False), "full_and_drain", f"{name} of #{connection.id} twice"
            )
            self._full[connection.id] = full

    def on_send(self, connection: Any, was_open: bool, unsent: int, taken: bool) -> None:
        """`send` was called, while the connection `was_open` and had `unsent` bytes, and has returned `taken`."""
        number, limit = connection.id, self._scenario.max_buffer * OVERRUN
        self.require(was_open or not taken, "sent_after_close", f"#{number} took a message after close()")
        if taken:
            self.taken[number] = self.taken.get(number, 0) + 1
        elif was_open:
            self.failed.add(number)
            self.require(not connection.is_open, "send_lies", f"send() refused a message, and #{number} is open")
            overflow = connection.code == CloseCode.SEND_OVERFLOW
            self.require(not overflow or unsent > limit, "overflow_early", f"#{number}: {unsent} bytes of {limit}")

    # ── commands ──

    def command(self, command: AnyCommand) -> None:
        """An operator sends `command`."""
        self._commands[command.token] = command

    def _check_commands(self) -> None:
        for token, command in self._commands.items():
            answers = self._answers.get(token, [])
            self.require(len(answers) == 1, "answered_once", f"{command}: {len(answers)} answers {answers}"[:300])
            right = isinstance(answers[0], (Refused, *EFFECTS[type(command)]))
            self.require(right, "answer_kind", f"{command} was answered by {answers[0]}"[:300])

    # ── the end of the run ──

    def finish(self) -> None:
        """The server has stopped: nothing may be left open."""
        for account in self.accounts.values():
            self.require(account.closed is not None, "never_closed", f"#{account.id} has no Closed")
        self.require(set(self.messages) == set(self.accounts), "on_connect_missing", f"{set(self.messages)}")
        self.require(self._ended == set(self.accounts), "on_close_missing", f"{set(self.accounts) - self._ended}")
        failed = [event for event in self.events if isinstance(event, Noted) and event.code == NoteCode.SERVER_FAILED]
        self.require(not failed, "server_failed", f"{failed}")
        self._check_commands()
