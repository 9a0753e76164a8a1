"""What a placeholder that is being typed may become: `{{crc:mo` → `crc:modbus`; and a field: `Login se` → `seq=`.

Rules of this file:
- Names come first in the order in which they are probably wanted, checksums in the order of the catalogue, with their aliases.
- Pure. The catalogue is asked only when a checksum is being typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from tuiserver.automation.placeholders import OPTIONS, read
from tuiserver.core import checksums
from tuiserver.core.payload import PayloadError
from tuiserver.decoders.base import Encoder

MAX_COMPLETIONS = 40
"""More than a line can show."""

_COMMON = (
    *(
        "counter",
        "len:u16",
        "crc:modbus",
        "sum8",
        "xor8",
        "time",
        "now:iso",
        "now:unix",
        "now:unixms",
        "random",
        "uuid",
    ),
    *("len:u8", "len:u32", "len:u16le", "len:u32le", "len:dec", "lrc", "sum16"),
    *("crc:x-25", "crc:xmodem", "crc:crc16-ccitt-false", "crc:crc16-ccitt", "crc:crc8", "crc:crc32", "crc:crc32c"),
)


def completions(source: str) -> tuple[str, ...]:
    """What may stand between the braces where `source` is typed so far, at most `MAX_COMPLETIONS`.

    All begin with `source`, without the blanks before it, and the first one is that itself if it is a placeholder already. If
    none begins with it, those that contain its last part: `crc:ccitt` → `crc:crc16-ccitt-false` ….
    """
    typed = source.lstrip()
    found = _select(typed, lambda candidate: candidate.startswith(typed))
    if found:
        return found
    head, colon, last = typed.rpartition(":")
    return _select(typed, lambda candidate: candidate.startswith(head + colon) and last in candidate[len(head) :])


def field_completions(text: str, encoder: Encoder) -> tuple[str, tuple[str, ...]]:
    """The last word of a message of fields as far as it is typed, and what it may become: a struct, or a field not given yet."""
    words = text.split()
    typed = words.pop() if words and not text[-1].isspace() else ""
    if not words:
        candidates = [f"{name} " for name in encoder.names()]
    else:
        given = [word.partition("=")[0] for word in words[1:]]
        fields = (name for name in encoder.fields(words[0]) if not any(_is_end(each, name) for each in given))
        candidates = [f"{name}=" for name in fields]
    return typed, tuple(each for each in candidates if each.startswith(typed) and each.rstrip() != typed)[
        :MAX_COMPLETIONS
    ]


def _is_end(given: str, name: str) -> bool:
    return f".{name}".endswith(f".{given}")


def _select(typed: str, matches: Callable[[str], bool]) -> tuple[str, ...]:
    found = (candidate for candidate in _candidates(typed) if matches(candidate) and _is_placeholder(candidate))
    return tuple(islice(dict.fromkeys(found), MAX_COMPLETIONS))


def _candidates(typed: str) -> Iterator[str]:
    yield typed
    yield from _COMMON
    head, colon, _ = typed.rpartition(":")
    if head == "crc":
        for name in (*checksums.names(), *checksums.aliases()):
            yield f"crc:{name}"
    elif colon:
        for option in OPTIONS:
            yield f"{head}:{option}"


def _is_placeholder(source: str) -> bool:
    try:
        read(source, 0)
    except PayloadError:
        return False
    return True
