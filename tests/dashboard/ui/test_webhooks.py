"""The Webhooks page, as it is read."""

from __future__ import annotations

import re

import pytest

from dashboard.launch.money.interval import wilson
from dashboard.launch.money.notifying import Notified, Unnotified
from dashboard.launch.money.truth import Share
from tests.dashboard.launch.money.bought import after, bought, read_upto
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.standin import HOP_3, StandInRoom, hops_of
from tests.dashboard.ui.test_pages import Installed


@pytest.fixture(autouse=True)
def room(installed: Installed) -> StandInRoom:
    return installed()


def words(opened: Open) -> str:
    """What stands on the page, without its markup and what only a dead board says."""
    shown = re.sub(r'<span class="gl-word-lost">[^<]*</span>', "", screen(opened("webhooks")))
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def test_each_share_has_its_k_its_n_and_its_interval(opened: Open) -> None:
    shown = words(opened)

    assert "Hop 1: delivered Stripe lists its event as acknowledged" in shown
    assert "100 % 1 of 1 95 % interval (Wilson): 20.6 % to 100 %" in shown


def test_what_is_not_known_is_no_figure(room: StandInRoom, opened: Open) -> None:
    room.hops = hops_of(bought(subscribed=0), endpoints=0)

    assert "not known not applicable: no enabled live endpoint takes the event" in words(opened)


def test_a_lost_payment_is_named_with_its_id_and_its_age(room: StandInRoom, opened: Open) -> None:
    room.hops = hops_of(bought(entries=(), as_of=read_upto(700)))

    shown = words(opened)

    assert "200 but lost 1 Fail Fail ids pi_1 11 min 30 s old" in shown
    assert "0 % 0 of 1" in shown


def test_every_payment_leads_to_its_trace_in_a_tab_of_its_own(room: StandInRoom, opened: Open) -> None:
    missing = (Unnotified(payment_intent="pi_2", created=after(10), result=None),)
    told = Notified(hop=HOP_3, share=Share(k=0, n=1), missing=missing)
    room.hops = hops_of(bought(entries=(), as_of=read_upto(700)), notified=told)
    links = re.findall(
        r'<a href="first_dollar\?purchase=([^"]+)" target="_blank"', screen(opened("webhooks"))
    )

    assert ["pi_2", "pi_1"] == links


def test_two_endpoints_give_two_bounds(room: StandInRoom, opened: Open) -> None:
    lost = bought(acknowledged={}, undelivered=frozenset({"evt_1"}), subscribed=2, as_of=read_upto(700))
    room.hops = hops_of(lost, endpoints=2)

    assert "0 % to 100 % 0 to 1 of 1" in words(opened)


def test_what_nobody_can_know_is_said(opened: Open) -> None:
    shown = words(opened)

    assert "What nobody can know" in shown
    assert "which of several endpoints failed" in shown


def test_the_source_and_the_requests_of_the_month_are_said(opened: Open) -> None:
    assert re.search(r"from [-\d]{10} [:\d]{8} to [-\d]{10} [:\d]{8} UTC", words(opened))
    assert "1 endpoint subscribed. 1,234 requests to Stripe this month." in words(opened)


def test_a_store_that_cannot_be_read_is_one_sentence(room: StandInRoom, opened: Open) -> None:
    room.trouble = "The store cannot be read: it is locked"

    assert ["The store cannot be read: it is locked"] == [told.value for told in opened("webhooks").error]


def test_without_a_delivery_log_the_fourth_share_says_so(opened: Open) -> None:
    assert (
        "Notified: provider_register → auto_com_center an accepted delivery in its own log, by payment "
        "not known not applicable: the plan names no delivery log"
    ) in words(opened)


def test_who_was_not_notified_is_named_with_the_window_of_the_share(room: StandInRoom, opened: Open) -> None:
    missing = (
        Unnotified(payment_intent="pi_2", created=after(10), result=None),
        Unnotified(payment_intent="pi_3", created=after(70), result="bounced"),
    )
    room.hops = hops_of(
        bought(),
        notified=Notified(
            hop=HOP_3,
            share=Share(k=1, n=3, least_k=1, interval=wilson(1, 3)),
            missing=missing,
            more=0,
            start=after(-86_400),
            end=after(100),
        ),
    )

    shown = words(opened)

    assert "33.3 % 1 of 3 95 % interval (Wilson): 6.1 % to 79.3 %" in shown
    assert "Payments from 2026-11-23 12:00:00 to 2026-11-24 12:01:40 UTC, as the log was read last." in shown
    assert "2 payments without an accepted delivery" in shown
    assert "pi_2 11 min 30 s old: no delivery logged pi_3 10 min 30 s old: bounced" in shown
