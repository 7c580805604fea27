"""What a NO-GO leaves to be looked after, with what is known of the money, and never a nought for unknown."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from collectors.observation import FailureReason, Sample
from dashboard.launch.compensation import concerns
from dashboard.launch.signals import MONEY
from tests.cast import T0, answer, default_plan, failure

PLAN = default_plan()
TOLD = answer(
    MONEY,
    at=T0,
    in_flight=2,
    retrying=1,
    retrying_ids="pi_7",
    uncredited=2,
    uncredited_ids="pi_7,pi_8",
    wrong=1,
    wrong_ids="pi_9",
    charged_twice=1,
    charged_twice_ids="pi_6",
)


def known(sample: Sample | None, seconds: float = 5) -> dict[str, str]:
    return {each.title: each.known for each in concerns(PLAN, sample, T0 + timedelta(seconds=seconds))}


def test_what_was_counted_is_said_with_its_ids_and_when_it_was_read() -> None:
    found = known(TOLD)

    assert f"2, read at {T0:%H:%M:%S} UTC" == found["Payments in flight"]
    assert f"1 (pi_7), read at {T0:%H:%M:%S} UTC" == found["Events that Stripe still retries"]
    assert f"4 (pi_7, pi_8, pi_9, pi_6), read at {T0:%H:%M:%S} UTC" == found["Buyers to compensate"]


@pytest.mark.parametrize(
    ("sample", "seconds", "why"),
    [
        (None, 5, "unknown: nothing was counted yet"),
        (failure(MONEY, at=T0, reason=FailureReason.SERVER), 5, "unknown: "),
        (TOLD, 31, f"unknown: read at {T0:%H:%M:%S} UTC"),
    ],
)
def test_what_is_not_known_is_never_nought(sample: Sample | None, seconds: float, why: str) -> None:
    found = known(sample, seconds)

    assert found["Buyers to compensate"].startswith(why)
    assert found["Payments in flight"].startswith(why)


def test_a_plan_that_reads_no_money_says_so() -> None:
    plan = msgspec.structs.replace(PLAN, money=None)

    assert "unknown: this plan reads no money" == concerns(plan, TOLD, T0)[0].known


def test_where_a_delivery_cannot_be_seen_what_is_retried_is_not_known() -> None:
    blind = answer(MONEY, at=T0, in_flight=0, uncredited=0, wrong=0, charged_twice=0)

    assert "unknown: not all of it can be seen" == known(blind)["Events that Stripe still retries"]
