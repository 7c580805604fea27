"""Thinning, on both databases: what is new, what failed and what a flip rests on stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from dashboard.store.errors import StoreBrokenError
from dashboard.store.values import Thinned, Thinning
from tests.dashboard.store.scene import Writing, answer, at, board, failure, flip

DAY = 86_400
POLICY = Thinning()


def test_older_samples_are_thinned_to_one_per_probe_and_minute(writer: Writing) -> None:
    first = writer.samples(*(answer("a.ready", second) for second in range(0, 180, 5)))
    writer.samples(*(answer("b.ready", second) for second in range(0, 180, 5)))

    _thin_all(writer, at(DAY + 180))

    assert [first[0], first[12], first[24], first[-1]] == _ids(writer, "a.ready")
    assert len(_ids(writer, "b.ready")) == 4


def test_the_edge_of_what_stays_is_a_whole_minute(writer: Writing) -> None:
    ids = writer.samples(answer(second=58), answer(second=59), answer(second=60), answer(second=61))

    _thin_all(writer, at(DAY + 59.9))
    before = _ids(writer, "ledger.balance")
    _thin_all(writer, at(DAY + 60))

    assert list(ids) == before
    assert [ids[0], ids[2], ids[3]] == _ids(writer, "ledger.balance")


def test_a_failure_outlives_the_answers_of_its_minute(writer: Writing) -> None:
    ids = writer.samples(
        answer(second=0), failure(second=5), failure(second=10), answer(second=15), answer(second=120)
    )

    _thin_all(writer, at(DAY + 180))

    assert [ids[1], ids[4]] == _ids(writer, "ledger.balance")


def test_the_newest_sample_of_a_probe_stays_however_old(writer: Writing) -> None:
    ids = writer.samples(failure("ledger.write", 0), answer("ledger.write", 5), answer("ledger.write", 10))

    _thin_all(writer, at(10 * DAY))

    assert [ids[0], ids[2]] == _ids(writer, "ledger.write")


def test_every_input_of_a_flip_stays(writer: Writing) -> None:
    ids = writer.samples(*(answer(second=second) for second in range(0, 60, 5)), answer(second=300))
    writer.judged(board(writer.run, 1), inputs=ids[:2])
    writer.judged(board(writer.run, 2, 5), flips=[flip(2, [ids[5]])], inputs=ids[7:9])

    _thin_all(writer, at(2 * DAY))

    assert [ids[0], ids[5], ids[7], ids[8], ids[12]] == _ids(writer, "ledger.balance")
    assert [flip(2, [ids[5]])] == writer.store.flips(writer.run.id, 9)


def test_older_evaluations_are_thinned_but_no_flip_nor_the_one_before_it_nor_the_newest(
    writer: Writing,
) -> None:
    (key,) = writer.samples(answer())
    for number in range(1, 9):
        flips = [flip(number, [key])] if number == 4 else []
        writer.judged(board(writer.run, number, second=number * 10), flips=flips)

    _thin_all(writer, at(DAY))

    # 1 to 5 are of the first minute, 6 to 8 of the second.
    assert [1, 3, 4, 6, 8] == _evaluations(writer, 8)


def test_boards_of_the_last_minutes_stay(writer: Writing) -> None:
    for number in range(1, 9):
        writer.judged(board(writer.run, number, second=number * 10))

    _thin_all(writer, at(POLICY.keep_boards_s + 60))

    assert [1, 6, 7, 8] == _evaluations(writer, 8)


def test_one_call_does_a_bounded_piece_and_says_whether_more_is_left(writer: Writing) -> None:
    writer.samples(*(answer(second=second) for second in range(0, 600, 30)), answer(second=9_000))
    policy = Thinning(minutes_per_call=4)

    first = writer.store.thin(writer.run.id, now=at(2 * DAY), policy=policy)
    second = writer.store.thin(writer.run.id, now=at(2 * DAY), policy=policy)
    third = writer.store.thin(writer.run.id, now=at(2 * DAY), policy=policy)
    fourth = writer.store.thin(writer.run.id, now=at(2 * DAY), policy=policy)
    fifth = writer.store.thin(writer.run.id, now=at(2 * DAY), policy=policy)

    assert [4, 4, 2, 0, 0] == [call.samples for call in (first, second, third, fourth, fifth)]
    assert not first.done
    assert fifth.done


def test_thinning_twice_takes_nothing_more(writer: Writing) -> None:
    writer.samples(*(answer(second=second) for second in range(0, 120, 5)))
    _thin_all(writer, at(2 * DAY))

    assert writer.store.thin(writer.run.id, now=at(2 * DAY), policy=POLICY) == Thinned(
        samples=0, evaluations=0, done=True
    )


def test_ids_are_never_used_again_after_thinning(writer: Writing) -> None:
    ids = writer.samples(answer(second=0), answer(second=1), answer(second=2))
    _thin_all(writer, at(2 * DAY))

    assert writer.samples(answer(second=3))[0] > ids[-1]


def test_the_door_is_shut_again_after_thinning(writer: Writing) -> None:
    writer.samples(*(answer(second=second) for second in range(0, 120, 5)))
    _thin_all(writer, at(2 * DAY))

    with (
        pytest.raises(StoreBrokenError, match="is append-only"),
        writer.store._database.writing() as session,
    ):
        session.execute(text("DELETE FROM golive_sample"))


def _thin_all(writer: Writing, now: datetime) -> None:
    while not writer.store.thin(writer.run.id, now=now, policy=POLICY).done:
        pass


def _ids(writer: Writing, probe: str) -> list[int]:
    since = at(0) - timedelta(days=1)
    return [s.id for s in writer.store.samples_since(writer.run.id, probe, since=since, limit=1_000)]


def _evaluations(writer: Writing, last: int) -> list[int]:
    return [number for number in range(1, last + 1) if writer.store.board(writer.run.id, number)]
