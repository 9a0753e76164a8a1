"""The caches of an HTTP server: bounded, and only for what may be cached."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from tuiserver.core.limits import Limits
from tuiserver.protocols.http.cache import (
    CACHE_SIZE,
    CACHED_RESPONSES,
    HEAD_COST,
    MAX_CACHED_BODY,
    MAX_CACHED_HEAD,
    HttpCache,
)
from tuiserver.protocols.http.messages import Request
from tuiserver.protocols.http.parser import RequestParser

NOW = 1_700_000_000.25


def request(head: bytes) -> Request:
    """A plain request with this head."""
    return Request("GET", "/", "1.1", (), b"", head, True, True)


def test_heads_in_use_stay_cached() -> None:
    """Among thousands of other heads, one that is recalled now and then is kept; the oldest others are not."""
    cache = HttpCache("9.9")
    used = request(b"used")
    cache.remember(used)
    for number in range(2 * (CACHE_SIZE // HEAD_COST)):
        cache.remember(request(b"%d" % number))
        if number % 100 == 0:
            assert cache.recall(b"used") is used
    assert b"used" in cache
    assert b"0" not in cache
    assert cache.recall(b"0") is None
    assert len(cache) <= 2 * (CACHE_SIZE // HEAD_COST)


@pytest.mark.slow
@pytest.mark.parametrize("header", [b"a1:b1\r\n", b"a:b\r\n", b"x-request-identifier: 0123456789abcdef\r\n", b""])
def test_heads_take_no_more_memory_than_stated(header: bytes) -> None:
    """However a client writes its heads, both generations together take at most `2 * CACHE_SIZE` bytes of memory."""
    cache = HttpCache("9.9")
    parser = RequestParser(cache, Limits())
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(4_000 if len(header) < 10 and header else 10_000):
            start = b"GET /%d HTTP/1.1\r\nHost: x\r\n" % number
            fill = header * min(250, (MAX_CACHED_HEAD - len(start) - 2) // len(header)) if header else b""
            (parsed,) = parser.feed(start + fill + b"\r\n")
            assert parsed.data in cache
        gc.collect()
        taken, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(cache) < number
    assert CACHE_SIZE // 2 < taken <= 2 * CACHE_SIZE
    assert peak <= 2 * CACHE_SIZE + (1 << 20)


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
