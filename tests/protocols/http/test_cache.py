"""The caches of an HTTP server: bounded, and only for what may be cached."""

from __future__ import annotations

from tuiserver.protocols.http.cache import CACHED_HEADS, CACHED_RESPONSES, MAX_CACHED_BODY, MAX_CACHED_HEAD, HttpCache
from tuiserver.protocols.http.messages import Request

NOW = 1_700_000_000.25


def request(head: bytes) -> Request:
    """A plain request with this head."""
    return Request("GET", "/", "1.1", (), b"", head, True, True)


def test_heads_in_use_stay_cached() -> None:
    """Among thousands of other heads, one that is recalled now and then is kept; the oldest others are not."""
    cache = HttpCache("9.9")
    used = request(b"used")
    cache.remember(used)
    for number in range(5 * CACHED_HEADS):
        cache.remember(request(b"%d" % number))
        if number % 100 == 0:
            assert cache.recall(b"used") is used
    assert b"used" in cache
    assert b"0" not in cache
    assert cache.recall(b"0") is None
    assert len(cache) <= 2 * CACHED_HEADS


def test_long_heads_are_not_cached() -> None:
    """`MAX_CACHED_HEAD` bytes and not one more."""
    cache = HttpCache("9.9")
    for size in (MAX_CACHED_HEAD, MAX_CACHED_HEAD + 1):
        cache.remember(request(b"x" * size))
    assert len(cache) == 1
    assert b"x" * MAX_CACHED_HEAD in cache


def test_responses_are_cached_for_one_second() -> None:
    """Within a second the response to the same body is the same object; then the date changes and the cache is emptied."""
    cache = HttpCache("9.9")
    first = cache.plain_response(b"hi", request(b"head"), NOW)
    assert (cache.second, cache.next_second) == (1_700_000_000, 1_700_000_001)
    assert cache.responses[b"hi"] is first
    assert b"Server: tuiserver/9.9\r\n" in first
    later = cache.plain_response(b"hi", request(b"head"), NOW + 1)
    assert later == first.replace(b":20 GMT", b":21 GMT")
    assert cache.responses == {b"hi": later}


def test_responses_cached_are_bounded() -> None:
    """In number, and each in the length of its body."""
    cache = HttpCache("9.9")
    for size in (MAX_CACHED_BODY, MAX_CACHED_BODY + 1):
        cache.plain_response(b"x" * size, request(b"head"), NOW)
    assert list(map(len, cache.responses)) == [MAX_CACHED_BODY]
    for number in range(2 * CACHED_RESPONSES):
        cache.plain_response(b"%d" % number, request(b"head"), NOW)
    assert len(cache.responses) == CACHED_RESPONSES
