"""Nothing gets past the gate into what is stored, whatever way it came; and what is harmless does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import NotCanonicalError, read
from evidence.intake import IntakeError, WithheldError, json_blob, reason, text_blob
from evidence.redaction import find_secret
from tests.evidence.planted import PLAIN, PLANTED, harmless

CAP = 10_000


@pytest.mark.parametrize("text", PLANTED)
@pytest.mark.parametrize(
    "around", ["{}", "line\n{}\nline", "\x1b[32m{}\x1b[0m", "\ufeff{}", "'{}'", "\t{} ", "{}\r\n"]
)
def test_no_command_output_brings_in_what_is_planted(text: str, around: str) -> None:
    with pytest.raises(WithheldError) as refused:
        text_blob(around.format(text), cap=CAP)

    _says_the_kind_alone(str(refused.value), text)


@pytest.mark.parametrize("text", PLANTED)
@pytest.mark.parametrize(
    "value",
    [
        lambda text: {"note": text},
        lambda text: {"note": f"first\n{text}\tlast"},
        lambda text: {"note": f'he said "{text}"'},
        lambda text: {"data": [{"note": "fine"}, {"note": text}]},
        lambda text: {"tags": ["fine", f"\x1b[1m{text}"]},
        lambda text: {"tags": ("fine", f"\u200b{text}")},
    ],
    ids=["alone", "in lines", "in quotes", "deep", "behind a colour", "behind nothing seen"],
)
def test_no_allowed_field_brings_in_what_is_planted(text: str, value: Any) -> None:
    with pytest.raises(WithheldError) as refused:
        json_blob(value(text), allowed=["note", "data[].note", "tags[]"])

    _says_the_kind_alone(str(refused.value), text)


@pytest.mark.parametrize("text", [text for text in PLANTED if "\n" not in text])
def test_no_reason_brings_in_what_is_planted(text: str) -> None:
    with pytest.raises(WithheldError) as refused:
        reason(f"because of {text} ")

    _says_the_kind_alone(str(refused.value), text)


@pytest.mark.parametrize("text", PLANTED)
def test_what_is_planted_in_a_field_that_is_not_allowed_is_dropped_with_it(text: str) -> None:
    value = {"id": "ch_1", "email": text, text: "x", "nested": {"id": text}, "list": [text, {"id": text}]}

    taken = json_blob(value, allowed=["id"])

    assert (b'{"id":"ch_1"}', 4) == (taken.data, taken.dropped_paths)
    assert find_secret(taken.data.decode()) is None


@pytest.mark.parametrize("text", PLANTED)
def test_what_is_planted_behind_the_cap_or_across_it_stops_the_whole(text: str) -> None:
    for cap in (1, 10 + len(text) // 2):
        with pytest.raises(WithheldError):
            text_blob(f"{'x' * 9} {text}", cap=cap)


def test_a_number_that_looks_like_a_card_once_it_is_cut_is_withheld() -> None:
    whole = "4242424242424242-and-more"
    assert find_secret(whole) is None

    with pytest.raises(WithheldError, match="card number"):
        text_blob(whole, cap=16)


def test_a_card_that_is_a_number_is_found_too() -> None:
    with pytest.raises(WithheldError, match="card number"):
        json_blob({"n": 4242424242424242}, allowed=["n"])


def test_a_password_is_found_by_the_name_beside_it() -> None:
    with pytest.raises(WithheldError, match="password"):
        json_blob({"password": "correct-horse"}, allowed=["password"])


def test_what_is_harmless_goes_through_every_intake_unchanged() -> None:
    for text in (*PLAIN, *harmless(300)):
        assert text.encode() == text_blob(text, cap=CAP).data
        assert {"note": text} == read(json_blob({"note": text}, allowed=["note"]).data)
        assert text == reason(text)


def test_an_object_is_cut_to_the_paths_that_are_allowed() -> None:
    value = {
        "id": "ch_1",
        "amount": 999,
        "paid": True,
        "failure_code": None,
        "billing_details": {"name": "A. Person", "address": {"city": "X"}},
        "outcome": {"type": "authorized", "seller_message": "…"},
        "data": [{"id": "a", "name": "p"}, {"id": "b", "name": "q"}, "loose"],
        "grid": [[1, 2], [3]],
    }
    allowed = ["id", "amount", "paid", "failure_code", "outcome.type", "data[].id", "grid[][]"]

    taken = json_blob(value, allowed=allowed)

    assert {
        "id": "ch_1",
        "amount": 999,
        "paid": True,
        "failure_code": None,
        "outcome": {"type": "authorized"},
        "data": [{"id": "a"}, {"id": "b"}],
        "grid": [[1, 2], [3]],
    } == read(taken.data)
    assert 4 == taken.dropped_paths, "billing_details, seller_message, data[].name, data[]"


def test_a_list_is_cut_like_an_object() -> None:
    taken = json_blob([{"id": 1, "x": 2}, {"id": 3}], allowed=["[].id"])

    assert (b'[{"id":1},{"id":3}]', 1) == (taken.data, taken.dropped_paths)


@pytest.mark.parametrize(
    ("value", "allowed", "kept"),
    [
        ({"a": {"b": 1}}, ["a"], {}),
        ({"a": 1}, ["a.b"], {}),
        ({"a": [1]}, ["a"], {}),
        ({"a": 1}, ["a[]"], {}),
        ({"a.b": 1}, ["a.b"], {}),
        ({"[]": 1}, ["[]"], {}),
        ({"": 1}, ["a"], {}),
        ({"a": 1}, [], {}),
        ({"a": None}, ["a.b"], {"a": None}),
        ({"a": {"c": 1}}, ["a.b"], {"a": {}}),
    ],
)
def test_only_a_single_value_at_exactly_an_allowed_path_is_kept(
    value: Any, allowed: list[str], kept: Any
) -> None:
    assert kept == read(json_blob(value, allowed=allowed).data)


@pytest.mark.parametrize("value", ["text", 1, None, True])
def test_a_single_value_has_no_path_to_be_allowed_by(value: Any) -> None:
    with pytest.raises(IntakeError, match="expected an object or a list"):
        json_blob(value, allowed=["a"])


def test_a_float_is_refused_where_it_is_allowed_and_dropped_where_it_is_not() -> None:
    assert b"{}" == json_blob({"x": 0.1}, allowed=["y"]).data
    with pytest.raises(NotCanonicalError):
        json_blob({"x": 0.1}, allowed=["x"])


NAMES = st.sampled_from(["a", "b", "c", "a.b", "[]"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.just("v"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
)


@given(st.lists(VALUES, max_size=3) | st.dictionaries(NAMES, VALUES, max_size=3), st.sets(NAMES, max_size=3))
def test_cutting_what_was_cut_changes_nothing_and_adds_nothing(value: Any, names: set[str]) -> None:
    allowed = [*names, *(f"{name}[].a" for name in names), "[]", "[].b"]

    once = json_blob(value, allowed=allowed)
    again = json_blob(json.loads(once.data), allowed=allowed)

    assert (once.data, 0) == (again.data, again.dropped_paths)


def test_output_is_cut_between_characters_and_says_so() -> None:
    assert ("äö".encode(), False) == _text("äö", 4)
    assert ("ä".encode(), True) == _text("äö", 3)
    assert (b"", True) == _text("äö", 1)


def test_what_is_not_seen_in_a_terminal_is_not_kept() -> None:
    shown = "\x1b]0;title\x07\x1b[1;32mok\x1b[0m\r\nnext\x08\x00\u202e\n\ttabbed\ud800"

    assert (b"ok\nnext\n\ttabbed?", False) == _text(shown, CAP)


def test_a_title_that_never_ends_takes_nothing_with_it() -> None:
    assert (b"]0;not a title\nFAILED", False) == _text("\x1b]0;not a title\nFAILED", CAP)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  ", "no reason"),
        ("x" * 201, "201 characters"),
        ("two\nlines", "not seen"),
        ("sk_live\u200b_0123456789", "not seen"),
    ],
)
def test_a_reason_that_is_none_is_refused_with_the_mend(text: str, said: str) -> None:
    with pytest.raises(IntakeError, match=rf"^got .*{said}.*expected .*; \w"):
        reason(text)


def test_a_reason_of_the_most_characters_is_taken_without_the_space_around() -> None:
    assert "x" * 200 == reason(f" {'x' * 200}\n")


def _text(text: str, cap: int) -> tuple[bytes, bool]:
    taken = text_blob(text, cap=cap)
    return taken.data, taken.truncated


def _says_the_kind_alone(said: str, text: str) -> None:
    assert f'"{PLANTED[text]}"' in said
    assert text not in said
    assert "nothing was kept" in said
