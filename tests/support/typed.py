"""Typed text for property-based tests of the parsers: pieces of their languages in any order, and any characters between."""

from __future__ import annotations

from hypothesis import strategies as st

NUMBERS = ("0", "-1", "1.5", "007", "9" * 400, "9" * 5000, "0." + "3" * 400, "nan", "inf", "1e999", "٣")
FILTER_PARTS = (*':=<>-!#" ,', "<=", ">=", "//", '"a b"', "12", "5m", "1h30m", "10k", "1.5M", *NUMBERS)
PLAN_PARTS = (*"x~ ", "500ms", "1s", "2m", "24h", *NUMBERS)
PAYLOAD_PARTS = (*"\\{} ", "\\x", "1b", "\\u{", "110000", "d800", "{{", "}}", "time", "counter", "0x", ",", *NUMBERS)


def typed(*parts: str) -> st.SearchStrategy[str]:
    """Text made of these pieces and of any characters, also lone surrogates."""
    piece = st.one_of(st.sampled_from(parts), st.text(max_size=3))
    return st.lists(piece, max_size=8).map("".join)
