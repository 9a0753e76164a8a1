"""A message with placeholders is filled in, in phases."""

from __future__ import annotations

import pytest

from tuiserver.automation.template import MAX_MEASURED, Form, Moment, Phase, Placeholder, Span, Template
from tuiserver.core.charsets import find
from tuiserver.core.payload import PayloadError

NOW = Moment(7, 0.0)


def length(form: Form = Form("bytes", 1), span: Span = Span("after")) -> Placeholder:  # noqa: B008 - both are immutable
    """A length."""
    return Placeholder("len", 3, lambda _, data: len(data), Phase.LENGTH, form, span)


def total(span: Span = Span("before")) -> Placeholder:  # noqa: B008 - it is immutable
    """A checksum: the sum of the bytes."""
    return Placeholder("sum", 0, lambda _, data: sum(data) & 0xFF, Phase.CHECKSUM, Form("bytes", 1), span)


NUMBER = Placeholder("n", 0, lambda moment, _: moment.number, numbered=True)


def test_values_then_lengths_then_checksums() -> None:
    """Each from left to right: a length counts the checksum behind it, a checksum covers the length before it."""
    assert Template([length(), NUMBER, b"\1", total(), total()]).fill(NOW) == b"\x047\1" + bytes([60, 120])


def test_what_is_not_filled_in_yet_is_zero() -> None:
    """A checksum of all bytes counts its own as 0, and so a later one."""
    assert Template([b"\5", total(Span("all")), b"\2", total()]).fill(NOW) == b"\5\7\2\x0e"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span("before"), b"abc"),
        (Span("after"), b"def"),
        (Span("all"), b"abc__def"),
        (Span("before", 1), b"bc"),
        (Span("before", 1, -1), b"b"),
        (Span("after", None, -2), b"d"),
        (Span("after", -2), b"ef"),
        (Span("all", 2, 4), b"c_"),
        (Span("before", 9), b""),
    ],
)
def test_a_span_is_a_slice(span: Span, expected: bytes) -> None:
    """Of what is before, of what is after, or of all."""
    assert span.of(b"abc__def", 3, 5) == expected


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (Form(), "258"),
        (Form("dec", digits=5), "00258"),
        (Form("bytes", 2), b"\1\2"),
        (Form("bytes", 2, "little"), b"\2\1"),
        (Form("hex", 2), "0102"),
        (Form("hex", 4, "little"), "02010000"),
    ],
)
def test_a_number_is_written_in_its_form(form: Form, written: bytes | str) -> None:
    """As text or as bytes."""
    assert form.write(258) == written


def test_a_length_that_does_not_fit_is_refused() -> None:
    """With the position of the placeholder. A number of messages starts again instead."""
    with pytest.raises(PayloadError) as caught:
        Template([length(), bytes(256)]).fill(NOW)
    assert (caught.value.position, caught.value.message) == (3, "256 does not fit in u8")
    small = NUMBER._replace(form=Form("bytes", 1))
    assert Template([small]).fill(Moment(258, 0.0)) == b"\2"
    assert Template([NUMBER]).fill(Moment(258, 0.0)) == b"258"


@pytest.mark.parametrize(("before", "expected"), [(7, b"8"), (8, b"9"), (9, b"11"), (97, b"99"), (98, b"101")])
def test_a_decimal_length_may_count_itself(before: int, expected: bytes) -> None:
    """Its number of digits is part of it."""
    assert Template([bytes(before), length(Form(), Span("all"))]).fill(NOW).endswith(expected)


def test_lengths_that_never_settle_are_refused() -> None:
    """One that shrinks when the other one grows."""
    wild = length(Form(), Span("all", -12, 12))
    with pytest.raises(PayloadError, match="depend on each other"):
        Template([bytes(13), wild]).fill(NOW)


def test_text_is_encoded_as_the_rest() -> None:
    """Digits too; bytes are not."""
    template = Template([NUMBER, length()], find("cp037"))
    assert template.fill(NOW) == b"\xf7\0"
    foreign = NUMBER._replace(compute=lambda *_: "€", position=4)
    with pytest.raises(PayloadError, match="cannot encode") as caught:
        Template([foreign], find("latin-1")).fill(NOW)
    assert caught.value.position == 4


def test_a_template_knows_what_it_is() -> None:
    """Without placeholders it is constant; lengths and checksums alone do not vary."""
    kinds = [
        (template.constant, template.varies, template.numbered)
        for template in (Template([b"x"]), Template([length()]), Template([NUMBER]))
    ]
    assert kinds == [(True, False, False), (False, False, False), (False, True, True)]


def test_what_is_computed_is_bounded() -> None:
    """A paste of thousands of checksums is refused before any of them is computed."""
    Template([b"x", *[total()] * MAX_MEASURED])
    with pytest.raises(PayloadError, match="more than 64"):
        Template([b"x", *[total()] * (MAX_MEASURED + 1)])
