"""What the auditor knows of one connection, and what it raises."""

from __future__ import annotations

from tests.simulation.generator import ClientPlan
from tests.simulation.network import Client
from tests.simulation.toy_protocols import CIPHER, Cipher
from tuiserver.core.events import Closed, Connected, Ended, Sent, Totals


class Violation(AssertionError):
    """An invariant is violated; `code` names it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def client_of(peer: str) -> int:
    """The number of the simulated client with the address `peer`."""
    return int(peer.rpartition(":")[2]) - 10_000


def event_counters(event: Closed) -> tuple[int, int, int, int]:
    """The totals of a `Closed`, in the order of `Totals`."""
    return event.bytes_in, event.bytes_out, event.messages_in, event.messages_out


class Account:
    """What is known of one connection."""

    def __init__(self, event: Connected, client: Client, plan: ClientPlan, now: float) -> None:
        self.connected_at = now
        self.id, self.client, self.plan = event.id, client, plan
        self.protocol = event.protocol
        self.address_names_protocol = bool(event.protocol)
        self.received: list[bytes] = []
        """The messages."""
        self.early: list[bytes] = []
        """Reads that were shown before the protocol was known. They are messages if it is raw."""
        self.shown = bytearray()
        """The bytes of every `Received`, whatever its kind."""
        self.sizes: list[int] = []
        """The size of each of them."""
        self.sent: list[Sent] = []
        self.sent_early = 0
        """Bytes that were sent before the protocol was known."""
        self.answers = 0
        """Answered messages: each `Sent` of the program or the operator that follows a `Received`."""
        self.totals = Totals(event.id, 0, 0, 0, 0, 0)
        self.paused = False
        self.pause_code = ""
        self.paused_at = 0.0
        """When the event came that says that program or operator pause reading."""
        self.resumed_at = 0.0
        """When the last event came that says that neither of them does."""
        self.read_when_paused = 0
        self.closed: Closed | None = None
        self.ended: Ended | None = None
        self.peer_spoke_last = False
        self.several_at_once = False
        """The latest messages came together, when the protocol was identified: events do not tell which of them was answered."""
        self.answered_after_end = False
        """The program has sent something since the peer finished sending."""

    def identify(self, protocol: str) -> None:
        """The protocol is known."""
        self.protocol = protocol
        if protocol == "raw":
            self.received += self.early
            self.peer_spoke_last, self.several_at_once = bool(self.early), len(self.early) > 1

    @property
    def owed(self) -> bool:
        """Whether the peer waits for an answer: to any of its requests, or to the last message of the conversation."""
        return self.answers < len(self.received) if self.protocol == "http" else self.peer_spoke_last

    def messages_shown(self, messages: list[bytes]) -> list[bytes]:
        """What views must show as messages, of those that the program got."""
        if self.protocol == "raw":
            return messages + self.early[len(messages) :]  # the program closed it before it got all of these
        size, shown = sum(map(len, self.early)), []
        for message in messages:
            shown.append(message[size:])
            size = max(0, size - len(message))
        return shown

    @property
    def shown_plain(self) -> bytes:
        """The bytes of every `Received`, deciphered: what comes after the end of a protocol is shown as it is on the wire."""
        plain, wire = self.read, bytes(self.client.socket.read_bytes)
        pieces, position = [], 0
        for size in self.sizes:
            piece = slice(position, position + size)
            pieces.append(plain[piece] if self.shown[piece] == wire[piece] else bytes(self.shown[piece]))
            position += size
        return b"".join(pieces)

    @property
    def read(self) -> bytes:
        """The bytes the server has read, deciphered."""
        return self._plain(self.client.socket.read_bytes)

    @property
    def accepted(self) -> bytes:
        """The bytes the system has taken from the server, deciphered."""
        return self._plain(self.client.socket.accepted_bytes)

    @property
    def bytes_in(self) -> int:
        """How many bytes the server has read."""
        return len(self.client.socket.read_bytes)

    @property
    def bytes_out(self) -> int:
        """How many bytes the system has taken from the server."""
        return len(self.client.socket.accepted_bytes)

    def _plain(self, data: bytearray) -> bytes:
        return bytes(data.translate(CIPHER) if self.plan.protocol == Cipher.name else data)
