"""A world that goes faster: whatever a viewer waits for comes sooner, and comes out the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.pace import Pace
from tests.rehearsal.visitor import served, wait_until

RETRIES = 6
"""At the world's own pace the sixth attempt comes after a minute and a half, which nobody here waits for."""


@pytest.mark.parametrize(("speed", "seconds"), [(1, 30), (6, 5), (60, 0.5)])
def test_a_delay_is_shortened_by_the_speed(speed: int, seconds: float) -> None:
    assert seconds == Pace(speed).shortened(30)


def test_stripe_tries_again_sooner_and_the_purchase_is_credited_once(tmp_path: Path) -> None:
    with served(tmp_path, speed=60) as visitor:
        with visitor.fault("webhook_500"):
            name = visitor.control("POST", "/purchases")["id"]
            wait_until(lambda: _attempts(visitor.purchase(name)["webhook delivered"]["detail"]) >= RETRIES)
        wait_until(lambda: visitor.purchase(name)["credits visible"]["state"] == "done")

        intent = visitor.purchase(name)["paid"]["detail"]
        credited = [item["payment_intent"] for item in visitor.ledger("transactions")["items"]]
        assert 1 == credited.count(intent)


def _attempts(detail: str) -> int:
    """The number in "attempt 3: 500"."""
    return int(detail.removeprefix("attempt ").split(":")[0]) if detail else 0
