"""Whether a peer waits for our answer, as far as its messages tell.

Rules of this file:
- A peer waits for us if it spoke last, or if the server knows of a request without an answer. One that goes on talking
  although it was never answered waits for nothing.
"""

from __future__ import annotations

from tuiserver.views.roster import Client

WAITING_AFTER = 1.0
"""Seconds after which a peer waits for an answer: answers of a program come sooner."""
UNANSWERED = 10
"""Messages after which a peer that was never answered does not wait for an answer."""


def waits_for_answer(client: Client, now: float) -> bool:
    """True if it is open, spoke last and has been quiet for a moment since; `now` is Unix time in seconds."""
    if client.closed_at is not None or not client.messages_in:
        return False
    if now - client.received_at < WAITING_AFTER or (client.last_sent and not client.pending):
        return False
    if client.pending:
        return True
    return client.messages_in <= UNANSWERED if client.sent_at is None else client.sent_at < client.received_at
