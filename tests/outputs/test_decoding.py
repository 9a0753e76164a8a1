"""Fields of messages in what headless prints."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from tests.support.processes import Headless, run
from tuiserver.core.codes import NoteCode
from tuiserver.core.events import AnyEvent, Closed, Connected, Received, Sent
from tuiserver.decoders.base import Decoded, Field, FieldCode, NeedsMore
from tuiserver.decoders.connections import ConnectionDecoders
from tuiserver.decoders.registry import DECODERS
from tuiserver.outputs.decoding import DecodedJson, DecodedLines, to_object
from tuiserver.outputs.headless import Lines, to_json

ANY = "127.0.0.1:0"


def json_of(decoders: ConnectionDecoders, *events: AnyEvent) -> list[dict[str, Any]]:
    """The objects that are printed."""
    return [json.loads(line) for line in DecodedJson(decoders, partial(to_json))(list(events)).splitlines()]


def received(data: bytes, connection: int = 1) -> Received:
    """A message that was received."""
    return Received(0.0, connection, data, len(data))


def test_fields_are_added_to_messages() -> None:
    """What was there before stays; what is not a message of the decoder is printed as without one."""
    decoders = ConnectionDecoders("json")
    good, bad, sent = json_of(decoders, received(b'{"temp":21.5}'), received(b"hello"), Sent(0.0, 1, b"7", 1, "app"))
    assert good == {
        "event": "received",
        "at": 0.0,
        "id": 1,
        "data": "eyJ0ZW1wIjoyMS41fQ==",
        "size": 13,
        "message": "JSON",
        "summary": "JSON temp=21.5",
        "fields": [{"name": "temp", "value": 21.5, "offset": 8, "size": 4}],
    }
    assert "fields" not in bad
    assert (sent["by"], sent["fields"][0]["value"]) == ("app", 7)


def test_values_that_json_does_not_have() -> None:
    """Bytes are hex digits, long integers and lone surrogates are text, infinity is null; notes and codes where there are any."""
    fields = [
        Field("raw", b"\x01\xab", 0, 2),
        Field("long", 2**63, 2, 8),
        Field("text", "\ud800", 2, 1),
        Field("far", float("inf"), 0, 1),
        Field("crc", 1, 0, 1, "00, expected 01", FieldCode.WRONG),
    ]
    found = json.loads(json.dumps(to_object(Decoded("M", fields, "M", True))))
    assert [field["value"] for field in found["fields"][:3]] == ["01ab", str(2**63), "\\ud800"]
    assert found["fields"][4] == {
        "name": "crc",
        "value": 1,
        "offset": 0,
        "size": 1,
        "note": "00, expected 01",
        "code": "wrong",
    }
    assert found["cut"] is True


def test_a_line_has_the_summary() -> None:
    """In the place of the bytes, with nothing that a terminal would act on."""
    lines = DecodedLines(ConnectionDecoders("json"), Lines())
    printed = lines([received(b'{"a":"\\u001b[2J"}'), received(b"hello\n"), Sent(0.0, 1, b"[1]", 3)]).decode()
    first, second, third = (line.partition(" ")[2] for line in printed.splitlines())
    assert first == "#1 <   17 JSON a=\\x1b[2J"
    assert second == "#1 <    6 hello\\n"
    assert third == "#1 >    3 JSON 0=1"


def test_a_decoder_that_fails_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a `noted` after the message; a connection that ends is forgotten."""

    class Broken:
        """A decoder that always fails."""

        name = "broken"

        def decode(self, data: bytes, sent: bool = False) -> NeedsMore:
            raise KeyError("x")

    monkeypatch.setitem(DECODERS, "broken", lambda: Broken)
    printed = json_of(
        ConnectionDecoders("broken"),
        Connected(0.0, 1, "p", "l", "a"),
        received(b"a"),
        received(b"b"),
        Closed(0.0, 1, "closed", 2, 0, 2, 0),
    )
    assert [each["event"] for each in printed] == ["connected", "received", "noted", "received", "closed"]
    assert (printed[2]["id"], printed[2]["code"]) == (1, NoteCode.DECODER_OFF)
    assert printed[2]["text"] == "decoder broken is off: KeyError: 'x'"


def test_the_option_on_the_command_line() -> None:
    """`auto` reads HTTP: the request, and the answer of the server."""
    with Headless("--json", "--decode", "auto", ANY) as server:
        with server.connect() as client:
            client.sendall(b"GET /hello?id=7 HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(1 << 16)
        events = server.events_until("closed")
        assert server.stop() == (0, "")
    request, answer = (each for each in events if "fields" in each)
    assert request["summary"] == "GET /hello?id=7"
    assert {"name": "query.id", "value": "7", "offset": 14, "size": 1} in request["fields"]
    assert answer["message"] == "200"


def test_an_unknown_decoder_is_one_line() -> None:
    """With exit code 2, before anything is opened."""
    done = run("--headless", "--decode", "jsn", ANY)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f'tuiserver: unknown decoder "jsn" (did you mean json?): use one of {", ".join(DECODERS)}, FILE.h\n'
    )
