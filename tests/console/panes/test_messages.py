"""The messages pane."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tuiserver.console.panes.messages import MessagesPane
from tuiserver.core.events import AnyEvent, Closed, Connected, Received, Sent, Skipped
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

BASE = 1_700_000_000.0


class Host(App[None]):
    """An app with nothing but the pane, told events by hand."""

    def __init__(self, *events: AnyEvent, budget: int = 1 << 20) -> None:
        super().__init__()
        self.transcript = Transcript(budget)
        self.roster = Roster()
        self.pane = MessagesPane(self.transcript, self.roster)
        self.tell(*events)

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self.pane

    def tell(self, *events: AnyEvent) -> None:
        """What a frame does: apply the events, then let the pane look."""
        for event in events:
            self.roster.apply(event)
            self.transcript.apply(event)
        if self.pane.is_mounted:
            self.pane.update()

    def lines(self) -> list[str]:
        """The pane as text, a string a row."""
        return [self.pane.render_line(y).text for y in range(self.pane.size.height)]

    def shown(self) -> list[str]:
        """Its rows without the title, the empty ones left out."""
        return [line.rstrip() for line in self.lines()[1:] if line.strip()]


def connected(number: int = 12, at: float = BASE) -> Connected:
    """A connection comes."""
    return Connected(at, number, "127.0.0.1:51234", "127.0.0.1:9999", "tcp://127.0.0.1:9999")


def received(data: bytes, at: float = BASE, number: int = 12) -> Received:
    """A message comes in."""
    return Received(at, number, data, len(data))


def sent(data: bytes, at: float = BASE, number: int = 12, by: str = "echo") -> Sent:
    """A message goes out."""
    return Sent(at, number, data, len(data), by)


def time_of(at: float) -> str:
    """The time of day as the pane writes it."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S.%f")


TALK = (
    connected(),
    connected(7),
    received(b"PING\r\n", BASE + 1.5),
    received(b"other", BASE + 1.6, 7),
    sent(b"PONG\r\n", BASE + 1.75),
)


async def test_a_line_says_when_which_way_how_much_and_what() -> None:
    """Time of day with microseconds, direction, size at the right of its column, escaped text, who sent it."""
    app = Host(*TALK)
    async with app.run_test(size=(80, 24)):
        app.pane.show(12)
        assert app.shown() == [
            rf" {time_of(BASE + 1.5)} <     6 PING\r\n",
            rf" {time_of(BASE + 1.75)} >     6 PONG\r\n  echo",
        ]
        app.pane.show(0)
        assert app.shown()[1] == rf" {time_of(BASE + 1.6)}   #7 <     5 other"
        assert app.shown()[2].startswith(rf" {time_of(BASE + 1.75)}  #12 >")


async def test_the_title_says_how_it_is_looked_at() -> None:
    """Whose messages, in which form, how many, following; at 60 columns what matters less is left out."""
    app = Host(*TALK)
    async with app.run_test(size=(100, 24)) as pilot:
        app.pane.show(12)
        assert app.lines()[0].startswith("▌MESSAGES ")
        app.screen.set_focus(None)
        await pilot.pause()
        assert app.lines()[0].startswith(" MESSAGES ")
        assert app.lines()[0].rstrip().endswith("#12  text  time of day  in and out  2  ● follow")
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert app.lines()[0].rstrip().endswith("#12  text  time of day  2  ● follow")


async def test_x_goes_from_text_to_hex_to_both() -> None:
    """hex: below the head, lines of 16 bytes with offset and ASCII; both: the text as well."""
    data = bytes(range(0x41, 0x41 + 16)) + b"\x00\x1b"
    app = Host(connected(), received(data))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("x")
        head, first, second = app.shown()
        assert head == f" {time_of(BASE)} <    18"
        assert first.strip() == "0000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP"
        assert second.split() == ["0010", "00", "1b", "··"]
        assert first.index("ABCD") == second.index("··")
        await pilot.press("x")
        assert app.shown()[0].endswith(r"18 ABCDEFGHIJKLMNOP\0\x1b")
        assert len(app.shown()) == 3
        await pilot.press("x")
        assert len(app.shown()) == 1


async def test_t_goes_through_the_three_clocks() -> None:
    """Time of day, seconds since the connection came, seconds since the entry before; the columns stay."""
    app = Host(*TALK)
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        columns = [line.index(">") for line in app.shown()[1:]]
        await pilot.press("t")
        assert [line.split()[0] for line in app.shown()] == ["+1.500000", "+1.750000"]
        assert [line.index(">") for line in app.shown()[1:]] == columns
        await pilot.press("t")
        assert [line.split()[0] for line in app.shown()] == ["-", "+0.250000"]
        assert "since previous" in app.lines()[0]


