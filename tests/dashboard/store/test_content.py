"""The content of a sample: it comes back equal, and its hash is what anybody else would compute."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from dashboard.store.content import content_bytes, content_hash, sample_from
from dashboard.store.errors import StoreDamagedError, UnstorableError
from tests.dashboard.store.scene import T0, answer, failure

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
facts = st.dictionaries(text, st.booleans() | st.integers() | text, max_size=6)
instants = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside it
asked = {
    "probe": text,
    "source": text,
    "environment": st.just(Environment.REHEARSAL),
    "asked": text,
    "observed_at": instants,
    "elapsed_ms": st.integers(min_value=0, max_value=2**53 - 1),
    "source_at": st.none() | instants,
    "status": st.none() | st.integers(100, 599),
    "request_id": st.none() | text,
}
observations = st.builds(
    Observation,
    **asked,
    facts=facts,
    build=st.none() | text,
    account=st.none() | text,
    livemode=st.none() | st.booleans(),
)
failures = st.builds(CollectorFailure, **asked, reason=st.sampled_from(FailureReason), detail=text)
samples = observations | failures


@given(samples)
def test_every_sample_comes_back_equal(sample: Sample) -> None:
    again = sample_from(content_bytes(sample).decode())

    assert sample == again
    assert type(sample) is type(again)


@given(observations)
def test_a_true_never_comes_back_as_a_one(sample: Observation) -> None:
    again = sample_from(content_bytes(sample).decode())

    assert isinstance(again, Observation)
    assert {name: type(fact) for name, fact in sample.facts.items()} == {
        name: type(fact) for name, fact in again.facts.items()
    }


@given(samples, samples)
def test_samples_have_the_same_hash_only_when_they_are_equal(one: Sample, other: Sample) -> None:
    assert (content_bytes(one) == content_bytes(other)) == (content_hash(one) == content_hash(other))
    if one != other:
        assert content_hash(one) != content_hash(other)


def test_the_hash_is_the_sha256_of_the_stored_bytes() -> None:
    expected = hashlib.sha256(
        b'{"asked":"GET http://127.0.0.1/ledger.balance","elapsed_ms":12,"environment":"rehearsal",'
        b'"facts":{"balance":9990,"ok":true},"kind":"observation","observed_at":"2026-11-22T09:00:00+00:00",'
        b'"probe":"ledger.balance","source":"ledger","status":200}'
    ).hexdigest()

    assert expected == content_hash(answer())


def test_the_order_of_facts_does_not_change_the_hash() -> None:
    turned = replace(answer(), facts={"balance": 9990, "ok": True})

    assert content_hash(answer()) == content_hash(turned)


def test_the_zone_an_instant_is_written_in_does_not_change_the_hash() -> None:
    elsewhere = replace(answer(), observed_at=T0.astimezone(timezone(timedelta(hours=5, minutes=30))))

    assert content_hash(answer()) == content_hash(elsewhere)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(UnstorableError, match="expected an aware datetime"):
        content_bytes(replace(answer(), observed_at=T0.replace(tzinfo=None)))


def test_text_that_is_no_unicode_is_refused_and_names_the_probe() -> None:
    with pytest.raises(UnstorableError, match=r"'ledger\.balance'"):
        content_bytes(replace(failure(), detail="\ud800"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind":"rumour"}', '{"kind":"observation"}'])
def test_content_that_is_no_sample_is_damage(content: str) -> None:
    with pytest.raises(StoreDamagedError, match="restore the database"):
        sample_from(content)
