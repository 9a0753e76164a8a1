"""What placeholders stand for, what is refused, and that each message has its own."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.console import console
from tests.support.scripted import connected, listening, shows
from tests.support.typed import typed
from tuiserver.automation.placeholders import PLACEHOLDERS, MessageCounter, read
from tuiserver.automation.template import Moment, Template
from tuiserver.core import payload
from tuiserver.core.charsets import UTF8
from tuiserver.core.payload import PayloadError

TWO_CLIENTS = (listening(), connected(11), connected(12))
MOMENT = Moment(258, 1_795_608_271.25)
"""2026-11-25T12:04:31.250Z."""


def template(text: str) -> Template:
    """The template of a typed text."""
    return Template(payload.parse_text_parts(text, read))


def filled(text: str, moment: Moment = MOMENT) -> bytes:
    """The bytes of a typed text."""
    return template(text).fill(moment)


def filled_hex(text: str) -> bytes:
    """The bytes of typed hex."""
    return Template(payload.parse_hex_parts(text, read)[0]).fill(MOMENT)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{{counter}} {{ counter:u16 }}", b"258 \1\2"),
        ("{{counter:u32le}}{{counter:u8}}", b"\2\1\0\0\2"),
        ("{{counter:u16:hex}} {{counter:dec5}}", b"0102 00258"),
        ("{{now:iso}} {{now}}", b"2026-11-25T12:04:31Z 2026-11-25T12:04:31Z"),
        ("{{now:unix}} {{now:unixms}}", b"1795608271 1795608271250"),
        ("{{now:unix:u32}}", (1_795_608_271).to_bytes(4, "big")),
        ("{{now:unixms:u64le}}", (1_795_608_271_250).to_bytes(8, "little")),
        ("{{now:%H%M%S.%f}},{{now:%d:%m@%y}}", b"120431.250000,25:11@26"),
        ("{{len:u16}}abc", b"\0\3abc"),
        ("{{len:u32le}}abc", b"\3\0\0\0abc"),
        ("{{len:u16:le}}abc", b"\3\0abc"),
        ("ab{{len:u8:before}}c", b"ab\2c"),
        ("ab{{len:u8:all}}c", b"ab\4c"),
        ("{{len:u8@1..-1}}abc", b"\1abc"),
        ("{{len:dec}}:{{len:dec4:before}}", b"5:0002"),
        ("{{len:u8:hex}}abc", b"03abc"),
        ("123456789{{crc:modbus}}", b"123456789\x37\x4b"),
        ("123456789{{crc:modbus:be}}", b"123456789\x4b\x37"),
        ("123456789{{crc:CRC-16/XMODEM}}", b"123456789\x31\xc3"),
        ("123456789{{crc:crc16-ccitt}}", b"123456789\x89\x21"),
        ("123456789{{crc:crc16-ccitt-false:hex}}", b"12345678929B1"),
        ("123456789{{crc:crc32:be:hex}}", b"123456789CBF43926"),
        ("{{crc:crc32:be:after}}123456789", b"\xcb\xf4\x39\x26123456789"),
        ("x123456789y{{crc:crc8@1..-1}}", b"x123456789y\xf4"),
        (r"\xff\x02{{sum8}}{{sum16}}", b"\xff\x02\1\1\2"),
        (r"\x01\x03\0\0\0\x0a{{lrc}}", b"\1\3\0\0\0\n\xf2"),
        (
            "$GPGLL,5300.97914,N,00259.98174,E,125926,A*{{xor8:hex@1..-1}}",
            b"$GPGLL,5300.97914,N,00259.98174,E,125926,A*28",
        ),
        ("{{len:u8}}{{sum8:after}}ab", b"\3\xc3ab"),
    ],
)
def test_what_placeholders_stand_for(text: str, data: bytes) -> None:
    """The check values of the CRCs are those of the catalogue, the sentence is one of NMEA 0183."""
    assert filled(text) == data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("11 03 00 6B 00 03 {{crc:modbus}}", "11 03 00 6B 00 03 76 87"),
        ("0001 0000 {{len:u16}} 11 03 006B 0003", "0001 0000 0006 11 03 006B 0003"),
        (
            "7878 {{len:u8@..-2}} 01 0123456789012345 0001 {{crc:x-25:be@2..}} 0D0A",
            "7878 0D 01 0123456789012345 0001 8CDD 0D0A",
        ),
        ("02 {{counter:u16}} {{counter}} 03", "02 0102 323538 03"),
    ],
)
def test_placeholders_in_hex(text: str, data: str) -> None:
    """A Modbus RTU request, the same as Modbus/TCP, and a login of a GT06 tracker, as their documents print them."""
    assert filled_hex(text) == bytes.fromhex(data)


def test_a_fix_message_is_counted_and_summed() -> None:
    """BodyLength (9) and CheckSum (10), the heartbeat of the FIX 4.2 specification's session layer."""
    body = r"35=0\x0149=BRKR\x0156=INVMGR\x0134=235\x0152=19980604-07:58:28\x01"
    message = filled(rf"8=FIX.4.2\x019={{{{len:dec@1..-7}}}}\x01{body}10={{{{sum8:dec3@..-3}}}}\x01")
    length = len(payload.parse_text(body))
    head, _, check = message.partition(b"10=")
    assert head.startswith(b"8=FIX.4.2\x019=%d\x0135=0" % length)
    assert check == b"%03d\x01" % (sum(head) % 256)


def test_times_are_those_of_the_message() -> None:
    """`time` is local, and all of one message are of the same moment."""
    local = time.localtime(MOMENT.time)
    expected = f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.250 {time.strftime('%H:%M', local)}"
    assert filled("{{time}} {{time:%H:%M}}").decode() == expected


