"""Filter and search in the messages pane."""

from __future__ import annotations

from tests.support.panes import MessagesHost, selected_line, selected_text
from tests.support.scripted import connected, received
from tuiserver.console.models.searcher import ITEMS_PER_SLICE


async def test_a_search_goes_to_the_match_and_highlights_it() -> None:
    """First the current message and those before; n and N go on in either direction."""
    app = MessagesHost(connected(), *(received(b"Ping %d\x00" % number) for number in range(50)), received(b"other"))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.search(r"ping 3")
        app.pane.find_here()
        assert selected_text(app.pane).endswith(r"Ping 39\0")
        assert ("Ping 3", "badge") in selected_line(app.pane)[0]
        await pilot.press("N")
        assert selected_text(app.pane).endswith(r"Ping 38\0")
        await pilot.press("n")
        assert selected_text(app.pane).endswith(r"Ping 39\0")


async def test_an_escape_is_a_byte_and_the_last_match_is_reported() -> None:
    """At the last match the cursor stays."""
    app = MessagesHost(connected(), *(received(b"%d\x00" % number) for number in range(50)))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.search(r"9\x00")
        app.pane.find_here()
        assert selected_text(app.pane).endswith(r"49\0")
        await pilot.press("n")
        assert selected_text(app.pane).endswith(r"49\0")
        assert app.notes == [r"no match below: 9\x00"]


async def test_a_search_goes_on_below_if_nothing_is_above() -> None:
    """What occurs nowhere is reported; without a search, n says how to begin one."""
    app = MessagesHost(connected(), *(received(b"%d" % number) for number in range(50)))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("n", "home")
        app.pane.search("49")
        app.pane.find_here()
        assert selected_text(app.pane).endswith("49")
        app.pane.search("50")
        app.pane.find_here()
        assert app.notes == ["nothing to search for: ^f searches", "no match: 50"]


async def test_a_search_among_many_messages_continues_over_frames() -> None:
    """A frame searches a bounded number; what is visible stays until the match is found."""
    count = 2 * ITEMS_PER_SLICE
    app = MessagesHost(
        connected(), received(b"needle"), *(received(b"%d" % number) for number in range(count)), budget=1 << 24
    )
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.search("needle")
        app.pane.find_here()
        assert selected_text(app.pane).endswith(str(count - 1))
        for _ in range(200):
            if selected_text(app.pane).endswith("needle"):
                return
            await pilot.pause(0.01)
        raise AssertionError(selected_text(app.pane))


async def test_the_title_says_which_match_it_is() -> None:
    """And of how many; new ones are counted, those that the filter hides are not."""
    app = MessagesHost(connected(), *(received(b"Ping %d\x00" % number) for number in range(50)))
    async with app.run_test(size=(100, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.search("ping 4")
        app.pane.find_here()
        await pilot.pause()
        assert "11 of 11" in app.lines()[0]
        await pilot.press("N", "N")
        assert "9 of 11" in app.lines()[0]
        app.feed(received(b"ping 400"))
        assert "9 of 12" in app.lines()[0]
        await pilot.press("up", *["N"] * 9)
        assert "1 of 12" in app.lines()[0]
        await pilot.press("up")
        assert "12 found" in app.lines()[0]
        app.pane.set_filter("ping")
        app.pane.set_filter("44")
        await pilot.pause()
        assert "1 of 1" in app.lines()[0]


async def test_in_hex_bytes_are_found_and_shown() -> None:
    """Typed as hex or as text; the row of a long message that has them becomes visible, with both columns highlighted."""
    app = MessagesHost(connected(), received(bytes(4000) + b"needle\r\n" + bytes(4000)), received(b"last"))
    async with app.run_test(size=(100, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.set_form("hex", False)
        for typed, hit in (("0d 0a", "0d 0a"), ("NEEDLE", "6e 65 65 64 6c 65")):
            await pilot.press("end")
            app.pane.search(typed)
            app.pane.find_here()
            await pilot.pause()
            row = next(parts for parts, _ in app.pane.lines() if (hit, "badge") in parts)
            assert len([text for text, style in row if style == "badge"]) == 2
            assert "1 of 1" in app.lines()[0]
        app.pane.set_form("text", True)
        await pilot.press("end")
        app.pane.find_here()
        await pilot.pause()
        assert any(("needle", "badge") in parts for parts, _ in app.pane.lines())


async def test_a_filter_shows_matching_messages() -> None:
    """With their count in the title; new messages are filtered too."""
    app = MessagesHost(connected(), *(received(b"m%d" % number) for number in range(30)))
    async with app.run_test(size=(100, 12)):
        app.pane.show(12)
        assert app.pane.set_filter("m1 size<3") is None
        assert [line.split()[-1] for line in app.rows()] == ["m1"]
        assert "1 of 30 shown  filter m1 size<3" in app.lines()[0]
        app.feed(received(b"m1"), received(b"m2"))
        assert len(app.rows()) == 2


async def test_an_invalid_filter_shows_everything() -> None:
    """The title says so; a filter without matches says how to clear it."""
    app = MessagesHost(connected(), *(received(b"m%d" % number) for number in range(30)))
    async with app.run_test(size=(100, 12)):
        app.pane.show(12)
        assert str(app.pane.set_filter("size>x")).startswith("size takes a number")
        assert len(app.rows()) == 11
        assert "not valid" in app.lines()[0]
        app.pane.set_filter("nothing")
        assert app.rows() == [" 0 of 30 shown – filter nothing – esc clears"]
        app.pane.set_filter("")
        assert app.pane.filter_text == ""
        assert len(app.rows()) == 11
