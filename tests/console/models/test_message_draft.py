"""The message being typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.decoding import struct_encoder
from tuiserver.automation.history import History
from tuiserver.automation.saved import SavedMessage
from tuiserver.console.models.message_draft import MODES, MessageDraft
from tuiserver.core.payload import ENDINGS, PayloadError

ENCODER = struct_encoder("struct Answer { uint16_t serial; };", "big")


@pytest.fixture
def draft(tmp_path: Path) -> MessageDraft:
    """An empty draft with an empty history."""
    return MessageDraft(History(tmp_path / "history"))


def test_text_and_hex_have_a_line_ending_each(draft: MessageDraft) -> None:
    """Text ends with LF at first, hex with nothing; a file always with nothing."""
    draft.text = "41"
    made = []
    for _ in MODES[:2]:
        made.append(draft.factory()())
        draft.next_mode()
    assert made == [b"41\n", b"41"]
    draft.next_line_ending()
    assert (draft.mode, draft.line_ending) == ("file", "none")


def test_text_becomes_hex_with_the_same_bytes(draft: MessageDraft) -> None:
    """Text that cannot be parsed stays as it is."""
    draft.text = r"A\x00"
    draft.next_mode()
    assert (draft.mode, draft.text) == ("hex", "41 00")
    draft.mode, draft.text = "text", r"A\q"
    draft.next_mode()
    assert (draft.mode, draft.text) == ("hex", r"A\q")


def test_placeholders_are_filled_in_for_each_message(draft: MessageDraft) -> None:
    """What is shown before is an example, and takes no number."""
    draft.text = "{{counter}}"
    assert draft.content().varies
    make = draft.factory()
    assert [draft.content().data, make(), make()] == [b"1", b"1\n", b"2\n"]


def test_placeholders_stay_when_text_becomes_hex(draft: MessageDraft) -> None:
    """They stand for the same bytes there; a length includes the line ending, which hex does not have."""
    draft.text = "A{{len:u8}}{{ counter:u8 }}{{sum8}}"
    assert draft.factory()() == b"A\3\1\x45\n"
    draft.next_mode()
    assert (draft.mode, draft.text) == ("hex", "41 {{len:u8}} {{counter:u8}} {{sum8}}")
    assert draft.factory()() == b"A\2\2\x45"


def test_a_placeholder_is_completed(draft: MessageDraft) -> None:
    """In text and hex, unless it is literal."""
    draft.text = "A{{crc:mo"
    completion = draft.completion()
    assert completion is not None
    assert (completion.text, completion.choices) == ("A{{crc:modbus}}", ("{{crc:modbus}}",))
    draft.toggle_literal()
    assert draft.completion() is None
    draft.mode, draft.text = "hex", "0 {{crc:ccitt"
    completion = draft.completion()
    assert completion is not None
    assert completion.text == ""
    draft.text = "q{{"
    assert draft.completion() is None


def test_fields_need_an_encoder(draft: MessageDraft) -> None:
    """Without one the mode is left out, and a message of fields in the history says what is missing."""
    draft.encoder = ENCODER
    modes = []
    for _ in range(5):
        modes.append(draft.mode)
        draft.next_mode()
    assert modes == ["text", "hex", "fields", "file", "text"]
    draft.mode, draft.text = "fields", "Answer serial={{counter}}"
    assert (draft.factory()(), draft.line_ending) == (b"\0\1", "none")
    draft.encoder = None
    assert draft.following_mode == "file"
    with pytest.raises(PayloadError, match="no struct is loaded"):
        draft.content()


def test_text_stays_text_for_fields(draft: MessageDraft) -> None:
    """Though hex is between them; hex that was changed stays."""
    draft.encoder = ENCODER
    draft.text = "Answer serial=1"
    draft.next_mode()
    draft.next_mode()
    assert (draft.mode, draft.text, draft.content().data) == ("fields", "Answer serial=1", b"\0\1")
    draft.mode, draft.text = "text", "A"
    draft.next_mode()
    draft.text = "42"
    draft.next_mode()
    assert draft.text == "42"


def test_an_odd_hex_digit_is_padded(draft: MessageDraft) -> None:
    """The content says so; invalid hex is an error with its position."""
    draft.mode, draft.text = "hex", "1"
    assert draft.content()[:3] == (b"\x01", 1, True)
    draft.text = "7g"
    with pytest.raises(PayloadError) as caught:
        draft.content()
    assert caught.value.position == 1


def test_a_file_has_a_size_and_no_data(draft: MessageDraft, tmp_path: Path) -> None:
    """A file that cannot be read is an error; no path is nothing."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    draft.mode, draft.text = "file", f"@{path}"
    assert draft.content().size == 100
    assert draft.path == path
    draft.text = " "
    assert draft.content().size == 0
    for missing in (str(tmp_path / "none"), "~nobody-of-that-name/x"):
        draft.text = missing
        with pytest.raises(PayloadError):
            draft.content()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(
        st.binary(max_size=40),
        st.builds(
            lambda text, end: text.encode("utf-8", "replace") + end, st.text(), st.sampled_from([*ENDINGS.values()])
        ),
    )
)
def test_any_message_is_loaded_as_exactly_its_bytes(draft: MessageDraft, data: bytes) -> None:
    """As text or as hex: what would be sent is what was loaded."""
    draft.load(data)
    assert draft.factory()() == data


