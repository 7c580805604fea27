"""The outbox takes each notice once, remembers every attempt, and only grows."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard.launch.announcing import Notice
from dashboard.launch.delivery import Attempt, Outcome, Pending
from dashboard.store.errors import LeaseLostError, StoreError
from tests.dashboard.store.scene import Writing, at

CHANNELS = ("slack 1", "json 1")
HELD = Notice(key="event/2", at=at(3), text="REHEARSAL, First live dollar, T+00:03: held")
FLIP = Notice(key="flip/7/ledger", at=at(1), text="REHEARSAL, First live dollar, T+00:01: flipped")


def put(writer: Writing, *notices: Notice) -> list[Pending]:
    return writer.store.put_notices(writer.run.id, notices, channels=CHANNELS, now=at(4), lease=writer.lease)


def became(writer: Writing, key: str, outcome: Outcome, second: float, error: str = "") -> None:
    attempt = Attempt(key=key, channel="slack 1", at=at(second), outcome=outcome, error=error)
    writer.store.record_attempts(writer.run.id, [attempt], lease=writer.lease)


def test_a_notice_waits_for_every_channel_the_oldest_first(writer: Writing) -> None:
    made = put(writer, HELD, FLIP)

    found = writer.store.waiting_notices(writer.run.id)
    assert 4 == len(made) == len(found)
    assert [FLIP, FLIP, HELD, HELD] == [each.notice for each in found]
    assert set(CHANNELS) == {each.channel for each in found}
    assert at(3) == writer.store.newest_notice_at(writer.run.id)


def test_a_notice_that_is_there_already_makes_no_delivery(writer: Writing) -> None:
    put(writer, HELD)

    again = put(writer, HELD, FLIP)

    assert {FLIP} == {each.notice for each in again}


def test_what_failed_is_told_with_its_tries_and_what_was_sent_is_over(writer: Writing) -> None:
    put(writer, HELD, FLIP)
    became(writer, HELD.key, Outcome.FAILED, 5, "got HTTP 500")
    became(writer, HELD.key, Outcome.FAILED, 10, "timed out")
    became(writer, FLIP.key, Outcome.SENT, 6)

    mine = [each for each in writer.store.waiting_notices(writer.run.id) if each.channel == "slack 1"]

    assert [Pending(notice=HELD, channel="slack 1", tries=2, failed_at=at(10), error="timed out")] == mine


def test_what_is_given_up_is_over_and_remembered(writer: Writing) -> None:
    put(writer, HELD)
    became(writer, HELD.key, Outcome.GIVEN_UP, 700, "timed out")

    found = writer.store.given_up_notices(writer.run.id, since=at(700))

    assert [("event/2", "timed out")] == [(each.key, each.error) for each in found]
    assert [] == writer.store.given_up_notices(writer.run.id, since=at(701))
    assert ["json 1"] == [each.channel for each in writer.store.waiting_notices(writer.run.id)]


def test_the_head_of_a_run_tells_that_the_outbox_has_changed(writer: Writing) -> None:
    seen = [writer.store.head(writer.run.id)]
    put(writer, HELD)
    seen.append(writer.store.head(writer.run.id))
    became(writer, HELD.key, Outcome.FAILED, 5)
    seen.append(writer.store.head(writer.run.id))

    assert [0, 2, 3] == [None if head is None else head.delivery_id for head in seen]


def test_who_lost_the_lease_announces_nothing(writer: Writing) -> None:
    writer.store.release(writer.lease)

    with pytest.raises(LeaseLostError):
        put(writer, HELD)
    with pytest.raises(LeaseLostError):
        became(writer, HELD.key, Outcome.SENT, 5)

    assert () == writer.store.waiting_notices(writer.run.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE golive_notice SET text = 'other'",
        "DELETE FROM golive_notice",
        "UPDATE golive_delivery SET outcome = 'sent'",
        "DELETE FROM golive_delivery",
    ],
)
def test_the_outbox_cannot_be_changed_or_emptied(writer: Writing, statement: str) -> None:
    put(writer, HELD)

    with pytest.raises((DBAPIError, StoreError), match="append-only"), writer.store._database.writing() as to:
        to.execute(text(statement))

    assert 2 == len(writer.store.waiting_notices(writer.run.id))
