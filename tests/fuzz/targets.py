"""The table of what is fuzzed. A new protocol or decoder adds its target here, with the samples of its tests as the corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.decoders import test_http, test_json, test_modbus, test_mqtt, test_msgpack, test_nmea, test_resp, test_struct
from tests.fuzz.mutations import MAX_SIZE
from tests.fuzz.target import Target
from tests.support import first_bytes, http_cases
from tests.support.decoding import try_to_decode
from tests.support.framing import create, feed
from tests.support.h11_oracle import disagreement
from tuiserver.core.codes import GARBAGE
from tuiserver.decoders.base import Factory
from tuiserver.decoders.registry import find
from tuiserver.decoders.struct import StructDecoder
from tuiserver.decoders.struct_file import Definitions, parse
from tuiserver.protocols.registry import SNIFFER
from tuiserver.protocols.signatures import recognize
from tuiserver.protocols.sniffer import identify

HTTP = (
    *(sample.data for sample in http_cases.SAMPLES),
    *(fact.data for fact in http_cases.FACTS),
    b"GET /hello?a=1 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
    b"\r\nGET / HTTP/1.0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
)
FIRST_BYTES = (*(sample.data for sample in first_bytes.SAMPLES), *HTTP)
MAX_FINDING = 1000
"""Characters of a finding of the sniffer."""
FRAMES = {
    "line": (b"EHLO bar.com\r\nQUIT\r\n", b"a\nb\n\nc"),
    "line:nul": (b"CONNECTED\nversion:1.2\n\n\0",),
    r"delimiter:\r\n\r\n": (b"OPTIONS sip:carol@chicago.com SIP/2.0\r\nCall-ID: a84b4c76e66710\r\n\r\n",),
    "delimiter:aab": (b"aaabaabaaaaab",),
    "u8": (b"\5hello\0\1x",),
    "u16": (b"\0\5hello\0\0\0\1x",),
    "u16:at=4": (bytes.fromhex("000100000006 1103006b0003 150100000006020100000025"),),
    r"u8:start=\x78\x78,add=2": (bytes.fromhex("78780d01012345678901234500018cdd0d0a"), b"noise"),
    "u32le:self,whole": (bytes.fromhex("10000000 01000000 00000000 d4070000"),),
    "fixed:5": (b"hello",),
    "stx": (b"\2hi\3", b"\2\x10\2\x10\3\x10\x10\3", b"noise\2a\2b\3\x10\2x"),
    "stx:dle": (b"\x10\2hi\x10\x10\x10\3", b"noise\x10\x10\2\x10\2a\x10\3"),
    "slip": (b"\xc0\xdb\xdc\xdb\xdd\xc0", b"\xdb\xdc\xdd\xc0\xc0"),
    "cobs": (b"\3\x11\x22\2\x33\0", b"\1\1\0\xff" + b"a" * 254 + b"\2b\0"),
    "gap:50ms": (b"hello",),
}
"""Protocols with message boundaries, and streams of them."""
DECODERS: dict[str, Sequence[bytes]] = {
    "http": (test_http.GET, test_http.WEBHOOK, test_http.FORM, test_http.MULTIPART, test_http.ANSWER),
    "json": (test_json.RFC_8259, test_json.SENML),
    "modbus": tuple(map(test_modbus.adu, test_modbus.EXAMPLES)),
    "mqtt": (*test_mqtt.PACKETS_3, *test_mqtt.PACKETS_5),
    "msgpack": (test_msgpack.COMPACT, test_msgpack.FORWARD),
    "nmea": tuple(test_nmea.SAMPLES),
    "resp": (test_resp.LLEN, *test_resp.REPLIES),
}
"""Decoders, and messages of them."""


class GT06:
    """A file of definitions that is not read from the disk."""

    struct = ""

    def definitions(self) -> Definitions:
        """The structs of GT06 trackers, and one whose lengths are in the message."""
        return _DEFINITIONS


_DEFINITIONS = parse(
    "gt06.h",
    f"{test_struct.GT06}\n// tuiserver: kind == 0x7A -> Lengths\n"
    "struct Part { u8 size; char text[size]; uleb128 n; };\n"
    "struct Lengths { struct Header header; u32 count; struct Part parts[count]; u16 words[count * length]; wchar_t w[]; };",
)
LENGTHS = bytes.fromhex("78 78 02 7A 00 00 00 02 02 68 69 E5 8E 26 00 05 00 01 00 02 00 03 00 04 00 41 00 00")


def _http(pieces: Sequence[bytes]) -> object:
    protocol = create("http", max_message=2000)
    outcome = feed(protocol, pieces)
    for request in outcome.messages:
        assert (request.path, request.query, request.host) is not None
    return [request.data for request in outcome.messages], outcome.code


def _http_and_h11(pieces: Sequence[bytes]) -> object:
    """The same requests as h11; its time is not ours, so it gets no more than a few."""
    assert not (difference := disagreement(b"".join(pieces)[:MAX_SIZE])), difference
    return None


def _sniffer(pieces: Sequence[bytes]) -> object:
    """The protocol that takes over. It gets every byte that the sniffer was given."""
    sniffer = create(SNIFFER)
    given = b""
    for piece in filter(None, pieces):
        assert not sniffer.receive(piece)
        given += piece
        if (successor := sniffer.successor) is not None:
            assert b"".join((*successor.shown, successor.received)) == given
            return successor.protocol.name
    return identify(given)


def _signatures(pieces: Sequence[bytes]) -> object:
    """A code and a short text, or nothing."""
    finding = recognize(b"".join(pieces))
    assert finding is None or (finding.code and len(finding.text) < MAX_FINDING)
    return finding


def _frames(spec: str) -> Callable[[Sequence[bytes]], object]:
    """Feed a protocol. What follows a refusal is one piece: how much of it was read before depends on the reads."""

    def run(pieces: Sequence[bytes]) -> object:
        outcome = feed(create(spec, max_message=2000), pieces)
        skipped = [data for data, _, code in outcome.undelivered if code == GARBAGE]
        refused = b"".join(data for data, _, code in outcome.undelivered if code != GARBAGE)
        return outcome.messages, skipped, refused, outcome.code, outcome.unfinished

    return run


def _decoder(factory: Factory) -> Callable[[Sequence[bytes]], object]:
    """Decode one message, in both directions."""

    def run(pieces: Sequence[bytes]) -> object:
        data = b"".join(pieces)
        return try_to_decode(factory, data), try_to_decode(factory, data, sent=True)

    return run


TARGETS = (
    Target("http", HTTP, _http, split=True),
    Target("http and h11", HTTP, _http_and_h11),
    Target("sniffer", FIRST_BYTES, _sniffer, split=True),
    Target("signatures", FIRST_BYTES, _signatures),
    *(Target(spec, corpus, _frames(spec), split=True) for spec, corpus in FRAMES.items()),
    *(Target(f"decoder:{name}", corpus, _decoder(find(name))) for name, corpus in DECODERS.items()),
    Target(
        "decoder:struct",
        (test_struct.LOGIN, test_struct.STATUS, test_struct.ANSWER, LENGTHS),
        _decoder(lambda: StructDecoder(GT06())),
    ),
)
