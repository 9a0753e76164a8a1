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
    "see who connects to a port, what they say, and answer by hand": (
        "console/test_story.py",
        "test_an_operator_answers_and_closes",
    ),
    "answered: hello world~": ("programs/test_replies.py", "test_hello_answers_http"),
    "type hi and see it in the console; press s there, type an answer": (
        "console/test_story.py",
        "test_an_operator_on_real_sockets",
    ),
    "To have the command everywhere: `pipx install .`": ("test_wheel.py", "test_an_installed_wheel_runs"),
    # what it is for
    "you want to see what it sends, byte by byte": (
        "jobs/test_tracker.py",
        "test_a_tracker_is_answered_and_its_name_kept",
    ),
    "answer it with the right checksum (`11 06 00 01 {{crc:modbus}}`)": (
        "console/panes/test_send_bar.py",
        "test_placeholders_are_completed_and_shown_as_bytes",
    ),
    "which of them is slow, which went silent, what did number 12 say last": (
        "jobs/test_game_clients.py",
        "test_the_odd_ones_among_forty",
    ),
    "watch it in text and hex": ("console/panes/test_messages.py", "test_x_goes_from_text_to_hex_to_both"),
    "type a guess with `\\x00` escapes": ("core/test_payload.py", "test_text_with_escapes_becomes_bytes"),
    "connect, send, close, reset, half-close and a full buffer, all on one screen as they happen": (
        "jobs/test_closes_of_tcp.py",
        "test_the_closes_of_tcp",
    ),
    # compared with other tools
    "| live table of connections | yes |": (
        "console/panes/test_inspector.py",
        "test_wide_it_stands_beside_the_connections",
    ),
    "| send to one of many clients | yes |": (
        "console/panes/test_send_bar.py",
        "test_enter_sends_exactly_what_was_shown",
    ),
    "| hex view | yes |": ("console/panes/test_messages.py", "test_x_goes_from_text_to_hex_to_both"),
    "| callbacks in Python | yes |": ("test_examples.py", "test_the_chat_sends_to_all_others"),
    "| headless JSON events | yes |": ("outputs/test_headless.py", "test_one_request_as_json"),
    "| TLS | not yet |": ("core/test_address.py", "test_an_unknown_transport_is_refused"),
    "| UDP | not yet |": ("core/test_address.py", "test_an_unknown_transport_is_refused"),
    "names the protocol, such as TLS, MQTT, Modbus or a tracker's, and says why": (
        "protocols/test_signatures.py",
        "test_first_bytes_of_a_client_are_known",
    ),
    # use it
    "port 0 is any free port": ("outputs/test_headless.py", "test_each_address_has_its_line_first"),
    "several; all interfaces, IPv6, HTTP": ("cli/test_serve.py", "test_several_listeners_speak_several_protocols"),
    "what answers: hello (default), echo, none": ("programs/test_replies.py", "test_echo_and_none"),
    "your program behind the console": ("cli/test_serve.py", "test_a_program_with_the_console"),
    "no screen: one JSON object per event": ("outputs/test_headless.py", "test_only_events_are_printed"),
    "An address is `HOST:PORT`, optionally after `tcp://` or a": ("core/test_address.py", "test_accepts"),
    "a client looks like](docs/protocols.md#what-a-client-looks-like) by its first bytes": (
        "engine/test_first_look.py",
        "test_a_client_is_served_raw_and_a_note_says_what_it_looks_like",
    ),
    "anything else is left to you": ("programs/test_replies.py", "test_hello_leaves_other_bytes_to_the_operator"),
    # keys
    "help for this pane": ("console/test_help_and_palette.py", "test_help_begins_with_the_focused_pane"),
    "every action by its name": ("console/test_help_and_palette.py", "test_palette_runs_the_same_actions"),
    "select · go to a pane · zoom it": ("console/test_workspace.py", "test_panes_by_key"),
    "send: text with escapes, hex, or a file": ("console/panes/test_send_bar.py", "test_hex_is_typed_as_hex"),
    "with checksums and counters filled in": (
        "automation/test_placeholders.py",
        "test_each_target_gets_its_own_number_and_checksum",
    ),
    "the exact bytes are shown first": ("console/panes/test_send_bar.py", "test_enter_sends_exactly_what_was_shown"),
    "close (flush or reset) · pause or resume reading · name it": (
        "console/test_closing.py",
        "test_marked_connections_are_closed_together",
    ),
    "send, close and pause act on the marked ones": (
        "console/test_operator.py",
        "test_p_pauses_and_resumes_the_marked_connections",
    ),
    "filter (`idle>5m -proto:http`)": ("console/panes/test_prompt.py", "test_a_filter_applies_while_it_is_typed"),
    "· search |": ("console/panes/test_prompt.py", "test_a_search_begins_in_the_messages"),
    "fields, text or hex · the full message · copy it": (
        "console/test_operator.py",
        "test_enter_opens_a_message_in_which_the_same_keys_apply",
    ),
    "inspect: the seven layers of the connection, with a verdict": (
        "views/test_verdict.py",
        "test_the_verdict_is_the_first_that_applies",
    ),
    "back to the shell": ("console/test_terminal_sessions.py", "test_suspend_and_resume"),
    "asks while clients are connected": ("console/test_closing.py", "test_quit_asks_while_clients_are_connected"),
    "no escape sequence from the network reaches your terminal": (
        "console/test_untrusted_bytes.py",
        "test_hostile_bytes_are_shown_escaped",
    ),
    "A client that does not read": (
        "programs/test_replies.py",
        "test_a_client_that_does_not_read_its_answers_is_not_read",
    ),
    "does not finish": ("programs/test_replies.py", "test_slow_requests_time_out"),
    "or does not stop harms only itself": ("programs/test_replies.py", "test_an_oversized_head_and_body_are_refused"),
    # write a server
    "A chat server, opened in the console": ("test_examples.py", "test_the_chat_sends_to_all_others"),
    "A protocol of your own is a class with two methods": (
        "test_examples.py",
        "test_the_netstrings_are_a_protocol_of_fifteen_lines",
    ),
    "makes it work as `--protocol netstrings` after `pip install`": (
        "protocols/test_installed.py",
        "test_a_protocol_is_found_by_its_name",
    ),
    # how fast
    "Ratios to a bare `asyncio.Protocol` in one interleaved run": (
        "test_benchmarks.py",
        "test_a_ratio_is_of_medians_and_its_spread_of_rounds",
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_has_a_test(claim: str) -> None:
    """The README still says it, and the test is still there."""
    assert claim in README
    file, name = CLAIMS[claim]
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_purpose_command_and_key_is_a_claim() -> None:
    """Each has words in the table, so a new one needs a test."""
    text = (ROOT / "README.md").read_text("utf-8")
    purposes = re.findall(r"^- \*\*.*?(?=\n-|\n\n)", text, re.MULTILINE | re.DOTALL)
    commands = re.findall(r"^    tuiserver .*", text, re.MULTILINE)
    keys = text.partition("| key |")[2].partition("\n\n")[0].splitlines()[2:]
    columns = re.findall(r"^\| .* \| (?:yes|not yet) \|.*", text, re.MULTILINE)
    assert min(map(len, (purposes, commands, keys, columns))) > 3
    for statement in (*purposes, *commands, *keys, *columns):
        words = " ".join(statement.split())
        assert any(claim in words for claim in CLAIMS), words


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
