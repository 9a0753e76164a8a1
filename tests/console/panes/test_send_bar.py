"""The send bar."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.decoders.test_struct import ANSWER, GT06
from tests.support.panes import SendBarHost
from tuiserver.console.panes.line_input import ErrorMark
from tuiserver.decoders.registry import find_encoder


@pytest.fixture
def app(tmp_path: Path) -> SendBarHost:
    """A host with an empty history."""
    return SendBarHost(tmp_path / "state" / "history")


async def test_enter_sends_exactly_what_was_shown(app: SendBarHost) -> None:
    """The target, the number and the hex of the bytes are shown before; Enter sends these and empties the line."""
    async with app.run_test(size=(160, 50)) as pilot:
        await app.focus_bar(pilot)
        app.fill(r"status\x00\x0")
        await pilot.press("1")
        await pilot.pause()
        assert app.part("label").startswith(r"SEND to #12  text + \n")
        assert app.part("note") == "8 + 1 bytes"
        assert app.part("preview") == "73 74 61 74 75 73 00 01 0a"
        await pilot.press("enter")
        assert app.sent == [((12,), b"status\x00\x01\n")]
        assert app.bar.text == ""


async def test_a_large_screen_has_a_second_row(app: SendBarHost) -> None:
    """At 80×24 the bar is one row with the number of bytes; at 160×50 a second row shows them."""
    async with app.run_test(size=(80, 24)) as pilot:
        bar = await app.focus_bar(pilot)
        assert (bar.size.width, bar.size.height) == (80, 1)
        assert "0 + 1 bytes" in app.part("note")
        assert app.input.size.width >= 30
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert (bar.size.width, bar.size.height) == (160, 2)


async def test_printable_keys_are_typed(app: SendBarHost) -> None:
    """`q` and `s` are letters here, whatever they mean to the app."""
    async with app.run_test() as pilot:
        await app.focus_bar(pilot)
        await pilot.press(*"qs?:/")
        assert app.bar.text == "qs?:/"
        assert app.app_keys == 0


async def test_what_cannot_be_parsed_is_marked_and_not_sent(app: SendBarHost) -> None:
    """The reason is shown behind the line; Enter moves the cursor to the position and sends nothing."""
    async with app.run_test(size=(80, 24)) as pilot:
        await app.focus_bar(pilot)
        app.fill(r"ab\q")
        await pilot.pause()
        assert app.part("note") == "unknown escape"
        assert isinstance(app.input.highlighter, ErrorMark)
        assert app.input.highlighter.position == 2
        await pilot.press("enter")
        assert app.sent == []
        assert (app.bar.text, app.input.cursor_position) == (r"ab\q", 2)
        await pilot.press("ctrl+t")
        app.fill("7g")
        await pilot.pause()
        assert app.part("note") == "not a hex digit"
        assert app.input.highlighter.position == 1


async def test_hex_is_typed_as_hex(app: SendBarHost) -> None:
    """ctrl+t turns the text into hex; a padded odd digit is reported."""
    async with app.run_test(size=(160, 50)) as pilot:
        await app.focus_bar(pilot)
        app.fill("AB")
        await pilot.press("ctrl+t")
        assert app.bar.text == "41 42"
        await pilot.press(*",0x3")
        await pilot.pause()
        assert app.part("note") == "3 bytes, padded"
        assert app.part("preview").startswith("41 42 03  odd digit padded")
        await pilot.press("enter")
        assert app.sent == [((12,), b"AB\x03")]


async def test_placeholders_are_completed_and_shown_as_bytes(app: SendBarHost) -> None:
    """While one is typed its possible names are shown, right completes it; in hex too. An unknown one is marked and not sent."""
    async with app.run_test(size=(160, 50)) as pilot:
        await app.focus_bar(pilot)
        await pilot.press("ctrl+t")
        app.fill("11 03 00 6B 00 03 {{crc:m")
        await pilot.pause()
        assert app.part("note") == "Right completes"
        assert app.part("preview").startswith("{{crc:modbus}}")
        await pilot.press("right")
        await pilot.pause()
        assert app.bar.text == "11 03 00 6B 00 03 {{crc:modbus}}"
        assert (app.part("note"), app.part("preview")) == ("8 bytes", "11 03 00 6b 00 03 76 87")
        await pilot.press("enter")
        assert app.sent == [((12,), bytes.fromhex("11 03 00 6B 00 03 76 87"))]
        app.fill("01 {{crc:ccitt")
        await pilot.pause()
        assert app.part("note") == "placeholder without its end"
        assert "{{crc:crc16-ccitt-false}}" in app.part("preview")
        app.fill("01 {{crc:modbsu}}")
        await pilot.press("enter")
        assert "did you mean modbus?" in app.part("preview")
        assert app.input.cursor_position == 9
        assert len(app.sent) == 1


async def test_a_message_is_checked_against_the_protocol_of_the_target(tmp_path: Path) -> None:
    """What its frame adds is counted and shown, no line ending is added; what it cannot send is said and not sent."""
    app = SendBarHost(tmp_path / "history", {12: "line", 9: "delimiter:\\x03", 8: "raw"})
    async with app.run_test(size=(160, 50)) as pilot:
        bar = await app.focus_bar(pilot)
        app.fill("hi")
        await pilot.pause()
        assert app.part("label") == "SEND to #12  text as line >"
        assert (app.part("note"), app.part("preview")) == ("2 + 1 bytes", "68 69 0a")
        app.fill(r"a\nb")
        await pilot.press("enter")
        assert app.part("note") == r"a line cannot contain \n"
        assert app.part("preview") == r"a line cannot contain \n: see byte 2"
        assert (app.sent, app.bar.text) == ([], r"a\nb")
        bar.set_target(9, marked=(9, 12), everyone=[8, 9, 12])
        await pilot.press("ctrl+o")
        assert app.part("label") == r"SEND to 2 marked  text as delimiter:\x03, line >"
        assert app.part("preview").endswith("(#12 is line)")
        await pilot.press("ctrl+o", "enter")
        assert app.part("label") == r"SEND to ALL 3  text + \n >"
        assert app.sent == []
        app.fill("hi")
        await pilot.press("enter", "enter")
        assert app.sent == [((8, 9, 12), b"hi\n")]


@pytest.mark.slow
async def test_a_message_of_fields(tmp_path: Path) -> None:
    """Where a struct is loaded there is a mode for it: fields are completed, the bytes shown, and what is wrong is marked."""
    (tmp_path / "gt06.h").write_text(GT06)
    encoder = find_encoder(str(tmp_path / "gt06.h"))
    app = SendBarHost(tmp_path / "history", encoder_of=lambda ids: encoder)
    async with app.run_test(size=(160, 50)) as pilot:
        await app.focus_bar(pilot)
        await pilot.press(*"An", "ctrl+t", "ctrl+t")
        await pilot.pause()
        assert (app.part("label"), app.bar.text) == ("SEND to #12  fields >", "An")
        await pilot.press("right")
        await pilot.pause()
        assert app.part("preview") == "header.start=  header.length=  serial=  stop="
        await pilot.press(*"start=0x7878 length=5 stop=0x0d0a ser", "right")
        await pilot.press(*"70000")
        await pilot.pause()
        assert app.bar.text == "Answer start=0x7878 length=5 stop=0x0d0a serial=70000"
        assert app.part("note") == "70000 does not fit in uint16 (serial)"
        await pilot.press("enter")
        assert (app.sent, app.input.cursor_position) == ([], 41)
        app.fill("Answer start=0x7878 length=5 stop=0x0d0a serial={{counter}}")
        await pilot.pause()
        assert app.part("preview") == "78 78 05 01 00 01 d9 dc 0d 0a  an example: it varies"
        await pilot.press("enter")
        assert app.sent == [((12,), ANSWER)]
        await pilot.press("ctrl+t", "ctrl+t", "ctrl+t")
        assert app.bar.draft.mode == "hex"


async def test_the_line_ending_is_chosen_and_shown(app: SendBarHost) -> None:
    """ctrl+n goes from LF to CRLF, NUL and none, and messages are sent with it."""
    async with app.run_test() as pilot:
        await app.focus_bar(pilot)
        for line_ending in (b"\n", b"\r\n", b"\0", b""):
            app.fill("x")
            await pilot.press("enter", "ctrl+n")
            assert app.sent[-1] == ((12,), b"x" + line_ending)
        await pilot.press("ctrl+n")
        assert r"text + \r\n" in app.part("label")


async def test_a_file_has_no_line_ending(app: SendBarHost, tmp_path: Path) -> None:
    """It is sent unchanged: ctrl+n changes nothing."""
    (tmp_path / "f").write_bytes(b"hello")
    async with app.run_test(size=(160, 50)) as pilot:
        await app.focus_bar(pilot)
        await pilot.press("ctrl+t", "ctrl+t")
        assert app.input.placeholder == "the path of a file"
        app.fill(str(tmp_path / "f"))
        await pilot.press("ctrl+n")
        await pilot.pause()
        assert (app.part("label"), app.part("note")) == ("SEND to #12  file >", "5 bytes")


async def test_more_than_one_target_needs_a_confirmation(app: SendBarHost) -> None:
    """The first Enter asks with the count, Esc cancels, the second Enter sends."""
    async with app.run_test(size=(80, 24)) as pilot:
        await app.focus_bar(pilot, marked=(9, 12))
        assert "to 2 marked" in app.part("label")
        app.fill("x")
        await pilot.press("enter")
        assert app.part("note") == "send to 2? Enter sends, Esc cancels"
        await pilot.press("escape")
        assert app.left == 0
        assert "send to" not in app.part("note")
        await pilot.press("enter")
        assert app.sent == []
        await pilot.press("enter")
        assert app.sent == [((9, 12), b"x\n")]


async def test_another_text_needs_another_confirmation(app: SendBarHost) -> None:
    """A key that is typed cancels the first one."""
    async with app.run_test(size=(80, 24)) as pilot:
        await app.focus_bar(pilot)
        await pilot.press("ctrl+o", "y")
        assert "to ALL 3" in app.part("label")
        await pilot.press("enter", "z", "enter")
        assert app.sent == []
        assert app.part("note").startswith("send to 3?")


async def test_the_confirmation_is_for_the_connections_that_were_counted(app: SendBarHost) -> None:
    """One that connected afterwards gets nothing; one that has closed is left out."""
    async with app.run_test() as pilot:
        bar = await app.focus_bar(pilot)
        await pilot.press("ctrl+o", "x", "enter")
        bar.set_target(12, everyone=[9, 12, 13])
        await pilot.press("enter")
        assert app.sent == [((9, 12), b"x\n")]


async def test_the_target_stays_while_typing(app: SendBarHost) -> None:
    """Another selection does not change it; a closed target gets nothing; without the focus it follows the selection."""
    async with app.run_test(size=(80, 24)) as pilot:
        bar = await app.focus_bar(pilot)
        app.fill("x")
        bar.set_target(8, everyone=[8, 9])
        assert "to #12, closed" in app.part("label")
        await pilot.press("enter")
        assert app.sent == []
        assert "no one to send to" in app.part("note")
        app.screen.set_focus(None)
        await pilot.pause()
        assert "to #8" in app.part("label")
        bar.set_target(0)
        assert "to nobody" in app.part("label")


async def test_escape_leaves_the_bar(app: SendBarHost) -> None:
    """What is typed stays; the focus mark goes."""
    async with app.run_test() as pilot:
        bar = await app.focus_bar(pilot)
        await pilot.press("x", "escape")
        assert app.left == 1
        label = bar.query_one("#send-label")
        assert label.render_line(0).text.startswith("▌SEND")
        app.screen.set_focus(None)
        await pilot.pause()
        assert label.render_line(0).text.startswith(" SEND")
        assert bar.text == "x"


async def test_typed_markup_and_pasted_control_characters_are_text(app: SendBarHost) -> None:
    """Brackets are brackets; a pasted line break or escape sequence becomes an escape, and is sent as it was."""
    async with app.run_test(size=(160, 50)) as pilot:
        await app.focus_bar(pilot)
        app.fill("[bold red]x[/] [/nope]\r\n\x1b[2J")
        await pilot.pause()
        assert app.bar.text == r"[bold red]x[/] [/nope]\r\n\x1b[2J"
        assert r"[bold red]x[/] [/nope]\r\n\x1b[2J" in app.input.render_line(0).text
        await pilot.press("enter")
        assert app.sent == [((12,), b"[bold red]x[/] [/nope]\r\n\x1b[2J\n")]


async def test_a_paste_is_sent_as_it_was_copied(app: SendBarHost) -> None:
    """The bar shows it, and whether it is literal; a key makes its backslashes escapes, and takes them literally again."""
    async with app.run_test(size=(160, 50)) as pilot:
        await app.focus_bar(pilot)
        for copied, mode in ((r"C:\temp\new {{x}}", "literal"), ("two\r\nlines\\", "text")):
            app.input.post_message(events.Paste(copied))
            await pilot.pause()
            assert app.part("label").startswith(f"SEND to #12  {mode} ")
            await pilot.press("enter")
            assert app.sent.pop() == ((12,), f"{copied}\n".encode())
        app.input.post_message(events.Paste(r"a\n"))
        await pilot.press("ctrl+backslash")
        assert app.part("note") == "2 + 1 bytes"
        await pilot.press("ctrl+backslash")
        assert (app.part("note"), app.bar.text) == ("3 + 1 bytes", r"a\n")
        app.input.post_message(events.Paste("x" * 100_000))
        await pilot.pause()
        assert app.part("note") == "100,000 characters are too many: send a file"
        await pilot.press("ctrl+t", "ctrl+backslash")
        assert app.part("note") == "only text has escapes"


async def test_up_and_down_go_through_the_history(app: SendBarHost) -> None:
    """Up recalls what was sent, with its mode; down returns to what was being typed."""
    async with app.run_test() as pilot:
        await app.focus_bar(pilot)
        app.fill("one")
        await pilot.press("enter", "ctrl+t")
        app.fill("0102")
        await pilot.press("enter", "ctrl+t", "ctrl+t")
        app.fill("half")
        await pilot.press("up")
        assert (app.bar.text, app.bar.draft.mode) == ("0102", "hex")
        await pilot.press("up", "up")
        assert (app.bar.text, app.bar.draft.mode) == ("one", "text")
        await pilot.press("down", "down", "down")
        assert app.bar.text == "half"
        assert app.history.read_bytes() == b"text one\nhex 0102\n"
        assert app.history.stat().st_mode & 0o777 == 0o600
