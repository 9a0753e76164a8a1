"""The character set of a connection, on the screen and on the wire."""

from __future__ import annotations

from tests.support.console import console
from tests.support.scripted import connected, listening, received, screen_text, shows, until
from tuiserver.core.commands import Send

HELLO = "你好 23\n".encode("gbk")


async def test_a_key_chooses_the_charset_of_a_connection() -> None:
    """It is used while it is typed, for what was received and what is sent; other connections keep theirs."""
    events = [listening(), connected(11), received("é".encode(), 11), connected(12), received(HELLO, 12)]
    async with console(*events, size=(120, 40)) as (app, link, pilot):
        await shows(pilot, r"\xc4\xe3\xba\xc3 23\n")
        await pilot.press("2", "c")
        await shows(pilot, "character set of #12")
        await pilot.press(*"gbx")
        await shows(pilot, 'no character set "gbx"')
        await pilot.press("backspace", "k")
        await shows(pilot, r"你好 23\n")
        await pilot.press("enter")
        await shows(pilot, "text gbk  time of day")
        await pilot.press("s")
        await shows(pilot, "text gbk +")
        await pilot.press("好", "enter")
        await until(pilot, lambda: [each for each in link.commands if isinstance(each, Send)])
        assert [(each.id, each.data) for each in link.commands if isinstance(each, Send)] == [(12, b"\xba\xc3\n")]
        assert "é" in screen_text(app)


async def test_what_the_charset_does_not_have_is_not_sent() -> None:
    """The place is marked. Escape in the prompt keeps the character set as it was."""
    events = [listening(), connected(12), received("Привет\n".encode("cp1251"), 12)]
    async with console(*events, size=(120, 40), charset="cp1251") as (app, link, pilot):
        await shows(pilot, r"Привет\n")
        await pilot.press("2", "c", *"cp037")
        await until(pilot, lambda: "Привет" not in screen_text(app))
        await pilot.press("escape")
        await shows(pilot, r"Привет\n")
        await pilot.press("s", *"да 你")
        await shows(pilot, "cp1251 has no 你")
        await pilot.press("enter")
        assert not [each for each in link.commands if isinstance(each, Send)]


async def test_a_character_that_came_in_two_reads() -> None:
    """Its halves are escapes in the messages; the stream has the character."""
    first, second = "温".encode("gbk")[:1], "温".encode("gbk")[1:]
    events = [listening(), connected(12), received(b"T " + first), received(second + b"\n")]
    async with console(*events, size=(120, 40), charset="gbk") as (app, _, pilot):
        await shows(pilot, r"T \xce")
        assert "温" not in screen_text(app)
        await pilot.press("2", "m")
        await shows(pilot, r"T 温\n")


async def test_one_text_is_not_sent_to_connections_that_read_it_differently() -> None:
    """What would be sent is shown before, and it is one sequence of bytes; hex goes to all of them."""
    events = [listening(), connected(11), connected(12), received(HELLO, 12)]
    async with console(*events, size=(120, 40)) as (_, link, pilot):
        await pilot.press("2", "c", *"gbk", "enter", "1", "asterisk", "s", "a", "enter")
        await shows(pilot, "different character sets: utf-8, gbk")
        await pilot.press("ctrl+t", "enter")
        await shows(pilot, "send to 2?")
        await pilot.press("enter")
        await until(pilot, lambda: len(link.commands) == 2)
        assert {each.data for each in link.commands if isinstance(each, Send)} == {b"a"}
