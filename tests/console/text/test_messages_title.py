"""The title of the messages pane."""

from __future__ import annotations

from tests.support.scripted import BASE, closed, connected
from tuiserver.console.text.messages_title import client_text, title_parts
from tuiserver.console.text.parts import flatten
from tuiserver.views.roster import Client, Roster


def title(width: int, filtered: str = "") -> str:
    """A title in so many columns."""
    parts = [(filtered, "warning")] if filtered else []
    items = title_parts(width, "#12", ["text", "time of day"], "3", parts, ("follow", "good"))
    return "".join(text for text, _ in flatten(items))


def test_details_are_left_out_from_the_last() -> None:
    """The connection, the count and the state stay, and so does the filter."""
    assert title(60) == "#12  text  time of day  3  follow"
    assert title(32) == "#12  text  3  follow"
    assert title(15) == "#12  3  follow"
    assert title(34, "dir:in") == "#12  text  3  dir:in  follow"


def client(*, is_open: bool) -> Client:
    """A client that has sent one message if it is closed."""
    roster = Roster()
    roster.apply(connected())
    if not is_open:
        roster.apply(closed())
    return roster.clients[12]


def test_what_is_known_without_messages() -> None:
    """How long it is connected and how to send first; closed, why, and how much is no longer in memory."""
    assert (
        client_text(client(is_open=True), BASE + 5, "both", "s")
        == "connected 5 s ago, nothing received, nothing sent – s to send first"
    )
    assert client_text(client(is_open=True), BASE + 5, "in", "s") == "connected 5 s ago, nothing received"
    text = client_text(client(is_open=False), BASE + 5, "both", "s")
    assert text == "closed: closed by peer, 1 received, nothing sent; no longer in memory"
