"""The First dollar page, as it is read."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.app import MAIN
from dashboard.launch.money.purchase import Purchase
from dashboard.ui import wording
from tests.cast import default_plan
from tests.dashboard.launch.money.bought import bought, charge, read_upto
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.standin import StandInRoom, panel_of
from tests.dashboard.ui.test_pages import Installed

ROLES = tuple(default_plan().roles)


@pytest.fixture(autouse=True)
def room(installed: Installed) -> StandInRoom:
    return installed()


def words(opened: Open, role: str | None = None) -> str:
    """What stands on the page, without its markup."""
    shown = re.sub(r'<span class="gl-word-lost">[^<]*</span>', "", screen(opened("first_dollar", role)))
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def test_the_page_says_what_was_to_be_bought_and_that_it_is_done(opened: Open) -> None:
    shown = words(opened)

    assert "Starter: $9.99 and 9,990 credits, within 1 min of the charge." in shown
    assert "The first dollar of this run · pi_1" in shown
    assert 5 == shown.count("DONE ") - 1  # and once for the whole


def test_both_times_and_both_clocks_stand_beside_each_other(opened: Open) -> None:
    shown = words(opened)

    assert "Time to first dollar 14 s from the checkout on" in shown
    assert "Of it the system 4 s from the charge on" in shown
    assert "Clock of Stripe -420 ms" in shown
    assert "Clock of ledger not measured" in shown


def test_a_hop_has_its_clock_its_latency_its_deadline_and_its_id(opened: Open) -> None:
    assert (
        "Ledger credit DONE 12:00:13 · 3 s after the charge · due 12:01:10 · the ledger&#x27;s clock"
        in words(opened)
    )


def test_a_lost_credit_is_red_in_words_and_the_times_are_not_known(room: StandInRoom, opened: Open) -> None:
    room.panel = panel_of(bought(entries=(), balance=None, as_of=read_upto(900)), 900)

    shown = words(opened)

    assert (
        "Ledger credit FAILED due 12:01:10 no row of the ledger carries this payment, 600 s after the charge"
        in shown
    )
    assert "Stands at: Ledger credit." in shown
    assert "Time to first dollar not known yet" in shown


def test_what_is_not_the_dollar_says_why(room: StandInRoom, opened: Open) -> None:
    room.panel = panel_of(bought(charges=(charge(amount_captured=998),)))

    assert "got 9.98 USD, expected 9.99 USD" in words(opened)


def test_another_payment_can_be_picked(opened: Open) -> None:
    app = opened("first_dollar")
    app.selectbox(key="golive.payment").select("pi_1").run()

    assert "Another payment · pi_1" in screen(app)


def at_address(purchase: str) -> AppTest:
    """The page as a link opens it: with the purchase in its address."""
    app = AppTest.from_file(str(MAIN), default_timeout=20).run()
    app.switch_page("../pages/first_dollar.py")
    app.query_params["purchase"] = purchase
    return app.run()


@pytest.mark.parametrize("purchase", ["pi_1", "pi_older_than_the_list"])
def test_a_link_opens_the_page_on_its_purchase(purchase: str) -> None:
    app = at_address(purchase)

    assert purchase == app.selectbox(key="golive.payment").value
    assert f"Another payment · {purchase}" in screen(app).replace("pi_1", purchase)


@pytest.mark.parametrize("purchase", ["", "ch_1", "pi_1 OR 1=1", "pi_<b>", "pi_" + 300 * "x"])
def test_an_address_that_names_no_payment_picks_none_and_is_told_so(purchase: str) -> None:
    app = at_address(purchase)

    assert bool(purchase) is (f"golive knows no payment “{escape(purchase[:60])}" in screen(app))
    assert "<b>" not in screen(app)
    assert app.selectbox(key="golive.payment").value is None
    assert "The first dollar of this run · pi_1" in screen(app)
    assert "purchase" not in app.query_params


def test_a_payment_that_is_not_there_is_said_above_the_one_that_is(room: StandInRoom) -> None:
    room.unknown = frozenset({"pi_nope"})
    shown = screen(at_address("pi_nope"))

    said = "golive knows no payment “pi_nope”; shown instead is what this page opens on."
    assert said in shown
    assert shown.index(said) < shown.index("The first dollar of this run · pi_1")
    assert wording.NO_PURCHASE not in shown


def test_a_payment_that_the_ledger_alone_knows_is_shown_by_its_name(room: StandInRoom) -> None:
    room.panel = replace(panel_of(bought()), trace=panel_of(Purchase()).trace)
    shown = screen(at_address("pi_of_the_ledger"))

    assert "Another payment · pi_of_the_ledger" in shown
    assert "golive knows no payment" not in shown


def test_the_address_names_what_is_picked(opened: Open) -> None:
    app = opened("first_dollar")
    app.selectbox(key="golive.payment").select("pi_1").run()

    assert "pi_1" == app.query_params["purchase"]


def test_a_pick_is_kept_over_what_the_address_named_first() -> None:
    app = at_address("pi_older_than_the_list")
    app.selectbox(key="golive.payment").select("pi_1").run()
    app.run().run()

    assert "pi_1" == app.selectbox(key="golive.payment").value
    assert "Another payment · pi_1" in screen(app)

    app.selectbox(key="golive.payment").set_value(None).run()
    app.run()

    assert "The first dollar of this run · pi_1" in screen(app)
    assert "purchase" not in app.query_params


def test_a_store_that_cannot_be_read_is_one_sentence(room: StandInRoom, opened: Open) -> None:
    room.trouble = "The store cannot be read: it is locked"

    app = opened("first_dollar")

    assert ["The store cannot be read: it is locked"] == [told.value for told in app.info]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_follow_the_dollar(role: str, opened: Open) -> None:
    assert wording.FIRST_DOLLAR in words(opened, role)


def test_an_id_leads_to_what_is_kept_of_it_and_to_nothing_where_nothing_is(opened: Open) -> None:
    shown = screen(opened("first_dollar", None))

    assert 1 == shown.count('<a href="#kept-ch_1"><code>ch_1</code></a>')
    assert '<details id="kept-ch_1">' in shown
    assert "{&quot;amount&quot;:999,&quot;id&quot;:&quot;ch_1&quot;}" in shown
    assert f"SHA-256 <code>{'ab' * 32}</code>" in shown
    assert "charge of Stripe, first seen" in shown
    assert "#kept-tx_1" not in shown
