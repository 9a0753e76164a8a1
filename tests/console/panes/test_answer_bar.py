"""The answer bar, on the console: an HTTP request waits, and is answered by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot

from tests.support.console import console
from tests.support.scripted import (
    BASE,
    ScriptedLink,
    closed,
    connected,
    listening,
    received,
    screen_text,
    sent,
    shows,
    until,
)
from tuiserver.console.app import Console
from tuiserver.core.commands import Answer, Send
from tuiserver.core.events import Connected

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def http(number: int = 12) -> Connected:
    """A client of an HTTP address."""
    return Connected(BASE, number, f"127.0.0.1:{number}", "127.0.0.1:8080", "http+tcp://127.0.0.1:8080", "http", True)


def get(target: str = "/hook", number: int = 12, at: float = BASE, version: str = "1.1") -> object:
    """A request."""
    return received(f"GET {target} HTTP/{version}\r\nHost: x\r\n\r\n".encode(), number, at)


async def type_text(app: Console, pilot: Pilot[None], text: str) -> None:
    """Type without waiting between the keys."""
    for character in text:
        app.post_message(Key({" ": "space"}.get(character, character), character))
    await pilot.pause()


async def tick(app: Console, link: ScriptedLink, seconds: float) -> None:
    """Let time pass."""
    link.now = BASE + seconds
    app.tick()


async def test_an_answer_is_typed_in_one_go() -> None:
    """Blanks lead on, tab moves between the fields, the exact bytes are shown before; the last answer is offered again."""
    async with console(listening(), http(), get(), get("/next")) as (app, link, pilot):
        await tick(app, link, 12.4)
        await shows(pilot, "ANSWER to #12  GET /hook · waits 12 s · 1 more")
        await shows(pilot, "s answers")
        await pilot.press("s")
        await type_text(app, pilot, '404 json {"error":"no such hook"}')
        text = await shows(pilot, "status 404   type json")
        assert re.search(r'body text > \{"error":"no such hook"\}', text)
        preview = "".join(line.strip() for line in text.splitlines()[-5:-2])
        assert preview.startswith(
            r"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nDate: Tue, 14 Nov2023 22:13:32 GMT"
        )
        assert preview.endswith(r'Content-Length: 24\r\n\r\n{"error":"no such hook"}')
        assert "enter answer  tab next field  esc leave" in text
        assert link.commands == []
        await pilot.press("enter")
        first = Answer(12, 404, "application/json", b'{"error":"no such hook"}', request=1)
        assert link.commands == [first]
        link.feed(sent(OK, at=BASE + 12.4))
        await shows(pilot, "GET /next · waits 12 s  ")
        assert "→ 200 38 12 s" in screen_text(app)
        await pilot.press("tab", "tab", "tab", "5", "0", "0", "shift+tab")
        await type_text(app, pilot, "x")
        await pilot.press("enter")
        assert link.commands[1:] == [Answer(12, 500, "application/json", b"x", request=2)]
        link.feed(sent(OK))
        await shows(pilot, "ANSWER to #12  nothing waits")
        await pilot.press("enter")
        await shows(pilot, "no request of #12 waits for an answer")
        await pilot.press("escape")
        await shows(pilot, "SEND to #12")
        assert len(link.commands) == 2


@pytest.mark.parametrize(
    ("typed", "error", "place"),
    [
        ("200.5 text x", "a status has three digits", "status"),
        ("204 text x", "a response with the status 204 has no body", "body"),
        (r"200 jsn|x", "'jsn' is not a content type", "type"),
    ],
)
async def test_what_is_no_answer_is_not_sent(typed: str, error: str, place: str) -> None:
    """Why stands below the fields; Enter leads to the field and sends nothing."""
    async with console(listening(), http(), get()) as (app, link, pilot):
        await pilot.press("s")
        await type_text(app, pilot, typed)
        await shows(pilot, error)
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is not None and app.focused.id == f"answer-{place}")
        assert link.commands == []


async def test_several_requests_are_answered_at_once() -> None:
    """After a confirmation with their number; esc cancels it. Those that do not wait are left out."""
    async with console(listening(), *map(http, (1, 2, 3)), get(number=1), get(number=2, at=BASE + 1)) as (
        app,
        link,
        pilot,
    ):
        await tick(app, link, 5)
        await pilot.press("asterisk")
        await until(pilot, lambda: len(app.selection.marked) == 3)
        await pilot.press("s")
        assert "SEND to 3 marked" in screen_text(app), "one of them does not wait"
        await pilot.press("escape", "U", "g", "j", "space", "j", "space", "s")
        await shows(pilot, "ANSWER to 2 marked  2 wait · the first waits 5 s")
        await type_text(app, pilot, "200 text ok")
        await pilot.press("enter")
        await shows(pilot, "answer 2? Enter answers, Esc cancels")
        await pilot.press("escape", "enter", "enter")
        assert link.commands == [
            Answer(number, 200, "text/plain; charset=utf-8", b"ok", request=1) for number in (1, 2)
        ]


async def test_an_answer_in_parts() -> None:
    """The head goes first with what is typed, then each line is a chunk, and an empty one is the end."""
    async with console(listening(), http(), get()) as (app, link, pilot):
        await pilot.press("s")
        await type_text(app, pilot, "200 text one")
        await pilot.press("ctrl+y")
        await shows(pilot, "in parts")
        await pilot.press("enter")
        link.feed(sent(HEAD + b"3\r\none\r\n"))
        await shows(pilot, "CHUNK to #12  GET /hook")
        await type_text(app, pilot, "two")
        await shows(pilot, r"3\r\ntwo\r\n")
        await pilot.press("enter")
        await shows(pilot, "an empty chunk is the end")
        await pilot.press("enter")
        link.feed(sent(b"0\r\n\r\n"))
        await shows(pilot, "nothing waits")
        kind = "text/plain; charset=utf-8"
        assert link.commands == [
            Answer(12, 200, kind, b"one", part="head", request=1),
            Answer(12, body=b"two", part="chunk", request=1),
            Answer(12, part="end", request=1),
        ]


async def test_the_bar_does_not_change_while_something_is_typed() -> None:
    """A request that comes meanwhile waits until the line is empty; raw text still goes as the body of an answer."""
    async with console(listening(), http()) as (app, link, pilot):
        await pilot.press("s", "h")
        link.feed(get())
        await shows(pilot, "GET /hook HTTP")
        await pilot.press("i", "enter")
        assert link.commands == [Send(12, b"hi\n")]
        await shows(pilot, "ANSWER to #12")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "answer-status")
        link.feed(closed(12))
        await shows(pilot, "#12, closed  nothing waits")
        await pilot.press("escape")
        await shows(pilot, "SEND to #12, closed")


async def test_a_raw_connection_has_the_send_bar() -> None:
    """Also after one that waits: each selected connection has its own."""
    async with console(listening(), connected(11), http(12), get()) as (_, _link, pilot):
        await shows(pilot, "ANSWER to #12")
        await pilot.press("j")
        await shows(pilot, "SEND to #11")
        await pilot.press("k")
        await shows(pilot, "ANSWER to #12")


@pytest.mark.slow
async def test_answers_are_recalled_saved_and_taken_from_messages(tmp_path: Path) -> None:
    """By the same keys as messages; a saved one fills all fields."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    async with console(listening(), http(), get(), sent(answer), get("/b"), size=(120, 40)) as (app, link, pilot):
        app.operator.saved = type(app.operator.saved)(tmp_path)
        await pilot.press("2", "up", "r")
        await shows(pilot, "status 404   type json")
        await pilot.press("ctrl+s", *"none", "enter")
        await shows(pilot, "Saved as none")
        assert (tmp_path / "none.toml").read_text() == (
            'mode = "text"\ntext = "{}"\nending = "none"\nstatus = "404"\ntype = "json"\n'
        )
        await pilot.press("enter")
        link.feed(sent(OK), get("/c"))
        await shows(pilot, "GET /c")
        await type_text(app, pilot, "200 text other")
        await pilot.press("enter")
        link.feed(sent(OK), get("/d"))
        await shows(pilot, "GET /d")
        await pilot.press("up", "up")
        await shows(pilot, "status 404")
        await pilot.press("down", "down")
        await shows(pilot, "status 200")
        await pilot.press("ctrl+r")
        await shows(pilot, "404 json")
        await pilot.press("enter")
        await shows(pilot, "status 404")
        await pilot.press("ctrl+t")
        await shows(pilot, "body hex > 7b 7d")
        await pilot.press("ctrl+t", "ctrl+backslash")
        await shows(pilot, "body literal")
        assert [type(command) for command in link.commands] == [Answer, Answer]


async def test_what_is_pasted_goes_as_it_was_copied() -> None:
    """Into the body, with its line breaks; a whole answer can be pasted into the status."""
    async with console(listening(), http(), get()) as (app, link, pilot):
        await pilot.press("s")
        app.post_message(Paste('404 json {"a":1}'))
        await shows(pilot, "status 404   type json")
        await pilot.press("tab", "tab", "tab")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "answer-body")
        app.post_message(Paste('{"a":\n2}'))
        await shows(pilot, r'{"a":\n2}')
        await pilot.press("enter")
        assert link.commands == [Answer(12, 404, "application/json", b'{"a":\n2}', request=1)]
        await pilot.press("tab", "tab")
        app.post_message(Paste("x" * 100_000))
        await shows(pilot, "100,000 characters are too many")


async def test_help_and_palette_are_those_of_the_answer_bar() -> None:
    """Its keys, and how an answer is typed."""
    async with console(listening(), http(), get(), size=(120, 40)) as (_, _link, pilot):
        await pilot.press("s", "f1")
        await shows(pilot, "ANSWER BAR")
        await shows(pilot, "Status, type, body")
        await pilot.press("escape", "ctrl+p")
        await shows(pilot, "Send this answer")
