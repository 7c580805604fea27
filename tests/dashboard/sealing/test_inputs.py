"""What was judged is sealed from an hour before T-0 on: every evaluation once, with all it was made from."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from dashboard.launch.board import Verdict
from dashboard.launch.scene import Act
from dashboard.sealing.inputs import SealedInputs, Upto
from dashboard.sealing.sealer import BEFORE_T_0, SEGMENT_S
from dashboard.store.content import content_hash
from evidence.record import Kind, Record
from tests.dashboard.sealing.scene import CEO, COORDINATOR, T_0, Launch

EVERY_S = 30


def judged_for(launch: Launch, seconds: int, *, fails: bool = False) -> None:
    """Something answers and is judged every half minute."""
    for number in range(seconds // EVERY_S):
        launch.wait(EVERY_S)
        if fails and number % 3 == 0:
            launch.fail()
        else:
            launch.sample("ledger.balance", f"slow.{number % 4}")
        launch.judge(**({"ledger": Verdict.NO_GO} if number % 5 == 4 else {}))


def before_t_0(launch: Launch) -> None:
    """Judged from 61 minutes before T-0 up to it; one probe answered long before and never again."""
    launch.now = T_0 - timedelta(days=1)
    launch.sample("once")
    launch.now = T_0 - BEFORE_T_0 - timedelta(seconds=60)
    judged_for(launch, 61 * 60)


def segments(launch: Launch) -> list[Record]:
    return [each for each in launch.records() if each.predicate.kind is Kind.INPUTS]


def read(launch: Launch) -> SealedInputs:
    """Every line of every record."""
    found = SealedInputs()
    for each in segments(launch):
        found.take(launch.room().blob(COORDINATOR, each.subject[0].digest.sha256) or b"")
    return found


def assert_covered(launch: Launch) -> None:
    """Every evaluation since an hour before T-0 is there once, with every sample that it was made from."""
    found, stored = read(launch), launch.store.evaluations_after(launch.writer.run.id, 0, limit=10_000)
    expected = [each for each in stored if each.evaluated_at > T_0 - BEFORE_T_0]
    assert [each.evaluation for each in expected] == [each.evaluation for each in found.evaluations]
    for sealed, kept in zip(found.evaluations, expected, strict=True):
        assert (kept.evaluated_at, kept.verdict, kept.inputs) == (
            sealed.evaluated_at,
            sealed.verdict,
            sealed.inputs,
        )
        assert set(sealed.inputs) <= set(found.samples)
    for number, sample in found.samples.items():
        assert content_hash(sample.sample) == sample.sha256
        assert number == sample.id


def assert_no_overlap(launch: Launch) -> None:
    told = [each.predicate.data for each in segments(launch)]
    for before, after in pairwise(told):
        assert before["last_evaluation"] < after["first_evaluation"]
    lines = [line for each in segments(launch) for line in _lines(launch, each)]
    assert len(set(lines)) == len(lines)


def _lines(launch: Launch, record: Record) -> list[bytes]:
    return (launch.room().blob(COORDINATOR, record.subject[0].digest.sha256) or b"").splitlines()


def test_nothing_of_judging_is_sealed_before_t_0(launch: Launch) -> None:
    sealer = launch.sealer()
    before_t_0(launch)
    sealer.step()

    assert [] == segments(launch)


def test_at_t_0_the_hour_before_it_is_sealed_and_nothing_older(launch: Launch) -> None:
    sealer = launch.sealer()
    before_t_0(launch)
    launch.start()
    sealer.step()

    assert 1 == len(segments(launch))
    assert [3] == [segments(launch)[0].predicate.data["first_evaluation"]]
    assert_covered(launch)


def test_every_minute_is_a_record_and_nothing_is_in_two_of_them(launch: Launch) -> None:
    sealer = launch.sealer()
    before_t_0(launch)
    launch.start()
    for _ in range(7):
        judged_for(launch, 2 * EVERY_S, fails=True)
        sealer.step()
        sealer.step()

    assert 7 == len(segments(launch))
    assert_covered(launch)
    assert_no_overlap(launch)


def test_within_a_minute_nothing_is_sealed_again(launch: Launch) -> None:
    sealer = launch.sealer()
    before_t_0(launch)
    launch.start()
    sealer.step()
    for at in (SEGMENT_S - 1, SEGMENT_S):
        launch.now = T_0 + timedelta(seconds=at)
        launch.judge()
        sealer.step()
        assert (1 if at < SEGMENT_S else 2) == len(segments(launch))


def test_a_decision_has_all_that_was_judged_before_it_in_front_of_it(launch: Launch) -> None:
    sealer = launch.sealer()
    before_t_0(launch)
    launch.start()
    sealer.step()
    judged_for(launch, EVERY_S)
    launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    judged_for(launch, EVERY_S)
    sealer.step()

    shown = next(each for each in launch.records() if each.predicate.kind is Kind.DECISION)
    before = [each for each in segments(launch) if each.predicate.log.index < shown.predicate.log.index]
    assert shown.predicate.data["event"]["evaluation"] <= before[-1].predicate.data["last_evaluation"]
    assert_covered(launch)


def test_whoever_goes_on_seals_what_is_missing_and_nothing_twice(launch: Launch) -> None:
    before_t_0(launch)
    launch.start()
    for _ in range(6):
        launch.sealer().step()  # a new one each time, as after a kill
        judged_for(launch, EVERY_S, fails=True)
    launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    launch.sealer().step()

    assert_covered(launch)
    assert_no_overlap(launch)


def test_collectors_that_were_away_seal_the_whole_time_at_once(launch: Launch) -> None:
    sealer = launch.sealer()
    before_t_0(launch)
    launch.start()
    sealer.step()
    judged_for(launch, 700 * EVERY_S)  # more than a page of the store
    launch.sealer().step()

    assert 2 == len(segments(launch))
    assert_covered(launch)


def test_a_launch_that_was_opened_within_the_hour_is_sealed_from_its_first_evaluation(
    launch: Launch,
) -> None:
    sealer = launch.sealer()
    launch.now = T_0 - timedelta(minutes=5)
    judged_for(launch, 300)
    launch.start()
    sealer.step()

    assert 1 == read(launch).evaluations[0].evaluation
    assert read(launch).memory_before is None
    assert_covered(launch)


def test_the_memory_before_the_first_evaluation_and_the_boards_of_flips_are_sealed_whole(
    launch: Launch,
) -> None:
    sealer = launch.sealer()
    before_t_0(launch)
    launch.start()
    sealer.step()

    found = read(launch)
    assert b"\x00memory" == found.memory_before
    flipped = launch.store.flips_between(launch.writer.run.id, 2, 10_000)
    assert set(flipped) == {each.evaluation for each in found.evaluations if each.board is not None}


def test_how_far_it_was_sealed_is_told_by_the_key_of_the_record() -> None:
    upto = Upto(sample=41, evaluation=7)

    assert ("inputs/41/7", upto) == (upto.key(), Upto.of_key("inputs/41/7"))
