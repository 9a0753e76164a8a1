"""The answer being typed: what it becomes, what is wrong with it, and what is kept of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.http import protocol
from tuiserver.automation.history import History
from tuiserver.automation.saved import SavedMessage
from tuiserver.console.models.answer_draft import AnswerDraft, AnswerError
from tuiserver.core.charsets import find
from tuiserver.core.commands import Answer
from tuiserver.protocols.http.messages import Request

NOW = 1_700_000_000.25


@pytest.fixture
def draft(tmp_path: Path) -> AnswerDraft:
    """An answer with an empty history."""
    return AnswerDraft(History(tmp_path / "answers"))


def fill(draft: AnswerDraft, status: str, kind: str, body: str) -> AnswerDraft:
    """Type an answer."""
    draft.status, draft.kind, draft.body.text = status, kind, body
    return draft


def test_what_is_typed_becomes_a_command(draft: AnswerDraft) -> None:
    """Content types as words or as they are, headers behind them; placeholders are filled in for each request."""
    make = fill(draft, "404", "json | Retry-After: 5|X-A:b", r'{"error":"\u{e9}"}').factory(None)
    headers = (("Retry-After", "5"), ("X-A", "b"))
    assert make(12, 3, 7) == Answer(12, 404, "application/json", '{"error":"é"}'.encode(), headers, "whole", 3, token=7)
    make = fill(draft, "200", "", "{{counter}}").factory(None)
    assert [make(1, 0, 0).body, make(2, 0, 0).body] == [b"1", b"2"]
    assert make(1, 0, 0).content_type == ""
    make = fill(draft, "103", "Link: </a.css>; rel=preload", "").factory(None)
    assert make(1, 0, 0) == Answer(1, 103, "", b"", (("Link", "</a.css>; rel=preload"),))


@pytest.mark.parametrize(
    ("status", "kind", "body", "field", "position"),
    [
        ("200.5", "text", "", "status", 0),
        ("", "text", "", "status", 0),
        ("99", "text", "", "status", 0),
        ("101", "text", "", "status", 0),
        ("٤٠٤", "text", "", "status", 0),
        ("200", "jsn", "", "type", 0),
        ("200", r"text/plain\r\nX: y", "", "type", 0),
        ("200", "text |  oops", "", "type", 8),
        ("200", "text | Content-Length: 5", "", "type", 0),
        ("200", "text | A: snowman ☃", "", "type", 0),
        ("204", "text", "x", "body", 0),
        ("304", "text", "x", "body", 0),
        ("103", "", "x", "body", 0),
        ("200", "text", r"ab\q", "body", 2),
    ],
)
def test_an_error_names_its_field(
    draft: AnswerDraft, status: str, kind: str, body: str, field: str, position: int
) -> None:
    """And the position there; neither a command nor a preview comes of it."""
    fill(draft, status, kind, body)
    for attempt in (draft.factory, lambda request: draft.preview(request, NOW)):
        with pytest.raises(AnswerError) as caught:
            attempt(None)
        assert (caught.value.field, caught.value.position) == (field, position)


def request(method: str = "GET", version: str = "1.1") -> Request:
    """A request of another kind than that of browsers."""
    return Request(method, "/", version, (), b"", b"", False)


@pytest.mark.parametrize("wire", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HEAD / HTTP/1.0\r\n\r\n"])
@pytest.mark.parametrize("in_parts", [False, True])
@pytest.mark.parametrize("status", ["200", "205", "404"])
def test_the_preview_is_what_goes_out(draft: AnswerDraft, wire: bytes, in_parts: bool, status: str) -> None:
    """To the byte, for any request."""
    http = protocol()
    (asked,) = http.receive(wire)
    fill(draft, status, "json", "" if status == "205" else "{}")
    draft.in_parts = in_parts and status != "205"
    sent, _ = http.encode(http.answer(draft.factory(asked)(1, 0, 0)), NOW)
    shown = draft.preview(asked, NOW)
    server = b"\r\nServer: tuiserver/"
    assert shown.partition(server)[0] == sent.partition(server)[0]
    assert shown.partition(server)[2].partition(b"\r\n")[2] == sent.partition(server)[2].partition(b"\r\n")[2]


def test_parts_go_on_with_chunks_and_end_with_an_empty_one(draft: AnswerDraft) -> None:
    """Status and type do not matter any more."""
    fill(draft, "nonsense", "jsn", "more").continued = True
    assert draft.preview(None, NOW) == b"4\r\nmore\r\n"
    assert draft.preview(request(version="1.0"), NOW) == b"more"
    assert draft.factory(None)(1, 2, 3) == Answer(1, body=b"more", part="chunk", request=2, token=3)
    draft.body.text = ""
    assert draft.preview(None, NOW) == b"0\r\n\r\n"
    assert draft.factory(None)(1, 2, 3) == Answer(1, part="end", request=2, token=3)


def test_no_interim_status_for_http_1_0(draft: AnswerDraft) -> None:
    """It is an error of the status, known before it is sent."""
    with pytest.raises(AnswerError, match=r"HTTP/1\.0") as caught:
        fill(draft, "103", "", "").prepare(request(version="1.0"))
    assert caught.value.field == "status"


def test_the_charset_is_that_of_the_body(draft: AnswerDraft) -> None:
    """What the client understands is what the content type says; a body in hex is none."""
    draft.body.charset = find("cp1251")
    answer = fill(draft, "200", "text", "Ж").factory(None)(1, 0, 0)
    assert (answer.body, answer.content_type) == (b"\xc6", "text/plain; charset=cp1251")
    draft.next_mode()
    assert (draft.body.mode, draft.body.text) == ("hex", "c6")
    assert draft.factory(None)(1, 0, 0).content_type == "text/plain; charset=utf-8"
    draft.next_mode()
    assert draft.body.mode == "text"


def test_an_answer_that_was_sent_is_taken_again(draft: AnswerDraft) -> None:
    """Status, type and its own headers, not those that the server sets; any other bytes are a body."""
    sent = b"HTTP/1.1 503 X\r\nContent-Type: application/json\r\nRetry-After: 5\r\nDate: a\r\nContent-Length: 3\r\n\r\n{}\n"
    draft.load(sent)
    assert (draft.status, draft.kind, draft.body.text) == ("503", "json | Retry-After: 5", r"{}\n")
    assert draft.factory(None)(1, 0, 0) == Answer(1, 503, "application/json", b"{}\n", (("Retry-After", "5"),))
    draft.load(b"\x00\xff\xfe")
    assert (draft.status, draft.body.mode) == ("503", "hex")


def test_answers_are_saved_and_remembered(draft: AnswerDraft, tmp_path: Path) -> None:
    """Whatever is typed in the three fields; a saved message is a body."""
    fill(draft, "404", "text/plain; charset=utf-8 | A: 100%", 'a "b" c')
    saved = draft.saved
    assert saved == SavedMessage("text", 'a "b" c', "none", "404", "text/plain; charset=utf-8 | A: 100%")
    draft.remember()
    fill(draft, "", "", "")
    draft.remember()
    again = fill(AnswerDraft(History(tmp_path / "answers")), "500", "json", "typed")
    assert again.older()
    assert (again.status, again.kind, again.body.text) == ("", "", "")
    assert again.older()
    assert again.saved == saved
    assert not again.older()
    assert again.newer()
    assert again.newer()
    assert (again.status, again.kind, again.body.text) == ("500", "json", "typed")
    again.load_saved(SavedMessage("text", "plain"))
    assert (again.status, again.body.text) == ("500", "plain")
    again.load_saved(SavedMessage("file", "/etc/hosts"))
    with pytest.raises(AnswerError, match="not read from a file"):
        again.prepare(None)
    again.load_saved(saved)
    assert again.saved == saved
