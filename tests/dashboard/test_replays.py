"""A moment of a run is judged again with the few reads it needs, and never shown for more than it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.launch.board import BoardVerdict, Flip
from dashboard.launch.event import What
from dashboard.launch.replay_view import MOST_STEPS, RecordedFlips, Reenacted, steps
from dashboard.launch.run import TaskState
from dashboard.replays import StoredReplays
from dashboard.store.errors import StoreDamagedError, StoreMissingError
from dashboard.store.values import Run, Thinning
from tests.cast import T0
from tests.dashboard.launched import LOADED, Launched, launched, live, spoil
from tests.dashboard.store.scene import opened


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Launched]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield launched(store)


def second(number: float) -> datetime:
    return T0 + timedelta(seconds=number)


def at(desk: Launched, number: float) -> Reenacted:
    return StoredReplays(store=desk.store).at(desk.run.id, second(number))


def test_every_moment_of_a_run_equals_what_was_recorded(lived: Launched) -> None:
    for moment in StoredReplays(store=lived.store).recording(lived.run.id).moments:
        shown = StoredReplays(store=lived.store).at(lived.run.id, moment.at)

        assert (None, None) == (shown.difference, shown.unprovable)
        assert moment.t_s == shown.moment.t_s


def test_the_board_is_the_one_of_that_moment(lived: Launched) -> None:
    green, red = at(lived, 14.9), at(lived, 15)

    assert (14, BoardVerdict.HOLD) == (green.evaluation, green.view.verdict)
    assert (15, BoardVerdict.NO_GO) == (red.evaluation, red.view.verdict)
    assert red.view.board is not None
    assert lived.store.board(lived.run.id, 15).board == red.view.board  # type: ignore[union-attr]  # it is there
    assert red.inputs == 1
    assert red.view.flips[0].evaluation == 15
    assert green.view.flips == red.view.flips[1:]


def test_the_flips_of_the_launch_up_to_that_moment_are_on_its_axis(lived: Launched) -> None:
    before, after = at(lived, 14.9).view.hour, at(lived, 15).view.hour

    assert before is not None
    assert after is not None
    assert () == before.flips
    assert [15] == [flip.evaluation for flip in after.flips]


def test_before_anything_was_judged_nothing_is_green(lived: Launched) -> None:
    shown = at(lived, 0.5)

    assert (None, None, BoardVerdict.HOLD) == (shown.evaluation, shown.view.board, shown.view.verdict)


def test_what_was_written_late_is_not_there_before_it_was_written(lived: Launched) -> None:
    early, late = at(lived, 19.9), at(lived, 20)

    assert early.view.hour is not None
    assert late.view.hour is not None
    assert [What.STARTED] == [event.what for event in early.view.hour.events]
    assert [What.TICKED, What.STARTED] == [event.what for event in late.view.hour.events]
    ticked = {row.task.id: row.state for row in late.view.hour.rows}
    assert TaskState.DONE == ticked["stripe_live"]


def test_the_t_clock_is_the_one_of_that_moment(lived: Launched) -> None:
    assert [None, 0.0, 5.0] == [at(lived, number).moment.t_s for number in (9, 10, 15)]


def test_a_moment_in_which_nobody_judged_holds_as_the_living_board_did(lived: Launched) -> None:
    shown = at(lived, 40)

    assert BoardVerdict.HOLD == shown.view.verdict
    assert "no heartbeat from the collectors since 09:00:20 UTC" == shown.view.lost
    assert (None, None) == (shown.difference, shown.unprovable)


def test_an_altered_answer_is_named_and_nothing_below_it_counts(lived: Launched) -> None:
    spoil(lived.store, "UPDATE golive_sample SET content = replace(content, 'false', 'true') WHERE id = 15")
    shown = at(lived, 15)

    assert "sample 15 no longer has the content that its hash names" == shown.difference
    assert BoardVerdict.HOLD == shown.view.verdict
    assert shown.difference == shown.view.lost
    assert at(lived, 14).difference is None


def test_an_altered_board_is_named(lived: Launched) -> None:
    statement = "UPDATE golive_evaluation SET content = replace(content, 'NO_GO', 'GO') WHERE evaluation = 15"
    spoil(lived.store, statement)

    assert "the verdict was recorded as GO and recomputed as NO_GO" == at(lived, 15).difference


def test_an_evaluation_that_is_missing_is_named(lived: Launched) -> None:
    spoil(lived.store, "DELETE FROM golive_evaluation WHERE evaluation = 4")

    assert "evaluations 4 to 4 are missing and thinning did not take them" == at(lived, 5).difference


def thin(desk: Launched) -> None:
    """After the launch two minutes more, which are then thinned."""
    desk.now += timedelta(hours=1)
    recorder = desk.recorder()
    for number in range(130):
        desk.see(recorder, live(number != 70))
    while not desk.store.thin(desk.run.id, now=desk.now + timedelta(hours=1), policy=Thinning()).done:
        pass


def test_a_flip_survives_thinning_but_what_followed_it_is_not_made_up(lived: Launched) -> None:
    thin(lived)
    flip = lived.store.flips(lived.run.id, 1)[0]
    shown = [
        StoredReplays(store=lived.store).at(lived.run.id, flip.at + timedelta(seconds=after))
        for after in (0, 0.5, 1.5)
    ]

    assert flip.at > second(3_600)
    assert [flip.evaluation] * 3 == [each.evaluation for each in shown]
    assert [True, False, False] == [each.unprovable is None for each in shown]


def test_what_thinning_took_is_said_and_holds(lived: Launched) -> None:
    thin(lived)
    shown = StoredReplays(store=lived.store).at(lived.run.id, lived.now - timedelta(seconds=45))

    assert shown.unprovable is not None
    assert "no longer stored; thinning takes such" in shown.unprovable
    assert (None, BoardVerdict.HOLD) == (shown.difference, shown.view.verdict)
    assert shown.unprovable == shown.view.lost


def test_the_moments_are_steps_of_the_t_clock_and_all_that_happened(lived: Launched) -> None:
    moments = StoredReplays(store=lived.store).recording(lived.run.id).moments
    told = {moment.at: moment.what for moment in moments if moment.what}

    assert (second(1), second(55)) == (moments[0].at, moments[-1].at)
    assert [15, 20, 25, 30] == [moment.t_s for moment in moments if moment.t_s and not moment.what][:4]
    assert "Stripe" in told[second(15)]
    assert told[second(15)].endswith("UNKNOWN → NO-GO")
    assert "clock started by Robin" == told[second(10)].split("; ")[-1]
    assert "task ticked (stripe_live) by Robin" == told[second(20)].split("; ")[-1]
    assert "run closed by Robin" == told[second(55)].split("; ")[-1]


def test_a_long_run_has_no_more_steps_than_a_slider_can_hold() -> None:
    found = list(steps(T0, second(8_999), second(1_000.5)))

    assert len(found) <= MOST_STEPS + 2
    assert (T0, second(8_999)) == (found[0], found[-1])
    assert second(1_000.5) in found
    assert sorted(set(found)) == found


def test_runs_are_told_newest_first_with_the_title_of_their_plan(lived: Launched) -> None:
    newest = lived.store.open_run(plan_id="other", plan_sha256="0" * 64, plan_toml="id = 1", now=lived.now)

    told = StoredReplays(store=lived.store).runs()

    assert [(newest.id, "other"), (lived.run.id, LOADED.plan.title)] == [(run.id, run.title) for run in told]


def test_a_run_whose_plan_is_not_the_frozen_one_is_not_replayed(lived: Launched) -> None:
    spoil(lived.store, "UPDATE golive_plan SET content = content || '# later'")

    with pytest.raises(StoreDamagedError, match="the plan was altered"):
        at(lived, 15)


def test_a_run_that_is_not_there_is_said(lived: Launched) -> None:
    with pytest.raises(StoreMissingError, match="got no run 9"):
        StoredReplays(store=lived.store).at(9, T0)


def test_flips_are_told_newest_first_and_whole_evaluations_at_a_time(lived: Launched) -> None:
    replays = StoredReplays(store=lived.store)
    every = lived.store.flips(lived.run.id, 1_000)
    alike = Counter(flip.evaluation for flip in every)

    whole = replays.flips(lived.run, before=None, limit=len(every))

    assert (tuple(every), False) == (whole.flips, whole.has_older)
    for limit in range(1, len(every)):
        page = replays.flips(lived.run, before=None, limit=limit)
        assert page.has_older
        assert tuple(every[: len(page.flips)]) == page.flips
        assert all(alike[flip.evaluation] == _alike(page, flip) for flip in page.flips)
        assert len(page.flips) <= max(limit, alike[every[0].evaluation])
        rest = replays.flips(lived.run, before=page.flips[-1].evaluation, limit=1_000)
        assert tuple(every) == (*page.flips, *rest.flips)


def _alike(page: RecordedFlips, flip: Flip) -> int:
    return sum(each.evaluation == flip.evaluation for each in page.flips)


def test_before_its_first_flip_a_run_has_none(lived: Launched) -> None:
    first = lived.store.flips(lived.run.id, 1_000)[-1].evaluation

    page = StoredReplays(store=lived.store).flips(lived.run, before=first, limit=5)

    assert ((), False) == (page.flips, page.has_older)


def test_many_runs_of_one_plan_are_told_with_one_reading_of_it(
    lived: Launched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived.store.open_run(plan_id="other", plan_sha256="0" * 64, plan_toml="id = 1", now=lived.now)
    plan = LOADED.plan
    lived.store.open_run(plan_id=plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=lived.now)
    read: list[str] = []
    plan_text = lived.store.plan_text

    def counted(run: Run) -> str:
        read.append(run.plan_sha256)
        return plan_text(run)

    monkeypatch.setattr(lived.store, "plan_text", counted)

    told = StoredReplays(store=lived.store).runs()

    assert [LOADED.plan.title, "other", LOADED.plan.title] == [run.title for run in told]
    assert sorted({LOADED.sha256, "0" * 64}) == sorted(read)
