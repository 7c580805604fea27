"""Samples, on both databases: appended in order, read by probe, time, id and failure, never changed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from collectors.observation import Sample
from dashboard.store.content import content_hash
from dashboard.store.errors import StoreBrokenError, UnstorableError, WrongEnvironmentError
from dashboard.store.store import Store
from tests.dashboard.store.scene import Writing, answer, at, failure, live, opened, writing
from tests.dashboard.store.test_content import samples as any_samples


def test_ids_come_back_in_order_and_ascend(writer: Writing) -> None:
    first = writer.samples(answer(second=1), failure(second=2))
    second = writer.samples(*(answer(second=second) for second in range(3, 600)))

    assert list(first + second) == sorted(set(first + second))
    assert [at(1), at(2), at(3)] == [
        stored.sample.observed_at for stored in writer.store.samples_after(writer.run.id, 0, limit=3)
    ]


def test_no_samples_is_no_error_and_no_id(writer: Writing) -> None:
    assert writer.samples() == ()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(any_samples, min_size=1, max_size=4))
def test_every_sample_comes_back_equal_with_its_hash(writer: Writing, given_samples: list[Sample]) -> None:
    fit = [sample for sample in given_samples if "\x00" not in sample.probe + sample.source]
    ids = writer.samples(*fit)

    before = ids[0] - 1 if ids else 0
    found = writer.store.samples_after(writer.run.id, before, limit=10) if ids else []

    assert fit == [stored.sample for stored in found]
    assert [content_hash(sample) for sample in fit] == [stored.sha256 for stored in found]


def test_the_newest_of_each_probe_is_the_last_recorded(writer: Writing) -> None:
    writer.samples(answer("a.ready", 1), answer("b.ready", 2), answer("a.ready", 3), failure("c.ready", 1))
    last = writer.samples(failure("a.ready", 2))

    newest = writer.store.newest_samples(writer.run.id)

    assert {"a.ready", "b.ready", "c.ready"} == set(newest)
    assert (last[0], failure("a.ready", 2)) == (newest["a.ready"].id, newest["a.ready"].sample)
    assert answer("b.ready", 2) == newest["b.ready"].sample


def test_a_run_without_samples_has_no_newest(writer: Writing) -> None:
    assert writer.store.newest_samples(writer.run.id) == {}


def test_the_newest_of_one_probe_come_newest_first(writer: Writing) -> None:
    writer.samples(*(answer("a.ready", second) for second in range(5)), answer("b.ready", 9))

    newest = writer.store.newest_of(writer.run.id, "a.ready", limit=3)

    assert [at(4), at(3), at(2)] == [stored.sample.observed_at for stored in newest]


def test_samples_since_include_the_edge_and_come_oldest_first(writer: Writing) -> None:
    writer.samples(*(answer("a.ready", second) for second in (10, 11, 12, 13)), answer("b.ready", 12))

    found = writer.store.samples_since(writer.run.id, "a.ready", since=at(11), limit=3)
    newest = writer.store.samples_since(writer.run.id, "a.ready", since=at(11), limit=2)
    none = writer.store.samples_since(writer.run.id, "a.ready", since=at(13.000001), limit=2)

    assert [at(11), at(12), at(13)] == [stored.sample.observed_at for stored in found]
    assert [at(12), at(13)] == [stored.sample.observed_at for stored in newest]
    assert [] == none


def test_samples_after_an_id_are_only_the_new_ones(writer: Writing) -> None:
    ids = writer.samples(*(answer(second=second) for second in range(4)))

    assert list(ids[2:]) == [s.id for s in writer.store.samples_after(writer.run.id, ids[1], limit=9)]


def test_failures_are_those_of_the_source_newest_first(writer: Writing) -> None:
    writer.samples(
        failure("ledger.balance", 1),
        answer("ledger.balance", 2),
        failure("ledger.write", 3),
        failure("stripe.balance", 4, source="stripe"),
    )

    found = writer.store.failures(writer.run.id, "ledger", limit=9)

    assert [failure("ledger.write", 3), failure("ledger.balance", 1)] == [s.sample for s in found]


def test_a_sample_of_the_other_environment_is_refused_with_all_that_came_with_it(writer: Writing) -> None:
    with pytest.raises(WrongEnvironmentError, match="from the live environment, expected rehearsal"):
        writer.samples(answer(), live(answer()))

    assert writer.store.samples_after(writer.run.id, 0, limit=9) == []


@pytest.mark.postgres
def test_text_that_postgresql_cannot_keep_is_our_error(postgres_url: str) -> None:
    with opened(postgres_url) as store, pytest.raises(UnstorableError, match="that a database can keep"):
        writing(store).samples(answer("a\x00b"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE golive_sample SET ok = true",
        "DELETE FROM golive_sample",
        "UPDATE golive_flip SET reason = 'another'",
        "DELETE FROM golive_flip",
        "UPDATE golive_evaluation SET verdict = 'GO'",
        "DELETE FROM golive_evaluation",
        "DELETE FROM golive_kept",
        "UPDATE golive_action SET actor = 'nobody'",
        "UPDATE golive_plan SET content = ''",
    ],
)
def test_what_is_recorded_cannot_be_changed(recorded: Writing, statement: str) -> None:
    with pytest.raises(StoreBrokenError, match="is append-only"):
        _execute(recorded.store, statement)


def test_what_is_recorded_cannot_be_replaced_or_emptied(recorded: Writing) -> None:
    replace = "INSERT OR REPLACE INTO golive_sample SELECT * FROM golive_sample"
    empty = "TRUNCATE golive_sample CASCADE"

    with pytest.raises(StoreBrokenError, match="is append-only"):
        _execute(recorded.store, replace if recorded.store._database.is_sqlite else empty)


def _execute(store: Store, statement: str) -> None:
    with store._database.writing() as session:
        session.execute(text(statement))