def test_random_values_differ() -> None:
    """In a preview they are an example."""
    text = "{{random}} {{uuid}} {{random:u64:hex}} {{random:u16:dec}}"
    one, two = filled(text), filled(text)
    pattern = r"[0-9a-f]{8} [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21} [0-9A-F]{16} \d{1,5}"
    assert all(re.fullmatch(pattern, each.decode()) for each in (one, two))
    assert one != two
    example = MOMENT._replace(example=True)
    assert filled(text, example) == b"00c0ffee 00000000-0000-4000-8000-000000000000 00C0FFEE00000000 192"
    assert len(filled("{{random:u16}}")) == 2


def test_the_counter_counts_messages() -> None:
    """One number for each that has a counter, however often; a preview takes none, and neither does one that fails."""
    counter = MessageCounter()
    numbered, other, failing = (
        template("{{counter}}{{counter:u8}}"),
        template("{{now}}"),
        template("{{counter}}{{sum8:after}}"),
    )
    assert [counter.example(numbered), counter.fill(numbered)] == [b"1\1"] * 2
    counter.fill(other)
    with pytest.raises(PayloadError):
        counter.fill(failing)
    assert counter.fill(numbered) == b"2\2"


def test_braces_can_be_literal() -> None:
    """Escaped or single braces are sent as typed; without placeholders all are."""
    assert filled(r"\{{time}} {x} }}") == b"{{time}} {x} }}"
    assert payload.parse_text("{{nothing}}") == b"{{nothing}}"


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("ab{{tim}}", 4, "unknown placeholder tim (did you mean {{time}}?): use {{counter}}"),
        ("{{}}", 2, r"\{{ for literal braces"),
        ("{{modbus}}", 2, "(did you mean {{crc:modbus}}?)"),
        ("{{crc}}", 2, "which CRC?"),
        ("ab{{crc:modbsu}}", 8, "(did you mean modbus?)"),
        ("x{{crc:modbus:lee}}", 14, "unknown option lee (did you mean le?): use be le hex dec before after all"),
        ("{{counter:u12}}", 10, "unknown option u12"),
        ("{{counter:before}}", 10, "unknown option before"),
        ("{{uuid:u8}}", 7, "it takes none"),
        ("{{now:unx}}", 6, "(did you mean unix?)"),
        ("{{now:unix:u24}}", 11, "unknown option u24"),
        ("{{now:%Q}}", 6, "not a format of strftime"),
        ("{{now:%H%}}", 8, "not a format of strftime"),
        ("{{time:noon}}", 7, "not a format of strftime"),
        ("{{len}}", 2, "len needs a size"),
        ("{{len:hex}}", 2, "hex needs a size: {{len:u16:hex}}"),
        ("{{len:u8@2}}", 9, "as in @2.. or @1..-2"),
        ("{{counter@2..}}", 10, "only lengths and checksums"),
        ("{{sum8}}", 2, "nothing before it"),
        ("a{{sum8@2..}}", 3, "nothing in this part"),
        ("{{now:unixms:u32}}", 2, "does not fit in u32"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(text: str, position: int, words: str) -> None:
    """In one line that suggests what was probably meant."""
    with pytest.raises(PayloadError) as refused:
        filled(text)
    assert words in refused.value.message
    assert refused.value.position == position


SOURCES = (
    *"{}:@%. ",
    "{{",
    "}}",
    "crc:modbus",
    "len",
    "sum8",
    "now",
    "time",
    "unix",
    "u8",
    "u16le",
    "dec",
    "hex",
    "all",
    "@1..-1",
)


@given(typed(*SOURCES) | typed(*SOURCES).map(lambda source: f"ab{{{{{source}}}}}c"))
def test_nothing_else_is_raised(text: str) -> None:
    """Any text, as text or as hex, is filled in or refused with a position within it."""
    for parse in (filled, filled_hex):
        position = 0
        try:
            parse(text)
        except PayloadError as error:
            position = error.position
        assert 0 <= position <= max(0, len(text) - 1)


@given(st.text(st.characters(exclude_characters="\\{", exclude_categories=["Cs"])))
def test_text_without_braces_is_sent_as_it_is(text: str) -> None:
    """Placeholders change nothing around them."""
    assert filled(text) == text.encode()
    assert filled(f"{text}{{{{counter}}}}{text}") == f"{text}258{text}".encode()


@given(st.binary(max_size=60) | st.text("{}time\\", max_size=20).map(str.encode))
def test_a_message_put_into_the_send_bar_keeps_its_bytes(data: bytes) -> None:
    """Whatever a message holds, braces too."""
    assert filled(payload.to_typed(data, UTF8)) == data


def test_the_table_for_users_is_right() -> None:
    """Each placeholder in it, and each in its explanations, can be used."""
    for written, text in PLACEHOLDERS.items():
        for used in (written, *re.findall(r"\{\{.*?\}\}", text)):
            assert filled(f"x{used}")


@pytest.mark.slow
async def test_each_target_gets_its_own_number_and_checksum() -> None:
    """The preview shows the exact bytes, and says that the message varies."""
    async with console(*TWO_CLIENTS, size=(140, 40)) as (_, link, pilot):
        await pilot.press("s", "ctrl+o", *"n{", "{", *"counter", "}", "}", "{", "{", *"sum8", "}", "}")
        await shows(pilot, "6e 31 9f 0a  an example: it varies")
        await pilot.press("enter", "enter")
        assert [(command.id, command.data) for command in link.commands] == [(11, b"n1\x9f\n"), (12, b"n2\xa0\n")]  # type: ignore[union-attr]
