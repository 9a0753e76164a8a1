"""The search that messages and log share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.scripted import received
from tuiserver.console.models.search_term import literal_term, parse_term
from tuiserver.console.models.searcher import ITEMS_PER_SLICE, EntryItems, Items, Leg, Search, Searcher, scan
from tuiserver.console.text.glyphs import UNICODE
from tuiserver.views.transcript import Series, Transcript


class Pages:
    """Numbers as items, of which ten at a time are in memory; `loads` counts the pages that were read."""

    def __init__(self, count: int, first: int, excluded: Callable[[range], bool] = lambda page: False) -> None:
        self.count, self.first, self.end = count, first, first + 10
        self.loads = self.skips = 0
        self.closed = False
        self._excluded = excluded

    def _page(self, step: int) -> range:
        start = self.first - 10 if step < 0 else self.end
        return range(max(0, start), min(self.count, start + 10))

    def data(self, index: int) -> bytes:
        """The number as text; only those in memory can be read."""
        assert self.first <= index < self.end
        return b"%d" % index

    def skip(self, step: int) -> int:
        """Skip a page that is excluded."""
        page = self._page(step)
        if not page or not self._excluded(page):
            return 0
        self.skips += 1
        self.first = self.end = page.start if step < 0 else page.stop
        return len(page)

    def step(self, index: int, step: int) -> int:
        """As `Items.step`."""
        return index + step

    def cost(self, index: int, following: int) -> float:
        """As `Items.cost`."""
        return 1 / ITEMS_PER_SLICE

    def load(self, step: int) -> float:
        """Read the next page in place of the one in memory."""
        page = self._page(step)
        if not page:
            return 0.0
        self.loads += 1
        self.first, self.end = page.start, page.stop
        return 0.25

    def close(self) -> None:
        """Remember it."""
        self.closed = True


@pytest.mark.parametrize(("start", "step", "found"), [(45, -1, [43, 33, 23, 13, 3]), (45, 1, [53, 63, 73, 83, 93])])
def test_a_scan_goes_through_all_pages_in_one_direction(start: int, step: int, found: list[int]) -> None:
    """Items in memory first, then page by page to the end."""
    pages = Pages(100, 40)
    assert [index for index in scan(pages, lambda data: data.endswith(b"3"), start, step) if index is not None] == found


def test_excluded_pages_are_skipped() -> None:
    """What a test of the whole page excludes is not read."""
    pages = Pages(100, 90, excluded=lambda page: page.start >= 20)
    results = [index for index in scan(pages, lambda data: data == b"13", 99, -1) if index is not None]
    assert results == [13]
    assert (pages.skips, pages.loads) == (7, 2)


def test_a_slice_is_bounded() -> None:
    """After so many items or pages the scan pauses."""
    assert list(scan(Pages(100, 90), lambda data: False, 99, -1)).count(None) == 2
    transcript = Transcript(1 << 24)
    for _ in range(2 * ITEMS_PER_SLICE + 10):
        transcript.apply(received(b"", 1))
    items = EntryItems(transcript.view(1))
    assert list(scan(items, lambda data: False, items.end - 1, -1)).count(None) == 2


class Run:
    """A searcher and what came of its search."""

    def __init__(self) -> None:
        self.scheduled = 0
        self.found: list[tuple[Items, int]] = []
        self.missing = 0
        self.searcher = Searcher(self._schedule)

    def _schedule(self) -> None:
        self.scheduled += 1

    def _not_found(self) -> None:
        self.missing += 1

    def start(self, wanted: bytes, *legs: Leg) -> None:
        """Search for an item."""
        self.searcher.start(
            Search(lambda data: data == wanted, lambda *result: self.found.append(result), self._not_found), *legs
        )


def test_a_search_continues_slice_by_slice_until_it_finds_something() -> None:
    """It asks to be continued after each slice; the items are passed on with the result."""
    run, pages = Run(), Pages(100, 90)
    run.start(b"3", Leg(lambda: pages, 99, -1))
    while run.searcher.active:
        assert not run.found
        run.searcher.advance()
    assert run.found == [(pages, 3)]
    assert run.scheduled == 2
    assert not pages.closed


def test_the_second_leg_begins_where_the_first_found_nothing() -> None:
    """Each leg has items of its own, which are closed after it."""
    run, legs = Run(), [Pages(100, 40), Pages(100, 40)]
    opened = iter(legs)
    run.start(b"77", Leg(lambda: next(opened), 45, -1), Leg(lambda: next(opened), 46, 1))
    while run.searcher.active:
        run.searcher.advance()
    assert run.found == [(legs[1], 77)]
    assert [pages.closed for pages in legs] == [True, False]


def test_nothing_found_is_reported_once() -> None:
    """After all legs."""
    run, pages = Run(), Pages(10, 0)
    run.start(b"x", Leg(lambda: pages, 5, -1), Leg(lambda: pages, 6, 1))
    run.searcher.advance()
    assert (run.missing, run.found, run.searcher.active, pages.closed) == (1, [], False, True)


def test_a_cancelled_search_has_no_result() -> None:
    """Its items are closed; a new search cancels the one before."""
    run, first, second = Run(), Pages(100, 90), Pages(100, 90)
    run.start(b"3", Leg(lambda: first, 99, -1))
    run.start(b"3", Leg(lambda: second, 99, -1))
    assert first.closed
    run.searcher.cancel()
    run.searcher.advance()
    assert (run.found, run.missing, second.closed) == ([], 0, True)


def test_an_empty_series_has_no_match() -> None:
    """In either direction."""
    items = EntryItems(Series())
    assert list(scan(items, lambda data: True, -1, -1)) == list(scan(items, lambda data: True, 0, 1)) == []


@pytest.mark.parametrize(
    ("text", "data", "matches"),
    [
        ("ping", b"a PING", True),
        (r"g\x00", b"PING\0", True),
        (r"\q", rb"a \Q", True),
        ("größe", "GRÖSSE Größe".encode(), True),
        ("größe", "GRÖßE".encode(), True),
        (r"\xff", b"\xfe", False),
    ],
)
def test_a_term_in_messages(text: str, data: bytes, matches: bool) -> None:
    """Escapes are bytes, an invalid escape is itself; upper and lower case are the same, beyond ASCII too."""
    assert parse_term(text).matches(data) is matches


def test_a_term_in_the_log() -> None:
    """The log contains escapes as text: a backslash is a backslash."""
    term = literal_term(r"\r", UNICODE)
    assert term.matches(rb"sent PING\r\n")
    assert not term.matches(b"sent PING\r\n")
    assert not literal_term("", UNICODE)
