"""Two people go past an unknown; one goes back at once and is asked why afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.launch.board import BoardVerdict, Verdict
from dashboard.launch.run import Stage
from dashboard.launch.scene import Act
from dashboard.launch.standing import standing
from tests.dashboard.launch.hour import CEO, CHAIR, COMMS, COORDINATOR, PAYMENTS, Hour, refused, staged

WHY = "the other origin is looked at by hand"


def unknown(gate: str = "cors") -> Hour:
    hour = staged(Stage.COUNTING)
    hour.see(**{gate: Verdict.UNKNOWN})
    return hour


def test_two_people_go_past_an_unknown_and_the_verdict_stays_what_it_is() -> None:
    hour = unknown()
    hour.ask(Act.ASK_OVERRIDE, COORDINATOR, "", WHY)

    event = hour.ask(Act.OVERRIDE, CEO)

    assert ("GO", "GO by override", WHY) == (event.subject, event.after, event.reason)
    assert [event] == list(hour.state().decisions)
    assert hour.board is not None
    stands = standing(hour.plan, hour.board, hour.state(), hour.now)
    assert BoardVerdict.HOLD is stands.verdict


def test_an_override_is_one_transition() -> None:
    hour = unknown()
    hour.ask(Act.ASK_OVERRIDE, COORDINATOR, "", WHY)
    hour.ask(Act.OVERRIDE, CEO)

    assert refused(lambda: hour.ask(Act.OVERRIDE, CEO)).startswith("No override waits for a second person")


def test_the_second_of_an_override_is_another_person() -> None:
    hour = unknown()
    hour.ask(Act.ASK_OVERRIDE, CEO, "", WHY)

    assert "An override needs two people; the one who asked cannot be the second." == refused(
        lambda: hour.ask(Act.OVERRIDE, CEO)
    )


def test_who_signed_in_is_one_person_in_every_role() -> None:
    chair, ceo = (replace(role, identity="login", pseudonym="7f3a9c") for role in (CHAIR, CEO))
    hour = unknown()
    hour.ask(Act.ASK_OVERRIDE, chair, "", WHY)

    said = refused(lambda: hour.ask(Act.OVERRIDE, ceo))
    event = hour.ask(Act.OVERRIDE, replace(ceo, pseudonym="0b1e44"))

    assert "An override needs two people; the one who asked cannot be the second." == said
    assert "0b1e44" == event.pseudonym == event.by


def test_an_override_waits_ten_minutes_for_its_second_person() -> None:
    hour = unknown()
    hour.ask(Act.ASK_OVERRIDE, CHAIR, "", WHY)
    hour.wait(10.02)
    hour.see(cors=Verdict.UNKNOWN)

    assert refused(lambda: hour.ask(Act.OVERRIDE, CEO)).startswith("No override waits")
    hour.ask(Act.ASK_OVERRIDE, CHAIR, "", WHY)


def test_an_override_never_goes_past_a_no_go_a_green_board_or_what_cannot_be_waived() -> None:
    hour = unknown()
    hour.see(cors=Verdict.NO_GO)
    assert "never past a NO-GO" in refused(lambda: hour.ask(Act.ASK_OVERRIDE, CHAIR, "", WHY))
    hour.see()
    assert "nothing to override" in refused(lambda: hour.ask(Act.ASK_OVERRIDE, CHAIR, "", WHY))
    hour.see(ledger=Verdict.UNKNOWN)
    assert "neither waived nor overridden" in refused(lambda: hour.ask(Act.ASK_OVERRIDE, CHAIR, "", WHY))


def test_what_fell_since_the_first_person_asked_stops_the_second() -> None:
    hour = unknown()
    hour.ask(Act.ASK_OVERRIDE, CHAIR, "", WHY)
    hour.wait(1)
    board = hour.see(cors=Verdict.UNKNOWN, tokens=Verdict.UNKNOWN)
    gates = tuple(replace(each, since=hour.now) if each.id == "tokens" else each for each in board.gates)
    hour.board = hour.shown = replace(board, gates=gates)

    assert "has stopped being GO since" in refused(lambda: hour.ask(Act.OVERRIDE, CEO))


def test_an_override_needs_a_reason_and_is_asked_for_once_at_a_time() -> None:
    hour = unknown()

    assert "needs a reason" in refused(lambda: hour.ask(Act.ASK_OVERRIDE, CHAIR, "", " "))
    hour.ask(Act.ASK_OVERRIDE, CHAIR, "", WHY)
    assert "is asked for already" in refused(lambda: hour.ask(Act.ASK_OVERRIDE, COORDINATOR, "", WHY))


def test_one_person_rolls_back_at_once_without_a_board_or_a_reason() -> None:
    hour = staged(Stage.COUNTING)
    hour.board = hour.shown = None

    event = hour.do(Act.ROLL_BACK, PAYMENTS)

    assert ("NO_GO", "rolled back", "") == (event.subject, event.after, event.reason)
    assert Stage.HOLDING is hour.state().stage


def test_a_rollback_is_no_go_whatever_the_board_says_and_says_who_and_why() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.ROLL_BACK, PAYMENTS)
    board = hour.see()

    before = standing(hour.plan, board, hour.state(), hour.now)
    hour.do(Act.EXPLAIN, PAYMENTS, "", "double credits")
    after = standing(hour.plan, board, hour.state(), hour.now)

    assert "NO-GO — rolled back at 09:10:00 UTC by Pat; the reason is still to be given." == before.sentence
    assert "NO-GO — rolled back at 09:10:00 UTC by Pat: double credits." == after.sentence
    assert {BoardVerdict.NO_GO} == {before.verdict, after.verdict}
    assert "GO is not offered" in refused(lambda: hour.ask(Act.DECIDE, CEO, "GO"))


@pytest.mark.parametrize("act", [Act.RESUME, Act.RECYCLE, Act.CLOSE, Act.SCRUB])
def test_nothing_goes_on_before_a_rollback_has_its_reason(act: Act) -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.ROLL_BACK, PAYMENTS)

    def go_on() -> object:
        return hour.do(act, COORDINATOR, "", "on we go", mark_s=60)

    assert "A rollback waits for its reason; give that first." == refused(go_on)
    hour.do(Act.EXPLAIN, PAYMENTS, "", "double credits")
    go_on()


def test_a_recycle_ends_a_rollback() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.ROLL_BACK, PAYMENTS, "", "double credits")
    hour.do(Act.RECYCLE, COORDINATOR, "", "mended", mark_s=60)

    assert hour.state().rollback is None
    board = hour.see()
    assert BoardVerdict.GO is standing(hour.plan, board, hour.state(), hour.now).verdict


def test_a_rollback_is_made_and_explained_once() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.ROLL_BACK, PAYMENTS)

    assert "Pat has rolled back already." == refused(lambda: hour.do(Act.ROLL_BACK, CEO))
    hour.do(Act.EXPLAIN, PAYMENTS, "", "double credits")
    assert "There is no rollback that waits for its reason." == refused(
        lambda: hour.do(Act.EXPLAIN, PAYMENTS, "", "and more")
    )


def test_t_stands_for_what_ends_after_a_rollback() -> None:
    hour = staged(Stage.COUNTING)
    hour.do(Act.ROLL_BACK, PAYMENTS, "", "double credits")
    hour.wait(5)

    hour.do(Act.SKIP, COMMS, "rotate_secret", "rotated yesterday")

    assert 600 == hour.state().ended["rotate_secret"].t_s
