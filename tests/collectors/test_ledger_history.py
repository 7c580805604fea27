"""The ledger's history is read to where it was read before: exact, in order, to its end, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.asking import Asker, AskError
from collectors.ledger_history import TABLE, EntryReading, LedgerHistory
from collectors.ledger_pages import LedgerPages
from collectors.money_window import OVERLAP_S, Cursor, MoneyList, Window
from collectors.observation import FailureReason
from collectors.receipts import ReceiptHistory, ReceiptsReading
from tests.collectors.issuing import Issuing
from tests.collectors.loopback import Loopback, Reply, Request, as_html, as_json

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = int((NOW - timedelta(days=2)).timestamp())
PATH = "/api/v1/transactions"
PERSON = "canary.buyer@rehearsal.example"


@pytest.fixture
def issuing(source: Loopback) -> Issuing:
    return Issuing(source)


def row(number: int, ago_s: int = 0, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": f"tx_{number}",
        "kind": "purchase",
        "credits": 9990,
        "usd_cents": 999,
        "currency": "usd",
        "payment_intent": f"pi_{number}",
        "correlation_id": f"c-{number}",
        "created_at": (NOW - timedelta(seconds=ago_s)).isoformat(),
        "user": f"u-{number}",
        "email": PERSON,
    }
    return plain | changes


def history(issuing: Issuing, **changes: Any) -> LedgerHistory:
    plain: dict[str, Any] = {
        "url": issuing.source.url(PATH),
        "tokens": issuing.tokens(),
        "items": "items",
        "next_cursor": "next_cursor",
        "cursor_parameter": "cursor",
        "table": TABLE,
        "parameters": {"limit": 3},
    }
    return LedgerHistory(
        pages=LedgerPages(**plain | changes),
        reading=EntryReading(
            id="id",
            kind="kind",
            credits="credits",
            created="created_at",
            cents="usd_cents",
            currency="currency",
            payment_intent="payment_intent",
            correlation_id="correlation_id",
            user="user",
        ),
        since=SINCE,
    )


def paged(rows: list[dict[str, Any]], size: int = 3) -> Callable[[Request], Reply]:
    def page(request: Request) -> Reply:
        start = int(request.query.get("cursor", ["0"])[0])
        following = str(start + size) if start + size < len(rows) else None
        return as_json({"items": rows[start : start + size], "next_cursor": following})

    return page


async def test_every_page_is_read_and_every_row_is_there_once(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on(PATH, paged([row(n, ago_s=n) for n in range(10)]))

    window = await history(issuing).step(asker, None)

    assert [f"tx_{n}" for n in range(10)] == [each.id for each in window.entries]
    assert ("c-3", "u-3", "pi_3", 999, 9990) == (
        window.entries[3].correlation_id,
        window.entries[3].user,
        window.entries[3].payment_intent,
        window.entries[3].cents,
        window.entries[3].credits,
    )
    assert (4, int(NOW.timestamp())) == (window.requests, window.cursor.high_water)
    assert all(["3"] == request.query["limit"] for request in issuing.source.asked(PATH))


async def test_a_second_reading_ends_at_what_was_read_before(issuing: Issuing, asker: Asker) -> None:
    rows = [row(n, ago_s=100 * n) for n in range(40)]
    issuing.source.on(PATH, paged(rows))
    cursor = Cursor(
        list=MoneyList.LEDGER,
        since=SINCE,
        complete_from=SINCE,
        high_water=int(NOW.timestamp()),
        swept_at=int(NOW.timestamp()),
    )

    window = await history(issuing).step(asker, cursor)

    assert 2 == window.requests
    assert OVERLAP_S // 100 + 3 == len(window.entries)


async def test_a_row_that_appears_in_two_pages_is_counted_once(issuing: Issuing, asker: Asker) -> None:
    first = as_json({"items": [row(3), row(2)], "next_cursor": "a"})
    second = as_json({"items": [row(2), row(1)], "next_cursor": None})
    issuing.source.on(PATH, first, second)

    window = await history(issuing).step(asker, None)

    assert ["tx_3", "tx_2", "tx_1"] == [each.id for each in window.entries]


@pytest.mark.parametrize("following", [["a", "a"], ["a", "b", "c"]])
async def test_a_list_that_does_not_end_is_malformed(
    issuing: Issuing, asker: Asker, following: list[str]
) -> None:
    issuing.source.on(PATH, *(as_json({"items": [row(1)], "next_cursor": each}) for each in following))

    assert FailureReason.MALFORMED is await _reason(issuing, asker)
    assert 2 == len(issuing.source.asked(PATH))


async def test_a_cursor_that_comes_round_again_is_malformed(issuing: Issuing, asker: Asker) -> None:
    pages = [as_json({"items": [row(n)], "next_cursor": "ab"[n % 2]}) for n in range(4)]
    issuing.source.on(PATH, *pages)

    assert FailureReason.MALFORMED is await _reason(issuing, asker)


async def test_a_list_that_begins_with_the_oldest_is_malformed(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on(PATH, as_json({"items": [row(1, ago_s=4_000), row(2)], "next_cursor": None}))

    assert FailureReason.MALFORMED is await _reason(issuing, asker)


@pytest.mark.parametrize(
    "changes",
    [
        {"credits": 9990.0},
        {"credits": "9990"},
        {"credits": True},
        {"credits": None},
        {"usd_cents": 9.99},
        {"usd_cents": "999"},
        {"usd_cents": True},
        {"created_at": "2026-11-22T02:00:00"},
        {"created_at": None},
        {"currency": "USD"},
        {"id": PERSON},
        {"kind": PERSON},
        {"payment_intent": PERSON},
    ],
)
async def test_a_row_that_is_not_exact_is_malformed(
    issuing: Issuing, asker: Asker, changes: dict[str, Any]
) -> None:
    issuing.source.on(PATH, as_json({"items": [row(1, **changes)], "next_cursor": None}))

    assert FailureReason.MALFORMED is await _reason(issuing, asker)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (as_json({}, status=401), FailureReason.AUTH),
        (as_json({}, status=403), FailureReason.SCOPE),
        (as_json({}, status=429), FailureReason.RATE_LIMITED),
        (as_json({}, status=500), FailureReason.SERVER),
        (as_json({}, status=404), FailureReason.STATUS),
        (as_html("canary"), FailureReason.MALFORMED),
        (as_json({"items": None, "next_cursor": None}), FailureReason.MALFORMED),
        (as_json({"items": []}), FailureReason.MALFORMED),
        (as_json({"items": [], "next_cursor": "a"}), FailureReason.MALFORMED),
        (as_json({"items": [], "next_cursor": {"a": 1}}), FailureReason.MALFORMED),
        (Reply(reset=True), FailureReason.UNREACHABLE),
    ],
)
async def test_a_ledger_that_cannot_be_read_is_a_reason_and_not_an_empty_window(
    issuing: Issuing, asker: Asker, reply: Reply, reason: FailureReason
) -> None:
    issuing.source.on(PATH, reply)

    assert reason is await _reason(issuing, asker)


async def test_a_ledger_without_rows_is_read_and_goes_no_further(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on(PATH, as_json({"items": [], "next_cursor": None}))

    window = await history(issuing).step(asker, None)

    assert ((), SINCE) == (window.entries, window.cursor.high_water)


async def test_a_row_of_tomorrow_does_not_hide_those_of_today(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on(PATH, as_json({"items": [row(1, ago_s=-86_400), row(2)], "next_cursor": None}))

    window = await history(issuing).step(asker, None)

    assert datetime.now(UTC).timestamp() + 60 > window.cursor.high_water


async def test_no_person_is_kept_of_a_row(issuing: Issuing, asker: Asker) -> None:
    personal = row(1, user=PERSON, correlation_id="Canary Buyer")
    issuing.source.on(PATH, as_json({"items": [personal], "next_cursor": None}))

    window = await history(issuing).step(asker, None)

    assert (None, None) == (window.entries[0].user, window.entries[0].correlation_id)
    assert "anary" not in repr(window)


async def _reason(issuing: Issuing, asker: Asker) -> FailureReason:
    with pytest.raises(AskError) as raised:
        await history(issuing).step(asker, None)
    assert "canary" not in str(raised.value)
    return raised.value.reason


def receipts(issuing: Issuing) -> ReceiptHistory:
    return ReceiptHistory(
        url=issuing.source.url("/receipts"),
        tokens=issuing.tokens(),
        reading=ReceiptsReading(
            items="items", event="event_id", received_at="received_at", result="result", good=("credited",)
        ),
        since=SINCE,
    )


async def test_receipts_are_rows_and_an_event_that_is_no_id_is_not_kept(
    issuing: Issuing, asker: Asker
) -> None:
    log = [
        {"event_id": event, "received_at": NOW.isoformat(), "result": "credited"}
        for event in ("evt_1", None, PERSON)
    ]
    issuing.source.on("/receipts", as_json({"items": log}))

    window: Window = await receipts(issuing).step(asker, None)

    assert ["evt_1", None, None] == [each.event for each in window.receipts]
    assert int(NOW.timestamp()) == window.cursor.high_water


@pytest.mark.parametrize(
    "reply", [as_json({"items": [{"result": "ok"}]}), as_json({}, status=500), as_json({"items": None})]
)
async def test_a_receipt_log_that_cannot_be_read_is_a_failure(
    issuing: Issuing, asker: Asker, reply: Reply
) -> None:
    issuing.source.on("/receipts", reply)

    with pytest.raises(AskError):
        await receipts(issuing).step(asker, None)
