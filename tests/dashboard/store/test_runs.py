"""Runs, on both databases: a restart goes on, a changed plan begins anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import col, select

from dashboard.launch.event import Draft, What
from dashboard.store.errors import UnstorableError
from dashboard.store.store import Store
from dashboard.store.tables import RunRow
from tests.dashboard.store.scene import PLAN_TOML, T0, at, drafted, opened, opened_run


def test_a_second_start_goes_on_with_the_same_run(url: str) -> None:
    with opened(url) as store:
        first = opened_run(store)
    with opened(url) as store:
        second = opened_run(store, second=3_600)

    assert first == second
    assert (1, T0) == (second.attempt, second.started_at)


def test_a_changed_plan_is_a_new_run_and_the_newest(store: Store) -> None:
    first = opened_run(store, "a" * 64)
    second = opened_run(store, "b" * 64)

    assert second.id > first.id
    assert second == store.newest_run()


def test_going_back_to_an_earlier_plan_is_a_new_run_too(store: Store) -> None:
    first = opened_run(store, "a" * 64)
    opened_run(store, "b" * 64)
    third = opened_run(store, "a" * 64)

    assert third.id > first.id
    assert third == store.newest_run()


@pytest.mark.parametrize(
    ("acts", "run_of", "attempt"),
    [
        ((What.STARTED,), 1, 1),
        ((What.STARTED, What.CLOSED), 1, 1),
        ((What.STARTED, What.CLOSED, What.NEXT_ATTEMPT), 2, 2),
        ((What.SCRUBBED, What.NEXT_ATTEMPT), 2, 2),
    ],
)
def test_the_next_attempt_is_a_run_of_its_own_and_begins_with_nothing(
    store: Store, acts: tuple[What, ...], run_of: int, attempt: int
) -> None:
    first = opened_run(store)
    for seq, what in enumerate(acts):
        store.append_event(first.id, replace(drafted(), what=what), expected=seq, now=at(seq))

    found = opened_run(store, second=3_600)

    assert (run_of, attempt) == (found.id - first.id + 1, found.attempt)
    assert len(acts) * (run_of == 1) == len(store.events(found.id))
    assert store.board(found.id) is None


@pytest.mark.parametrize(("began", "attempt"), [(True, 2), (False, 1)])
def test_another_plan_after_a_launch_is_another_attempt_at_it(
    store: Store, *, began: bool, attempt: int
) -> None:
    first = opened_run(store, "a" * 64)
    if began:
        store.append_event(first.id, drafted(), expected=0, now=at(1))
        store.append_event(first.id, replace(drafted(), what=What.CLOSED), expected=1, now=at(2))

    assert attempt == opened_run(store, "b" * 64).attempt


def changed(to: str) -> Draft:
    return replace(drafted(), what=What.PLAN_CHANGED, after=to)


def test_a_launch_under_way_goes_on_by_its_plan_and_keeps_the_one_that_is_offered(store: Store) -> None:
    first = opened_run(store, "a" * 64)
    store.append_event(first.id, drafted(), expected=0, now=at(1))

    found = store.open_run(plan_id="p", plan_sha256="b" * 64, plan_toml="another = true", now=at(2))

    assert (first.id, "a" * 64, True) == (found.id, found.plan_sha256, found.under_way)
    assert ("another = true", PLAN_TOML) == (store.plan_of_hash("b" * 64), store.plan_text(found))
    assert store.plan_of_hash("c" * 64) is None


def test_a_plan_that_two_people_changed_to_is_the_plan_of_the_run(store: Store) -> None:
    first = opened_run(store, "a" * 64)
    store.append_event(first.id, drafted(), expected=0, now=at(1))
    store.open_run(plan_id="p", plan_sha256="b" * 64, plan_toml="another = true", now=at(2))
    store.append_event(first.id, changed("b" * 64), expected=1, now=at(3))

    found = store.newest_run()

    assert found is not None
    assert ("b" * 64, "another = true") == (found.plan_sha256, store.plan_text(found))
    assert [("a" * 64, PLAN_TOML), ("b" * 64, "another = true")] == store.plans_of(first.id)


def test_a_launch_that_has_ended_freezes_nothing(store: Store) -> None:
    first = opened_run(store, "a" * 64)
    store.append_event(first.id, drafted(), expected=0, now=at(1))
    store.append_event(first.id, replace(drafted(), what=What.CLOSED), expected=1, now=at(2))

    found = opened_run(store, "b" * 64)

    assert (first.id + 1, "b" * 64, False) == (found.id, found.plan_sha256, found.under_way)


def test_a_new_store_has_no_run(store: Store) -> None:
    assert store.newest_run() is None


def test_the_plan_is_kept_as_it_was(store: Store) -> None:
    assert PLAN_TOML == store.plan_text(opened_run(store))


def test_another_text_under_a_known_hash_is_refused(store: Store) -> None:
    opened_run(store, "a" * 64)
    opened_run(store, "b" * 64)

    with pytest.raises(UnstorableError, match="hash the text that is handed over"):
        store.open_run(plan_id="p", plan_sha256="a" * 64, plan_toml="another = true", now=T0)


def test_at_most_one_run_is_open_and_the_others_know_when_they_ended(store: Store) -> None:
    for second, sha256 in enumerate(("a" * 64, "b" * 64, "c" * 64)):
        opened_run(store, sha256, second=second)

    with store._database.reading() as session:
        ends = session.exec(select(RunRow.closed_at).order_by(col(RunRow.id))).all()

    assert [at(1), at(2), None] == ends


def test_runs_are_read_newest_first_and_so_many_before_a_number(store: Store) -> None:
    numbers = [opened_run(store, letter * 64).id for letter in "abcd"]
    newest_first = numbers[::-1]

    assert newest_first == [run.id for run in store.runs()]
    assert newest_first[:2] == [run.id for run in store.runs(limit=2)]
    assert newest_first[2:] == [run.id for run in store.runs(before=newest_first[1])]
    assert newest_first[2:3] == [run.id for run in store.runs(before=newest_first[1], limit=1)]
    assert [] == store.runs(before=numbers[0])
