"""Messages that are structs of a file: which one, its checksum, and a file that changes."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.decoding import check_decoder, decode, field_of, values
from tests.support.processes import Headless, run
from tuiserver.core.checksums import checksum
from tuiserver.decoders.base import DecodeError, Factory, FieldCode, NeedsMore
from tuiserver.decoders.registry import SpecError, find

GT06 = """
// The login, position and answers of GT06 trackers, as in "GT06 GPS Tracker Communication Protocol v1.8.1".
// tuiserver: endian big
// tuiserver: received kind == LOGIN -> Login
// tuiserver: kind == STATUS -> Status
// tuiserver: sent kind == LOGIN -> Answer
// tuiserver: crc = crc16-x-25 over length..crc

enum Kind : uint8_t { LOGIN = 0x01, STATUS = 0x13 };

struct Header {
    uint16_t start;
    uint8_t length;
    enum Kind kind;
};

struct Login {
    struct Header header;
    uint8_t imei[8];
    uint16_t serial;
    uint16_t crc;
    uint16_t stop;
};

struct Status {
    struct Header header;
    uint8_t armed : 1;
    uint8_t acc : 1;
    uint8_t : 6;
    uint8_t voltage;
    uint8_t signal;
    uint16_t language;
    uint16_t serial;
    uint16_t crc;
    uint16_t stop;
};

