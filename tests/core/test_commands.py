"""Commands: plain data that survives JSON."""

from __future__ import annotations

import msgspec
import pytest

from tuiserver.core import commands

EXAMPLES = [
    commands.Send(1, b"x", token=7),
    commands.Answer(1, 404, "json", b"{}", (("Retry-After", "5"),), "head", 3, token=8),
    commands.Close(1, True),
    commands.Pause(1),
    commands.Resume(1),
    commands.Inspect(1),
    commands.Stop(),
]


@pytest.mark.parametrize("command", EXAMPLES, ids=commands.tag_of)
def test_a_command_survives_json(command: commands.AnyCommand) -> None:
    """Written and read again, a command is equal."""
    assert commands.decode(commands.encode(command)) == command


def test_every_command_is_decoded() -> None:
    """`decode` and `TAGS` know every kind of command."""
    assert set(commands.Command.__subclasses__()) == {type(example) for example in EXAMPLES}
    assert {commands.tag_of(example) for example in EXAMPLES} == commands.TAGS
    with pytest.raises(msgspec.ValidationError):
        commands.decode(b'{"command":"invent"}')


def test_an_answer_is_checked_when_it_is_read() -> None:
    """All but the id has a default; a status is a whole number, and a part one of four."""
    assert commands.decode(b'{"command":"answer","id":3}') == commands.Answer(3, 200)
    for wrong in (b'"status":200.5', b'"part":"tail"', b'"headers":{"A":"b"}', b'"request":-1'):
        with pytest.raises(msgspec.ValidationError):
            commands.decode(b'{"command":"answer","id":3,%b}' % wrong)


def test_a_token_is_optional_in_json() -> None:
    """A script may leave the token out."""
    assert commands.decode(b'{"command":"pause","id":3}') == commands.Pause(3)
    assert commands.decode(b'{"command":"pause","id":3,"token":9}').token == 9
