"""Times, durations, money and facts, as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from collectors.observation import Scalar
from dashboard.launch.board import BoardVerdict, CheckResult, Verdict
from dashboard.ui import formats, looks, markup, wording
from dashboard.ui.drawn import Drawn


def test_a_time_is_shown_in_utc_wherever_it_was_taken() -> None:
    taken = datetime(2026, 11, 22, 10, 0, 5, tzinfo=timezone(timedelta(hours=1)))

    assert "09:00:05" == formats.clock_time(taken)
    assert "2026-11-22T09:00:05.000+00:00" == formats.iso(taken)
    assert 1_795_338_005_000 == formats.epoch_ms(taken)


@pytest.mark.parametrize(("ms", "shown"), [(None, "-"), (0, "0 ms"), (9_999, "9999 ms"), (10_000, "10.0 s")])
def test_a_duration_turns_into_seconds_at_ten_thousand(ms: int | None, shown: str) -> None:
    assert shown == formats.duration(ms)


@pytest.mark.parametrize(("s", "shown"), [(59, "59 s"), (60, "1 min"), (90, "90 s"), (3_600, "1 h")])
def test_a_window_is_shown_in_its_largest_whole_unit(s: int, shown: str) -> None:
    assert shown == formats.span(s)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(999, "usd", "$9.99"), (5, "eur", "€0.05"), (120_000, "chf", "1,200.00 CHF")],
)
def test_money_is_written_from_minor_units(amount: int, currency: str, shown: str) -> None:
    assert shown == formats.money(amount, currency)


@pytest.mark.parametrize(
    ("cents", "currency", "shown"),
    [
        (999, "usd", "+9.99 USD"),
        (-999, "usd", "-9.99 USD"),
        (-1, "usd", "-0.01 USD"),
        (0, "usd", "0.00 USD"),
        (-123_456, "usd", "-1,234.56 USD"),
        (-999, "jpy", "-999 JPY"),
    ],
)
def test_a_difference_keeps_its_sign(cents: int, currency: str, shown: str) -> None:
    assert shown == formats.signed(cents, currency)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (59, "59 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h 0 min"),
        (-6, formats.age(0)),
        (172_799, "47 h 59 min"),
        (172_800, "2 d 0 h"),
    ],
)
def test_an_age_is_shown_in_its_two_largest_units(seconds: int, shown: str) -> None:
    assert shown == formats.age(seconds)


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), (False, "false"), (9_990, "9,990"), ("", "(empty)")]
)
def test_a_fact_is_shown_without_losing_what_it_is(value: Scalar, shown: str) -> None:
    assert shown == formats.fact(value)


def test_a_long_build_is_shortened_and_a_missing_one_is_said() -> None:
    assert "build unknown" == formats.build(None)
    assert "student_pilot@4f9c1e7" == formats.build("student_pilot@4f9c1e7")
    assert f"…{'b' * 40}" == formats.build("a" + "b" * 40)


def test_every_verdict_and_result_has_a_word_an_icon_and_a_look_of_its_own() -> None:
    board = {looks.of_board(verdict).tone for verdict in BoardVerdict}
    gate = {looks.of_gate(verdict, lost=False).tone for verdict in Verdict}

    assert len(BoardVerdict) == len(board)
    assert len(Verdict) == len(gate)
    assert set(CheckResult) == set(wording.RESULT_WORD)


def test_only_a_pass_is_ever_green() -> None:
    green = [result for result in CheckResult if looks.of_result(result, lost=False).tone == "go"]

    assert [CheckResult.PASS] == green


def test_what_is_lost_looks_like_nothing_that_was_judged() -> None:
    assert {looks.STALE} == {looks.of_gate(verdict, lost=True) for verdict in Verdict}
    assert {looks.STALE} == {looks.of_result(result, lost=True) for result in CheckResult}


def test_a_moment_carries_what_the_browser_counts_from() -> None:
    at = datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC)

    assert 'data-golive-age="1795338005000"' in markup.moment(at)
    assert wording.NOT_YET in markup.moment(None)


def test_a_time_and_its_age_are_one_piece_of_a_line_that_sets_pieces_apart() -> None:
    shown = markup.moment(datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC))

    assert shown.startswith("<span><time ")
    assert shown.endswith("</span></span>")


@pytest.mark.parametrize("values", [(), (5,)])
def test_a_curve_needs_two_ends(values: tuple[int, ...]) -> None:
    assert not markup.sparkline(values, label="Latency", colour="#000000")


def test_a_curve_of_zeros_is_drawn_flat_and_not_divided_by() -> None:
    assert "Latency &amp; more" in markup.sparkline((0, 0), label="Latency & more", colour="#000000")


def test_one_version_is_drawn_once_for_all_viewers() -> None:
    drawings: list[str] = []

    def draw(subject: str) -> int:
        drawings.append(subject)
        return len(drawings)

    drawn = Drawn(draw)

    assert [1, 1, 2, 2] == [drawn(subject) for subject in ("first", "first", "second", "second")]
    assert ["first", "second"] == drawings
