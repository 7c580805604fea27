"""The Finance page, as it is read."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from dashboard.finance.values import AgeBand, Denials, Liability, Named, Wanted
from dashboard.launch.money.purchase import AsOf
from dashboard.reconciliation.classes import MENDS, SENTENCES, Class
from dashboard.reconciliation.line import Line
from dashboard.ui import finance_wording, wording
from tests.cast import default_plan
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.finance_panels import broken, empty, healthy, line, takings, unknown, unmatched
from tests.dashboard.ui.standin import StandInRoom
from tests.dashboard.ui.test_pages import Installed

ROLES = tuple(default_plan().roles)


@pytest.fixture(autouse=True)
def room(installed: Installed) -> StandInRoom:
    return installed()


def words(opened: Open, role: str | None = "finance") -> str:
    """What stands on the page, without its markup and what only a dead board says."""
    return plain(screen(opened("finance", role)))


def plain(drawn: str) -> str:
    shown = re.sub(r'<span class="gl-word-lost">[^<]*</span>', "", drawn)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split()).split(wording.FINANCE, maxsplit=1)[-1]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_see_the_money(role: str, opened: Open) -> None:
    assert finance_wording.CLASSES in words(opened, role)


def test_where_all_matches_it_is_said_with_its_sum(opened: Open) -> None:
    shown = words(opened)

    assert "MATCHED all 3 rows match to the cent ADDS UP gross 29.97 USD = 29.97 matched" in shown
    assert f"Matched 3 0.00 USD 29.97 USD 29.97 USD {SENTENCES[Class.MATCHED]}" in shown


@pytest.mark.parametrize(
    ("blind", "said"),
    [
        ((), "MATCHED the one row matches to the cent ADDS UP"),
        (
            ("The ledger was not read since 11:00:00 UTC.",),
            "UNKNOWN of what was read the one row matches to the cent, and not everything was read",
        ),
    ],
)
def test_one_row_that_matches_is_told_as_one(
    room: StandInRoom, opened: Open, blind: tuple[str, ...], said: str
) -> None:
    room.books = healthy(
        lines=(line(Class.MATCHED, 1, 999, 999, 0),), takings=takings(gross_cents=999), blind=blind
    )

    assert said in words(opened)


def test_each_side_says_as_of_when_it_is_and_since_when(opened: Open) -> None:
    app = opened("finance")

    payments = "Stripe&#x27;s payments as of 2026-11-24 12:00:18 UTC read 12:00:19 UTC"
    assert payments in plain(screen(app))
    assert "Ledger as of 2026-11-24 12:00:25 UTC read 12:00:26 UTC" in plain(screen(app))
    assert "Since 2026-11-23 00:00:00 UTC" in plain(screen(app))
    assert 7 == screen(app).count("data-golive-age")


def test_a_side_that_was_not_read_says_so_and_why(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(
        ledger=AsOf(why="the ledger answered 503"), blind=("The ledger was not read since 11:00:00 UTC.",)
    )

    shown = words(opened)

    assert "Ledger as of never read the ledger answered 503" in shown
    assert "The ledger was not read since 11:00:00 UTC." in shown


def test_what_was_given_back_is_not_called_a_match(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(lines=(line(Class.MATCHED, 2, 1_998, 1_998, 0), line(Class.REFUNDED, 1, 999, 0, 0)))

    assert "MATCHED all 3 rows match or were given back, to the cent" in words(opened)


def test_what_was_not_all_read_is_not_called_matched(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(blind=("The ledger was not read since 11:00:00 UTC.",))

    shown = words(opened)

    assert "UNKNOWN of what was read all 3 rows match to the cent, and not everything was read" in shown
    assert "MATCHED all" not in shown


def test_of_what_was_not_all_read_no_row_that_was_given_back_is_called_a_match(
    room: StandInRoom, opened: Open
) -> None:
    lines = (line(Class.MATCHED, 2, 1_998, 1_998, 0), line(Class.REFUNDED, 1, 999, 0, 0))
    room.books = healthy(lines=lines, blind=("The ledger was not read since 11:00:00 UTC.",))

    assert "UNKNOWN of what was read all 3 rows match or were given back, to the cent" in words(opened)


def test_what_does_not_match_is_read_first_with_direction_amount_and_age(
    room: StandInRoom, opened: Open
) -> None:
    room.books = unmatched()

    shown = words(opened)

    assert (
        "DOES NOT MATCH 8 of 1,235 rows, 19.98 USD too much, 29.98 USD too little, "
        "-10.00 USD in all, what is in another currency not counted; "
        "the oldest: 24 h and older; 1 of 1,235 rows still waits for the other side" in shown
    )


def test_errors_in_two_directions_do_not_make_each_other_good(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(
        lines=(line(Class.LEDGER_ONLY, 1, 0, 999, 999), line(Class.STRIPE_ONLY, 3, 2_997, 1_998, -999))
    )

    assert "9.99 USD too much, 9.99 USD too little, 0.00 USD in all" in words(opened)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (line(Class.CREDIT_MISMATCH, 2, 1_998, 1_998, 0), "DOES NOT MATCH 2 of 2 rows, no drift"),
        (line(Class.AMOUNT_MISMATCH, 2, 1_998, 1_996, -2), "2 of 2 rows, 0.02 USD too little"),
        (
            line(Class.CURRENCY_MISMATCH, 2, 1_998, 0, 0, currency="eur"),
            "2 of 2 rows, what is in another currency not counted",
        ),
    ],
)
def test_a_drift_that_is_none_or_not_known_is_not_the_same(
    told: Line, said: str, room: StandInRoom, opened: Open
) -> None:
    room.books = healthy(
        lines=(told,),
        takings=takings(gross_cents=1_998 if told.currency == "usd" else 0),
    )

    assert said in words(opened)


def test_each_class_has_its_sentence_its_count_both_sides_and_its_signed_drift(
    room: StandInRoom, opened: Open
) -> None:
    room.books = unmatched()

    shown = words(opened)

    assert f"Ledger only 1 +9.99 USD none 9.99 USD {told(Class.LEDGER_ONLY)}" in shown
    assert f"Stripe only 1 -9.99 USD 9.99 USD none {told(Class.STRIPE_ONLY)}" in shown
    assert f"Amount 1 -0.01 USD 9.99 USD 9.98 USD {told(Class.AMOUNT_MISMATCH)}" in shown
    assert (
        f"Currency 1 not converted 9.99 EUR in another currency {SENTENCES[Class.CURRENCY_MISMATCH]}" in shown
    )
    assert all(told(each) in shown for each in Class)


def told(found: Class) -> str:
    """What is so, and what to do."""
    return f"{SENTENCES[found]} {MENDS[found]}"


def test_the_identity_is_made_of_the_classes_of_the_currency(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched()

    assert (
        "ADDS UP gross 12,317.67 USD = 9.99 stripe only + 9.99 credited twice + 9.99 paid twice + "
        "9.99 amount + 9.99 credits + 9.99 unlinked + 9.99 pending + 9.99 refunded + 12,237.75 matched"
        in words(opened)
    )


def test_ages_stand_by_class_from_young_to_old(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched()

    shown = words(opened)

    assert "Class under 10 min 10 min to 1 h 24 h and older Ledger only 0 1 Stripe only 1 0" in shown
    assert "Ageing Of what does not match: 1 row under 10 min, 1 row 10 min to 1 h, 1 row 24 h" in shown


def test_what_is_only_pending_is_neither_wrong_nor_green(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(
        lines=(line(Class.PENDING, 2, 1_998, 0, -1_998), line(Class.MATCHED, 1, 999, 999, 0))
    )

    assert "PENDING 2 of 3 rows still wait for the other side" in words(opened)


def test_what_cannot_be_told_is_one_sentence_and_no_figure(room: StandInRoom, opened: Open) -> None:
    room.books = unknown()

    app = opened("finance")

    shown = plain(screen(app)).split(finance_wording.FINANCE_NOTE)[-1]
    assert "Stripe&#x27;s history is still being read" == shown.strip()
    assert not app.get("plotly_chart")
    assert not app.get("download_button")
    assert not app.multiselect


def test_sums_that_differ_are_loud_and_nothing_is_green(room: StandInRoom, opened: Open) -> None:
    room.books = broken()

    app = opened("finance")

    shown = plain(screen(app))
    assert "Nothing on this page is to be believed got 12,307.68 USD in the classes, expected 12,317.67" in (
        shown
    )
    assert "DOES NOT ADD UP" in shown
    assert 'role="alert"' in screen(app)
    assert "gl-badge gl-go" not in screen(app)


def test_sums_that_differ_are_seen_even_where_nobody_said_so(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(takings=takings(gross_cents=3_996))

    shown = words(opened)

    assert "the classes come to 29.97 USD, and Stripe&#x27;s gross is 39.96 USD" in shown
    assert "DOES NOT ADD UP gross 39.96 USD = 29.97 matched" in shown
    assert "all 3 rows match" not in shown


def test_money_without_any_class_does_not_add_up(room: StandInRoom, opened: Open) -> None:
    room.books = replace(empty(), takings=takings(gross_cents=999))

    assert "the classes come to 0.00 USD, and Stripe&#x27;s gross is 9.99 USD" in words(opened)


def test_a_gross_that_is_not_known_proves_nothing(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(takings=None, liability=None)

    shown = words(opened)

    assert "NOT KNOWN gross not known = 29.97 matched" in shown
    assert f"{finance_wording.TAKINGS_NOTE} not known" in shown
    assert f"{finance_wording.LIABILITY_NOTE} not known" in shown
    assert finance_wording.NOT_OWED in shown
    assert "MATCHED all" not in shown


def test_nothing_sold_is_not_green_and_has_no_empty_chart(room: StandInRoom, opened: Open) -> None:
    room.books = empty()

    app = opened("finance")

    shown = plain(screen(app))
    assert "NOTHING YET no payment that took money and no purchase is known since then" in shown
    assert "gl-badge gl-go" not in screen(app)
    assert not app.get("plotly_chart")
    assert ["Nothing to draw by hour: no payment and no purchase since 2026-11-23 00:00:00 UTC."] == [
        said.value for said in app.info
    ]
    assert finance_wording.NO_SPENDERS in shown
    assert finance_wording.NOTHING_UNMATCHED in shown


def test_takings_are_gross_fees_net_refunds_and_disputes(opened: Open) -> None:
    assert (
        "Gross 29.97 USD as of 2026-11-24 12:00:18 UTC "
        "Fees 1.77 USD as of 2026-11-24 12:00:00 UTC "
        "Net of fees 28.20 USD before refunds and disputes as of 2026-11-24 12:00:00 UTC "
        "Refunds 1 9.99 USD as of 2026-11-24 11:59:30 UTC "
        "Disputes none as of 2026-11-24 11:59:00 UTC "
        "Left 18.21 USD net of fees less refunds and disputes"
    ) in words(opened)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            {"disputes": 1, "disputed_cents": 2_000},
            f"-1.79 USD net of fees less refunds and disputes; {finance_wording.DISPUTE_FEES}",
        ),
        ({"refunds": None, "refunded_cents": None}, "not known yet net of fees"),
        ({"disputes": None, "disputed_cents": None}, "not known yet net of fees"),
        ({"fees_pending": 1}, "not known yet net of fees"),
        ({"wrong_net": Named(count=1, ids=("txn_1",))}, "not known yet net of fees"),
    ],
    ids=str,
)
def test_what_is_left_is_known_only_where_every_part_of_it_is(
    told: dict[str, Any], said: str, room: StandInRoom, opened: Open
) -> None:
    room.books = healthy(takings=takings(**told))

    assert f"Left {said}" in words(opened)


def test_a_fee_that_is_not_known_yet_is_counted(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched()

    said = "28.20 USD before refunds and disputes; of the others; 2 payments whose fee is not known yet"
    assert f"Net of fees {said}" in words(opened)


def test_refunds_that_were_never_read_are_not_none(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(takings=takings(refunds=None, refunded_cents=None), refunds=AsOf())

    assert "Refunds not known yet Disputes none" in words(opened)


@pytest.mark.parametrize(
    ("told", "title", "said"),
    [
        (
            {"wrong_net": Named(count=1, ids=("txn_1",))},
            "A net is not its amount less its fee",
            "1 balance transaction of a charge, left out of fees and net: txn_1",
        ),
        (
            {"wrong_net": Named(count=1_002, ids=("txn_1", "txn_2"))},
            "A net is not its amount less its fee",
            "1,002 balance transactions of a charge, left out of fees and net: txn_1, txn_2 and 1,000 more",
        ),
        (
            {"fees_pending": 3, "fees_late": Named(count=2, ids=("ch_1", "ch_2"))},
            "A fee is late",
            "2 payments taken 2 h ago or longer, and Stripe has not said the fee: ch_1, ch_2",
        ),
    ],
)
def test_a_wrong_net_and_a_late_fee_are_alarms_and_never_green(
    told: dict[str, Any], title: str, said: str, room: StandInRoom, opened: Open
) -> None:
    room.books = healthy(takings=takings(**told))

    app = opened("finance", "finance")

    assert f"{title} {said}" in plain(screen(app))
    assert f"{finance_wording.FEES_NOT_RIGHT} {title}" in plain(screen(app))
    assert 1 == screen(app).count('class="gl-alarm" role="alert"')
    assert finance_wording.ALL_ROWS_MATCH.format(rows="3 rows") not in plain(screen(app))


def test_rows_that_do_not_match_and_an_alarm_are_both_said(room: StandInRoom, opened: Open) -> None:
    gross = 1_223_775 + 8 * 999
    late = Named(count=1, ids=("ch_1",))
    room.books = unmatched(takings=takings(gross_cents=gross, fees_pending=1, fees_late=late))

    assert "1 of 1,235 rows still waits for the other side; A fee is late" in words(opened)


def test_an_alarm_without_any_payment_is_no_nothing_yet(room: StandInRoom, opened: Open) -> None:
    wrong = Named(count=1, ids=("txn_1",))
    room.books = replace(empty(), takings=takings(gross_cents=0, fee_cents=0, net_cents=0, wrong_net=wrong))

    assert finance_wording.FEES_NOT_RIGHT in words(opened)
    assert finance_wording.NOTHING_TO_MATCH not in words(opened)


def test_where_every_net_is_wrong_no_net_of_zero_is_shown(room: StandInRoom, opened: Open) -> None:
    wrong = Named(count=1, ids=("txn_1",))
    room.books = healthy(takings=takings(fee_cents=0, net_cents=0, wrong_net=wrong))

    said = "before refunds and disputes; 1 payment whose net is wrong left out"
    assert f"Net of fees not known yet {said}" in words(opened)


def test_where_no_fee_is_known_no_net_of_zero_is_shown(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(takings=takings(fee_cents=0, net_cents=0, fees_pending=1))

    shown = words(opened)

    assert "Fees not known yet as of 2026-11-24 12:00:00 UTC Net of fees not known yet" in shown


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (800, "29,970 purchased - 800 used - 400 taken back = 28,770 credits positive: credits are owed"),
        (29_570, "= 0 credits zero: every credit that was sold is used"),
        (29_600, "= -30 credits negative: more was used than sold, P1"),
    ],
)
def test_the_liability_says_its_sign_in_words(used: int, said: str, room: StandInRoom, opened: Open) -> None:
    room.books = healthy(liability=Liability(purchased=29_970, used=used, taken_back=400, other=-500))

    shown = words(opened)

    assert said in shown
    assert "Other entries: -500" in shown


def test_spenders_and_denials_of_paying_users_are_named(opened: Open) -> None:
    shown = words(opened)

    assert "User Used Taken back Purchased user-7 700 200 9,990" in shown
    assert "12 denials in all, 3 of users that have paid User that has paid Denials user-7 3" in shown


def test_denials_that_are_not_known_have_their_reason(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(denials=None, no_denials="The plan names no path for denials.")

    shown = words(opened)

    assert "The plan names no path for denials." in shown
    assert "denials in all" not in shown


def test_no_denial_is_a_figure_of_its_own(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(denials=Denials(n=0, of_paying=0, paying=()))

    assert "0 denials in all, 0 of users that have paid" in words(opened)


def test_an_age_of_any_length_has_its_band(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched(ages=(AgeBand(found=Class.UNLINKED, least_s=0, below_s=None, count=2),))

    assert "the oldest: any age" in words(opened)


def test_a_band_without_a_row_is_not_the_oldest(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched(
        ages=(
            AgeBand(found=Class.STRIPE_ONLY, least_s=600, below_s=3_600, count=1),
            AgeBand(found=Class.STRIPE_ONLY, least_s=86_400, below_s=None, count=0),
            AgeBand(found=Class.PENDING, least_s=3_600, below_s=86_400, count=1),
        )
    )

    assert "the oldest: 10 min to 1 h;" in words(opened)


def test_a_table_that_scrolls_has_a_name_and_is_reached_by_keys(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched()

    boxes = re.findall(r'<div id="([^"]+)" class="gl-scroll[^>]+>', screen(opened("finance")))
    named = re.findall(r'role="region" tabindex="0" aria-label="[^"]+"', screen(opened("finance")))

    assert 6 == len(named) == len(set(boxes))


def test_what_comes_from_outside_is_escaped(room: StandInRoom, opened: Open) -> None:
    room.books = healthy(blind=("<script>alert(1)</script>",))

    assert "<script" not in screen(opened("finance"))


def test_a_store_that_cannot_be_read_is_one_sentence(room: StandInRoom, opened: Open) -> None:
    room.trouble = "The store cannot be read: it is locked"

    assert ["The store cannot be read: it is locked"] == [told.value for told in opened("finance").error]


def test_who_waits_for_the_books_to_be_opened_is_told_so(
    room: StandInRoom, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = screen(opened("finance"))
    monkeypatch.setattr(room, "finance", lambda *_: st.stop())

    meanwhile = screen(opened("finance"))

    assert (True, False) == (finance_wording.READING in meanwhile, finance_wording.READING in after)


def test_the_rows_asked_for_at_first_are_all_but_those_that_match(room: StandInRoom, opened: Open) -> None:
    opened("finance")

    assert Wanted() == room.wanted
