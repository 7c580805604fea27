"""Who was turned away is read to where it was read before, and no more of it than which, whose and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collectors.asking import Asker, AskError
from collectors.ledger_denials import TABLE, DenialHistory, DenialReading
from collectors.ledger_pages import LedgerPages
from collectors.money_window import OVERLAP_S, Cursor, MoneyList
from collectors.observation import FailureReason
from tests.collectors.issuing import Issuing
from tests.collectors.loopback import Loopback, Reply, as_json
from tests.collectors.test_ledger_history import NOW, PERSON, SINCE, paged

PATH = "/api/v1/denials"


@pytest.fixture
def issuing(source: Loopback) -> Issuing:
    return Issuing(source)


def denial(number: int, ago_s: int = 0, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": f"den_{number}",
        "user": f"u-{number}",
        "created_at": (NOW - timedelta(seconds=ago_s)).isoformat(),
        "reason": PERSON,
    }
    return plain | changes


def denials(issuing: Issuing) -> DenialHistory:
    pages = LedgerPages(
        url=issuing.source.url(PATH),
        tokens=issuing.tokens(),
        items="items",
        next_cursor="next_cursor",
        cursor_parameter="cursor",
        table=TABLE,
        parameters={"limit": 3},
    )
    reading = DenialReading(id="id", user="user", created="created_at")
    return DenialHistory(pages=pages, reading=reading, since=SINCE)


async def test_every_page_is_read_and_every_denial_is_there_once(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on(PATH, paged([denial(n, ago_s=n) for n in range(7)]))

    window = await denials(issuing).step(asker, None)

    assert [(f"den_{n}", f"u-{n}") for n in range(7)] == [(each.id, each.user) for each in window.denials]
    assert (MoneyList.DENIALS, 3, ()) == (window.list, window.requests, window.entries)
    assert int(NOW.timestamp()) == window.cursor.high_water


async def test_a_second_reading_ends_at_what_was_read_before(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on(PATH, paged([denial(n, ago_s=100 * n) for n in range(40)]))
    now = int(NOW.timestamp())
    cursor = Cursor(list=MoneyList.DENIALS, since=SINCE, complete_from=SINCE, high_water=now, swept_at=now)

    window = await denials(issuing).step(asker, cursor)

    assert OVERLAP_S // 100 + 3 == len(window.denials)


async def test_a_user_that_may_be_a_person_is_not_kept_and_neither_is_the_reason(
    issuing: Issuing, asker: Asker
) -> None:
    issuing.source.on(PATH, as_json({"items": [denial(1, user=PERSON)], "next_cursor": None}))

    window = await denials(issuing).step(asker, None)

    assert None is window.denials[0].user
    assert "anary" not in repr(window)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (as_json({}, status=403), FailureReason.SCOPE),
        (as_json({}, status=503), FailureReason.SERVER),
        (as_json({"items": None, "next_cursor": None}), FailureReason.MALFORMED),
        (as_json({"items": [denial(1, id=PERSON)], "next_cursor": None}), FailureReason.MALFORMED),
        (as_json({"items": [denial(1, created_at="today")], "next_cursor": None}), FailureReason.MALFORMED),
        (
            as_json({"items": [denial(1, ago_s=4_000), denial(2)], "next_cursor": None}),
            FailureReason.MALFORMED,
        ),
    ],
)
async def test_denials_that_cannot_be_read_are_a_reason_and_not_none(
    issuing: Issuing, asker: Asker, reply: Reply, reason: FailureReason
) -> None:
    issuing.source.on(PATH, reply)

    with pytest.raises(AskError) as raised:
        await denials(issuing).step(asker, None)

    assert reason is raised.value.reason
    assert "canary" not in str(raised.value)
