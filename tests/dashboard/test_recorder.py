"""The one writer: what it stores, in which order, and what it still knows after a restart."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from collectors.observation import CollectorFailure, FailureReason, Observation, Sample
from dashboard.launch.board import CheckResult, Verdict
from dashboard.store.content import content_hash
from dashboard.store.errors import LeaseLostError
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease
from tests.cast import answer, failure
from tests.dashboard.desk import PROBE, QUICK, Desk, desk_over
from tests.silenced import Line

CANARY = "sk_live_canary0123456789"


def good() -> Observation:
    return answer(PROBE, ok=True)


def bad() -> Observation:
    return answer(PROBE, ok=False)


def test_a_verdict_names_the_stored_sample_that_decided_it(desk: Desk) -> None:
    rule = desk.see(desk.recorder(), bad()).rules[0]

    stored = desk.store.newest_samples(desk.run.id)[PROBE]
    assert (stored.id, content_hash(stored.sample)) == (rule.input, rule.input_sha256)


def test_what_could_not_be_stored_is_not_judged(desk: Desk) -> None:
    recorder = desk.recorder()
    desk.see(recorder, good())
    _take_over(desk)

    with pytest.raises(LeaseLostError):
        desk.see(recorder, bad())

    assert 1 == desk.board().evaluation
    assert [True] == [
        sample.sample.facts["ok"]
        for sample in desk.store.newest_of(desk.run.id, PROBE, limit=9)
        if isinstance(sample.sample, Observation)
    ]


async def test_losing_the_lease_ends_the_recorder(desk: Desk) -> None:
    recorder = desk.recorder()
    _take_over(desk)

    with pytest.raises(LeaseLostError, match="host, process 2"):
        await asyncio.wait_for(recorder.run_until(asyncio.Event()), timeout=30)


async def test_what_is_pending_when_told_to_stop_is_still_stored(desk: Desk) -> None:
    recorder, stop = desk.recorder(), asyncio.Event()
    running = asyncio.create_task(recorder.run_until(stop))
    recorder.take(good())
    stop.set()

    await asyncio.wait_for(running, timeout=30)

    assert good() == desk.store.newest_samples(desk.run.id)[PROBE].sample


@pytest.mark.postgres
@pytest.mark.parametrize("commit", [1, 2], ids=["of the samples", "of the judgement"])
def test_what_was_kept_without_an_answer_is_not_kept_twice(far: Store, line: Line, commit: int) -> None:
    desk = desk_over(far)
    recorder = desk.recorder()
    first = desk.see(recorder, good())
    _lose_the_answer(far, line, commit)
    desk.come_in(recorder, good())
    assert line.swallowed.is_set()
    line.deaf.clear()

    judged = desk.see(recorder, good())

    assert 1 == first.rules[0].streak
    assert (3, Verdict.GO) == (judged.rules[0].streak, judged.verdict)
    stored = far.samples_after(desk.run.id, 0, limit=9)
    assert 3 == len(stored) == len({found.sample.observed_at for found in stored})
    boards = [found.evaluation for found in far.evaluations_after(desk.run.id, 0, limit=9)]
    assert list(range(1, len(boards) + 1)) == boards


def test_a_streak_does_not_start_anew_after_a_restart(desk: Desk) -> None:
    first = desk.recorder()
    desk.see(first, good())
    assert CheckResult.INSUFFICIENT is desk.see(first, good()).rules[0].result

    judged = desk.see(desk.recorder(), good())

    assert (3, Verdict.GO) == (judged.rules[0].streak, judged.verdict)


def test_a_sample_seen_before_the_restart_is_not_counted_again(desk: Desk) -> None:
    first = desk.recorder()
    desk.see(first, good())
    desk.see(first, good())

    judged = desk.see(desk.recorder())

    assert (2, Verdict.UNKNOWN) == (judged.rules[0].streak, judged.verdict)


def test_a_latched_red_stays_red_after_a_restart(desk: Desk) -> None:
    desk.see(desk.recorder(), bad())

    judged = desk.see(desk.recorder(), good())

    assert Verdict.GO is not judged.verdict
    assert "was red; 1 of 3 passes in a row since" == judged.reason


def test_evaluations_are_numbered_on_after_a_restart(desk: Desk) -> None:
    desk.see(desk.recorder(), good())
    desk.see(desk.recorder(), bad())

    assert 2 == desk.board().evaluation


def test_a_window_reaches_back_before_the_restart(desk: Desk) -> None:
    desk.rules = (QUICK,)
    first = desk.recorder()
    for _ in range(5):
        desk.see(first, good())

    assert 6 == desk.see(desk.recorder(), good()).rules[0].n


def test_a_green_gate_goes_stale_without_any_new_sample(desk: Desk) -> None:
    recorder = desk.recorder()
    for _ in range(3):
        desk.see(recorder, good())
    assert Verdict.GO is desk.gate().verdict

    desk.now += timedelta(seconds=16)
    recorder.step()

    assert (Verdict.UNKNOWN, CheckResult.STALE) == (desk.gate().verdict, desk.gate().rules[0].result)
    flips = desk.store.flips(desk.run.id, 9)
    assert (Verdict.GO, Verdict.UNKNOWN) == (flips[0].before, flips[0].after)


def test_a_failure_is_stored_and_turns_no_green_red(desk: Desk) -> None:
    recorder = desk.recorder()
    for _ in range(3):
        desk.see(recorder, good())

    assert Verdict.UNKNOWN is desk.see(recorder, failure(PROBE)).verdict
    assert isinstance(desk.store.newest_samples(desk.run.id)[PROBE].sample, CollectorFailure)


def test_the_same_verdict_is_recorded_once_a_second_as_a_proof_of_judging(desk: Desk) -> None:
    recorder = desk.recorder()
    recorder.step()
    desk.now += timedelta(milliseconds=900)
    recorder.step()
    assert 1 == desk.board().evaluation

    desk.now += timedelta(milliseconds=100)
    recorder.step()

    assert 2 == desk.board().evaluation


def test_a_change_is_recorded_at_once(desk: Desk) -> None:
    recorder = desk.recorder()
    recorder.step()
    recorder.take(bad())

    recorder.step()

    assert (2, Verdict.NO_GO) == (desk.board().evaluation, desk.gate().verdict)


def test_the_newest_sample_is_known_before_it_is_stored(desk: Desk) -> None:
    recorder = desk.recorder()
    desk.see(recorder, bad())

    recorder.take(good())

    assert good() == recorder.newest()[PROBE]


WITH_A_SECRET: dict[str, Sample] = {
    "a fact": replace(good(), facts={"ok": CANARY}),
    "the build": replace(good(), build=f"build {CANARY}"),
    "the address": replace(good(), asked=f"GET http://127.0.0.1/{CANARY}"),
    "the request id": replace(good(), request_id=CANARY),
    "the account": replace(good(), account=CANARY),
    "the reason of a failure": replace(failure(PROBE), detail=f"got {CANARY}"),
    "an address with a password": replace(
        failure(PROBE), asked=f"GET http://golive:{CANARY}@127.0.0.1/", reason=FailureReason.UNREACHABLE
    ),
}


@pytest.mark.parametrize("where", WITH_A_SECRET)
def test_nothing_of_a_sample_that_holds_a_secret_is_stored(desk: Desk, where: str, tmp_path: Path) -> None:
    judged = desk.see(desk.recorder(), WITH_A_SECRET[where])

    stored = desk.store.newest_samples(desk.run.id)[PROBE].sample
    assert isinstance(stored, CollectorFailure)
    assert FailureReason.WITHHELD is stored.reason
    assert (Verdict.UNKNOWN, CheckResult.ERROR) == (judged.verdict, judged.rules[0].result)
    files = [file.read_bytes() for file in tmp_path.iterdir()]
    assert any(PROBE.encode() in content for content in files)
    assert not any(CANARY.encode() in content for content in files)


def _take_over(desk: Desk) -> None:
    later = desk.now + timedelta(seconds=60)
    assert isinstance(desk.store.take_lease(COLLECTORS, "host, process 2", now=later, ttl_s=10), Lease)


def _lose_the_answer(store: Store, line: Line, commit: int) -> None:
    """Lose everything from the answer to the commit of this number on."""
    commits = itertools.count(1)

    def committing(_connection: object) -> None:
        if next(commits) == commit:
            line.deaf.set()

    event.listen(store._database.engine, "commit", committing)
