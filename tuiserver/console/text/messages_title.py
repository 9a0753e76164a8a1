"""What the messages pane says about its messages: the right part of its title, and a line in place of messages.

Rules of this file:
- Pure. Where space is short, details that are shown elsewhere too are left out first.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.console.text.escape import escape_label
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Button, Part, width_of
from tuiserver.core.numbers import duration_words
from tuiserver.views.roster import Client
from tuiserver.views.transcript import Direction


def title_parts(
    width: int, connection: str, details: Sequence[str], count: str, filtered: Sequence[Part], state: Part
) -> list[Part | Button]:
    """The parts in `width` columns; of the `details`, the last ones are left out where they do not fit."""
    shown = list(details)
    if filtered:
        filtered = [("  ", "faint"), *filtered]
    used = width_of((*filtered, state)) + len("  ")
    while shown and used + len("  ".join((connection, *shown, count))) > width:
        shown.pop()
    text, style = state
    return [
        (connection, "title"),
        (f"  {'  '.join((*shown, count))}", "faint"),
        Button("filter", filtered),
        ("  ", "plain"),
        Button("follow", [(text, style)]),
    ]


def client_text(client: Client, now: float, direction: Direction, key: str, glyphs: Glyphs = UNICODE) -> str:
    """What is known about a client without a message in memory; `key` is the key of the send bar."""
    if client.open:
        state = f"connected {duration_words(now - client.since, 1)} ago"
    else:
        state = f"closed: {escape_label(client.reason, glyphs)}"
    counts = []
    if direction != "out":
        counts.append((client.messages_in, "received"))
    if direction != "in":
        counts.append((client.messages_out, "sent"))
    text = ", ".join([state, *(f"{count:,} {verb}" if count else f"nothing {verb}" for count, verb in counts)])
    if any(count for count, _ in counts):
        return f"{text}; no longer in memory"
    return f"{text} {glyphs.dash} {key} to send first" if client.open and direction == "both" and key else text