@pytest.mark.parametrize(
    ("data", "mode", "line_ending"),
    [
        (b"\x00\x01\x02\xff", "hex", "none"),
        (b"caf\xc3\xa9\n", "text", "LF"),
        (b"x\r\n\r\n", "text", "CRLF"),
        (b"text\0", "text", "NUL"),
        (b"", "text", "none"),
    ],
)
def test_a_loaded_message_is_text_where_it_reads_as_text(
    draft: MessageDraft, data: bytes, mode: str, line_ending: str
) -> None:
    """Its line ending is taken off and kept as such."""
    draft.load(data)
    assert (draft.mode, draft.line_ending) == (mode, line_ending)


def test_a_draft_is_saved_and_loaded(draft: MessageDraft) -> None:
    """Mode, text and line ending; control characters in a saved text become escapes."""
    draft.load_saved(SavedMessage("text", "a\x1b", "CRLF"))
    assert draft.saved == SavedMessage("text", r"a\x1b", "CRLF")


def test_the_history_has_modes(draft: MessageDraft) -> None:
    """Going back and forth restores mode and text, in the end what was being typed."""
    draft.text = "one"
    draft.remember()
    draft.mode, draft.text = "hex", "02"
    draft.remember()
    draft.mode, draft.text = "text", "half"
    seen = []
    while draft.older():
        seen.append((draft.mode, draft.text))
    assert seen == [("hex", "02"), ("text", "one")]
    while draft.newer():
        pass
    assert (draft.mode, draft.text) == ("text", "half")


@pytest.mark.parametrize(
    ("copied", "mode", "text"),
    [
        ("plain", "text", "plain"),
        (r"C:\temp\new", "literal", r"C:\temp\new"),
        ("Hello {{name}}", "literal", "Hello {{name}}"),
        ("two\r\nlines\t", "text", r"two\r\nlines\t"),
        ("a\rb", "text", r"a\nb"),
        ('{"x":"\\n"}\n', "text", r'{"x":"\\n"}\n'),
    ],
)
def test_what_is_pasted_is_sent_as_it_was_copied(draft: MessageDraft, copied: str, mode: str, text: str) -> None:
    """As literal text where a line can show it. A line break that came as CR was LF: terminals paste it like that."""
    assert draft.paste(copied, 0, 0) == len(text)
    assert (draft.mode, draft.text) == (mode, text)
    assert draft.content().data == copied.replace("\rb", "\nb").encode()


@given(
    st.sampled_from(["text", "literal"]),
    *[st.lists(st.sampled_from([*"\\{}ab\n\t\0é", "{{", "{{time}}", r"\x41"]), max_size=4).map("".join)] * 3,
)
def test_a_paste_changes_no_byte_around_it(mode: str, before: str, copied: str, after: str) -> None:
    """Wherever it is inserted: what was typed before and behind it means the same as without it."""
    draft = MessageDraft(History(Path("/nonexistent/history")))

    def meaning(text: str) -> bytes:
        draft.mode, draft.text = mode, text
        return draft.content().data

    try:
        assume((before + after).isprintable())
        expected = meaning(before) + copied.encode() + meaning(after)
        assume(meaning(before + after) == meaning(before) + meaning(after))
    except PayloadError:
        assume(False)
    assume("time}}" not in before + after)
    draft.mode = mode
    draft.text = before + after
    draft.paste(copied, len(before), len(before))
    assert draft.content().data == expected


def test_a_key_turns_escapes_into_literal_text_and_back(draft: MessageDraft) -> None:
    """The text stays, its meaning changes; the line ending is that of text; hex and files have no escapes."""
    draft.text = r"a\n"
    made = []
    for _ in range(2):
        made.append((draft.mode, draft.line_ending, draft.factory()()))
        assert draft.toggle_literal()
    assert made == [("text", "LF", b"a\n\n"), ("literal", "LF", b"a\\n\n")]
    draft.toggle_literal()
    draft.next_mode()
    assert (draft.mode, draft.text) == ("hex", "61 5c 6e")
    assert not draft.toggle_literal()


def test_literal_text_of_a_paste_ends_with_it(draft: MessageDraft) -> None:
    """The next message has escapes again; what the operator switched stays switched."""
    draft.paste("{{x}}", 0, 0)
    draft.text = ""
    assert draft.mode == "text"
    draft.toggle_literal()
    draft.text = "x"
    draft.text = ""
    assert draft.mode == "literal"


def test_hex_is_pasted_over_several_lines(draft: MessageDraft) -> None:
    """As hexdumps are; a path loses the line break at its end."""
    draft.mode = "hex"
    draft.paste("01 02\n03 04\n", 0, 0)
    assert draft.content().data == b"\1\2\3\4"
    draft.mode, draft.text = "file", ""
    draft.paste("/etc/passwd\n", 0, 0)
    assert draft.text == "/etc/passwd"


def test_a_message_with_backslashes_is_literal(draft: MessageDraft) -> None:
    """As it is shown; with control characters it has escapes."""
    draft.load(b'{"a":"\\n"}\n')
    assert (draft.mode, draft.text, draft.factory()()) == ("literal", '{"a":"\\n"}', b'{"a":"\\n"}\n')
    draft.load(b"abcde\\\x01")
    assert (draft.mode, draft.factory()()) == ("text", b"abcde\\\x01")


def test_saved_literal_text_with_a_line_break_is_sent_as_it_is(draft: MessageDraft) -> None:
    """Such a file was written by hand."""
    draft.load_saved(SavedMessage("literal", "a\\\nb", "none"))
    assert (draft.mode, draft.factory()()) == ("text", b"a\\\nb")
