"""The history of Stripe is read whole: late, tied, torn and changed objects included, or the step fails."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from collectors.asking import Asker, AskError
from collectors.money import Charge
from collectors.money_window import EVENTS_KEPT_S, Cursor, MoneyList, Window
from collectors.observation import FailureReason
from collectors.stripe_history import StripeHistory
from collectors.stripe_pace import BURST, RESERVE, Pace
from tests.collectors import stripe_objects as made
from tests.collectors.loopback import Loopback, Reply, Request, as_html, as_json
from tests.collectors.stripe_history_source import StripeSource, Told, denied
from tests.collectors.striping import NOW_S, TYPES, error, listed, reader_of

CHARGES = MoneyList.CHARGES
DAY_S = 86_400


@dataclass
class Reading:
    """One reader of a Stripe whose time a test moves."""

    source: Loopback
    asker: Asker
    since: int = NOW_S - 3_600
    now: float = NOW_S
    history: StripeHistory = field(init=False)
    cursor: Cursor | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.history = StripeHistory(
            reader=reader_of(self.source), events=TYPES, since=self.since, rng=random.Random(1)
        )

    def tells(self, *told: Told) -> None:
        StripeSource(self.source, told, lambda: self.now)

    async def step(self, name: MoneyList = CHARGES, again: tuple[str, ...] = ()) -> Window:
        window = await self.history.step(self.asker, name, self.cursor, again=again)
        self.cursor = window.cursor
        self.kept |= {each.id: each for each in window.objects}
        return window

    async def fails(self, name: MoneyList = CHARGES) -> AskError:
        with pytest.raises(AskError) as raised:
            await self.step(name)
        return raised.value


@pytest.fixture
def reading(source: Loopback, asker: Asker) -> Reading:
    return Reading(source, asker)


def charges(count: int, created: int) -> list[Told]:
    return [Told(plain=made.charge(number, created)) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 201])
async def test_ties_in_one_second_are_all_read_wherever_the_page_ends(reading: Reading, count: int) -> None:
    reading.tells(*charges(count, NOW_S - 10))

    window = await reading.step()
    assert count == len({each.id for each in window.objects}) == len(window.objects)
    assert (NOW_S - 10 if count else reading.since) == window.cursor.high_water
    assert window.caught_up


async def test_the_whole_chain_of_pages_asks_about_the_same_window(reading: Reading) -> None:
    reading.tells(*charges(250, NOW_S - 10))

    await reading.step()

    asked = [request.query for request in reading.source.asked("/v1/charges")]
    assert [None, True, True] == [("starting_after" in each) or None for each in asked]
    assert 1 == len({(*each["created[gte]"], *each["created[lt]"]) for each in asked})
    assert [str(NOW_S + 1)] == asked[0]["created[lt]"]


async def test_an_object_that_becomes_listable_late_is_found(reading: Reading) -> None:
    late = Told(plain=made.charge(1, NOW_S - 20), visible_at=NOW_S + 60)
    reading.tells(late, Told(plain=made.charge(2, NOW_S - 5)), Told(plain=made.charge(3, NOW_S + 100)))
    await reading.step()
    assert late.id not in reading.kept

    reading.now = NOW_S + 61
    await reading.step()

    assert late.id in reading.kept


async def test_an_object_that_comes_later_than_the_overlap_is_found_within_the_hour(
    reading: Reading,
) -> None:
    late = Told(plain=made.charge(1, NOW_S - 20), visible_at=NOW_S + 1_800)
    reading.tells(late, *(Told(plain=made.charge(n, NOW_S + 600 * n)) for n in range(2, 8)))
    found_at = []
    for reading.now in range(NOW_S, NOW_S + 4_000, 100):
        await reading.step()
        found_at += [reading.now] if late.id in reading.kept else []

    # A step goes by the time of the answer before it.
    assert NOW_S + 3_700 == found_at[0]


async def test_a_restart_asks_anew_and_never_goes_on_from_a_page(reading: Reading) -> None:
    reading.tells(*charges(150, NOW_S - 10))
    await reading.step()
    restarted = Reading(reading.source, reading.asker, cursor=reading.cursor)

    await restarted.step()

    assert "starting_after" not in reading.source.asked("/v1/charges")[2].query
    assert reading.kept == restarted.kept


async def test_a_long_past_is_read_in_windows_that_are_kept_one_by_one(
    source: Loopback, asker: Asker
) -> None:
    reading = Reading(source, asker, since=NOW_S - 40 * DAY_S)
    reading.tells(*(Told(plain=made.charge(day, NOW_S - day * DAY_S)) for day in range(40)))
    window = await reading.step()
    marks = [window.cursor.high_water]
    while not window.caught_up:
        window = await reading.step()
        marks.append(window.cursor.high_water)

    assert 40 == len(reading.kept)
    assert marks == sorted(set(marks))
    assert NOW_S == marks[-1]
    assert 8 > len(marks)


async def test_events_are_read_from_where_stripe_still_has_them(source: Loopback, asker: Asker) -> None:
    reading = Reading(source, asker, since=NOW_S - 60 * DAY_S)
    reading.tells(Told(plain=made.event(1, NOW_S - 5)))

    window = await reading.step(MoneyList.EVENTS)

    assert NOW_S - EVENTS_KEPT_S == window.cursor.complete_from
    assert reading.since == window.cursor.since


async def test_wanting_more_of_the_past_than_before_begins_anew(reading: Reading) -> None:
    reading.tells(Told(plain=made.charge(1, NOW_S - 7_200)), Told(plain=made.charge(2, NOW_S - 5)))
    await reading.step()
    assert 1 == len(reading.kept)

    reading.history = replace(reading.history, since=NOW_S - 9_000)
    await reading.step()

    assert 2 == len(reading.kept)


async def test_the_whole_undelivered_set_is_read_with_the_events(source: Loopback, asker: Asker) -> None:
    reading = Reading(source, asker, since=NOW_S - 20 * DAY_S)
    old = Told(plain=made.event(1, NOW_S - 19 * DAY_S), undelivered_until=NOW_S + 50)
    reading.tells(old, Told(plain=made.event(2, NOW_S - 5)))

    window = await reading.step(MoneyList.EVENTS)
    assert [old.id] == [each.id for each in window.undelivered or ()]
    reading.now = NOW_S + 51
    assert () == (await reading.step(MoneyList.EVENTS)).undelivered
    assert (await reading.step(CHARGES)).undelivered is None
    assert {"payment_intent.succeeded", "payment_intent.payment_failed"} == {
        *source.asked("/v1/events")[0].query["types[0]"],
        *source.asked("/v1/events")[0].query["types[1]"],
    }


async def test_what_may_change_is_read_by_id_and_what_is_missing_is_named(reading: Reading) -> None:
    changed = Told(
        plain=made.charge(1, NOW_S - 3_000, balance_transaction=None),
        later=made.charge(1, NOW_S - 3_000),
        later_at=NOW_S,
    )
    reading.tells(changed)
    reading.cursor = Cursor(
        list=CHARGES,
        since=reading.since,
        complete_from=reading.since,
        high_water=NOW_S,
        swept_at=NOW_S,
    )
    reading.source.on("/v1/charges/ch_3gone00000000000", error(404))

    window = await reading.step(again=(changed.id, "ch_3gone00000000000"))

    assert ["txn_3000000000000001"] == [getattr(each, "balance_transaction") for each in window.objects]  # noqa: B009
    assert ("ch_3gone00000000000",) == window.missing


async def test_a_window_says_of_when_it_is_and_what_it_cost(reading: Reading) -> None:
    reading.tells(*charges(101, NOW_S - 10))

    window = await reading.step()

    assert NOW_S == int(window.as_of.timestamp())
    assert (3, ("req_1", "req_1")) == (window.requests, window.request_ids)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error(500), FailureReason.SERVER),
        (error(409), FailureReason.SERVER),
        (error(403), FailureReason.SCOPE),
        (error(400), FailureReason.INTERNAL),
        (Reply(reset=True), FailureReason.UNREACHABLE),
        (as_html("canary"), FailureReason.MALFORMED),
        (Reply(body=b'{"object":"list","has_more":false,"data":[{"id":"ch_'), FailureReason.MALFORMED),
        (as_json({"object": "list", "has_more": True, "data": []}), FailureReason.MALFORMED),
        (as_json({"object": "list", "data": []}), FailureReason.MALFORMED),
        (as_json({"object": "list", "has_more": False, "data": []}, Date=""), FailureReason.MALFORMED),
        (listed(made.charge(1, NOW_S, amount=9.99)), FailureReason.MALFORMED),
        (listed(made.charge(1, NOW_S, amount_captured="999")), FailureReason.MALFORMED),
        (listed(made.charge(1, NOW_S, captured=1)), FailureReason.MALFORMED),
        (listed(made.charge(1, NOW_S, status=made.EMAIL)), FailureReason.MALFORMED),
        (listed(made.intent(1, NOW_S)), FailureReason.MALFORMED),
    ],
)
async def test_what_could_not_be_asked_is_a_reason_and_never_an_empty_window(
    reading: Reading, reply: Reply, reason: FailureReason
) -> None:
    reading.tells()
    reading.source.on("/v1/charges", reply)

    failed = await reading.fails()

    assert reason is failed.reason
    assert "canary" not in str(failed)
    assert reading.cursor is None


async def test_a_list_that_repeats_a_page_does_not_run_for_ever(reading: Reading) -> None:
    reading.tells()
    reading.source.on("/v1/charges", listed(made.charge(1, NOW_S), has_more=True))

    assert FailureReason.MALFORMED is (await reading.fails()).reason
    assert 2 == len(reading.source.asked("/v1/charges"))


@pytest.mark.parametrize("ends", ["killed", "refused"])
async def test_a_reading_that_ends_between_two_pages_leaves_nothing_half_read(
    ends: str, source: Loopback, asker: Asker
) -> None:
    pages = StripeSource(source, charges(150, NOW_S - 10), lambda: NOW_S)
    on_its_way = asyncio.Event()

    def torn(request: Request) -> Reply:
        if "starting_after" not in request.query:
            return pages.page("charge", request)
        on_its_way.set()
        return Reply(hang=True) if ends == "killed" else error(401)

    source.on("/v1/charges", torn)
    interrupted = Reading(source, asker)
    step = asyncio.create_task(interrupted.step())
    await asyncio.wait_for(on_its_way.wait(), timeout=30)
    if ends == "killed":
        step.cancel()
    with pytest.raises((asyncio.CancelledError, AskError)):
        await step
    assert (None, {}) == (interrupted.cursor, interrupted.kept)

    source.on("/v1/charges", lambda request: pages.page("charge", request))
    asked = len(source.asked("/v1/charges"))
    window = await Reading(source, asker).step()

    assert "starting_after" not in source.asked("/v1/charges")[asked].query
    assert 150 == len({each.id for each in window.objects}) == len(window.objects)


async def test_a_page_that_tears_takes_the_whole_window_with_it(reading: Reading) -> None:
    reading.tells()
    first = listed(*(made.charge(n, NOW_S) for n in range(100)), has_more=True)
    reading.source.on("/v1/charges", first, error(500))

    assert FailureReason.SERVER is (await reading.fails()).reason
    assert {} == reading.kept


async def test_words_and_fields_that_are_not_known_yet_are_accepted(reading: Reading) -> None:
    new = made.charge(1, NOW_S, status="half_succeeded", outcome={"type": "quantum"}, brand_new={"a": [1]})
    reading.tells(Told(plain=new))

    await reading.step()

    (found,) = reading.kept.values()
    assert isinstance(found, Charge)
    assert found.status == "half_succeeded"


async def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones(reading: Reading) -> None:
    padding = "x" * 30_000
    reading.tells(*(Told(plain=made.charge(n, NOW_S - n, statement=padding)) for n in range(100)))

    window = await reading.step()

    assert 100 == len(window.objects)
    sizes = [int(request.query["limit"][0]) for request in reading.source.asked("/v1/charges")]
    assert [100, 50, 25] == sizes[:3]


async def test_after_a_401_nothing_is_asked_until_somebody_has_a_good_answer(reading: Reading) -> None:
    reading.tells(*charges(150, NOW_S))
    await reading.step()
    reading.source.on("/v1/charges", error(401))

    assert FailureReason.AUTH is (await reading.fails()).reason
    assert not any(reading.history.may_ask(name) for name in (CHARGES, MoneyList.REFUNDS))
    reading.history.reader.answered += 1
    assert reading.history.may_ask(MoneyList.REFUNDS)


async def test_a_scope_that_is_denied_silences_its_own_list_alone(reading: Reading) -> None:
    reading.tells(*charges(1, NOW_S))
    reading.source.on("/v1/refunds", denied("rak_refund_read"))

    failed = await reading.fails(MoneyList.REFUNDS)

    assert "rak_refund_read" in failed.detail
    assert not reading.history.may_ask(MoneyList.REFUNDS)
    assert reading.history.may_ask(CHARGES)
    assert 1 == len((await reading.step()).objects)


async def test_a_rate_limit_for_ever_is_asked_once_a_pause(reading: Reading) -> None:
    reading.tells()
    reading.source.on("/v1/charges", error(429, Stripe_Rate_Limited_Reason="global-rate", Retry_After="60"))

    reasons = {(await reading.fails()).reason for _ in range(20)}

    assert {FailureReason.RATE_LIMITED} == reasons
    assert 1 == len(reading.source.asked("/v1/charges"))


async def test_a_server_that_fails_is_left_alone_for_longer_and_longer(reading: Reading) -> None:
    reading.tells()
    reading.source.on("/v1/charges", error(500))
    for _ in range(5):
        await reading.fails()

    assert not reading.history.may_ask(CHARGES)
    assert not reading.history.may_ask(MoneyList.REFUNDS)


async def test_a_reading_without_a_deadline_leaves_the_last_tokens_to_the_others() -> None:
    pace = Pace(per_second=1)
    taken: list[str] = []

    async def take(name: str, *, spare: bool) -> None:
        async with pace.turn(spare=spare):
            taken.append(name)

    waiting = [asyncio.create_task(take("history", spare=True)) for _ in range(BURST)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for _ in range(RESERVE):
        await take("probe", spare=False)
    for task in waiting:
        task.cancel()

    assert ["history"] * (BURST - RESERVE) + ["probe"] * RESERVE == taken


async def test_nothing_personal_is_read_of_any_list(source: Loopback, asker: Asker) -> None:
    makers = {
        MoneyList.CHARGES: made.charge,
        MoneyList.PAYMENT_INTENTS: made.intent,
        MoneyList.CHECKOUT_SESSIONS: made.session,
        MoneyList.REFUNDS: made.refund,
        MoneyList.DISPUTES: made.dispute,
        MoneyList.BALANCE_TRANSACTIONS: made.transaction,
        MoneyList.EVENTS: made.event,
        MoneyList.WEBHOOK_ENDPOINTS: made.endpoint,
    }
    reading = Reading(source, asker)
    told = [Told(plain=make(1, NOW_S)) for make in makers.values()]
    reading.tells(*told)
    for name in makers:
        reading.cursor = None
        await reading.step(name)

    assert 8 == len(reading.kept)
    assert [] == [planted for planted in made.PLANTED if planted in repr(reading.kept)]
    assert all(planted in json.dumps([each.plain for each in told]) for planted in made.PLANTED)
