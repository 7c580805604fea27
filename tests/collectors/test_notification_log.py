"""The delivery log is kept as rows without a person, and one that forgets says from when on it is whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.asking import Asker, AskError
from collectors.money_window import Cursor, MoneyList
from collectors.notification_log import NotificationHistory, NotificationReading
from collectors.observation import FailureReason
from tests.collectors.issuing import Issuing
from tests.collectors.loopback import Loopback, Reply, as_json

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = int((NOW - timedelta(days=2)).timestamp())
PATH = "/ops/deliveries"
PERSON = "canary.buyer@rehearsal.example"
READING = NotificationReading(
    items="items",
    id="id",
    received_at="at",
    result="status",
    payment_intent="payment_intent",
    correlation_id="correlation_id",
    only="template == 'purchase_receipt'",
)


@pytest.fixture
def issuing(source: Loopback) -> Issuing:
    return Issuing(source)


def delivery(number: int, ago_s: int = 0, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": f"ntf_{number}",
        "at": stamp(ago_s),
        "status": "accepted",
        "template": "purchase_receipt",
        "payment_intent": f"pi_{number}",
        "correlation_id": f"c-{number}",
        "to": PERSON,
        "text": f"Dear {PERSON}, thank you",
    }
    return plain | changes


def stamp(ago_s: int) -> str:
    return (NOW - timedelta(seconds=ago_s)).isoformat()


def notifications(issuing: Issuing, **changes: Any) -> NotificationHistory:
    plain: dict[str, Any] = {
        "url": issuing.source.url(PATH),
        "tokens": issuing.tokens(),
        "reading": READING,
        "since": SINCE,
    }
    return NotificationHistory(**plain | changes)


def tells(issuing: Issuing, *rows: dict[str, Any]) -> None:
    issuing.source.on(PATH, as_json({"items": list(rows)}))


async def test_of_a_delivery_its_ids_its_time_and_its_result_are_kept_and_no_person(
    issuing: Issuing, asker: Asker
) -> None:
    tells(issuing, delivery(1), delivery(2, payment_intent=PERSON, correlation_id="Canary Buyer"))

    window = await notifications(issuing).step(asker, None)

    first, second = sorted(window.notifications, key=lambda each: each.id)
    assert ("ntf_1", NOW, "accepted") == (first.id, first.received_at, first.result)
    assert ("pi_1", "c-1") == (first.payment_intent, first.correlation_id)
    assert (None, None) == (second.payment_intent, second.correlation_id)
    assert "anary" not in repr(window)


async def test_what_is_about_no_payment_is_not_kept(issuing: Issuing, asker: Asker) -> None:
    tells(issuing, delivery(1), delivery(2, template="announcement", payment_intent=None))

    window = await notifications(issuing).step(asker, None)

    assert ["ntf_1"] == [each.id for each in window.notifications]


async def test_of_a_delivery_that_is_told_twice_the_later_state_counts(
    issuing: Issuing, asker: Asker
) -> None:
    tells(issuing, delivery(1), delivery(1, ago_s=5, status="queued"))

    window = await notifications(issuing).step(asker, None)

    assert ["accepted"] == [each.result for each in window.notifications]


async def test_a_log_that_is_not_full_has_forgotten_nothing(issuing: Issuing, asker: Asker) -> None:
    tells(issuing, delivery(1), delivery(2, ago_s=60))

    window = await notifications(issuing, shows_at_most=3).step(asker, None)

    assert (SINCE, int(NOW.timestamp())) == (window.cursor.complete_from, window.cursor.high_water)


@pytest.mark.parametrize(("read_ago_s", "whole_ago_s"), [(60, None), (61, 60)])
async def test_a_full_log_is_whole_from_its_oldest_row_unless_it_was_read_up_to_there(
    issuing: Issuing, asker: Asker, read_ago_s: int, whole_ago_s: int | None
) -> None:
    """The row that is left out counts: the log is full before its announcements are taken away."""
    now = int(NOW.timestamp())
    tells(issuing, delivery(1), delivery(2, ago_s=60, template="announcement"))
    cursor = Cursor(
        list=MoneyList.NOTIFICATIONS, since=SINCE, complete_from=SINCE, high_water=now - read_ago_s
    )

    window = await notifications(issuing, shows_at_most=2).step(asker, cursor)

    assert (SINCE if whole_ago_s is None else now - whole_ago_s) == window.cursor.complete_from


async def test_a_row_of_tomorrow_does_not_hide_a_gap(issuing: Issuing, asker: Asker) -> None:
    tells(issuing, delivery(1, ago_s=-86_400))

    window = await notifications(issuing).step(asker, None)

    assert datetime.now(UTC).timestamp() + 60 > window.cursor.high_water


async def test_an_empty_log_is_read_and_a_log_without_ids_is_too(issuing: Issuing, asker: Asker) -> None:
    nameless = NotificationReading(items="items", id="id", received_at="at", result="status")
    tells(issuing)
    empty = await notifications(issuing).step(asker, None)
    tells(issuing, delivery(1))
    named = await notifications(issuing, reading=nameless).step(asker, None)

    assert () == empty.notifications
    assert [(None, None)] == [(each.payment_intent, each.correlation_id) for each in named.notifications]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (as_json({"items": [delivery(1, at="yesterday")]}), FailureReason.MALFORMED),
        (as_json({"items": [delivery(1, at="2026-11-22T02:00:00")]}), FailureReason.MALFORMED),
        (as_json({"items": [delivery(1, status=f"sent to {PERSON}")]}), FailureReason.MALFORMED),
        (as_json({"items": [delivery(1, id=PERSON)]}), FailureReason.MALFORMED),
        (as_json({"items": [{"id": "ntf_1"}]}), FailureReason.MALFORMED),
        (as_json({"items": None}), FailureReason.MALFORMED),
        (as_json({}, status=401), FailureReason.AUTH),
        (as_json({"items": []}, status=500), FailureReason.SERVER),
    ],
)
async def test_a_log_that_cannot_be_read_is_a_failure_that_tells_of_no_person(
    issuing: Issuing, asker: Asker, reply: Reply, reason: FailureReason
) -> None:
    issuing.source.on(PATH, reply)

    with pytest.raises(AskError) as raised:
        await notifications(issuing).step(asker, None)

    assert reason is raised.value.reason
    assert "anary" not in str(raised.value)
