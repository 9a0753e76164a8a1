"""Each claim of the README has a test: the table says which, and a picture is of the size that it claims."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = " ".join((ROOT / "README.md").read_text("utf-8").split())
MAX_ANIMATION = 1_000_000
"""Bytes of the animated picture at most: it is loaded with the page."""

CLAIMS = {
    # words of the README: the file and the test that show that they are true
    "answered: hello world~": ("programs/test_replies.py", "test_hello_answers_http"),
    "type hi and see it in the console; press s there, type an answer": (
        "console/test_story.py",
        "test_an_operator_on_real_sockets",
    ),
    "which of them is slow": ("views/test_byte_path.py", "test_a_peer_that_does_not_read"),
    "type a guess with `\\x00` escapes": ("console/test_story.py", "test_an_operator_answers_and_closes"),
    "connect, send, close, reset, half-close and a full buffer": (
        "views/test_close_steps.py",
        "test_the_peer_is_answered_after_its_end",
    ),
    "| live table of connections | yes |": (
        "console/panes/test_inspector.py",
        "test_wide_it_stands_beside_the_connections",
    ),
    "| headless JSON events | yes |": ("outputs/test_headless.py", "test_one_request_as_json"),
    "port 0 is any free port": ("outputs/test_headless.py", "test_each_address_has_its_line_first"),
    "what answers: hello (default), echo, none": ("programs/test_replies.py", "test_echo_and_none"),
    "your program behind the console": ("cli/test_serve.py", "test_a_program_with_the_console"),
    "no screen: one JSON object per event": ("outputs/test_headless.py", "test_only_events_are_printed"),
    "anything else is left to you": ("programs/test_replies.py", "test_hello_leaves_other_bytes_to_the_operator"),
    "the exact bytes are shown first": ("console/test_story.py", "test_an_operator_answers_and_closes"),
    "inspect: the seven layers of the connection, with a verdict": (
        "views/test_verdict.py",
        "test_the_verdict_is_the_first_that_applies",
    ),
    "back to the shell": ("console/test_terminal_sessions.py", "test_suspend_and_resume"),
    "no escape sequence from the network reaches your terminal": (
        "console/test_untrusted_bytes.py",
        "test_hostile_bytes_are_shown_escaped",
    ),
    "A client that does not read, does not finish or does not stop harms only itself": (
        "programs/test_replies.py",
        "test_a_client_that_does_not_read_its_answers_is_not_read",
    ),
    "A chat server, opened in the console": ("test_examples.py", "test_the_chat_sends_to_all_others"),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_has_a_test(claim: str) -> None:
    """The README still says it, and the test is still there."""
    assert claim in README
    file, name = CLAIMS[claim]
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_first_picture_is_the_client_that_does_not_read() -> None:
    """With its verdict and the gauges of the way of its bytes."""
    first = re.search(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert first is not None
    svg = (ROOT / first[1]).read_text("utf-8").replace("&#160;", " ")
    for words in ("peer not reading", "Its window is closed", "send buffer", "peer window", "▓▓▓"):
        assert words in svg


def test_the_animation_is_small_and_moves() -> None:
    """It consists of pictures of the app, shown one after the other, and fetches nothing."""
    svg = (ROOT / "docs" / "story.svg").read_text("utf-8")
    assert len(svg) < MAX_ANIMATION
    delays = re.findall(r'class="frame" style="animation-delay:(-\d+)s"', svg)
    assert len(delays) == svg.count(">tuiserver</text>") > 4
    assert len(set(delays)) == len(delays)
    for word in ("src:", "href", "@import", "url(http"):
        assert word not in svg
