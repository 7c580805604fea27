"""Money is judged by counts over what was read, and an old read is an old answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.asking import Asker
from collectors.money import Metadata, TotalDetails
from collectors.money_window import MoneyList
from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from dashboard.launch.money.crediting import NO_CREDITS
from dashboard.launch.signals import MONEY
from dashboard.money_truth import MoneyTruthProbe
from dashboard.purchases import expected_of
from tests.cast import default_plan
from tests.dashboard.launch.money.bought import after, intent, refund, session
from tests.dashboard.launch.money.bought import charge as bought_charge
from tests.dashboard.money_read import OURS, balances, read, told_undelivered
from tests.dashboard.money_read import read_all as read_one
from tests.dashboard.store.scene import Writing, opened, writing
from tests.dashboard.test_webhooks import LATER, credited, paid, read_all

GRACE_S = 45


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield writing(store)


async def asked(writer: Writing, *, seconds: float = LATER + 1, since: float = 0) -> Sample:
    probe = MoneyTruthProbe(
        probe=MONEY,
        source="golive",
        store=writer.store,
        plan=default_plan(),
        run=writer.run,
        ours=OURS,
        since=after(since),
    )
    async with Asker(environment=Environment.REHEARSAL, clock=lambda: after(seconds)) as asker:
        return await probe.ask(asker)


async def facts(writer: Writing, *names: str, since: float = 0) -> list[object]:
    sample = await asked(writer, since=since)
    assert isinstance(sample, Observation), sample
    return [sample.facts.get(name) for name in names]


async def test_good_payments_are_judged_and_nothing_is_wrong(writer: Writing) -> None:
    read_all(writer, 1, 2)

    assert [2, 0, 0, 0, 0, None] == await facts(
        writer, "judged", "in_flight", "uncredited", "wrong", "orphans", "uncredited_ids"
    )


async def test_a_charge_without_credit_is_counted_and_named(writer: Writing) -> None:
    read_all(writer, 1, 2, entries=(credited(1),))

    assert [2, 1, "pi_2"] == await facts(writer, "judged", "uncredited", "uncredited_ids")


async def test_a_wrong_credit_is_counted_and_named(writer: Writing) -> None:
    read_all(writer, 1, entries=(credited(1, cents=998),))

    assert [1, "pi_1"] == await facts(writer, "wrong", "wrong_ids")


async def test_a_credit_without_a_charge_is_counted_and_named(writer: Writing) -> None:
    read_all(writer, 1, entries=(credited(1), credited(9, created=after(100))))

    assert [1, "tx_9"] == await facts(writer, "orphans", "orphan_ids")


async def test_a_charge_in_another_currency_is_wrong_whatever_was_credited(writer: Writing) -> None:
    read_all(writer, 1, entries=(credited(1),))
    read(writer, MoneyList.CHARGES, paid(1, currency="eur"), seconds=LATER)

    assert [1, "pi_1", 0] == await facts(writer, "wrong", "wrong_ids", "uncredited")


@pytest.mark.parametrize(("cents", "credits", "wrong"), [(999, 9_990, 0), (1_099, 10_990, 1)])
async def test_a_taxed_purchase_is_due_its_total_less_the_tax(
    cents: int, credits: int, wrong: int, writer: Writing
) -> None:
    read_all(writer, 1, entries=(credited(1, cents=cents, credits=credits),))
    read(writer, MoneyList.CHARGES, paid(1, amount=1_099, amount_captured=1_099), seconds=LATER)
    taxed = session(amount_total=1_099, payment_intent="pi_1", total_details=TotalDetails(amount_tax=100))
    read(writer, MoneyList.CHECKOUT_SESSIONS, taxed, seconds=LATER)

    assert [1, wrong] == await facts(writer, "judged", "wrong")


async def test_a_charge_without_a_payment_intent_is_credited_by_its_correlation_id(writer: Writing) -> None:
    nameless = msgspec.structs.replace(credited(1), payment_intent=None, correlation_id="order-1")
    read_all(writer, 1, entries=(nameless,))
    unlinked = paid(1, payment_intent=None, metadata=Metadata(correlation_id="order-1"))
    read(writer, MoneyList.CHARGES, unlinked, seconds=LATER)

    assert [1, 0, 0, 0] == await facts(writer, "judged", "uncredited", "wrong", "orphans")


@pytest.mark.parametrize(("named", "uncredited", "orphans"), [("pi_9", 0, 0), ("pi_2", 1, 0)])
async def test_a_credit_of_such_a_charge_may_name_a_payment_that_took_no_money(
    named: str, uncredited: int, orphans: int, writer: Writing
) -> None:
    given = msgspec.structs.replace(credited(1), payment_intent=named, correlation_id="order-1")
    read_all(writer, 1, 2, entries=(given,) if named == "pi_2" else (given, credited(2)))
    unlinked = paid(1, payment_intent=None, metadata=Metadata(correlation_id="order-1"))
    read(writer, MoneyList.CHARGES, unlinked, seconds=LATER)

    assert [2, uncredited, orphans, 0] == await facts(writer, "judged", "uncredited", "orphans", "wrong")


async def test_a_credit_that_names_no_payment_is_found_by_its_correlation_id(writer: Writing) -> None:
    nameless = msgspec.structs.replace(credited(2), payment_intent=None, correlation_id="order-2")
    read_all(writer, 1, 2, entries=(credited(1), nameless))
    told = {"metadata": Metadata(correlation_id="order-2")}
    read(writer, MoneyList.PAYMENT_INTENTS, intent(id="pi_2", **told), seconds=LATER)

    assert [2, 0, 0, 0] == await facts(writer, "judged", "uncredited", "wrong", "orphans")


async def test_a_credit_whose_correlation_id_is_of_a_payment_that_failed_is_one_without_a_charge(
    writer: Writing,
) -> None:
    nameless = msgspec.structs.replace(
        credited(2), payment_intent=None, correlation_id="order-2", created=after(100)
    )
    read_all(writer, 1, entries=(credited(1), nameless))
    told = {"metadata": Metadata(correlation_id="order-2"), "status": "requires_payment_method"}
    read(writer, MoneyList.PAYMENT_INTENTS, intent(id="pi_2", **told), seconds=LATER)

    assert [1, "tx_2"] == await facts(writer, "orphans", "orphan_ids")


async def test_a_credit_from_the_first_moments_is_no_orphan_of_a_charge_from_before(writer: Writing) -> None:
    read_all(writer, 1, 2, entries=(credited(1, created=after(13)), credited(9, created=after(13))))

    assert [0, 1, "tx_9"] == await facts(writer, "judged", "orphans", "orphan_ids", since=13)


@pytest.mark.parametrize(("second", "orphans"), [(44, 0), (45, 1)])
async def test_of_a_credit_from_the_first_moments_that_names_no_payment_nobody_can_tell(
    second: int, orphans: int, writer: Writing
) -> None:
    nameless = msgspec.structs.replace(credited(9, created=after(second)), payment_intent=None)
    read_all(writer, 1, entries=(credited(1), nameless))

    assert [orphans] == await facts(writer, "orphans")


@pytest.mark.parametrize(("as_of", "orphans"), [(220, 0), (221, 1)])
async def test_a_charge_may_be_listed_two_minutes_after_its_credit(
    as_of: int, orphans: int, writer: Writing
) -> None:
    for name in (MoneyList.CHECKOUT_SESSIONS, MoneyList.PAYMENT_INTENTS, MoneyList.CHARGES, MoneyList.EVENTS):
        read(writer, name, seconds=as_of)
    read(writer, MoneyList.LEDGER, entries=(credited(1, created=after(100)),), seconds=as_of)

    sample = await asked(writer, seconds=as_of)

    assert isinstance(sample, Observation)
    assert orphans == sample.facts["orphans"]


async def test_what_was_paid_before_the_run_is_none_of_it(writer: Writing) -> None:
    read_all(writer, 1, entries=())

    assert [0, 0] == await facts(writer, "judged", "uncredited", since=60)


async def test_a_side_that_was_never_read_is_no_answer(writer: Writing) -> None:
    sample = await asked(writer)

    assert isinstance(sample, CollectorFailure)
    assert (FailureReason.SERVER, "cannot be seen: nothing was read of the payments yet") == (
        sample.reason,
        sample.detail,
    )


async def test_the_answer_is_as_old_as_the_oldest_read(writer: Writing) -> None:
    read_all(writer, 1)

    sample = await asked(writer, seconds=LATER + 20)

    assert after(LATER) == sample.observed_at
    assert timedelta(seconds=20) == after(LATER + 20) - sample.observed_at


@pytest.mark.parametrize("host", [-420, 0, 420])
@pytest.mark.parametrize(("seconds", "uncredited"), [(11 + GRACE_S, 0), (12 + GRACE_S, 1)])
async def test_a_host_whose_clock_is_seven_minutes_off_judges_money_by_the_clocks_of_its_sides(
    seconds: int, uncredited: int, host: int, writer: Writing
) -> None:
    read_all(writer, 1, entries=(), seconds=seconds, host=host)
    read(writer, MoneyList.REFUNDS, seconds=seconds, host=host)

    sample = await asked(writer, seconds=seconds + host + 1)

    assert isinstance(sample, Observation), sample
    assert (uncredited, 1 - uncredited) == (sample.facts["uncredited"], sample.facts["in_flight"])
    assert after(seconds + host) == sample.observed_at


@pytest.mark.parametrize("host", [-420, 0, 420])
async def test_the_clock_of_the_host_settles_no_refund(host: int, writer: Writing) -> None:
    read_all(writer, 1, entries=(), host=host)
    read(writer, MoneyList.REFUNDS, refund(), seconds=LATER, host=host)

    sample = await asked(writer, seconds=LATER + host + 1)

    assert isinstance(sample, Observation), sample
    assert (0, 1, 0) == tuple(sample.facts[name] for name in ("uncredited", "given_back", "undebited"))


async def test_the_time_to_the_first_dollar_is_told_once_it_is_through(writer: Writing) -> None:
    read_one(writer)
    before = await asked(writer, seconds=21)
    balances(writer, s5=0, s14=9_990)
    through = await asked(writer, seconds=21)

    assert isinstance(before, Observation)
    assert isinstance(through, Observation)
    assert (None, 14) == (before.facts.get("first_dollar_s"), through.facts.get("first_dollar_s"))


@pytest.mark.parametrize(
    "changes",
    [
        {"livemode": False},
        {"status": "failed", "paid": False, "captured": False},
        {"captured": False, "amount_captured": 0},
    ],
    ids=["a test", "a failure", "an authorization"],
)
async def test_a_credit_for_what_took_no_money_is_one_without_a_charge(
    changes: dict[str, Any], writer: Writing
) -> None:
    read_all(writer, 1, entries=(credited(1), credited(2, created=after(100))))
    read(writer, MoneyList.CHARGES, paid(2, **changes), seconds=LATER)

    assert [1, 1, "tx_2"] == await facts(writer, "judged", "orphans", "orphan_ids")


async def test_a_charge_without_a_payment_intent_needs_its_credit_too(writer: Writing) -> None:
    read_all(writer, 1)
    read(writer, MoneyList.CHARGES, paid(2, payment_intent=None), seconds=LATER)

    assert [2, 1, "ch_2"] == await facts(writer, "judged", "uncredited", "uncredited_ids")


@pytest.mark.parametrize("missing", ["cents", "currency"])
async def test_a_credit_that_does_not_say_what_the_plan_expects_of_it_is_wrong(
    missing: str, writer: Writing
) -> None:
    read_all(writer, 1, entries=(credited(1, **{missing: None}),))

    assert [1] == await facts(writer, "wrong")


@pytest.mark.parametrize(("credits", "wrong"), [(19_980, 0), (9_990, 1)])
async def test_every_charge_is_held_against_its_own_amount(credits: int, wrong: int, writer: Writing) -> None:
    read_all(writer, 1, entries=(credited(1), credited(2, cents=1_998, credits=credits)))
    read(writer, MoneyList.CHARGES, paid(2, amount=1_998, amount_captured=1_998), seconds=LATER)

    assert [2, wrong] == await facts(writer, "judged", "wrong")


def test_a_charge_at_a_rate_without_whole_credits_has_no_right_credit() -> None:
    plan = default_plan()
    purchase = msgspec.structs.replace(plan.purchase, credits=10_000)
    expected = expected_of(msgspec.structs.replace(plan, purchase=purchase))

    assert NO_CREDITS == expected.of(bought_charge(amount_captured=500)).credits


async def test_a_payment_that_was_taken_twice_is_counted_and_named(writer: Writing) -> None:
    read_all(writer, 1, 2)
    read(writer, MoneyList.CHARGES, paid(2, id="ch_2b"), seconds=LATER)

    assert [2, 1, "pi_2", 0] == await facts(writer, "judged", "charged_twice", "charged_twice_ids", "wrong")


async def test_a_charge_that_was_refunded_instead_of_credited_is_neither_good_nor_bad(
    writer: Writing,
) -> None:
    read_all(writer, 1, 2, entries=(credited(1),))
    lost = await facts(writer, "judged", "uncredited", "given_back")
    read(writer, MoneyList.REFUNDS, refund(charge="ch_2", payment_intent="pi_2"), seconds=LATER)

    assert [2, 1, 0] == lost
    assert [1, 0, None, 1, "pi_2", 0, 0, 0] == await facts(
        writer,
        "judged",
        "uncredited",
        "uncredited_ids",
        "given_back",
        "given_back_ids",
        "in_flight",
        "refunded",
        "undebited",
    )


async def test_a_refund_that_names_no_charge_is_of_the_one_charge_of_its_payment(writer: Writing) -> None:
    read_all(writer, 1, entries=())
    read(writer, MoneyList.REFUNDS, refund(charge=None), seconds=LATER)

    assert [0, 1] == await facts(writer, "uncredited", "given_back")


@pytest.mark.parametrize("changes", [{"status": "pending"}, {"amount": 500}], ids=str)
async def test_a_refund_that_did_not_give_all_of_it_back_leaves_the_credit_owed(
    changes: dict[str, Any], writer: Writing
) -> None:
    read_all(writer, 1, entries=())
    read(writer, MoneyList.REFUNDS, refund(**changes), seconds=LATER)

    assert [1, "pi_1", 0] == await facts(writer, "uncredited", "uncredited_ids", "given_back")


async def test_a_second_charge_that_was_refunded_is_mended(writer: Writing) -> None:
    read_all(writer, 1)
    read(writer, MoneyList.CHARGES, paid(1, id="ch_1b"), seconds=LATER)
    twice = await facts(writer, "charged_twice")
    back = refund(charge="ch_1b")
    read(writer, MoneyList.REFUNDS, back, seconds=LATER)

    assert [1] == twice
    assert [0, None, 0, 0] == await facts(
        writer, "charged_twice", "charged_twice_ids", "uncredited", "undebited"
    )


async def test_a_second_try_that_failed_is_no_second_charge(writer: Writing) -> None:
    read_all(writer, 1)
    failed = paid(1, id="ch_1b", status="failed", paid=False, captured=False)
    read(writer, MoneyList.CHARGES, failed, seconds=LATER)

    assert [0, None] == await facts(writer, "charged_twice", "charged_twice_ids")


async def test_what_the_ledger_did_beside_crediting_is_of_the_same_answer(writer: Writing) -> None:
    read_all(writer, 1, entries=(credited(1, user="u-1"),))
    read(writer, MoneyList.REFUNDS, seconds=LATER)

    assert [1, 0, 0, 0, 0] == await facts(
        writer, "users", "overdrawn", "refunded", "undebited", "usage_samples"
    )


async def test_a_payment_that_may_take_money_yet_is_in_flight(writer: Writing) -> None:
    read_all(writer, 1)
    waiting = (intent(id=f"pi_{status}", status=status) for status in ("processing", "canceled"))
    read(writer, MoneyList.PAYMENT_INTENTS, *waiting, seconds=LATER)

    assert [1] == await facts(writer, "in_flight")


async def test_what_stripe_still_retries_is_counted_and_named(writer: Writing) -> None:
    read_all(writer, 1, 2, undelivered=told_undelivered("evt_2"))

    assert [1, "pi_2"] == await facts(writer, "retrying", "retrying_ids")


async def test_without_an_endpoint_nobody_knows_what_is_retried(writer: Writing) -> None:
    read_all(writer, 1, endpoints=())

    assert [None] == await facts(writer, "retrying")
