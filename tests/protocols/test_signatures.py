"""What the first bytes of real clients look like, and that nothing else looks like them."""

from __future__ import annotations

import itertools
import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.first_bytes import SAMPLES
from tuiserver.core.codes import LooksLike
from tuiserver.protocols.signatures import DECIDED_BY, MAX_LOOK, SIGNATURES, SILENT, recognize

CODES = {value for name, value in vars(LooksLike).items() if name.isupper()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.code}-{sample.client}")
def test_first_bytes_of_a_client_are_known(sample):
    """With the reason, in words."""
    finding = recognize(sample.data)
    assert finding is not None
    assert (finding.code, finding.text) == (sample.code, sample.text)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.code}-{sample.client}")
def test_a_part_of_them_is_never_mistaken(sample):
    """Each prefix looks like the same protocol, or is unknown."""
    for end in range(len(sample.data)):
        finding = recognize(sample.data[:end])
        assert finding is None or finding.code in (sample.code, sample.prefix)


def test_the_samples_cover_the_table():
    """Each signature has a source and real bytes that it is for; each code has a signature, but silence."""
    assert {sample.code for sample in SAMPLES} == {signature.code for signature in SIGNATURES} == CODES - {SILENT.code}
    matched = {signature for sample in SAMPLES for signature in SIGNATURES if _matches(signature, sample.data)}
    assert matched == set(SIGNATURES)
    assert all(len(signature.source) > 6 for signature in SIGNATURES)


def _matches(signature, data):
    return data[0] in signature.first and signature.match(data[:DECIDED_BY], data[:MAX_LOOK]) != ""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.code}-{sample.client}")
def test_one_signature_is_enough(sample):
    """No bytes of one protocol fit the signature of another, but where one is a kind of the other."""
    codes = {signature.code for signature in SIGNATURES if _matches(signature, sample.data)}
    assert codes - {sample.code} <= ({LooksLike.HTTP} if sample.code == LooksLike.WEBSOCKET else set())


NOTHING = [
    b"",
    b"\0",
    b"hi\n",
    b"PING\r\n",
    b"GET lost",
    b"GET lost\r\n",
    b"GET /lost\r\n",
    b"GET /lost\r\nHost: x\r\n\r\n",
    b"GET / HTTP is what I wanted to say\r\n",
    b"get / HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/1\r\n",
    b"CONNECT\r\n",
    b"CONNECT me\n",
    b"CONNECT\nto: you\n\n\0",
    b"INVITE bob SIP/2.0\r\n",
    b"PROXY war\r\n",
    b"PROXY TCP4 is what it says\r\n",
    b"SSH is a protocol",
    b"SSH-3\r\n",
    b"* a list\r\n* of things\r\n",
    b"*3\r\n$3\r\nSE\r\n",
    b"*0\r\n",
    b"$GPSfix,1,2,3\r\n",
    b"$HOME,sweet\r\n",
    b"8=FIXED\x01",
    b"8=FIX.4.4|9=5|35=A|",
    b"<xml>",
    b"<34>",
    b"<34> a list item",
    b"<192>1 2003-10-11T22:14:15Z x",
    b"<034>1 - ",
    b"12 <34>",
    b'{"op":"sub"}\n',
    b"AMQP",
    b"AMQP\0\0\x09\x02",
    b"AMQPLAIN",
    b"\x10\x0c\0\x04MQTT",
    b"\x10\x0c\0\x04MQTT\x06\x02\0\x3c\0\0",
    b"\x10\x0c\0\x04MQTT\x04\x03\0\x3c\0\0",
    b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\x03",
    b"\x15\x03\x03\0\x02\x02\x28",
    b"\x16\x03\x03 a frame of ours",
    b"\0\x01\0\0\0\x06\x01\x03\0\0\0\0",
    b"\0\x01\0\0\0\x06\x01\x63\0\0\0\x01",
    b"\0\x01\0\0\0\x05\x01\x03\0\0\0\x01",
    b"\0\x0f35630704244101x",
    b"\0\x0f35630704244101",
    b"xx\x0d\x01\x03\x58\x89\x90\x51\x23\x45\x67\0\x01\x8c\xdd\r\0",
    b"xx\x0d\x01\x13\x58\x89\x90\x51\x23\x45\x67\0\x01\x8c\xdd\r\n",
    b"\xff\xfeh\0i\0",
    b"\xff\xfe\r\0\n\0",
    b"\xff\xfb\x90\x64",
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"\0\0\0\x54\0\x03\0\0user\0",
    b"\r\n\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0",
    b"\0\x1e\0\0\x81\x80\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01",
]


