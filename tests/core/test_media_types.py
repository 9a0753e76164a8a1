"""Content types: words for the usual ones, and any other as it is written."""

from __future__ import annotations

import pytest

from tuiserver.core.media_types import MEDIA_TYPES, media_type


def test_a_word_stands_for_a_media_type() -> None:
    """What a word stands for is a media type itself."""
    assert media_type("json") == "application/json"
    for word, found in MEDIA_TYPES.items():
        assert media_type(word) == media_type(found) == found


@pytest.mark.parametrize("text", ["image/svg+xml", "text/plain;charset=utf-8", 'multipart/mixed; boundary="a b"; x=1'])
def test_a_media_type_may_have_parameters(text: str) -> None:
    """RFC 9110 section 8.3.1: it is passed on as it is."""
    assert media_type(text) == text


@pytest.mark.parametrize("text", ["", "jpeg", "a/b/c", "a/b;", "a/b; c", "a/b\r\nC: d", "a/é", 'a/b; c="\r\n"', "a /b"])
def test_anything_else_is_refused(text: str) -> None:
    """Above all what would begin another header."""
    with pytest.raises(ValueError, match="not a content type"):
        media_type(text)