async def test_d_shows_one_direction() -> None:
    """In and out, in, out."""
    app = Host(*TALK)
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("d")
        assert ["PING" in line for line in app.shown()] == [True]
        await pilot.press("d")
        assert ["PONG" in line for line in app.shown()] == [True]
        await pilot.press("d")
        assert len(app.shown()) == 2


async def test_what_is_read_does_not_move() -> None:
    """Scrolled up, a badge counts what came, and the lines stay, even when memory has dropped them; `f` goes on."""
    app = Host(connected(), *(received(b"line %d" % n) for n in range(100)), budget=40_000)
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        assert "line 99" in app.shown()[-1]
        await pilot.press("up", "pageup")
        before = app.shown()
        app.tell(*(received(b"new %d" % n) for n in range(12)))
        assert app.lines()[0].rstrip().endswith("12 new")
        assert app.shown() == before
        app.tell(*(received(b"more %d" % n) for n in range(500)))
        assert app.transcript.view(12).first > 100
        assert app.shown() == before
        await pilot.press("f")
        assert "more 499" in app.shown()[-1]
        assert app.lines()[0].rstrip().endswith("● follow")
        await pilot.press("home")
        assert not app.pane.following
        assert "more" in app.shown()[0]
        await pilot.press("end")
        assert app.pane.following


async def test_another_connection_is_followed_from_its_end() -> None:
    """Selecting another one forgets where the reader was in the last."""
    app = Host(connected(), connected(7), *(received(b"line %d" % n) for n in range(100)), received(b"hi", BASE, 7))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("home")
        app.pane.show(7)
        assert app.pane.following
        assert [line[-2:] for line in app.shown()] == ["hi"]


async def test_what_was_skipped_is_one_faint_line() -> None:
    """A gap says how many messages and bytes; in the view of one connection, how many at most."""
    app = Host(connected(), received(b"a"), Skipped(BASE, 1234, 56_700), received(b"b"))
    async with app.run_test(size=(80, 24)):
        app.pane.show(12)
        assert app.shown()[1] == f" {time_of(BASE)} … up to 1,234 messages, 56.7k not shown"
        app.pane.show(0)
        assert app.shown()[1] == f" {time_of(BASE)} … 1,234 messages, 56.7k not shown"


async def test_the_empty_pane_says_what_is_known() -> None:
    """Nothing yet, and how to begin; closed, and why; no longer in memory."""
    app = Host(connected(at=time.time() - 12.5))
    async with app.run_test(size=(80, 24)):
        assert app.shown() == [" no messages yet"]
        app.pane.show(12)
        assert app.shown() == [" connected 12 s ago, nothing received, nothing sent – s to speak first"]
        app.tell(Closed(BASE, 12, "reset by peer", 0, 0, 0, 0))
        assert app.shown() == [" closed: reset by peer, nothing received, nothing sent"]
        app.tell(connected(13), Closed(BASE, 13, "peer closed", 900, 0, 9, 0))
        app.pane.show(13)
        assert app.shown() == [" closed: peer closed, 9 received, nothing sent; they are no longer in memory"]