OTHERS = {
    "RDP, TPKT and X.224 connection request": "030000130ee000000000000100080003000000",
    "S7, COTP connection request": "0300001611e00000000100c0010ac1020100c2020102",
    "SMB1 negotiate": "00000054ff534d4272000000001853c8000000000000000000000000fffffffe00000000003100024c414e4d414e312e3000",
    "SMB2 negotiate": "00000066fe534d4240000100000000000000210000000000",
    "Kafka ApiVersions": "0000002300120003000000010007636f6e736f6c6500126170616368652d6b61666b612d6a617661",
    "MongoDB OP_MSG": "3a0000000100000000000000dd0700000000000000",
    "LDAP bind": "300c020101600702010304008000",
    "Cassandra OPTIONS": "040000000500000000",
    "BitTorrent handshake": "13426974546f7272656e742070726f746f636f6c0000000000100005",
    "memcached binary version": "800b00000000000000000000000000000000000000000000",
    "IEC 60870-5-104 STARTDT": "680407000000",
    "DNP3 link status": "056405c903000400bd71",
    "EtherNet/IP RegisterSession": "65000400000000000000000000000000000000000000000001000000",
    "DICOM A-ASSOCIATE-RQ": "0100000000cd0001000053544f5245",
    "X11, little endian": "6c000b000000000000000000",
    "RTMP C0 and C1": "0300000000000000000102030405",
    "SOCKS 5": "050100",
    "SOCKS 4": "04010050c000020100",
    "Minecraft handshake": "1000f205093132372e302e302e3163dd01",
    "IRC": "4e49434b20616c6963650d0a5553455220616c6963652030202a203a410d0a",
    "XMPP": "3c3f786d6c2076657273696f6e3d27312e30273f3e3c73747265616d3a73747265616d",
    "memcached": "73746174730d0a",
    "a tracker of TK103": "28303133363132333435363738425030",
    "POP3": "5553455220616c6963650d0a",
    "finger": "726f6f740d0a",
    "HL7 over MLLP": "0b4d53487c5e7e5c267c",
    "RTSP": "4f5054494f4e5320727473703a2f2f6578616d706c652e636f6d2f20525453502f312e300d0a435365713a20310d0a0d0a",
}
"""First bytes of clients that no signature is for."""


@pytest.mark.parametrize("name", OTHERS)
def test_other_protocols_are_unknown(name):
    """Also those that begin with a length, an identifier or zeroes, at every length of what has come."""
    data = bytes.fromhex(OTHERS[name])
    for end in range(len(data) + 1):
        assert recognize(data[:end]) is None


@pytest.mark.parametrize("data", NOTHING, ids=repr)
def test_what_only_resembles_a_protocol_is_unknown(data):
    """A wrong note is worse than none, so words and lengths that could be anything are not enough."""
    for end in range(len(data) + 1):
        assert recognize(data[:end]) is None


@pytest.mark.parametrize(
    "data", [b"\0\x0f356307042441013 ", b"\xff\xfb\x01hello", b"\0\0\0\x08\x04\xd2\x16\x2f\0"], ids=repr
)
def test_a_message_that_is_known_only_as_a_whole_ends_where_it_ends(data):
    """One byte more, and it is something else."""
    assert recognize(data) is None


def test_random_bytes_are_unknown():
    """So are bytes of which one in two is zero, as in binary protocols of one's own."""
    bits = Random(12)
    for size in range(2000):
        data = bits.randbytes(size % 100)
        assert recognize(data) is None
        assert recognize(bytes(byte * bits.getrandbits(1) for byte in data)) is None


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_no_bytes_raise_anything(data):
    """Whatever they are."""
    recognize(data)


@given(st.sampled_from(SAMPLES), st.integers(0, 400), st.binary(min_size=1, max_size=8), st.binary(max_size=8))
@settings(max_examples=300)
def test_damaged_bytes_raise_nothing(sample, at, damage, tail):
    """A finding is text without surprises: one line, of bounded length."""
    data = sample.data[:at] + damage + sample.data[at + len(damage) :] + tail
    if finding := recognize(data):
        assert finding.code in CODES
        assert len(finding.text) < 1000


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.code}-{sample.client}")
def test_the_rest_of_a_long_read_does_not_matter(sample):
    """The first 64 bytes decide. What is longer has to be complete as well: a line of HTTP or SIP, a message with its length."""
    if len(sample.data) <= DECIDED_BY:
        return
    changed = sample.data[:DECIDED_BY] + bytes(255 - byte for byte in sample.data[DECIDED_BY:])
    finding = recognize(changed)
    assert finding is None or finding.code in (sample.code, LooksLike.HTTP)


def test_only_so_many_bytes_are_looked_at():
    """However much has come with the first read."""
    line = b"GET /" + b"a" * MAX_LOOK + b" HTTP/1.1\r\n"
    assert recognize(line) is None
    assert recognize(line[MAX_LOOK - 4000 :].replace(b"a", b"GET /", 1)) is not None


def test_names_in_a_finding_are_clipped():
    """A path of the client has any length, a note has not."""
    finding = recognize(b"GET /" + b"a" * 500 + b" HTTP/1.1\r\n\r\n")
    assert finding is not None
    assert re.fullmatch(r"HTTP: GET /a{58}…, version 1\.1", finding.text)


def test_the_start_of_one_client_and_the_rest_of_another_raise_nothing():
    """Every start with every rest."""
    for first, second in itertools.product(SAMPLES, SAMPLES):
        for cut in (1, 2, 4, 8, 12, 20):
            recognize(first.data[:cut] + second.data[cut:])
