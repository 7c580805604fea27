"""A record is of one shape and one spelling, and its times are times."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import NotCanonicalError, written
from evidence.contents import Anchored, Review, content, told
from evidence.record import Place, RecordError, parsed, payload_of, placed, time_of, time_text
from tests.evidence.drafts import draft

PLACE = Place(origin="golive.example/run", index=0, prev="")
AT = "2026-11-21T23:31:40Z"
_INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | _INTEGERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@dataclass(frozen=True)
class Change:
    """A payload with one thing changed."""

    path: tuple[str, ...]
    value: Any

    def of(self, payload: bytes) -> bytes:
        """The changed payload."""
        told = json.loads(payload)
        inner = told
        for name in self.path[:-1]:
            inner = inner[name]
        inner[self.path[-1]] = self.value
        return written(told)


@pytest.fixture
def payload() -> bytes:
    return payload_of(placed(draft(), PLACE, AT))


def test_a_record_is_read_as_it_was_written(payload: bytes) -> None:
    assert placed(draft(), PLACE, AT) == parsed(payload)


@given(data=st.dictionaries(st.text(), VALUES))
def test_whatever_a_record_says_is_written_as_rfc_8785_has_it(data: dict[str, Any]) -> None:
    record = placed(draft(data=data), PLACE, AT)

    assert rfc8785.dumps(msgspec.to_builtins(record)) == payload_of(record)


@pytest.mark.parametrize("value", [1.0, 2**53, "\ud800", {"a": [0.5]}], ids=repr)
def test_what_has_more_than_one_spelling_is_written_nowhere(value: Any) -> None:
    with pytest.raises(NotCanonicalError, match=r"^got "):
        payload_of(placed(draft(data={"said": value}), PLACE, AT))


def test_a_record_names_the_hash_of_the_one_before(payload: bytes) -> None:
    followed = Change(("predicate", "log", "prev"), "a" * 64).of(payload)

    assert "a" * 64 == parsed(followed).predicate.log.prev


@pytest.mark.parametrize(
    "change",
    [
        Change(("more",), 1),
        Change(("predicate", "more"), 1),
        Change(("predicate", "actor", "name"), "Ada"),
        Change(("_type",), "https://in-toto.io/Statement/v0.1"),
        Change(("predicateType",), "https://golive.example/evidence/v2"),
        Change(("subject",), []),
        Change(("predicate", "kind"), "rumour"),
        Change(("predicate", "method", "type"), "GUESS"),
        Change(("predicate", "source", "environment"), "staging"),
        Change(("predicate", "log", "index"), -1),
        Change(("predicate", "log", "index"), "0"),
        Change(("predicate", "log", "index"), True),
        Change(("predicate", "log", "prev"), "a" * 63),
        Change(("predicate", "log", "prev"), "A" * 64),
        Change(("predicate", "log", "prev"), "a" * 64 + "\n"),
        Change(("predicate", "log", "prev"), "\n"),
        Change(("predicate", "valid_for_s"), 0),
        Change(("predicate", "recorded_at"), "2026-11-21T23:31:40+00:00"),
        Change(("predicate", "recorded_at"), "2026-11-21T23:31:40Z\n"),
        Change(("predicate", "recorded_at"), "2026-11-21T23:31:60Z"),
        Change(("predicate", "controls"), ["x" * 201]),
        Change(("predicate", "redaction"), None),
    ],
    ids=lambda change: f"{'.'.join(change.path)}={change.value!r}"[:60],
)
def test_another_shape_is_refused(payload: bytes, change: Change) -> None:
    with pytest.raises(RecordError):
        parsed(change.of(payload))


def test_another_spelling_is_refused(payload: bytes) -> None:
    with pytest.raises(RecordError, match="another spelling"):
        parsed(json.dumps(json.loads(payload)).encode())


@pytest.mark.parametrize(
    ("data", "is_fine"),
    [
        (b'{"n":9007199254740991}', True),
        (b'{"n":9007199254740992}', False),
        (b'{"n":1.0}', False),
        (b'{"n":[1e3]}', False),
        (b'{"n":1,"n":1}', False),
        (b'{"b":1,"a":1}', False),
        (b'{"n": 1}', False),
        (b'{"n":"\\u00e9"}', False),
        (b'{"n":"\\u007f"}', False),
        (b'{"n":"\x7f"}', True),
        (b'{"n":"\\/"}', False),
        (b'{"n":"\\n"}', True),
        ('{"n":"\u00e9"}'.encode(), True),
        ('{"\U0001f600":1,"\ufb33":2}'.encode(), True),
        ('{"\ufb33":2,"\U0001f600":1}'.encode(), False),
        (b'{"n":"\x01"}', False),
        (b'{"n":null,"o":true,"p":-1,"q":{},"r":[]}', True),
    ],
)
def test_what_a_record_says_has_one_spelling(payload: bytes, data: bytes, *, is_fine: bool) -> None:
    said = payload.replace(b'{"seq":1}', data)

    if is_fine:
        assert json.loads(data) == parsed(said).predicate.data
    else:
        with pytest.raises(RecordError):
            parsed(said)


def test_its_own_names_are_in_order_too(payload: bytes) -> None:
    told = json.loads(payload)
    turned = dict(sorted(told.items(), reverse=True))

    with pytest.raises(RecordError, match="another spelling"):
        parsed(json.dumps(turned, separators=(",", ":")).encode())


@pytest.mark.parametrize("name", ["dropped_paths", "masked_regions"])
def test_a_number_of_a_record_is_no_larger_than_others_read_it(payload: bytes, name: str) -> None:
    with pytest.raises(RecordError):
        parsed(payload.replace(f'"{name}":0'.encode(), f'"{name}":9007199254740993'.encode()))


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T10:60:00Z",
        "2026-11-21 10:00:00Z",
        "2026-11-21T10:00:00",
        "2026-11-21T10:00:00.5Z",
        "2026-11-21T10:00:00Z\n",
        "٢٠٢٦-11-21T10:00:00Z",
    ],
)
def test_what_no_clock_shows_is_no_time(text: str) -> None:
    with pytest.raises(RecordError):
        time_of(text)


def test_a_time_is_in_utc_and_whole_seconds_rounded_down() -> None:
    at = datetime(2026, 11, 22, 0, 31, 40, 999_999, tzinfo=timezone(timedelta(hours=1)))

    assert AT == time_text(at)
    assert datetime(2026, 11, 21, 23, 31, 40, tzinfo=UTC) == time_of(AT)


def test_what_a_kind_says_has_a_shape_of_its_own() -> None:
    anchored = Anchored(size=1, tsa="first", note_sha256="a" * 64, gen_time=AT)

    assert anchored == content(told(anchored), Anchored)
    for wrong in ({}, {**told(anchored), "more": 1}, {**told(anchored), "size": 0}):
        with pytest.raises(RecordError, match="another shape"):
            content(wrong, Anchored)
    with pytest.raises(RecordError, match="another shape"):
        content(told(anchored), Review)
