"""A poll is GO while every voter's GO is alive on a board that is GO, and the chair has declared it."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from dashboard.launch.board import Board, Verdict
from dashboard.launch.polling import Tally, tally
from dashboard.launch.run import Stage
from dashboard.launch.scene import Act
from tests.cast import T0
from tests.dashboard.launch.hour import (
    API,
    CEO,
    CHAIR,
    COMMS,
    COORDINATOR,
    FRONTEND,
    PAYMENTS,
    VOTERS,
    Hour,
    refused,
    staged,
)


def tallied(hour: Hour) -> Tally:
    found = tally(hour.plan, hour.state(), hour.board, hour.now)
    assert found is not None
    return found


def fell(hour: Hour, gate: str, verdict: Verdict) -> Board:
    """This gate changes its verdict now."""
    board = hour.see(**{gate: verdict})
    gates = tuple(replace(each, since=hour.now) if each.id == gate else each for each in board.gates)
    hour.board = hour.shown = replace(board, gates=gates)
    return hour.board


def test_the_go_of_every_voter_is_go_once_the_chair_declares_it() -> None:
    hour = staged(Stage.COUNTING)
    hour.poll()

    assert "Every vote is GO; the chair has still to declare it." == tallied(hour).sentence
    hour.ask(Act.DECLARE, CHAIR, "GO")
    assert "The poll is GO: every vote is GO, and the chair declared it." == tallied(hour).sentence


@pytest.mark.parametrize("silent", VOTERS)
def test_a_missing_vote_is_not_go(silent: object) -> None:
    hour = staged(Stage.COUNTING)
    hour.ask(Act.OPEN_POLL, CHAIR)
    for voter in VOTERS:
        if voter is not silent:
            hour.ask(Act.VOTE, voter, "GO")

    assert not tallied(hour).is_go
    assert refused(lambda: hour.ask(Act.DECLARE, CHAIR, "GO")).startswith("The poll is not GO: no vote that")


@pytest.mark.parametrize("said", ["NO_GO", "ABSTAIN"])
def test_one_voice_that_is_not_go_is_not_go_and_is_named(said: str) -> None:
    hour = staged(Stage.COUNTING)
    hour.poll()
    hour.ask(Act.VOTE, API, said, "the issuer is slow")

    assert "The poll is not GO: API lead did not say GO." == refused(
        lambda: hour.ask(Act.DECLARE, CHAIR, "GO")
    )


def test_a_vote_is_changed_by_another_and_takes_the_declaration_with_it() -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()

    event = hour.ask(Act.VOTE, COMMS, "NO_GO", "a secret leaked")

    assert ("GO", "NO_GO") == (event.before, event.after)
    assert tallied(hour).poll.declared is None


def test_a_vote_dies_when_its_time_is_up() -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    hour.wait(9.99)
    assert tallied(hour).is_declared_go

    hour.wait(0.01)

    assert not tallied(hour).is_go
    assert {"the vote was good until 09:20:00 UTC; vote again"} == {
        ballot.why for ballot in tallied(hour).ballots
    }


@pytest.mark.parametrize("verdict", [Verdict.NO_GO, Verdict.UNKNOWN])
def test_every_vote_dies_when_a_gate_stops_being_go_and_stays_dead_when_it_recovers(verdict: Verdict) -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    hour.wait(1)
    fell(hour, "cors", verdict)

    assert {None} == {ballot.vote for ballot in tallied(hour).ballots}
    death = hour.die()
    assert death is not None
    assert ("golive", "cors") == (death.actor, death.subject)
    hour.wait(1)
    fell(hour, "cors", Verdict.GO)
    assert {None} == {ballot.vote for ballot in tallied(hour).ballots}
    assert (
        "“Only our own sites may call from a browser” has stopped being GO since: as told"
        == tallied(hour).died
    )
    assert hour.die() is None
    for voter in VOTERS:
        hour.ask(Act.VOTE, voter, "GO")
    assert "" == tallied(hour).died


def test_an_advisory_gate_kills_no_vote() -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()
    hour.wait(1)
    fell(hour, "latency", Verdict.NO_GO)

    assert tallied(hour).is_declared_go


def test_a_vote_for_go_needs_a_board_that_says_go() -> None:
    hour = staged(Stage.COUNTING)
    hour.ask(Act.OPEN_POLL, CHAIR)
    hour.see(cors=Verdict.UNKNOWN)

    assert refused(lambda: hour.ask(Act.VOTE, API, "GO")).startswith("GO is not offered: ")
    assert "NO_GO" == hour.ask(Act.VOTE, API, "NO_GO", "we do not know").after


def test_a_vote_on_an_old_board_is_refused() -> None:
    hour = staged(Stage.COUNTING)
    hour.ask(Act.OPEN_POLL, CHAIR)
    old = hour.shown
    hour.wait(3)
    hour.see()
    hour.shown = old

    assert refused(lambda: hour.ask(Act.VOTE, API, "GO")).startswith("The board has changed since")


@pytest.mark.parametrize("act", [Act.VOTE, Act.DECLARE])
@pytest.mark.parametrize("word", ["NO_GO", "ABSTAIN"])
def test_all_but_a_go_needs_a_reason(act: Act, word: str) -> None:
    hour = staged(Stage.COUNTING)
    hour.poll()
    if (act, word) == (Act.DECLARE, "ABSTAIN"):
        said = 'The chair declares GO or NO_GO; got "ABSTAIN".'
    else:
        said = f"To {act.value} needs a reason; blank text is none."

    assert said == refused(lambda: hour.ask(act, API, word, " "))


def test_the_chair_may_be_stricter_than_the_votes() -> None:
    hour = staged(Stage.COUNTING)
    hour.poll()
    hour.ask(Act.DECLARE, CHAIR, "NO_GO", "it is late")

    assert "The poll is not GO: every vote is GO, and the chair declared NO-GO." == tallied(hour).sentence


def test_who_has_no_vote_is_told_who_has() -> None:
    hour = staged(Stage.COUNTING)
    hour.ask(Act.OPEN_POLL, CHAIR)

    assert (
        "Only Payments lead, Comms lead, API lead, Frontend lead, Coordinator vote in this plan."
        == refused(lambda: hour.ask(Act.VOTE, CEO, "GO"))
    )


def test_without_a_poll_nobody_votes_and_nobody_says_go() -> None:
    hour = staged(Stage.COUNTING)
    said = "No poll is open; the chair opens one, everybody votes, and the chair declares it."

    assert said == refused(lambda: hour.ask(Act.VOTE, API, "GO"))
    assert said == refused(lambda: hour.ask(Act.DECIDE, CEO, "GO"))


def test_go_needs_a_poll_that_still_stands() -> None:
    hour = staged(Stage.COUNTING)
    hour.poll()
    assert "still to declare" in refused(lambda: hour.ask(Act.DECIDE, CEO, "GO"))
    hour.ask(Act.DECLARE, CHAIR, "GO")
    hour.wait(10)
    hour.see()

    assert refused(lambda: hour.ask(Act.DECIDE, CEO, "GO")).startswith("The poll is not GO: no vote that")


def test_a_plan_without_voters_asks_for_no_poll() -> None:
    hour = staged(Stage.COUNTING)
    alone = without_poll(hour)

    assert "GO" == alone.ask(Act.DECIDE, CEO, "GO").after
    assert "This plan names no voters" in refused(lambda: alone.ask(Act.OPEN_POLL, CHAIR))


def without_poll(hour: Hour) -> Hour:
    """The same hour by a plan without a poll."""
    assert hour.plan.hour is not None
    own = msgspec.structs.replace(hour.plan.hour, poll=None)
    hour.plan = msgspec.structs.replace(hour.plan, hour=own)
    return hour


def test_a_second_poll_waits_for_the_first_to_be_declared() -> None:
    hour = staged(Stage.COUNTING)
    hour.poll()

    assert refused(lambda: hour.ask(Act.OPEN_POLL, CHAIR)).startswith("A poll is open already: Every vote")
    hour.ask(Act.DECLARE, CHAIR, "GO")
    hour.ask(Act.OPEN_POLL, CHAIR)
    assert {None} == {ballot.vote for ballot in tallied(hour).ballots}


@pytest.mark.parametrize("act", [Act.RECYCLE, Act.ROLL_BACK])
def test_going_back_takes_the_votes_with_it(act: Act) -> None:
    hour = staged(Stage.COUNTING)
    hour.declare()

    hour.do(act, COORDINATOR, "", "again", mark_s=60)

    assert hour.state().poll is None


def test_each_voter_is_told_apart() -> None:
    hour = staged(Stage.COUNTING)
    hour.ask(Act.OPEN_POLL, CHAIR)
    hour.ask(Act.VOTE, PAYMENTS, "GO")
    hour.ask(Act.VOTE, FRONTEND, "ABSTAIN", "nobody tried the page")

    assert [("payments_lead", "GO"), ("frontend_lead", "ABSTAIN")] == [
        (ballot.role, ballot.vote) for ballot in tallied(hour).ballots if ballot.vote
    ]
    assert T0 < tallied(hour).poll.opened.event_at
