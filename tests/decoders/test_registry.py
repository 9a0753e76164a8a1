"""Decoders by name: the table, entry points, and names that are unknown."""

from __future__ import annotations

import importlib.metadata
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from tests.support.decoding import decode
from tuiserver.decoders.base import Decoded, Field, decoded
from tuiserver.decoders.registry import DECODERS, ENTRY_POINTS, SpecError, find


class Length:
    """A toy: the length of the message."""

    name = "length"

    def decode(self, data: bytes, sent: bool = False) -> Decoded:
        return decoded("Length", [Field("length", len(data), 0, len(data))])


def test_a_decoder_is_one_class_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a name and one method."""
    monkeypatch.setitem(DECODERS, "length", lambda: Length)
    assert decode(find("length"), b"abc").summary == "Length length=3"


@pytest.mark.parametrize("name", DECODERS)
def test_each_decoder_has_the_name_of_its_row(name: str) -> None:
    """Each connection gets an object of its own."""
    factory = find(name)
    assert factory().name == name
    assert factory() is not factory()


def entry_points_are(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    """The installed packages name these, each as the decoder `mine`."""
    points = [EntryPoint("mine", value, ENTRY_POINTS) for value in values]

    def select(**conditions: Any) -> EntryPoints:
        return EntryPoints(points).select(**conditions)

    monkeypatch.setattr(importlib.metadata, "entry_points", select)


def test_an_installed_package_may_name_a_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any callable that creates a decoder."""
    entry_points_are(monkeypatch, "tuiserver.decoders.json:JsonDecoder")
    assert find("mine")().name == "json"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_module:X", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("tuiserver.decoders.json:Nothing", "cannot be loaded: AttributeError"),
        ("tuiserver.decoders.base:MAX_FIELDS", "is not a class or a function"),
    ],
)
def test_an_entry_point_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    """The error names the decoder, where it comes from, and what happened."""
    entry_points_are(monkeypatch, value)
    with pytest.raises(SpecError) as caught:
        find("mine")
    assert str(caught.value).startswith(f'decoder "mine" of {value} {words}')


def test_an_unknown_name_lists_the_known_ones() -> None:
    """And suggests the most similar one."""
    with pytest.raises(SpecError) as caught:
        find("jsn")
    assert str(caught.value) == f'unknown decoder "jsn" (did you mean json?): use one of {", ".join(DECODERS)}, FILE.h'
