"""What a row says of a client whose first bytes were recognized."""

from __future__ import annotations

from tests.support.scripted import BASE, closed, connected, received, sent
from tuiserver.console.models import filter_fields
from tuiserver.console.models.row_texts import latest_of, protocol_of
from tuiserver.core.codes import LooksLike
from tuiserver.core.events import Identified
from tuiserver.views.inspection import layers_of
from tuiserver.views.roster import Client, Roster

TEXT = "MQTT: CONNECT, protocol name MQTT, level 4"
MQTT = Identified(BASE, 12, "raw", False, LooksLike.MQTT, TEXT)
SILENT = Identified(BASE, 12, "raw", False, LooksLike.SILENT, "waits for us to speak, as clients of MySQL do")


def client_of(*events) -> Client:
    """Connection #12 after these events."""
    roster = Roster()
    for event in (connected(12), *events):
        roster.apply(event)
    return roster.clients[12]


def test_a_first_message_is_shown_as_what_it_looks_like():
    """Until there is more to show: a second message, ours, or how it ended."""
    first = received(b"\x10\x18\0\x04MQTT")
    client = client_of(MQTT, first)
    assert (protocol_of(client), latest_of(client)) == ("mqtt?", TEXT)
    assert "\n".join(layers_of(client, {}, BASE)[0].items).startswith(f"raw\nlooks like {TEXT}\n")
    assert latest_of(client_of(MQTT, first, received(b"\xc0\0"))) == b"\xc0\0"
    assert latest_of(client_of(MQTT, first, sent(b"\x20\x02\0\0"))) == b"\x20\x02\0\0"
    assert latest_of(client_of(MQTT, first, closed(12))) == closed(12).reason


def test_a_client_that_is_served_as_what_it_looks_like_needs_no_question_mark():
    """Its message says more than a note."""
    client = client_of(Identified(BASE, 12, "http", True, LooksLike.HTTP, "HTTP: GET /"), received(b"GET /"))
    assert (protocol_of(client), latest_of(client)) == ("http", b"GET /")


def test_a_silent_client_waits_for_us_until_it_speaks():
    """Silence is not a protocol; the next event takes the note back."""
    client = client_of(SILENT)
    assert (protocol_of(client), latest_of(client)) == ("raw", SILENT.text)
    client = client_of(SILENT, Identified(BASE, 12, "raw"), received(b"hi"))
    assert (protocol_of(client), latest_of(client)) == ("raw", b"hi")


def test_filters_find_what_a_client_looks_like():
    """By its code, in full or in part, and by the words in its row."""
    client = client_of(MQTT, received(b"\x10\x18\0\x04MQTT"))
    for text in ("proto:mqtt", "proto=mqtt", "proto=raw", "level"):
        assert filter_fields.of_client(text).matches(client), text
    assert not filter_fields.of_client("proto:http").matches(client)