struct Answer {
    struct Header header;
    uint16_t serial;
    uint16_t crc;
    uint16_t stop;
};
"""
LOGIN = bytes.fromhex("78 78 0D 01 01 23 45 67 89 01 23 45 00 01 8C DD 0D 0A")
ANSWER = bytes.fromhex("78 78 05 01 00 01 D9 DC 0D 0A")
"""A login and the answer of the server, from the protocol document."""


def with_crc(head: str, body: str) -> bytes:
    """A message of GT06, with its checksum."""
    data = bytes.fromhex(body)
    return bytes.fromhex(head) + data + checksum("x-25", data, "big") + b"\r\n"


STATUS = with_crc("78 78", "0A 13 40 04 04 00 01 00 0F")


@pytest.fixture
def gt06(tmp_path: Path) -> Factory:
    """Decoders by the file above."""
    (tmp_path / "gt06.h").write_text(GT06)
    return find(str(tmp_path / "gt06.h"))


def test_the_login_of_a_tracker(gt06: Factory) -> None:
    """The struct is chosen by the type in its header, and the checksum is that of the document."""
    result = decode(gt06, LOGIN)
    assert result.name == "Login"
    assert result.summary == (
        "Login header.start=30840 header.length=13 header.kind=LOGIN imei=0123456789012345 serial=1 stop=3338 crc ok"
    )
    field = field_of(result, "imei")
    assert LOGIN[field.offset : field.offset + field.size] == field.value == bytes.fromhex("0123456789012345")


def test_an_answer_of_the_same_type_is_another_struct(gt06: Factory) -> None:
    """A choice may be for one direction only."""
    assert decode(gt06, ANSWER, sent=True).name == "Answer"
    assert field_of(decode(gt06, ANSWER, sent=True), "crc").code == FieldCode.OK
    assert gt06().decode(ANSWER) == NeedsMore(2)


def test_a_wrong_checksum_says_what_was_expected(gt06: Factory) -> None:
    """In the order of the bytes in the message; the summary has it however long the message is."""
    result = decode(gt06, LOGIN[:-4] + b"\x3a\xa0" + LOGIN[-2:])
    field = field_of(result, "crc")
    assert (field.code, field.note) == (FieldCode.WRONG, "3A A0, expected 8C DD")
    assert result.summary.endswith(" crc 3A A0, expected 8C DD")


def test_several_messages_in_one_read(gt06: Factory) -> None:
    """Each is a struct of its own; the last may be incomplete, or something else."""
    result = decode(gt06, LOGIN + STATUS + LOGIN[:7])
    assert result.name == "Login, Status, unfinished"
    assert values(result)["voltage"] == 4
    assert result.fields[-1][2:] == (len(LOGIN + STATUS), 7, "", FieldCode.UNFINISHED)
    assert field_of(result, "armed").offset == len(LOGIN) + 4
    assert [field.code for field in result.fields if field.name == "crc"] == [FieldCode.OK, FieldCode.OK]
    assert decode(gt06, LOGIN + b"hello").fields[-1].code == FieldCode.EXTRA


def test_the_beginning_of_a_message_needs_more(gt06: Factory) -> None:
    """Also before it is known which struct it is."""
    for end in range(len(LOGIN)):
        assert isinstance(gt06().decode(LOGIN[:end]), NeedsMore)


def test_a_message_that_no_line_is_for(gt06: Factory) -> None:
    """The error names the field."""
    with pytest.raises(DecodeError) as caught:
        gt06().decode(bytes.fromhex("78 78 05 77 00 00"))
    assert str(caught.value) == "no struct for this kind"


def test_every_prefix_and_mutation(gt06: Factory) -> None:
    """Nothing but `DecodeError` is raised."""
    check_decoder(gt06, LOGIN, STATUS, ANSWER, mutations=100)


def test_one_struct_for_all_messages(tmp_path: Path) -> None:
    """By its name, or because there is no other; choices are not asked for then."""
    (tmp_path / "gt06.h").write_text(GT06)
    assert decode(find(f"{tmp_path}/gt06.h:Login"), LOGIN).name == "Login"
    (tmp_path / "one.h").write_text("struct One { uint16_t n; };")
    assert decode(find(f"{tmp_path}/one.h"), b"\1\0\2\0").summary == "One n=1 | One n=2"


@pytest.mark.parametrize(
    ("line", "message", "judgement"),
    [
        ("sum = sum8", b"\x01\x02\x03", "sum ok"),
        ("sum = xor8 over 1..2", b"\x01\x02\x02", "sum ok"),
        ("sum = sum8 over first..sum", b"\x01\x02\x04", "sum 04, expected 03"),
        ("sum = sum8 over ..-1", b"\x01\x02\x03", "sum ok"),
        ("sum = crc16-modbus", b"\x01\x02\x03", "sum 03, expected 81 E1"),
    ],
)
def test_what_a_checksum_covers(tmp_path: Path, line: str, message: bytes, judgement: str) -> None:
    """Positions, negative ones from the end, or names of fields."""
    (tmp_path / "a.h").write_text(f"struct A {{ u8 first; u8 second; u8 sum; }};\n// tuiserver: {line}")
    assert decode(find(f"{tmp_path}/a.h"), message).summary.endswith(judgement)


def test_a_checksum_may_have_its_own_order_of_bytes(tmp_path: Path) -> None:
    """Modbus RTU: numbers are big-endian, but its CRC is not. The bytes may be an array."""
    for kind in ("u16 crc", "u8 crc[2]"):
        (tmp_path / "rtu.h").write_text(
            "// tuiserver: endian big\n// tuiserver: crc = modbus over 0..-2 little\n"
            f"struct R {{ u8 unit; u8 f; u16 a; u16 n; {kind}; }};"
        )
        result = decode(find(f"{tmp_path}/rtu.h"), bytes.fromhex("11 03 00 6B 00 03 76 87"))
        assert result.summary.endswith("a=107 n=3 crc ok")


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """While it is wrong the error is that of the file; open connections have the new definitions."""
    path = tmp_path / "a.h"
    path.write_text("struct A { u8 n; };")
    decoder = find(str(path))()
    assert decoder.decode(b"\1") == decode(find(str(path)), b"\1")
    path.write_text("struct A { u8 number; };")
    os.utime(path, (1, 1))
    assert values(decode(lambda: decoder, b"\1")) == {"number": 1}
    path.write_text("struct A { u7 number; };")
    with pytest.raises(DecodeError, match=r"a\.h:1: unknown type u7"):
        decoder.decode(b"\1")
    path.unlink()
    with pytest.raises(DecodeError, match="No such file"):
        decoder.decode(b"\1")
    path.write_text("struct A { u8 m; };")
    assert values(decode(lambda: decoder, b"\1")) == {"m": 1}


@pytest.mark.parametrize(
    ("text", "spec", "words"),
    [
        ("struct A { u8 n; };", "a.h:B", "a.h: there is no struct B: use one of A"),
        (
            "struct A { u8 n; }; struct B { u8 n; };",
            "a.h",
            "a.h defines several structs: name one (a.h:B) or add lines",
        ),
        ("struct A { x n; };", "a.h:A", "a.h:1: unknown type x"),
    ],
)
def test_a_wrong_spec(tmp_path: Path, text: str, spec: str, words: str) -> None:
    """One line."""
    (tmp_path / "a.h").write_text(text)
    with pytest.raises(SpecError) as caught:
        find(f"{tmp_path}/{spec}")
    assert str(caught.value).startswith(words)


def test_without_the_library_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, for those who have not installed the extra."""
    (tmp_path / "a.h").write_text("struct A { u8 n; };")
    importer = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("dissect"):
            raise ModuleNotFoundError(name)
        return importer(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SpecError) as caught:
        find(f"{tmp_path}/a.h")
    assert str(caught.value) == f"decoding with {tmp_path}/a.h needs dissect.cstruct: pip install 'tuiserver[decode]'"


def test_on_the_command_line(tmp_path: Path) -> None:
    """The path may be relative; a wrong one is one line and exit code 2."""
    (tmp_path / "gt06.h").write_text(GT06)
    with Headless("--json", "--decode", "gt06.h:Login", "127.0.0.1:0", cwd=tmp_path) as server:
        with server.connect() as client:
            client.sendall(LOGIN)
            while (event := server.event())["event"] != "received":
                pass
        assert event["message"] == "Login"
        assert event["fields"][-2] == {"name": "crc", "value": 0x8CDD, "offset": 14, "size": 2, "code": "ok"}
    done = run("--headless", "--decode", "none.h:Login", "127.0.0.1:0", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"tuiserver: {tmp_path}/none.h: No such file or directory\n"
