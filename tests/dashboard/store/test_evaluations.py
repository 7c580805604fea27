"""Evaluations and flips, on both databases: what was judged comes back as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.observation import Environment
from dashboard.launch.board import Board, BoardVerdict, CheckedRule, CheckResult, JudgedGate, Verdict
from dashboard.store.content import board_from
from dashboard.store.errors import StoreDamagedError, StoreError, UnstorableError, WrongEnvironmentError
from dashboard.store.values import Head, StoredBoard
from tests.dashboard.store.scene import T0, Writing, answer, at, board, flip
from tests.dashboard.store.test_content import instants, text

numbers = st.integers(-(2**62), 2**62)
rules = st.builds(
    CheckedRule,
    **dict.fromkeys(("signal", "probe", "source", "text", "reason", "flip", "expected"), text),
    result=st.sampled_from(CheckResult),
    raw=st.sampled_from(CheckResult),
    observed=st.none() | text,
    observed_at=st.none() | instants,
    ttl_s=numbers,
    streak=numbers,
    streak_needed=numbers,
    input=st.none() | numbers,
    input_sha256=st.none() | text,
)
gates = st.builds(
    JudgedGate,
    **dict.fromkeys(("id", "title", "owner", "owner_title", "reason", "flip"), text),
    mandatory=st.booleans(),
    waivable=st.booleans(),
    flapping=st.booleans(),
    verdict=st.sampled_from(Verdict),
    since=instants,
    rules=st.lists(rules, max_size=2).map(tuple),
)
boards = st.builds(
    Board,
    **dict.fromkeys(("run", "attempt", "evaluation"), numbers),
    **dict.fromkeys(("plan_id", "plan_title", "plan_sha256", "sentence", "change", "hash"), text),
    evaluated_at=instants,
    environment=st.sampled_from(Environment),
    verdict=st.sampled_from(BoardVerdict),
    gates=st.lists(gates, max_size=2).map(tuple),
    oldest_input_at=st.none() | instants,
    blind=st.lists(text, max_size=2).map(tuple),
    warnings=st.lists(text, max_size=2).map(tuple),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(boards)
def test_every_board_comes_back_equal(given_board: Board) -> None:
    assert given_board == board_from(given_board.encode().decode())


def test_a_board_that_does_not_read_as_one_is_damage() -> None:
    with pytest.raises(StoreDamagedError, match="restore the database"):
        board_from('{"run": 1}')


def test_the_newest_board_is_the_one_judged_last(writer: Writing) -> None:
    ids = writer.samples(answer(), answer(second=5))
    writer.judged(board(writer.run, 1), inputs=ids[:1])
    writer.judged(board(writer.run, 2, second=5), inputs=ids)

    newest = writer.store.board(writer.run.id)

    assert StoredBoard(board=board(writer.run, 2, second=5), memory=b"\x00memory", inputs=ids) == newest


def test_an_earlier_board_is_found_by_its_number(writer: Writing) -> None:
    writer.judged(board(writer.run, 1))
    writer.judged(board(writer.run, 2))

    found = writer.store.board(writer.run.id, 1)

    assert found is not None
    assert board(writer.run, 1) == found.board
    assert writer.store.board(writer.run.id, 3) is None


def test_flips_come_newest_first_with_their_inputs(writer: Writing) -> None:
    ids = writer.samples(answer(), answer(second=1))
    writer.judged(board(writer.run, 1), flips=[flip(1, ids[:1])], inputs=ids)
    writer.judged(board(writer.run, 2), inputs=ids)
    writer.judged(board(writer.run, 3), flips=[flip(3, ids, second=9)], inputs=ids)

    assert [flip(3, ids, second=9), flip(1, ids[:1])] == writer.store.flips(writer.run.id, 5)
    assert [flip(3, ids, second=9)] == writer.store.flips(writer.run.id, 1)


def test_the_head_tells_how_far_the_run_has_come(writer: Writing) -> None:
    before = writer.store.head(writer.run.id)
    ids = writer.samples(answer(), answer(second=5))
    writer.judged(board(writer.run, 7, second=6), inputs=ids)
    after = writer.store.head(writer.run.id)

    assert before == Head(
        event_seq=0, evaluation=None, evaluated_at=None, sample_id=None, heartbeat_at=T0, holder="host:1"
    )
    assert after == Head(
        event_seq=0, evaluation=7, evaluated_at=at(6), sample_id=ids[1], heartbeat_at=T0, holder="host:1"
    )


def test_there_is_no_head_of_a_run_that_does_not_exist(writer: Writing) -> None:
    assert writer.store.head(writer.run.id + 1) is None


def test_a_flip_whose_input_was_never_recorded_is_refused_with_its_board(writer: Writing) -> None:
    with pytest.raises(StoreError):
        writer.judged(board(writer.run, 1), flips=[flip(1, [999])])

    assert writer.store.board(writer.run.id) is None


def test_the_same_evaluation_cannot_be_recorded_twice(writer: Writing) -> None:
    writer.judged(board(writer.run, 1))

    with pytest.raises(StoreError):
        writer.judged(board(writer.run, 1, second=5))


def test_a_board_of_the_other_environment_is_refused(writer: Writing) -> None:
    with pytest.raises(WrongEnvironmentError, match="board of the live environment"):
        writer.judged(board(writer.run, 1, environment=Environment.LIVE))


def test_a_board_of_another_run_is_refused(writer: Writing) -> None:
    with pytest.raises(UnstorableError, match="hand over what one evaluation gave"):
        writer.judged(replace(board(writer.run, 1), run=writer.run.id + 1))


def test_a_flip_of_another_evaluation_is_refused(writer: Writing) -> None:
    with pytest.raises(UnstorableError, match=r"Got a board or flips of \[2\]"):
        writer.judged(board(writer.run, 1), flips=[flip(2, [])])