async def test_a_message_of_50_mb_opens_without_a_pause() -> None:
    """Its three million lines of hex are shown, scrolled and left at the cost of what is seen."""
    app = Host(connected(), received(bytes(50_000_000)), budget=64 << 20)
    async with app.run_test(size=(160, 50)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        for action in (app.pane.action_cycle_show, app.pane.action_cycle_show, app.pane.action_first):
            action()
            app.lines()
        app.pane.scroll_lines(1_500_000)
        assert f"{(1_500_000 - 1) * 16:08x}  00 00" in app.lines()[1]
        await pilot.pause()


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_hostile_bytes_are_shown_escaped(theme: str) -> None:
    """Escape sequences, markup, NUL, invalid UTF-8, wide, combining and right-to-left characters: only text."""
    hostile = "\x1b]0;x\x07\x1b[2J[bold red]x[/][/nope]\0中e\u0301\u202eא\u200b".encode() + b"\xff\xc3"
    app = Host(connected(), received(hostile), sent(b"x", by="[red]\x1b[2J"))
    async with app.run_test(size=(160, 50)) as pilot:
        app.theme = theme
        app.pane.show(12)
        await pilot.pause()
        line = app.shown()[0]
        assert line.endswith(
            r"\x1b]0;x\x07\x1b[2J[bold red]x[/][/nope]\0\u{4e2d}e\u{301}\u{202e}\u{5d0}\u{200b}\xff\xc3"
        )
        assert r"[red]\x1b[2J" in app.shown()[1]


async def test_any_size_down_to_one_cell_is_drawn() -> None:
    """Every line is exactly as wide as the pane, however small."""
    app = Host(*TALK, received(bytes(100)), Skipped(BASE, 1, 1))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.show(12)
        for width, height in ((1, 1), (2, 3), (20, 5), (40, 10), (200, 60)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            for _ in range(3):
                app.pane.action_cycle_show()
                assert {cell_len(line) for line in app.lines()} == {app.pane.size.width}


# -- the current message, wrapping, search and filter ------------------------------------------------------------------


def current(app: Host) -> str:
    """The line with the cursor."""
    return next("".join(text for text, _ in parts) for parts, ground in app.pane.lines() if ground == "selected")


async def test_the_cursor_goes_from_message_to_message() -> None:
    """The newest is current while following; up and down go on by one, and through a tall one line by line."""
    app = Host(connected(), *(received(b"m%d" % number) for number in range(5)), received(bytes(400)), received(b"end"))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        assert current(app).endswith("3 end")
        await pilot.press("up", "up")
        assert current(app).endswith("2 m4")
        assert not app.pane.following
        app.tell(received(b"new"))
        assert current(app).endswith("2 m4")
        await pilot.press("x", "down")
        assert "0000" in app.lines()[2]
        for _ in range(40):
            await pilot.press("down")
        assert current(app).endswith("new") or "6e 65 77" in "".join(app.lines())


async def test_w_shows_long_messages_in_many_lines() -> None:
    """Line by line as they were written, up to 4 kB, with a word about the rest."""
    app = Host(connected(), received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), received(b"x" * 5000))
    async with app.run_test(size=(80, 140)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("w")
        assert [line[25:].strip() for line in app.shown()[:3]] == [r"GET / HTTP/1.1\r\n", r"Host: a\r\n", r"\r\n"]
        assert app.shown()[-1].strip() == "… 904 more: enter shows all"
        assert "text, wrapped" in app.lines()[0]
        assert sum(line.count("x") for line in app.shown()[3:]) == 4096
        await pilot.press("w")
        assert len(app.shown()) == 2


async def test_a_search_goes_to_the_message_and_marks_the_place() -> None:
    """From the current one upwards first; n and N go on in either direction; no place more is said."""
    app = Host(connected(), *(received(b"Ping %d\x00" % number) for number in range(50)), received(b"other"))
    async with app.run_test(size=(80, 12), notifications=True) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.search(r"ping 3")
        app.pane.find_here()
        assert current(app).endswith(r"Ping 39\0")
        parts = next(parts for parts, ground in app.pane.lines() if ground == "selected")
        assert ("Ping 3", "badge") in parts
        await pilot.press("N")
        assert current(app).endswith(r"Ping 38\0")
        await pilot.press("n")
        assert current(app).endswith(r"Ping 39\0")
        app.pane.search(r"9\x00")
        await pilot.press("n")
        assert current(app).endswith(r"Ping 49\0")
        await pilot.press("n")
        assert current(app).endswith(r"Ping 49\0")
        assert [note.message for note in app._notifications] == [r"not found: 9\x00"]


async def test_a_search_among_very_many_goes_on_over_frames() -> None:
    """A frame looks at so many; what is seen stays until it is found."""
    app = Host(connected(), received(b"needle"), *(received(b"%d" % number) for number in range(9000)), budget=1 << 24)
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.search("needle")
        app.pane.find_here()
        assert current(app).endswith("8999")
        for _ in range(200):
            if current(app).endswith("needle"):
                break
            await pilot.pause(0.01)
        assert current(app).endswith("needle")


async def test_a_filter_shows_what_matches() -> None:
    """Those that match, with the count; what comes is looked at too; a wrong filter shows everything."""
    app = Host(connected(), *(received(b"m%d" % number) for number in range(30)))
    async with app.run_test(size=(100, 12)):
        app.pane.show(12)
        assert app.pane.set_filter("m1 size<3") == ""
        assert [line.split()[-1] for line in app.shown()] == ["m1"]
        assert "1 of 30 shown  filter m1 size<3" in app.lines()[0]
        app.tell(received(b"m1"), received(b"m2"))
        assert len(app.shown()) == 2
        assert app.pane.set_filter("size>x").startswith("size takes a number")
        assert len(app.shown()) == 11
        assert "not understood" in app.lines()[0]
        app.pane.set_filter("nothing")
        assert app.shown() == [" 0 of 32 shown – filter nothing – esc clears"]
        app.pane.set_filter("")
        assert app.pane.filter_text == ""


async def test_something_is_done_with_the_current_message() -> None:
    """enter, y and r name the message and what is wanted."""
    chosen: list[tuple[bytes, str]] = []

    class Hearing(Host):
        def on_messages_pane_chosen(self, event: MessagesPane.Chosen) -> None:
            chosen.append((event.entry.data, event.what))

    app = Hearing(*TALK)
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("enter", "up", "y", "r")
        await pilot.click(app.pane, offset=(30, 2), times=2)
        await pilot.pause()
    assert chosen == [
        (b"PONG\r\n", "open"),
        (b"PING\r\n", "copy"),
        (b"PING\r\n", "send"),
        (b"PONG\r\n", "open"),
    ]
