"""The registry: protocols by name, made once per server."""

from __future__ import annotations

import pytest

from tuiserver.core.limits import Limits
from tuiserver.protocols.parameters import SpecError
from tuiserver.protocols.registry import PROTOCOLS, SNIFFER, Factories, check, frame, has_frames, schemes

EXAMPLES = {"delimiter": r"delimiter:\x03", "fixed": "fixed:26", "gap": "gap:50ms"}
"""A valid form of each protocol that needs parameters."""


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_protocol_has_a_factory(name: str) -> None:
    """It has the name of its row, its protocols have two nouns, and it is made once."""
    spec = EXAMPLES.get(name, name)
    factories = Factories(Limits())
    factory = factories.get(spec)
    assert factory.name == spec
    assert all(factory.create().nouns)
    assert len(factory.create().nouns) == 2
    assert factories.get(spec) is factory
    assert Factories(Limits()).get(spec) is not factory


@pytest.mark.parametrize("name", schemes())
def test_a_scheme_is_the_name_of_its_connections(name: str) -> None:
    """Views call a connection what its address says, with its parameters."""
    spec = EXAMPLES.get(name, name)
    assert Factories(Limits()).get(spec).create().name == spec


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_parameter_that_is_missing(name: str) -> None:
    """The error shows the form."""
    with pytest.raises(SpecError, match=f'"{name}" needs a parameter: {name}:'):
        Factories(Limits()).get(name)


def test_the_sniffer_is_no_scheme() -> None:
    """An address cannot ask for it by name."""
    assert SNIFFER not in schemes()
    assert set(schemes()) == PROTOCOLS.keys() - {SNIFFER}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("gopher", 'unknown protocol "gopher": use one of raw, http, line, '),
        ("lime", r'unknown protocol "lime" \(did you mean line\?\): use one of raw'),
        ("raw:x", '"raw:x": raw has no parameters'),
        ("line:", '"line:" has nothing after the colon'),
    ],
)
def test_what_is_no_protocol_is_refused(spec: str, says: str) -> None:
    """In one line that says what there is."""
    with pytest.raises(SpecError, match=says):
        Factories(Limits()).get(spec)


def test_a_message_is_checked_without_a_connection() -> None:
    """Built-in protocols that depend on nothing but the message; others are not known here, and nothing is said."""
    assert check("line", b"a\nb").startswith("a line cannot contain")
    assert frame("line", b"ab") == b"ab\n"
    assert [has_frames(spec) for spec in ("line", "raw", "http", "mine")] == [True, False, False, False]
    assert [check(spec, b"a\nb") for spec in ("", "raw", "http", "sniffer", "mine", "line:what")] == [""] * 6
