"""What every viewer is shown is read once for all of them, and dies when nobody feeds it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.launch import wording
from dashboard.launch.board import BoardVerdict
from dashboard.launch.measuring import looked_back
from dashboard.launch.run import Stage
from dashboard.launch.view import View
from dashboard.watch import Watch
from tests.cast import answer
from tests.dashboard.tower import LOADED, Tower, start


def test_before_anything_was_judged_the_view_holds(tower: Tower) -> None:
    view = tower.watch().view()

    assert BoardVerdict.HOLD is view.verdict
    assert "HOLD — nothing has been judged yet." == view.sentence


def test_a_new_verdict_is_published_at_the_next_look(tower: Tower) -> None:
    watch = tower.watch()
    tower.judged(1)
    first = watch.look()
    tower.judged(2, BoardVerdict.NO_GO)

    second = watch.look()

    assert first is not None
    assert second is not None
    assert (BoardVerdict.GO, BoardVerdict.NO_GO) == (first.verdict, second.verdict)


async def test_a_view_that_says_nothing_new_is_published_every_two_seconds(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(1.9)
    tower.judged(2)
    assert watch.look() is None

    tower.wait(0.1)

    steady = watch.look()
    assert steady is not None
    assert steady.board is not None
    assert 2 == steady.board.evaluation


async def test_whoever_waits_is_woken_by_a_new_version(tower: Tower) -> None:
    watch = tower.watch()
    waiting = asyncio.create_task(watch.wait(0))
    tower.judged(1)

    await _run_until(watch, waiting)

    assert waiting.result() == watch.version() == 1
    assert BoardVerdict.GO is watch.view().verdict


async def test_what_was_recorded_here_is_published_without_waiting_for_the_next_look(tower: Tower) -> None:
    watch = replace(tower.watch(), tick_s=3_600)
    tower.judged(1)
    running = asyncio.create_task(watch.run())
    seen = await watch.wait(0)

    start(tower)
    await asyncio.to_thread(watch.wake)
    await asyncio.wait_for(watch.wait(seen), timeout=30)
    running.cancel()

    hour = watch.view().hour
    assert hour is not None
    assert Stage.COUNTING is hour.stage


async def test_who_acts_while_a_look_is_under_way_gets_a_look_after_it(tower: Tower) -> None:
    watch = replace(tower.watch(), tick_s=3_600, silence_s=3_600)
    running = asyncio.create_task(watch.run())
    await _looked(tower, 1)
    tower.store.answers.clear()
    watch.wake()
    await _looked(tower, 2)

    watch.wake()
    await asyncio.sleep(0)
    tower.store.answers.set()
    await _looked(tower, 3)
    running.cancel()

    assert 3 == tower.store.reads["head"]


async def test_waking_a_watch_that_does_not_look_yet_is_no_error(tower: Tower) -> None:
    watch = tower.watch()

    watch.wake()
    tower.judged(1)
    await _run_until(watch, asyncio.create_task(watch.wait(0)))
    watch.wake()

    assert 1 == watch.version()


@pytest.mark.parametrize("viewers", [1, 20])
async def test_viewers_cost_the_store_nothing(tower: Tower, viewers: int) -> None:
    watch = tower.watch()

    async def look() -> int:
        version = await watch.wait(0)
        assert BoardVerdict.GO is watch.view().verdict
        return version

    tower.judged(1)
    waiting = asyncio.gather(*(look() for _ in range(viewers)))
    await _run_until(watch, waiting)

    assert [1] * viewers == waiting.result()
    read = {name: tower.store.reads[name] for name in ("board", "flips", "newest_of")}
    asked = len(LOADED.plan.services) + len(looked_back(LOADED.plan))
    assert {"board": 1, "flips": 1, "newest_of": asked} == read


def test_looking_when_nothing_was_judged_asks_two_cheap_questions(tower: Tower) -> None:
    watch = tower.watch()
    tower.judged(1)
    watch._view = watch.look() or watch.view()
    tower.store.reads.clear()

    assert watch.look() is None

    assert {"newest_run": 1, "head": 1} == dict(tower.store.reads)


async def test_a_board_that_is_judged_no_more_is_lost_and_never_green(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(5)
    assert BoardVerdict.GO is (watch.look() or watch.view()).verdict

    tower.wait(0.1)

    lost = watch.look()
    assert lost is not None
    assert BoardVerdict.HOLD is lost.verdict
    assert lost.lost == "no heartbeat from the collectors since 09:00:00 UTC"
    assert lost.lost in lost.sentence


async def test_samples_and_a_held_lease_keep_no_board_alive(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(6)
    tower.writer.store.renew(tower.writer.lease, now=tower.now, ttl_s=60)
    tower.writer.samples(answer("ledger.balance", at=tower.now, ok=True))

    lost = watch.look()

    assert lost is not None
    assert BoardVerdict.HOLD is lost.verdict


async def test_a_lost_board_lives_again_with_the_next_evaluation(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(6)
    watch._view = watch.look() or watch.view()
    assert watch.view().lost
    tower.judged(2)

    back = watch.look()

    assert back is not None
    assert (None, BoardVerdict.GO) == (back.lost, back.verdict)


async def test_a_store_that_cannot_be_read_is_said_and_holds_and_only_the_log_tells_where(
    tower: Tower, caplog: pytest.LogCaptureFixture
) -> None:
    watch = await _published(tower, tower.watch())
    tower.store.close()
    tower.file.unlink()
    tower.file.mkdir()

    lost = watch.look()

    assert lost is not None
    assert BoardVerdict.HOLD is lost.verdict
    assert "the store cannot be read: it does not answer, and is asked again all the time" == lost.lost
    assert str(tower.file) not in lost.sentence
    assert str(tower.file) in caplog.text


async def test_a_bug_while_looking_is_shown_as_lost(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    clock, failing = watch.clock, iter([True])

    def breaks_once() -> datetime:
        if next(failing, False):
            raise ArithmeticError("a canary that no viewer may see")
        return clock()

    watch.clock = breaks_once
    lost = watch._look_or_lose()

    assert lost is not None
    assert (BoardVerdict.HOLD, "the dashboard could not read the board (ArithmeticError)") == (
        lost.verdict,
        lost.lost,
    )


async def _looked(tower: Tower, times: int) -> None:
    async with asyncio.timeout(30):
        while tower.store.reads["head"] < times:  # noqa: ASYNC110 - the look runs on a thread of its own
            await asyncio.sleep(0.01)


async def _published(tower: Tower, watch: Watch) -> Watch:
    """The watch after it has published a GO of this moment."""
    tower.judged(1)
    await _run_until(watch, asyncio.create_task(watch.wait(0)))
    assert BoardVerdict.GO is watch.view().verdict
    return watch


async def _run_until(watch: Watch, done: asyncio.Future[Any]) -> None:
    running = asyncio.create_task(watch.run())
    try:
        await asyncio.wait_for(asyncio.shield(done), timeout=30)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_store_that_never_answers_is_shown_as_lost_and_lives_again(tower: Tower) -> None:
    watch = tower.watch(silence_s=0.2)
    tower.judged(1)
    running = asyncio.create_task(watch.run())
    seen = await watch.wait(0)

    tower.store.answers.clear()
    seen = await watch.wait(seen)
    lost = watch.view()
    tower.store.answers.set()
    await watch.wait(seen)
    running.cancel()

    assert lost.lost is not None
    assert "the store has not answered for" in lost.lost
    assert BoardVerdict.HOLD is lost.verdict
    assert BoardVerdict.GO is watch.view().verdict


BY = pytest.mark.parametrize(
    ("by", "said"), [(600, "600 s ahead of this one"), (-600, "600 s behind this one")]
)


def judge_by_another_clock(tower: Tower, watch: Watch, by: int) -> None:
    """Five evaluations of collectors whose clock is that far ahead, a second apart."""
    for number in range(1, 6):
        tower.now += timedelta(seconds=by)
        tower.judged(number)
        tower.now -= timedelta(seconds=by)
        look(watch)
        tower.now += timedelta(seconds=1)


def look(watch: Watch) -> View:
    """The view after one more look."""
    watch._view = watch.look() or watch._view
    return watch.view()


@BY
def test_collectors_that_live_by_another_clock_are_not_called_dead_and_hold_the_board(
    tower: Tower, by: int, said: str
) -> None:
    watch = tower.watch()

    judge_by_another_clock(tower, watch, by)

    view = look(watch)
    assert BoardVerdict.HOLD is view.verdict
    assert f"the collectors live, but by a clock that is {said}" in (view.lost or "")
    assert wording.CLOCKS_SET == view.change


@BY
def test_whoever_died_by_another_clock_is_never_heard_again(tower: Tower, by: int, said: str) -> None:
    watch = tower.watch()
    judge_by_another_clock(tower, watch, by)
    assert said in (look(watch).lost or "")

    for _ in range(620):
        tower.now += timedelta(seconds=1)
        view = look(watch)
        assert BoardVerdict.HOLD is view.verdict

    assert "no heartbeat from the collectors since" in (view.lost or "")


def test_a_board_that_nobody_heard_being_judged_holds_however_fresh_it_looks(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.new_watch()

    before = look(watch)
    tower.wait(1)
    tower.judged(2)
    after = look(watch)

    assert BoardVerdict.HOLD is before.verdict
    assert (
        "the collectors have not been heard since this dashboard began to listen at 09:00:00 UTC"
        == before.lost
    )
    assert wording.COLLECTORS_BACK == before.change
    assert (None, BoardVerdict.GO) == (after.lost, after.verdict)


def test_before_anything_was_judged_a_dashboard_that_has_just_started_is_not_lost(tower: Tower) -> None:
    first = look(watch := tower.new_watch())
    tower.wait(1)
    tower.judged(1)

    assert (None, wording.NOTHING_JUDGED) == (first.lost, first.sentence)
    assert BoardVerdict.GO is look(watch).verdict


def test_a_store_that_could_not_be_read_at_first_was_not_listened_to(tower: Tower) -> None:
    tower.judged(1)
    tower.store.close()
    hidden = tower.file.rename(tower.file.with_suffix(".away"))
    tower.file.mkdir()
    watch = tower.new_watch()
    assert look(watch).lost
    tower.file.rmdir()
    hidden.rename(tower.file)

    assert "the collectors have not been heard" in (look(watch).lost or "")


def test_whoever_was_heard_in_time_and_fell_silent_has_no_other_clock(tower: Tower) -> None:
    watch = tower.watch()
    for number in range(1, 6):
        tower.judged(number)
        tower.wait(0.4)  # it is heard a little later than it was judged
        look(watch)
        tower.wait(0.6)

    tower.wait(4.2)

    assert "no heartbeat from the collectors since 09:00:04 UTC" == look(watch).lost
