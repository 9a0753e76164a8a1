"""Answers of an HTTP server are read as a client reads them, and what is wrong with them is found."""

from __future__ import annotations

import pytest

from tests.simulation.generator import Request
from tests.simulation.http_answers import CONTINUE, check_answers

GET = Request(b"GET / HTTP/1.1\r\n\r\n", b"")
HEAD = Request(b"HEAD / HTTP/1.1\r\n\r\n", b"")
LAST = Request(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", b"")
EXPECTING = Request(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", b"", expects=True)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
OK_LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"


def code(out: bytes, *requests: Request, delivered: int | None = None) -> str:
    """The code of the first thing wrong with these answers; empty if nothing is."""
    found: list[str] = []

    def require(condition: object, code: str, text: str) -> None:
        if not condition:
            found.append(code)

    check_answers(out, requests, len(requests) if delivered is None else delivered, require, "#1")
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("out", "requests"),
    [
        (b"", (GET,)),
        (OK + OK_HEAD + OK_LAST, (GET, HEAD, LAST)),
        (EMPTY + OK, (GET, GET)),
        (CONTINUE + OK + CONTINUE, (EXPECTING,)),
        (OK + OK[:9], (GET, GET)),
        (OK[:-1], (GET,)),
        (OK + REFUSED, (GET,)),
        (OK + REFUSED[:20], (GET,)),
    ],
)
def test_right_answers_are_accepted(out: bytes, requests: tuple[Request, ...]) -> None:
    """One answer for each request, the last one perhaps cut off, perhaps a refusal behind them."""
    assert code(out, *requests) == ""


def test_a_request_that_came_too_late_may_be_refused() -> None:
    """A refusal takes the place of the answer to a request that the program never got."""
    assert code(OK + REFUSED, GET, GET, delivered=1) == ""


@pytest.mark.parametrize(
    ("expected", "out", "requests"),
    [
        ("answer_framing", OK + OK, (HEAD, GET)),
        ("answer_framing", b"ok" + OK, (GET,)),
        ("answer_order", OK_LAST + OK, (GET, LAST)),
        ("answer_order", OK, (LAST,)),
        ("answer_order", REFUSED + OK, (GET, GET)),
        ("continue_early", CONTINUE + OK + OK, (GET, EXPECTING)),
        ("sent_unknown", OK + OK, (GET,)),
        ("sent_unknown", OK + REFUSED + OK, (GET,)),
    ],
)
def test_wrong_answers_are_found(expected: str, out: bytes, requests: tuple[Request, ...]) -> None:
    """A body where none may be, answers in the wrong order, one too many, one behind a refusal."""
    assert code(out, *requests) == expected
