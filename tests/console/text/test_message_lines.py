"""Messages as lines of the screen."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.support.scripted import BASE, connected, received, sent
from tuiserver.console.text.message_lines import WRAP_LIMIT, Form, MessageFormat, clock_text
from tuiserver.core.characters import columns
from tuiserver.core.events import Identified, Received, Sent
from tuiserver.decoders.guarded import Undecodable
from tuiserver.views.exchanges import Exchanges

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TIME = "12:00:00.000"


def lines(look: MessageFormat, entry: Received | Sent) -> list[str]:
    """All lines of an entry, as text."""
    return ["".join(part for part, _ in look.line(entry, n, TIME)) for n in range(look.line_count(entry))]


@settings(deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.integers(1, 120),
    st.sampled_from(["text", "hex", "both"]),
    st.booleans(),
    st.text(max_size=30),
)
def test_any_bytes_become_lines_of_known_width(data: bytes, width: int, form: Form, wrap: bool, by: str) -> None:
    """No control or wide character, whatever the message and its sender; in hex every offset is there."""
    look = MessageFormat(width, form, wrap=wrap)
    for entry in (received(data), sent(data, by=by.encode("utf-8", "replace").decode())):
        for line in lines(look, entry):
            assert not CONTROL.search(line)
            assert cell_len(line) == columns(line)
        if form != "text":
            text = "\n".join(lines(look, entry))
            assert all(f"{offset:04x}  " in text for offset in range(0, len(data), look.bytes_per_line(entry)))


def test_a_wrapped_message_ends_with_the_number_of_bytes_that_are_not_shown() -> None:
    """Only the beginning of a message is wrapped."""
    look = MessageFormat(80, wrap=True, open_key="F2")
    assert lines(look, received(b"x" * (WRAP_LIMIT + 904)))[-1].strip() == "… 904 more: F2 shows all"
    assert not lines(look, received(b"x" * WRAP_LIMIT))[-1].strip().startswith("…")


@pytest.mark.parametrize(
    ("form", "width", "per_line"),
    [("hex", 95, 16), ("hex", 94, 8), ("hex", 62, 8), ("hex", 61, 4), ("both", 73, 16), ("both", 72, 8)],
)
def test_as_many_bytes_per_line_of_the_hexdump_as_fit(form: Form, width: int, per_line: int) -> None:
    """In hex its first line stands beside the time; below a text it may begin further to the left."""
    look = MessageFormat(width, form)
    entry = received(bytes(160))
    assert look.line_count(entry) == 160 // per_line + (form == "both")
    assert all(len(line) < width for line in lines(look, entry))
    assert look.line_count(received(b"")) == 1


def test_times() -> None:
    """Relative times have a sign; what lies between two entries is in microseconds; without a reference there is a dash."""
    assert clock_text("since previous", 2.0, None, 2.5) == "-0.500000"
    assert clock_text("since connect", 2.0, 0.5, None) == "+1.500"
    assert clock_text("since connect", 2.0, None, None) == "-"


def test_what_is_no_message_says_so() -> None:
    """Beside its bytes stands what became of them; what came before the protocol was known needs no word."""
    look = MessageFormat(80, "text")
    assert "refused: protocol_error" in lines(look, Received(1.0, 1, b"GET", 3, "refused", "protocol_error"))[0]
    assert lines(look, Received(1.0, 1, b"GET", 3, "unidentified")) == lines(look, Received(1.0, 1, b"GET", 3))


def test_a_request_and_its_answer_name_each_other() -> None:
    """At the end of their lines; wrapped text takes no other form when the answer comes."""
    request, answer = (
        received(b"GET /metrics HTTP/1.1\r\n" + b"x" * 200),
        sent(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at=BASE + 0.003),
    )
    exchanges = Exchanges()
    for event in (Identified(BASE, 12, "http"), connected(), Identified(BASE, 12, "http"), request, answer):
        exchanges.apply(event)
    for form in ("text", "hex"):
        look = MessageFormat(120, form, pair_of=exchanges.of)  # type: ignore[arg-type]
        assert lines(look, request)[0].rstrip().endswith("→ 200 38 3 ms")
        assert lines(look, answer)[0].rstrip().endswith("operator  ← GET /metrics 3 ms")
    wrapped = MessageFormat(120, wrap=True, pair_of=exchanges.of)
    assert lines(wrapped, request)[0].endswith("→ 200 38 3 ms")
    assert lines(wrapped, request)[1:] == lines(MessageFormat(120, wrap=True), request)[1:]
    assert lines(wrapped, answer)[0].rstrip().endswith("← GET /metrics 3 ms")


def test_a_long_reason_leaves_room_for_the_message() -> None:
    """It is cut, and the message before it is whole."""
    look = MessageFormat(80, "fields", decode=lambda entry: Undecodable("no struct for this " + "kind" * 20))
    (line,) = lines(look, received(b"hello world, how are you?"))
    assert "hello world, how are you?  no struct for this" in line
    assert columns(line) <= 80
