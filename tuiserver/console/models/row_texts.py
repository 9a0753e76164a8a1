"""What the row of a client says of its protocol and of its latest message.

Rules of this file:
- What the first bytes look like is shown until more has come: a first message of binary data says less.
- What a client looks like has a question mark where it is served as something else.
"""

from __future__ import annotations

from tuiserver.core.codes import LooksLike
from tuiserver.views.roster import Client


def protocol_of(client: Client) -> str:
    """Its protocol, or what it looks like: `raw`, `http`, `mqtt?`."""
    return f"{client.looks_like}?" if is_guess(client) and client.looks_like != LooksLike.SILENT else client.protocol


def latest_of(client: Client) -> bytes | str:
    """Why it was closed, what it looks like, or the beginning of its latest message."""
    if client.closed_at is not None:
        return client.reason
    first = client.messages_in <= 1 and not client.last_sent and not isinstance(client.last, str)
    return client.finding if first and is_guess(client) else client.last


def is_guess(client: Client) -> bool:
    """True if it looks like something that it is not served as."""
    return client.looks_like not in ("", client.protocol)
