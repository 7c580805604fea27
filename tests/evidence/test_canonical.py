"""JSON of one spelling: that of RFC 8785, and what has more than one reading is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import NotCanonicalError, read, read_written, written

MOST = 2**53 - 1
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-MOST, MOST) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(values)
def test_the_spelling_is_that_of_rfc_8785_and_is_read_as_it_was(value: Any) -> None:
    assert rfc8785.dumps(value) == written(value)
    assert value == read(written(value)) == read_written(written(value))


@given(values, st.booleans(), st.booleans())
def test_any_other_spelling_is_refused(value: Any, is_ascii: bool, is_wide: bool) -> None:
    spelled = json.dumps(value, ensure_ascii=is_ascii, separators=None if is_wide else (",", ":")).encode()

    try:
        told = read_written(spelled)
    except NotCanonicalError:
        assert rfc8785.dumps(value) != spelled
    else:
        assert (value, rfc8785.dumps(value)) == (told, spelled)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"b": 1, "a": [True, None, "é"]}, '{"a":[true,null,"é"],"b":1}'),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'),
        ('\x00\x1f\x7f\u2028"\\/\n', '"\\u0000\\u001f\x7f\u2028\\"\\\\/\\n"'),
        ((1, (2,)), "[1,[2]]"),
        (MOST, "9007199254740991"),
        (-MOST, "-9007199254740991"),
    ],
)
def test_what_is_hard_to_spell_is_spelled_as_the_standard_says(value: Any, spelled: str) -> None:
    assert spelled.encode() == written(value)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        {"cents": [1, {"more": 2.5}]},
        float("nan"),
        MOST + 1,
        [-MOST - 1],
        Decimal(1),
        date(2026, 11, 21),
        b"bytes",
        {1: "a number for a name"},
        {None: 1},
        {True: 1},
        "\ud800",
        {"\udfff": 1},
    ],
)
def test_what_has_no_one_spelling_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        written(value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"a":1,"a":2}', 'the name "a" twice'),
        (b'[{"x":{"b":1,"b":1}}]', 'the name "b" twice'),
        (b"1.0", "expected integers alone"),
        (b"1e3", "expected integers alone"),
        (b"NaN", "expected integers alone"),
        (b"-Infinity", "expected integers alone"),
        (b'"\xff"', "no JSON"),
        (b"{", "no JSON"),
        (b"", "no JSON"),
        (b"\xef\xbb\xbf{}", "no JSON"),
        (b"1" * 5_000, "no JSON"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_has_more_than_one_reading_is_not_read(data: bytes, told: str) -> None:
    for reader in (read, read_written):
        with pytest.raises(NotCanonicalError, match=told):
            reader(data)


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b'{"a": 1}', b'"\\u00e9"', b"-0", b"9007199254740993", b'"\\ud800"', b"1\n"]
)
def test_what_can_be_read_and_is_spelled_otherwise_is_not_taken(data: bytes) -> None:
    read(data)

    with pytest.raises(NotCanonicalError):
        read_written(data)


def test_a_value_that_is_too_deep_to_write_is_refused() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(NotCanonicalError, match="nested"):
        written(value)
