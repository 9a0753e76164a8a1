"""What a body is (RFC 9110 section 8.3.1): short words for the usual media types, and the check of any other.

Rules of this file:
- A word is one that an operator would type; a media type is passed on as it was written.
"""

from __future__ import annotations

import re

MEDIA_TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
    "octet": "application/octet-stream",
}
"""Words, and the media type that each stands for."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE = re.compile(rf'{_TOKEN}/{_TOKEN}([ \t]*;[ \t]*{_TOKEN}=({_TOKEN}|"[\t !#-\[\]-~]*"))*')


def media_type(text: str) -> str:
    """The media type that a word stands for, or the media type itself; raises `ValueError` if it is neither."""
    found = MEDIA_TYPES.get(text, text)
    if not _MEDIA_TYPE.fullmatch(found):
        raise ValueError(f"{text!r} is not a content type: use {' '.join(MEDIA_TYPES)} or TYPE/SUBTYPE")
    return found
