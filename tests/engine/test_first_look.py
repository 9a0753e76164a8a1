"""What clients look like whose address names no protocol: what is reported, when, and that nothing else changes."""

from __future__ import annotations

import pytest

from tests.support.first_bytes import SAMPLES
from tests.support.scripted_loop import SteppedWorker
from tests.support.serving import RecordingSink, connect, in_loop, read_exactly, serving
from tuiserver.core.codes import LooksLike
from tuiserver.core.commands import Pause
from tuiserver.core.events import Closed, Connected, Identified, Read, Received, identified_text
from tuiserver.core.limits import Limits
from tuiserver.engine.first_look import SILENT_AFTER
from tuiserver.worker import Worker

MQTT = next(sample for sample in SAMPLES if sample.code == LooksLike.MQTT)


@pytest.mark.parametrize("sniff", [False, True])
@pytest.mark.parametrize("code", [LooksLike.MQTT, LooksLike.TLS, LooksLike.SSH, LooksLike.GT06])
def test_a_client_is_served_raw_and_a_note_says_what_it_looks_like(code, sniff) -> None:
    """The event comes before the bytes; the program gets them as they came, and no later read is looked at."""
    sample = next(each for each in SAMPLES if each.code == code)
    worker = Worker("127.0.0.1:0", sniff=sniff)
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink, connect(worker) as client:
        for data in (sample.data, MQTT.data, b"*1\r\n$4\r\nPING\r\n"):
            client.sendall(data)
            assert read_exactly(client, len(data)) == data
        client.close()
        sink.wait_for(Closed)
    (event,) = sink.of(Identified)
    assert (event.protocol, event.framed, event.looks_like, event.text) == ("raw", False, code, sample.text)
    assert sink.events.index(event) < sink.events.index(sink.of(Received)[0])
    assert [each.data for each in sink.of(Received)] == [sample.data, MQTT.data, b"*1\r\n$4\r\nPING\r\n"]


def test_an_http_client_is_served_as_http_where_its_request_is_awaited() -> None:
    """What it looks like is what it is, also where its head came in two reads; a WebSocket client asks for more."""
    worker = Worker("127.0.0.1:0", sniff=True)
    worker.on_message = lambda connection, message: connection.send(b"ok")
    upgrade = b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    with serving(worker) as sink:
        for number, parts in enumerate(((b"GET / HT", b"TP/1.1\r\nHost: x\r\n\r\n"), (upgrade,))):
            with connect(worker) as client:
                for part in parts:
                    before = len(sink.of(Received))
                    client.sendall(part)
                    sink.wait_for(Received, before + 1)
                sink.wait_for(Identified, number + 1)
    assert [(event.protocol, event.looks_like) for event in sink.of(Identified)] == [
        ("http", "http"),
        ("http", "websocket"),
    ]
    assert list(map(identified_text, sink.of(Identified))) == [
        "speaks http",
        "speaks http, looks like WebSocket: upgrade requested for /chat",
    ]


@pytest.mark.parametrize("address", ["raw://127.0.0.1:0", "http://127.0.0.1:0"])
def test_where_an_address_names_a_protocol_nothing_is_looked_at(address) -> None:
    """Whoever named it knows what clients speak."""
    worker = Worker(address, limits=Limits(half_close=0))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(MQTT.data)
        client.close()
        sink.wait_for(Closed)
    assert sink.of(Identified) == []


def test_what_is_unknown_costs_no_event() -> None:
    """Nothing was learnt from it: the connection has been raw from the beginning."""
    worker = Worker("127.0.0.1:0", limits=Limits(half_close=0))
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"hello\n")
        client.close()
        sink.wait_for(Closed)
    assert sink.of(Identified) == []
    assert sink.of(Connected)[0].protocol == "raw"


def test_a_late_sink_learns_what_a_client_looks_like() -> None:
    """From the snapshot, with the time at which it was found."""
    worker = Worker("127.0.0.1:0")
    with serving(worker) as early, connect(worker) as client:
        client.sendall(MQTT.data)
        (event,) = early.wait_for(Identified)
        late = RecordingSink()
        worker.add_sink(late)
        (known,) = late.wait_for(Identified)
    assert known.at == pytest.approx(event.at, abs=0.001)
    assert (known.protocol, known.looks_like, known.text) == (event.protocol, event.looks_like, event.text)


class WireSink(RecordingSink):
    """A sink that asks for `Read`."""

    wire = True

    def __init__(self) -> None:
        super().__init__("everything")


@pytest.mark.parametrize("early", [True, False])
def test_a_wire_tap_sees_the_bytes_all_the_same(early) -> None:
    """Whether it was there before the client, or was added before its first byte."""
    worker, wire = Worker("127.0.0.1:0"), WireSink()
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink:
        if early:
            worker.add_sink(wire)
            in_loop(worker, lambda: True)
        with connect(worker) as client:
            sink.wait_for(Connected)
            if not early:
                worker.add_sink(wire)
                in_loop(worker, lambda: True)
            for data in (MQTT.data, b"more"):
                client.sendall(data)
                assert read_exactly(client, len(data)) == data
            wire.wait_for(Read, 2)
    assert [event.data for event in wire.of(Read)] == [MQTT.data, b"more"]
    assert [event.looks_like for event in sink.of(Identified)] == [LooksLike.MQTT] * early


@pytest.mark.parametrize("sniff", [False, True])
def test_a_client_that_says_nothing_waits_for_us(sniff) -> None:
    """It is said once, after three seconds. What comes then is looked at as ever; unknown bytes take the note back."""
    with SteppedWorker("127.0.0.1:0", Limits(), sniff) as server:
        sink = RecordingSink()
        server.worker.add_sink(sink)
        first, second = server.connect(), server.connect()
        server.run(SILENT_AFTER - 1)
        assert sink.of(Identified) == []
        server.run(10.0)
        silent = sink.of(Identified)
        assert [(event.id, event.looks_like) for event in silent] == [(1, LooksLike.SILENT), (2, LooksLike.SILENT)]
        assert identified_text(silent[0]) == "waits for us to speak, as clients of MySQL, SMTP and FTP do"
        first.sendall(MQTT.data)
        second.sendall(b"hello\n")
        server.run(0.0)
        assert [(each.id, each.protocol, each.looks_like) for each in sink.of(Identified)[2:]] == [
            (1, "raw", LooksLike.MQTT),
            (2, "raw", ""),
        ]


def test_only_a_client_that_could_have_spoken_is_silent() -> None:
    """Not one that we have spoken to, that has gone, or that we do not read."""
    with SteppedWorker("127.0.0.1:0", Limits()) as server:
        sink = RecordingSink()
        server.worker.add_sink(sink)
        server.worker.on_connect = lambda connection: connection.id == 1 and connection.send(b"220 ready\r\n")
        server.connect()
        server.connect().close()
        server.connect()
        server.worker.handle(Pause(3))
        server.run(10.0)
        assert sink.of(Identified) == []
        server.connect()
        server.run(10.0)
        assert [(event.id, event.looks_like) for event in sink.of(Identified)] == [(4, LooksLike.SILENT)]
