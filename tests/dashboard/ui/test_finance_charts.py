"""The charts of the Finance page: what they draw and what they say to whoever does not see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import plotly.graph_objects as go
import pytest

from dashboard.finance.values import Bucket
from dashboard.ui import finance_charts as charts
from dashboard.ui import finance_over_time as over_time
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.finance_panels import DRAWN, bucket, healthy, unmatched
from tests.dashboard.ui.standin import StandInRoom
from tests.dashboard.ui.test_finance import plain
from tests.dashboard.ui.test_pages import Installed

HOURS = tuple(unmatched().hours)
AGES = tuple(unmatched().ages)


@pytest.fixture(autouse=True)
def room(installed: Installed) -> StandInRoom:
    room = installed()
    room.books = unmatched()
    return room


def test_both_sides_stand_beside_each_other_in_whole_cents() -> None:
    stripe, ledger = charts.sales(HOURS, "hours", "usd").data

    assert [4_995, 2_997] == list(stripe.y)
    assert [3_995, 3_996] == list(ledger.y)
    assert ["49.95 USD", "29.97 USD"] == list(stripe.customdata)
    assert "/" == ledger.marker.pattern.shape


def test_a_drift_is_drawn_and_told_with_its_sign() -> None:
    [drift] = charts.drift(HOURS, "hours", "usd").data

    assert [-1_000, 999] == list(drift.y)
    assert ["-10.00 USD", "+9.99 USD"] == list(drift.customdata)


@pytest.mark.parametrize(
    "draw", [lambda few: charts.sales(few, "hours", "usd"), lambda few: charts.owed(few, "hours")]
)
def test_one_hour_alone_does_not_fill_the_page(draw: Callable[[tuple[Bucket, ...]], go.Figure]) -> None:
    shown = draw(HOURS[:1]).layout.xaxis.range

    assert timedelta(hours=6) == shown[1] - shown[0]
    assert shown[0] < HOURS[0].start < shown[1]


def test_bars_stand_side_by_side_within_their_hour() -> None:
    stripe, ledger = charts.sales(HOURS[:1], "hours", "usd").data
    [drift] = charts.drift(HOURS[:1], "hours", "usd").data

    hour_ms = 3_600_000
    assert [450_000, 1_800_000] == [stripe.offset, ledger.offset]
    assert stripe.offset + stripe.width == ledger.offset
    assert hour_ms - 450_000 == ledger.offset + ledger.width == drift.offset + drift.width


def test_many_hours_are_shown_from_the_first_to_the_end_of_the_last() -> None:
    many = tuple(replace(HOURS[0], start=HOURS[0].start + timedelta(hours=hour)) for hour in range(48))

    shown = charts.drift(many, "hours", "usd").layout.xaxis.range

    assert (many[0].start, many[-1].start + timedelta(hours=1)) == tuple(shown)


def test_an_axis_is_marked_in_money_and_holds_everything_and_zero() -> None:
    axis = charts.drift(HOURS, "hours", "usd").layout.yaxis

    assert [-1_000, -500, 0, 500, 1_000] == list(axis.tickvals)
    assert ["-10.00", "-5.00", "0.00", "5.00", "10.00"] == list(axis.ticktext)
    assert "USD" == axis.title.text


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([], [0, 1]),
        ([0], [0, 1]),
        ([1], [0, 1]),
        ([-3], [-3, -2, -1, 0]),
        ([7], [0, 2, 4, 6, 8]),
        ([123_456], [0, 50_000, 100_000, 150_000]),
    ],
)
def test_an_axis_has_few_round_marks(values: list[int], marks: list[int]) -> None:
    assert marks == charts.ticks(values)


def test_a_liability_below_zero_is_drawn_below_zero() -> None:
    figure = charts.owed(HOURS, "hours")

    assert [9_990, -40] == list(figure.data[0].y)
    assert figure.layout.yaxis.tickvals[0] < 0


def test_ages_are_stacked_by_class_from_young_to_old() -> None:
    figure = charts.ages(AGES)

    assert ["Ledger only", "Stripe only", "Pending"] == [trace.name for trace in figure.data]
    assert ["under 10 min", "10 min to 1 h", "24 h and older"] == list(figure.data[0].x)
    assert [0, 0, 1] == list(figure.data[0].y)


def test_what_has_not_changed_is_drawn_once() -> None:
    assert charts.sales(HOURS, "hours", "usd") is charts.sales(tuple(unmatched().hours), "hours", "usd")


def test_each_chart_is_told_in_a_sentence(opened: Open) -> None:
    app = opened("finance")

    shown, span = plain(screen(app)), "from 2026-11-24 10:00 to 2026-11-24 12:00 UTC"
    sales = (
        f"Stripe&#x27;s gross against the ledger&#x27;s purchases By hour, {span}: Stripe 79.92 USD, "
        "ledger 79.91 USD, 8 payments. Stripe took most, 49.95 USD, in the hour from 2026-11-24 10:00 UTC."
    )
    drift = (
        f"Drift By hour, {span}: -0.01 USD in all. It is not zero in 2 hours; most in that from "
        "2026-11-24 10:00 UTC: -10.00 USD."
    )
    owed = (
        f"Liability By hour, {span}: 9,990 credits at the end of the first hour, -40 at the end of the last, "
        "-40 at the least."
    )
    assert 4 == len(app.get("plotly_chart"))
    assert [True] * 3 == [sentence in shown for sentence in (sales, drift, owed)]


def test_the_sentence_is_the_alternative_of_the_chart_too(opened: Open) -> None:
    charted = [str(chart.proto) for chart in opened("finance").get("plotly_chart")]

    assert [True] * 4 == [
        any(
            alt in each
            for alt in ("purchases. By hour", "Drift. By hour", "Liability. By", "Ageing. Of what")
        )
        for each in charted
    ]


def test_no_drift_at_all_is_said(room: StandInRoom, opened: Open) -> None:
    room.books = healthy()

    assert "0.00 USD in all. It is zero throughout." in plain(screen(opened("finance")))


def test_the_same_stands_in_a_table_the_newest_first(opened: Open) -> None:
    shown = plain(screen(opened("finance")))

    assert (
        "2026-11-24 11:00 3 29.97 USD 39.96 USD +9.99 USD -40 "
        "2026-11-24 10:00 5 49.95 USD 39.95 USD -10.00 USD 9,990" in shown
    )


def test_days_are_drawn_where_they_are_picked(opened: Open) -> None:
    app = opened("finance")
    app.radio(key="golive.finance_step").set_value("days").run()

    assert "Drift By day, from 2026-11-24 00:00 to 2026-11-25 00:00 UTC" in plain(screen(app))


def test_hours_in_which_nothing_was_sold_are_no_chart() -> None:
    quiet = bucket(DRAWN - timedelta(hours=1), 0, 0, 0, drift=0, owed=28_770)

    assert () == over_time.buckets_of(healthy(hours=(quiet, quiet)), "hours")
    assert (quiet, HOURS[0]) == over_time.buckets_of(healthy(hours=(quiet, HOURS[0])), "hours")
