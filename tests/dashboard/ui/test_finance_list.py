"""The list of the Finance page: what is wanted, what a row says, where it leads, and the files."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.finance.values import Wanted
from dashboard.reconciliation.classes import Class
from dashboard.ui import finance_wording
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.finance_panels import WRONG_ROWS, row, unmatched
from tests.dashboard.ui.standin import StandInRoom
from tests.dashboard.ui.test_finance import plain
from tests.dashboard.ui.test_pages import Installed

DOWNLOAD = re.compile(r'class="gl-download"[^>]*>([^<]*)<')


@pytest.fixture(autouse=True)
def room(installed: Installed) -> StandInRoom:
    room = installed()
    room.books = unmatched()
    return room


def listed(app: AppTest) -> str:
    """The list alone."""
    return plain(screen(app)).rsplit("Created, UTC", maxsplit=1)[-1]


def test_a_row_says_its_class_ids_correlation_id_signed_drift_and_age(opened: Open) -> None:
    shown = listed(opened("finance"))

    assert "Stripe only -9.99 USD 11 min 30 s pi_2 ch_2 corr-2 9.99 USD none none 2026-11-24" in shown
    assert "Ledger only +9.99 USD 26 h 3 min entry-1 corr-1 none 9.99 USD 9,990" in shown
    assert "Credited twice +9.99 USD 2 h 5 min pi_4 ch_4 entry-4 entry-4b corr-4" in shown
    assert "Currency not converted 2 h 5 min pi_3 ch_3 entry-3 corr-3 9.99 EUR in another currency" in shown


def test_it_says_how_many_of_how_many_are_shown(opened: Open) -> None:
    assert "showing 9 of 1,234" in plain(screen(opened("finance")))


def test_a_row_with_a_payment_leads_to_its_trace_in_a_tab_of_its_own(opened: Open) -> None:
    links = re.findall(r'<a href="([^"]+)" target="_blank"', screen(opened("finance")))

    assert [each.payment_intent for each in WRONG_ROWS if each.payment_intent] == [
        parse_qs(urlsplit(link).query)["purchase"][0] for link in links
    ]
    assert {"first_dollar"} == {urlsplit(link).path for link in links}


def test_an_id_from_outside_leads_nowhere_else(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched(rows=(row(Class.STRIPE_ONLY, 1, payment_intent='pi_"><script>&x=1'),))

    drawn = screen(opened("finance"))

    assert 'href="first_dollar?purchase=pi_%22%3E%3Cscript%3E%26x%3D1"' in drawn
    assert "<script" not in drawn


def test_a_missing_correlation_id_is_said(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched(rows=(row(Class.STRIPE_ONLY, 1, correlation_id=None, drift_cents=-999),))

    assert "-9.99 USD 2 h 5 min pi_1 ch_1 entry-1 none 9.99 USD" in listed(opened("finance"))


def test_classes_and_text_narrow_what_is_asked_for(room: StandInRoom, opened: Open) -> None:
    app = opened("finance")
    app.multiselect(key="golive.finance_classes").select("stripe_only").select("matched").run()
    app.text_input(key="golive.finance_text").input(" pi_2 ").run()

    wanted = frozenset({Class.STRIPE_ONLY, Class.MATCHED})
    assert Wanted(classes=wanted, text="pi_2") == room.wanted
    assert finance_wording.LIST_OF_WANTED in screen(app)


def test_where_nothing_is_wanted_no_file_is_offered(room: StandInRoom, opened: Open) -> None:
    room.books = unmatched(rows=(), found=0)
    app = opened("finance")
    app.text_input(key="golive.finance_text").input("pi_404").run()

    assert finance_wording.NOTHING_WANTED in screen(app)
    assert "gl-download" not in screen(app)


def test_two_files_are_offered_and_none_is_made_before_it_is_asked_for(
    room: StandInRoom, opened: Open
) -> None:
    shown = screen(opened("finance", "auditor"))

    assert ["Download CSV", "Download Parquet"] == DOWNLOAD.findall(shown)
    assert "In each file: 1,234 rows, as of when you press." in plain(shown)
    assert [] == room.done


def test_a_file_is_of_the_rows_that_the_list_is_narrowed_to(opened: Open) -> None:
    app = opened("finance", "auditor")
    app.multiselect(key="golive.finance_classes").set_value(["stripe_only"])
    app.text_input(key="golive.finance_text").input("pi_2").run()

    asked = "download/finance.csv?class=stripe_only&amp;text=pi_2&amp;role=auditor"
    assert f'href="{asked}"' in screen(app)
