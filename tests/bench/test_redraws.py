from __future__ import annotations

from tests.bench.redraws import ANSWERED_WITHIN_S, Redraws


def begun() -> Redraws:
    redraws = Redraws()
    redraws.begin(100)
    return redraws


def test_a_redraw_takes_from_the_wish_to_the_drawing() -> None:
    redraws = begun()
    redraws.want(101)
    redraws.answered(101.25)

    told = redraws.told(102)
    assert (0.25,) == told.seconds
    assert 1 == told.wanted
    assert 0 == told.lost


def test_what_waits_for_its_turn_is_waited_for_from_its_own_wish_on() -> None:
    redraws = begun()
    redraws.want(101)
    redraws.want(102)
    redraws.answered(103)
    redraws.answered(104)

    assert (2, 2) == redraws.told(105).seconds


def test_what_comes_after_the_page_greyed_out_was_lost_and_not_before() -> None:
    redraws = begun()
    redraws.want(101)
    redraws.answered(101 + ANSWERED_WITHIN_S)
    redraws.want(201)
    redraws.answered(201.5 + ANSWERED_WITHIN_S)

    told = redraws.told(300)
    assert (ANSWERED_WITHIN_S,) == told.seconds
    assert 1 == told.lost
    assert 2 == told.wanted


def test_what_is_still_waited_for_in_the_end_was_lost() -> None:
    redraws = begun()
    redraws.want(101)

    assert redraws.is_waiting
    assert 1 == redraws.told(102).lost


def test_who_left_lost_nothing() -> None:
    redraws = begun()
    redraws.want(101)
    redraws.leave()

    assert 0 == redraws.told(102).lost


def test_nothing_is_wanted_after_the_close() -> None:
    redraws = begun()
    redraws.close()

    assert not redraws.want(101)
    assert 0 == redraws.told(102).wanted


def test_a_viewer_who_never_saw_anything_again_had_the_longest_gap_at_the_end() -> None:
    redraws = begun()
    redraws.want(101)
    redraws.answered(102)

    assert 2 == redraws.told(102).longest_gap_s
    assert 58 == redraws.told(160).longest_gap_s
