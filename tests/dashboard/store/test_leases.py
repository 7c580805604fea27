"""The lease, on both databases: one holder at a time, and whoever lost it cannot write."""

from __future__ import annotations

import threading

import pytest

from dashboard.store import leases
from dashboard.store.errors import LeaseLostError
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Held, Lease
from tests.dashboard.store.scene import T0, Writing, answer, at, board, opened, opened_run, writing


def test_a_second_process_is_told_who_holds_the_lease(store: Store) -> None:
    first = store.take_lease(COLLECTORS, "host:1", now=T0, ttl_s=10)
    second = store.take_lease(COLLECTORS, "host:2", now=at(9.999), ttl_s=10)

    assert isinstance(first, Lease)
    assert Held(holder="host:1", until=at(10)) == second


def test_the_lease_can_be_taken_over_from_the_moment_it_has_run_out(store: Store) -> None:
    store.take_lease(COLLECTORS, "host:1", now=T0, ttl_s=10)

    early = store.take_lease(COLLECTORS, "host:2", now=at(9.999999), ttl_s=10)
    in_time = store.take_lease(COLLECTORS, "host:2", now=at(10), ttl_s=10)

    assert isinstance(early, Held)
    assert isinstance(in_time, Lease)


def test_a_renewed_lease_cannot_be_taken_over_at_its_old_end(store: Store) -> None:
    lease = _taken(store, "host:1")

    renewed = store.renew(lease, now=at(9), ttl_s=10)

    assert at(19) == renewed.until
    assert Held(holder="host:1", until=at(19)) == store.take_lease(COLLECTORS, "host:2", now=at(10), ttl_s=10)


def test_a_lease_that_ran_out_but_that_nobody_took_can_be_renewed(store: Store) -> None:
    lease = _taken(store, "host:1")

    assert at(70) == store.renew(lease, now=at(60), ttl_s=10).until


def test_a_released_lease_is_free_at_once(store: Store) -> None:
    store.release(_taken(store, "host:1"))

    assert isinstance(store.take_lease(COLLECTORS, "host:2", now=T0, ttl_s=10), Lease)


def test_two_leases_of_different_names_do_not_know_each_other(store: Store) -> None:
    _taken(store, "host:1")

    assert isinstance(store.take_lease("reconciler", "host:2", now=T0, ttl_s=10), Lease)


def test_whoever_was_taken_over_can_do_nothing_more(store: Store) -> None:
    run = opened_run(store)
    old = _taken(store, "host:1")
    new = store.take_lease(COLLECTORS, "host:2", now=at(10), ttl_s=10)
    loser = Writing(store=store, run=run, lease=old)

    for attempt in (
        lambda: loser.samples(answer()),
        lambda: loser.judged(board(run)),
        lambda: store.renew(old, now=at(11), ttl_s=10),
        lambda: store.take_requests(run.id, now=at(11), lease=old),
    ):
        with pytest.raises(LeaseLostError, match=r"Got a write by host:1.*which is host:2 now"):
            attempt()
    assert isinstance(new, Lease)
    assert store.samples_after(run.id, 0, limit=9) == []
    assert store.board(run.id) is None


def test_releasing_a_lost_lease_leaves_the_new_holder_alone(store: Store) -> None:
    old = _taken(store, "host:1")
    store.take_lease(COLLECTORS, "host:2", now=at(10), ttl_s=10)

    store.release(old)

    assert Held(holder="host:2", until=at(20)) == store.take_lease(COLLECTORS, "host:3", now=at(11), ttl_s=9)


def test_a_process_of_the_same_name_is_another_holder(store: Store) -> None:
    old = _taken(store, "host:1")
    new = store.take_lease(COLLECTORS, "host:1", now=at(10), ttl_s=10)

    with pytest.raises(LeaseLostError):
        store.renew(old, now=at(11), ttl_s=10)
    assert isinstance(new, Lease)
    store.renew(new, now=at(11), ttl_s=10)


def test_renewing_is_a_heartbeat_that_is_seen_in_the_head(writer: Writing) -> None:
    writer.store.renew(writer.lease, now=at(7), ttl_s=10)

    head = writer.store.head(writer.run.id)

    assert head is not None
    assert (at(7), "host:1") == (head.heartbeat_at, head.holder)


def test_of_many_that_grab_at_once_one_gets_the_lease(url: str) -> None:
    with opened(url) as store:
        answers: list[Lease | Held] = []
        start = threading.Barrier(8)

        def grab(name: str) -> None:
            start.wait()
            answers.append(store.take_lease(COLLECTORS, name, now=T0, ttl_s=10))

        threads = [threading.Thread(target=grab, args=(f"host:{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    winners = [answer for answer in answers if isinstance(answer, Lease)]
    assert len(winners) == 1
    assert {winners[0].holder} == {answer.holder for answer in answers}


def test_a_takeover_waits_for_a_write_that_has_begun(url: str) -> None:
    with opened(url) as store, opened(url) as other:
        writer = writing(store, ttl_s=10)
        taken: list[Lease | Held] = []
        successor = threading.Thread(
            target=lambda: taken.append(other.take_lease(COLLECTORS, "host:2", now=at(10), ttl_s=10))
        )
        with store._database.writing() as session:
            leases.require(session, writer.lease)
            successor.start()
            successor.join(timeout=0.2)
            waiting = successor.is_alive()
        successor.join()

    assert waiting
    assert isinstance(taken[0], Lease)


def _taken(store: Store, holder: str) -> Lease:
    lease = store.take_lease(COLLECTORS, holder, now=T0, ttl_s=10)
    assert isinstance(lease, Lease)
    return lease
