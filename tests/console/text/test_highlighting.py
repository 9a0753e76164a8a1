"""Lines of HTTP and JSON, highlighted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.console.text.escape import escape_code
from tuiserver.console.text.glyphs import ASCII
from tuiserver.console.text.highlighting import MAX_LENGTH, highlighted


def test_json() -> None:
    """Keys, strings, numbers and constants have styles of their own."""
    assert highlighted('  "a": "b\\n",', "json") == [
        *(("  ", "plain"), ('"a"', "key"), (": ", "plain"), ('"b\\n"', "string"), (",", "plain"))
    ]
    assert ("-1.5e3", "number") in highlighted("    -1.5e3,", "json")
    assert ("null", "constant") in highlighted('"x": null', "json")


def test_http() -> None:
    """Method and target, version and status, names and values of fields."""
    assert highlighted("GET /a b HTTP/1.1", "http")[2] == ("/a b", "bold")
    assert highlighted("HTTP/1.1 404 Not Found", "http") == [
        *(("HTTP/1.1", "faint"), (" ", "plain"), ("404 Not Found", "bold"))
    ]
    assert highlighted("Host: a:1", "http") == [("Host", "key"), (":", "plain"), (" a:1", "string")]


def test_hostile_text_is_neither_markup_nor_control() -> None:
    """What looks like markup stays text, also to the highlighter; what would act on the terminal becomes an escape."""
    line = '"[red]x[/red]": "\x1b[31m\u202e\x85\u2028[@click=app.quit]y[/]\udcff"'
    text = "".join(text for text, _ in highlighted(line, "json"))
    assert text == '"[red]x[/red]": "' + r"\x1b[31m\u{202e}\u{85}\u{2028}[@click=app.quit]y[/]\xff" + '"'
    assert "".join(text for text, _ in highlighted("X: \x1b]0;t\x07", "http")) == r"X: \x1b]0;t\x07"
    assert "".join(text for text, _ in highlighted('"ä"', "json", ASCII)) == r'"\u{e4}"'


@given(st.text(), st.sampled_from(["json", "http", "note", ""]))
@settings(max_examples=100)
def test_the_text_is_that_of_the_line(line: str, language: str) -> None:
    """Escaped and complete, whatever it is; a long one is plain."""
    text = "".join(text for text, _ in highlighted(line, language))  # type: ignore[arg-type]
    assert len(text) >= len(line) - line.count("\r")
    assert text.isprintable()
    assert highlighted("1" * (MAX_LENGTH + 1), "json") == [(escape_code("1" * (MAX_LENGTH + 1)), "plain")]
