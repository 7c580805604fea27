"""A replay recomputes what was judged from what was stored, and names the first thing that differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from collectors.observation import CollectorFailure, Observation
from dashboard.launch.event import What
from dashboard.launch.plan import Rule
from dashboard.launch.replay import Replayed, replay
from dashboard.playback import Playback
from dashboard.store.values import Thinning
from tests.cast import answer, failure
from tests.dashboard.desk import OK, PROBE, QUICK, Desk
from tests.dashboard.store.scene import drafted

HOUR = timedelta(hours=1)
LIST = "UPDATE golive_evaluation SET {} = 'GO' WHERE evaluation = 4"


def good() -> Observation:
    return answer(PROBE, ok=True)


def bad() -> Observation:
    return answer(PROBE, ok=False)


def silent() -> CollectorFailure:
    return failure(PROBE)


def played(desk: Desk) -> Replayed:
    policy = desk.policy()
    return replay([policy], Playback(store=desk.store, run_id=desk.run.id, policies=[policy]).recorded())


def lived(desk: Desk) -> int:
    """A run with a restart in it: green, red, blind and green again; how often it was judged."""
    desk.rules = (OK, QUICK)
    recorder = desk.recorder()
    for sample in (good(), good(), good(), bad(), silent()):
        desk.see(recorder, sample)
    recorder = desk.recorder()
    for sample in (good(), good(), good(), good()):
        desk.see(recorder, sample)
    return desk.board().evaluation


def spoil(desk: Desk, statement: str, **values: str) -> None:
    """Change what is stored, past the guards, as somebody with the database file could."""
    with desk.store._database.writing() as session:
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement), values)


def difference(desk: Desk) -> tuple[int, str]:
    found = played(desk).difference
    assert found is not None
    return found.evaluation, found.what


def test_every_verdict_of_a_run_is_reproduced_across_a_restart(desk: Desk) -> None:
    judged = lived(desk)

    assert judged >= 9
    assert Replayed(reproduced=judged, unprovable=0, difference=None) == played(desk)


def test_a_run_that_was_never_judged_reproduces_nothing(desk: Desk) -> None:
    assert Replayed(reproduced=0, unprovable=0, difference=None) == played(desk)


def test_several_answers_judged_in_one_step_are_reproduced_one_by_one(desk: Desk) -> None:
    desk.see(desk.recorder(), good(), bad(), good(), good(), good())

    assert played(desk).difference is None
    assert desk.board().evaluation == played(desk).reproduced


def test_a_verdict_that_was_changed_afterwards_is_named(desk: Desk) -> None:
    lived(desk)
    spoil(
        desk,
        'UPDATE golive_evaluation SET content = replace(content, \'"verdict":"NO_GO"\', '
        '\'"verdict":"GO"\') WHERE evaluation = 4',
    )

    assert (4, "the verdict was recorded as GO and recomputed as NO_GO") == difference(desk)


@pytest.mark.parametrize(
    ("recorded", "instead", "what"),
    [
        ("Gate g", "Gate x", "title of gate g was recorded as Gate x and recomputed as Gate g"),
        (
            '"request_id":null',
            '"request_id":"req_1"',
            "request_id of entry 1 of rules of gate g was recorded",
        ),
        ('"attempt":1', '"attempt":2', "attempt of the board was recorded as 2 and recomputed as 1"),
        ('"run":', '"ran":', "the board was recorded as something that does not read as one"),
    ],
)
def test_any_part_of_a_board_that_was_changed_afterwards_is_named(
    desk: Desk, recorded: str, instead: str, what: str
) -> None:
    lived(desk)
    statement = "UPDATE golive_evaluation SET content = replace(content, :was, :now) WHERE evaluation = 4"
    spoil(desk, statement, was=recorded, now=instead)

    assert 4 == difference(desk)[0]
    assert what in difference(desk)[1]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (LIST.format("verdict"), "the verdict that is listed was recorded as GO and recomputed as NO_GO"),
        (LIST.format("hash"), "the board hash that is listed was recorded as GO and recomputed as "),
    ],
)
def test_what_is_listed_beside_a_board_is_part_of_the_record(desk: Desk, statement: str, what: str) -> None:
    lived(desk)
    spoil(desk, statement)

    assert 4 == difference(desk)[0]
    assert difference(desk)[1].startswith(what)


def test_a_board_that_is_only_written_differently_is_the_same_board(desk: Desk) -> None:
    judged = lived(desk)
    spoil(desk, "UPDATE golive_evaluation SET content = replace(content, '{', '{ '), memory = memory || ' '")

    assert Replayed(reproduced=judged, unprovable=0, difference=None) == played(desk)


def test_a_memory_that_does_not_read_as_one_is_named(desk: Desk) -> None:
    lived(desk)
    spoil(desk, "UPDATE golive_evaluation SET memory = 'nothing' WHERE evaluation = 4")

    said = "what judging remembers was recorded as something that does not read as one"
    assert (4, said) == difference(desk)


def test_an_answer_that_was_changed_afterwards_is_named(desk: Desk) -> None:
    lived(desk)
    spoil(desk, "UPDATE golive_sample SET content = replace(content, 'false', 'true') WHERE id = 4")

    assert (4, "sample 4 no longer has the content that its hash names") == difference(desk)


def test_a_flip_that_was_changed_afterwards_is_named(desk: Desk) -> None:
    lived(desk)
    spoil(desk, "UPDATE golive_flip SET after = 'GO' WHERE after = 'NO_GO'")

    evaluation, what = difference(desk)

    assert 4 == evaluation
    assert "NO_GO" in what


def test_what_judging_remembered_is_part_of_the_record(desk: Desk) -> None:
    lived(desk)
    spoil(desk, "UPDATE golive_evaluation SET memory = replace(memory, 'streak\"\\:2', 'streak\"\\:3')")

    assert "what judging remembers" in difference(desk)[1]


def test_a_first_value_of_true_that_was_changed_to_1_is_another_one(desk: Desk) -> None:
    desk.rules = (Rule(signal=OK.signal, constant=True),)
    desk.see(desk.recorder(), good())
    statement = "UPDATE golive_evaluation SET memory = replace(memory, :was, :now)"
    spoil(desk, statement, was='"baseline":true', now='"baseline":1')

    assert "what judging remembers" in difference(desk)[1]


def test_an_evaluation_that_is_missing_is_named(desk: Desk) -> None:
    lived(desk)
    spoil(desk, "DELETE FROM golive_evaluation WHERE evaluation = 2")

    assert (3, "evaluations 2 to 2 are missing and thinning did not take them") == difference(desk)


def test_after_thinning_every_flip_is_still_reproduced_and_the_rest_is_counted_apart(desk: Desk) -> None:
    recorder = desk.recorder()
    for _ in range(60):
        desk.see(recorder, good())
    desk.see(recorder, bad())
    while not desk.store.thin(desk.run.id, now=desk.now + HOUR, policy=Thinning()).done:
        pass
    flips = {flip.evaluation for flip in desk.store.flips(desk.run.id, 99)}

    outcome = played(desk)

    assert outcome.difference is None
    assert outcome.unprovable > 0
    assert outcome.reproduced >= len(flips) > 1
    assert outcome.reproduced + outcome.unprovable < 61


def launched(desk: Desk, what: What, seq: int) -> None:
    draft = drafted(what, desk.now, plan_sha256=desk.run.plan_sha256)
    assert desk.store.append_event(desk.run.id, draft, expected=seq - 1, now=desk.now) is not None


def thinned_late(desk: Desk) -> None:
    now = desk.now + 72 * HOUR
    while not desk.store.thin(desk.run.id, now=now, policy=Thinning()).done:
        pass


def test_of_a_launch_nothing_is_thinned_and_all_of_it_is_reproduced(desk: Desk) -> None:
    launched(desk, What.STARTED, 1)
    recorder = desk.recorder()
    for _ in range(60):
        desk.see(recorder, good())
    launched(desk, What.CLOSED, 2)
    desk.now += HOUR
    for _ in range(60):
        desk.see(recorder, good())
    thinned_late(desk)

    outcome = played(desk)

    assert outcome.difference is None
    assert outcome.reproduced >= 60
    assert outcome.reproduced + outcome.unprovable < 120


def test_an_evaluation_of_a_launch_that_is_missing_is_named_even_after_thinning(desk: Desk) -> None:
    launched(desk, What.STARTED, 1)
    recorder = desk.recorder()
    for _ in range(9):
        desk.see(recorder, good())
    thinned_late(desk)
    spoil(desk, "DELETE FROM golive_evaluation WHERE evaluation = 5")

    assert (6, "evaluations 5 to 5 are missing and thinning did not take them") == difference(desk)


def test_inputs_that_thinning_took_prove_nothing(desk: Desk) -> None:
    recorder = desk.recorder()
    for _ in range(5):
        desk.see(recorder, replace(good(), observed_at=desk.now))
    while not desk.store.thin(
        desk.run.id, now=desk.now + 48 * HOUR, policy=Thinning(keep_boards_s=10**7)
    ).done:
        pass

    outcome = played(desk)

    assert outcome.difference is None
    assert outcome.unprovable > 0
