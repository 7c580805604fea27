from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import stripe

from collectors.asking import Asker, AskError, Masked
from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from collectors.stripe_api import PATHS, ReadOnlyTransport, StripeReader, refuse_key
from collectors.stripe_facts import (
    SCOPES,
    AccountProbe,
    BalanceProbe,
    DeliveriesProbe,
    EndpointProbe,
    ScopesProbe,
)
from collectors.stripe_pace import BURST, Pace
from tests.collectors.loopback import Loopback, Reply, Request, as_html, as_json

KEY = "rk_live_rehearsal_canary0123456789"
VERSION = "2026-10-28.endive"
TYPES = ("payment_intent.succeeded", "payment_intent.payment_failed")
HOOK = "https://provider.example/stripe/webhook"
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


def reader_of(source: Loopback, key: str = KEY) -> StripeReader:
    return StripeReader(
        key=Masked(key),
        api_base=source.base,
        api_version=VERSION,
        pace=Pace(per_second=10_000, rng=random.Random(1)),
    )


@pytest.fixture
def reader(source: Loopback) -> StripeReader:
    return reader_of(source)


def observed(sample: Sample) -> Observation:
    assert isinstance(sample, Observation), sample
    assert "canary" not in repr(sample)
    return sample


def failed(sample: Sample) -> CollectorFailure:
    assert isinstance(sample, CollectorFailure), sample
    assert "canary" not in repr(sample)
    return sample


def listed(*data: Mapping[str, Any], has_more: bool = False) -> Reply:
    return as_json(
        {"object": "list", "url": "/v1/x", "has_more": has_more, "data": list(data)},
        Date=format_datetime(NOW, usegmt=True),
        Request_Id="req_1",
    )


def error(status: int, message: str = "canary@example.com", **headers: str) -> Reply:
    envelope = {"type": "some_error", "code": "some_code", "param": "limit", "message": message}
    return as_json({"error": envelope}, status=status, **headers)


def balance(reader: StripeReader) -> BalanceProbe:
    return BalanceProbe(probe="stripe.balance", source="stripe", reader=reader)


# ------------------------------------------------------------------ keys


@pytest.mark.parametrize(
    "key",
    [
        "sk_live_canary0123456789",
        "sk_org_live_canary0123456789",
        "sk_test_canary0123456789",
        "rk_test_canary0123456789",
        "pk_live_canary0123456789",
        "pk_test_canary0123456789",
        "whsec_canary0123456789",
        "rk_live_short",
        "rk_live_canary 0123456789abc",
        "canary",
        "",
        "rk_live_canary0123456789abcdef",
    ],
)
async def test_a_key_of_the_wrong_kind_is_refused_without_a_request(
    source: Loopback, asker: Asker, key: str
) -> None:
    seen = failed(await balance(reader_of(source, key)).ask(asker))

    assert seen.reason is FailureReason.REFUSED
    assert ", expected " in seen.detail
    assert source.requests == []


@pytest.mark.parametrize(
    ("key", "base", "fine"),
    [
        ("rk_live_0123456789abcdef", "https://api.stripe.com", True),
        ("rk_live_0123456789abcdef", "https://api.stripe.com/", True),
        ("rk_live_0123456789abcdef", "https://api.stripe.com.evil.example", False),
        ("rk_live_0123456789abcdef", "http://127.0.0.1:9", False),
        (KEY, "http://127.0.0.1:9", True),
        (KEY, "http://localhost:9/", True),
        (KEY, "https://api.stripe.com", False),
        (KEY, "https://stripe.rehearsal.example", False),
        (KEY, "http://[::1", False),
    ],
)
def test_a_key_goes_only_to_the_address_it_belongs_to(key: str, base: str, fine: bool) -> None:
    assert (refuse_key(Masked(key), base) is None) is fine


def test_each_kind_of_wrong_key_has_its_own_sentence() -> None:
    kinds = ("sk_live_x", "sk_org_x", "rk_test_x", "pk_live_x", "whsec_x", "what")

    assert len({refuse_key(Masked(kind), "https://api.stripe.com") for kind in kinds}) == len(kinds)


# ------------------------------------------------------------------ reading


async def test_a_reading_carries_key_version_and_nothing_else_of_ours(
    source: Loopback, asker: Asker, reader: StripeReader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("stripe").setLevel(logging.WARNING)
    source.on(
        "/v1/balance", as_json({"object": "balance", "livemode": True, "note": "canary"}, Request_Id="req_7")
    )

    seen = observed(await balance(reader).ask(asker))

    sent = source.requests[0]
    assert seen.facts["livemode"] is True
    assert (seen.livemode, seen.request_id, seen.status) == (True, "req_7", 200)
    assert sent.method == "GET"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["stripe-version"] == VERSION
    assert "stripe-account" not in sent.headers
    assert "x-stripe-client-telemetry" not in sent.headers
    assert stripe.enable_telemetry is False
    assert "canary" not in caplog.text + repr(reader)


@pytest.mark.parametrize("method", ["post", "delete"])
async def test_the_sdk_cannot_write_through_our_transport(
    source: Loopback, asker: Asker, method: str
) -> None:
    transport = ReadOnlyTransport()
    transport.begin(asker)

    with pytest.raises(AskError) as raised:
        await transport.request_async(method, source.url("/v1/charges"), {})

    assert raised.value.reason is FailureReason.REFUSED
    assert source.requests == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/v1/customers", {}), ("/v1/charges/ch_1", {}), ("/v1/charges", {"Stripe-Account": "a"})],
)
async def test_the_sdk_cannot_read_what_is_not_on_the_list(
    source: Loopback, asker: Asker, path: str, headers: dict[str, str]
) -> None:
    transport = ReadOnlyTransport()
    transport.begin(asker)

    with pytest.raises(AskError):
        await transport.request_async("get", source.url(path), headers)

    assert source.requests == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error(400), FailureReason.INTERNAL),
        (error(401), FailureReason.AUTH),
        (error(402), FailureReason.STATUS),
        (error(403), FailureReason.SCOPE),
        (error(404), FailureReason.STATUS),
        (error(409), FailureReason.SERVER),
        (error(429), FailureReason.RATE_LIMITED),
        (error(500), FailureReason.SERVER),
        (error(503), FailureReason.SERVER),
        (as_html("canary", status=500), FailureReason.SERVER),
        (as_json({"error": None}, status=401), FailureReason.STATUS),
        (as_json(["canary"], status=404), FailureReason.STATUS),
        (Reply(status=302, headers={"Location": "/v1/charges"}), FailureReason.REDIRECT),
        (Reply(reset=True), FailureReason.UNREACHABLE),
        (as_html("canary"), FailureReason.MALFORMED),
        (as_json({"object": "balance"}), FailureReason.MALFORMED),
        (as_json({"object": "charge", "livemode": True}), FailureReason.MALFORMED),
        (as_json({"object": "balance", "livemode": "true"}), FailureReason.MALFORMED),
        (as_json({"object": "balance", "livemode": None}), FailureReason.MALFORMED),
        (Reply(body=b'{"object": "balance", "livemode": tr'), FailureReason.MALFORMED),
    ],
)
async def test_each_answer_has_its_reason_and_is_asked_once(
    source: Loopback, asker: Asker, reader: StripeReader, reply: Reply, reason: FailureReason
) -> None:
    source.on("/v1/balance", reply)

    assert failed(await balance(reader).ask(asker)).reason is reason
    assert len(source.requests) == 1


async def test_a_denied_scope_is_named(source: Loopback, asker: Asker, reader: StripeReader) -> None:
    source.on("/v1/balance", error(403, "canary: Having the 'rak_balance_read' permission would allow this."))

    seen = failed(await balance(reader).ask(asker))

    assert (
        seen.detail
        == "got HTTP 403, expected 200: the key lacks rak_balance_read, add it to the restricted key"
    )


async def test_no_error_carries_the_key_or_the_answer(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/balance", error(403))

    with pytest.raises(AskError) as raised:
        await reader.get(asker, "/v1/balance", dict)

    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert "canary" not in repr(raised.value) + str(raised.value)


async def test_after_a_refused_key_nothing_is_sent_for_a_while(source: Loopback) -> None:
    now = [NOW]
    source.on("/v1/balance", error(401), as_json({"object": "balance", "livemode": True}))
    reader = reader_of(source)

    async with Asker(environment=Environment.REHEARSAL, clock=lambda: now[0]) as asker:
        first, second = [failed(await balance(reader).ask(asker)) for _ in range(2)]
        sent = len(source.requests)
        now[0] += timedelta(seconds=31)
        third = await balance(reader).ask(asker)

    assert sent == 1
    assert first.reason is second.reason is FailureReason.AUTH
    assert second.detail.startswith("nothing is sent until 02:00:30 UTC: the key is wrong")
    assert observed(third).facts["livemode"] is True


@pytest.mark.parametrize(
    ("why", "others_wait"), [("global-rate", True), ("endpoint-rate", False), ("resource-specific", False)]
)
async def test_a_rate_limit_pauses_as_much_as_it_is_about(
    source: Loopback, asker: Asker, why: str, others_wait: bool
) -> None:
    reader = reader_of(source)
    source.on("/v1/balance", error(429, Stripe_Rate_Limited_Reason=why, Retry_After="30"))
    source.on("/v1/account", error(404))

    for probe in (balance(reader), balance(reader), AccountProbe(probe="a", source="stripe", reader=reader)):
        last = failed(await probe.ask(asker))

    assert len(source.asked("/v1/balance")) == 1
    assert (last.reason is FailureReason.RATE_LIMITED) is others_wait
    assert (len(source.asked("/v1/account")) == 0) is others_wait


async def test_a_pause_without_a_given_length_ends_within_a_minute() -> None:
    pace = Pace(rng=random.Random(1))
    pace.pause("/x", NOW, reason=FailureReason.RATE_LIMITED, why="why", seconds=None)

    assert pace.paused("/x", NOW) is not None
    assert pace.paused("/y", NOW) is None
    assert pace.paused("/x", NOW + timedelta(seconds=60)) is None


async def test_only_one_request_is_under_way_and_the_burst_is_bounded() -> None:
    pace = Pace(per_second=1_000)
    order: list[str] = []

    async def reading(name: str) -> None:
        async with pace.turn():
            order.append(f"{name} starts")
            order.append(f"{name} ends")

    await asyncio.gather(*(reading(str(number)) for number in range(BURST + 2)))

    assert order == [f"{number} {what}" for number in range(BURST + 2) for what in ("starts", "ends")]


# ------------------------------------------------------------------ balance, account, scopes


async def test_test_mode_is_an_answer(source: Loopback, asker: Asker, reader: StripeReader) -> None:
    source.on("/v1/balance", as_json({"object": "balance", "livemode": False}))

    assert observed(await balance(reader).ask(asker)).facts["livemode"] is False


async def test_the_account_is_known_to_later_observations(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    account = {"id": "acct_1", "object": "account", "email": "canary@example.com"}
    source.on(
        "/v1/account",
        as_json(account | {"charges_enabled": True, "payouts_enabled": False, "details_submitted": True}),
    )
    source.on("/v1/balance", as_json({"object": "balance", "livemode": True}))

    before = observed(await balance(reader).ask(asker))
    seen = observed(await AccountProbe(probe="stripe.account", source="stripe", reader=reader).ask(asker))
    after = observed(await balance(reader).ask(asker))

    assert seen.facts == {"charges_enabled": True, "payouts_enabled": False, "details_submitted": True}
    assert (before.account, seen.account, after.account) == (None, "acct_1", "acct_1")


def scopes(reader: StripeReader, *names: str) -> ScopesProbe:
    return ScopesProbe(probe="stripe.scopes", source="stripe", reader=reader, scopes=names)


async def test_each_scope_is_asked_for_one_object(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/charges", listed({"id": "ch_1", "email": "canary"}))
    source.on("/v1/checkout/sessions", listed())
    source.on("/v1/balance", as_json({"object": "balance", "livemode": True}))

    seen = observed(await scopes(reader, "charges", "checkout_sessions", "balance").ask(asker))

    assert seen.facts == {"asked": 3, "missing": 0}
    assert source.asked("/v1/charges")[0].query == {"limit": ["1"]}
    assert source.asked("/v1/balance")[0].query == {}


async def test_missing_scopes_are_counted_and_named(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/charges", error(403))
    source.on("/v1/events", error(403))
    source.on("/v1/refunds", listed())

    seen = observed(await scopes(reader, "events", "charges", "refunds").ask(asker))

    assert seen.facts == {"asked": 3, "missing": 2, "missing_names": "charges,events"}


async def test_a_scope_that_could_not_be_asked_is_not_counted(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/charges", error(500))
    source.on("/v1/refunds", listed())

    assert observed(await scopes(reader, "charges", "refunds").ask(asker)).facts == {"asked": 1, "missing": 0}


async def test_no_scope_that_could_be_asked_is_a_failure(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/charges", error(401))

    assert failed(await scopes(reader, "charges", "refunds").ask(asker)).reason is FailureReason.AUTH
    assert len(source.requests) == 1


def test_a_misspelt_scope_is_refused_when_the_probe_is_made(reader: StripeReader) -> None:
    with pytest.raises(ValueError, match="got scopes \\['chargs'\\], expected some of"):
        scopes(reader, "chargs")


# ------------------------------------------------------------------ endpoint


def hook(**changes: Any) -> dict[str, Any]:
    return {
        "id": "we_1",
        "object": "webhook_endpoint",
        "url": HOOK,
        "status": "enabled",
        "livemode": True,
        "enabled_events": list(TYPES),
        "api_version": VERSION,
        "description": "canary",
    } | changes


async def endpoint_facts(
    source: Loopback, asker: Asker, reader: StripeReader, *hooks: dict[str, Any]
) -> dict[str, Any]:
    source.on("/v1/webhook_endpoints", listed(*hooks))
    probe = EndpointProbe(probe="stripe.endpoint", source="stripe", reader=reader, url=HOOK, events=TYPES)
    return dict(observed(await probe.ask(asker)).facts)


GOOD = {
    "matching": 1,
    "subscribed": 1,
    "enabled": True,
    "livemode": True,
    "events_missing": 0,
    "api_version": VERSION,
}


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({}, {}),
        ({"enabled_events": ["*"]}, {}),
        ({"status": "disabled"}, {"enabled": False, "subscribed": 0}),
        ({"status": "something new"}, {"enabled": False, "subscribed": 0}),
        ({"livemode": False}, {"livemode": False}),
        ({"enabled_events": [TYPES[0]]}, {"events_missing": 1}),
        ({"enabled_events": ["charge.refunded"]}, {"events_missing": 2, "subscribed": 0}),
        ({"api_version": "2024-06-20"}, {"api_version": "2024-06-20"}),
    ],
)
async def test_the_one_expected_endpoint_is_described(
    source: Loopback, asker: Asker, reader: StripeReader, changes: dict[str, Any], facts: dict[str, Any]
) -> None:
    assert await endpoint_facts(source, asker, reader, hook(**changes)) == GOOD | facts


async def test_an_endpoint_without_a_version_has_no_version(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    assert "api_version" not in await endpoint_facts(source, asker, reader, hook(api_version=None))


@pytest.mark.parametrize("url", [HOOK + "/", HOOK.replace("https", "http"), HOOK + "?a=1", HOOK.upper()])
async def test_an_endpoint_at_nearly_the_address_does_not_match(
    source: Loopback, asker: Asker, reader: StripeReader, url: str
) -> None:
    assert await endpoint_facts(source, asker, reader, hook(url=url)) == {"matching": 0, "subscribed": 1}


async def test_of_two_matching_endpoints_nothing_is_said(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    seen = await endpoint_facts(source, asker, reader, hook(), hook(id="we_2", status="disabled"))

    assert seen == {"matching": 2, "subscribed": 1}


async def test_no_endpoint_at_all_is_an_answer(source: Loopback, asker: Asker, reader: StripeReader) -> None:
    assert await endpoint_facts(source, asker, reader) == {"matching": 0, "subscribed": 0}


# ------------------------------------------------------------------ deliveries


def event(number: int, age_s: int) -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": TYPES[0],
        "created": NOW_S - age_s,
        "livemode": True,
        "data": {"object": {"receipt_email": "canary@example.com"}},
    }


def deliveries(reader: StripeReader, *, since: datetime = NOW - timedelta(hours=1)) -> DeliveriesProbe:
    return DeliveriesProbe(
        probe="stripe.deliveries",
        source="stripe",
        reader=reader,
        events=TYPES,
        since=since,
        window_s=86_400,
        deadline_s=15,
    )


def events(*every: dict[str, Any], waiting: tuple[int, ...] = ()) -> Any:
    names = {f"evt_{number}" for number in waiting}

    def answer(request: Request) -> Reply:
        only_waiting = request.query.get("delivery_success") == ["false"]
        return listed(*(each for each in every if not only_waiting or each["id"] in names))

    return answer


async def test_delivered_late_and_pending_events_are_told_apart_at_the_edge(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/webhook_endpoints", listed(hook()))
    every = [event(1, 0), event(2, 15), event(3, 16), event(4, 600), event(5, 700), event(6, 3)]
    source.on("/v1/events", events(*every, waiting=(1, 2, 3, 4)))

    seen = observed(await deliveries(reader).ask(asker))

    assert seen.facts == {"judged": 4, "undelivered": 2, "pending": 2, "undelivered_ids": "evt_4,evt_3"}


async def test_events_are_asked_for_by_type_and_since_the_later_of_run_and_window(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/webhook_endpoints", listed(hook()))
    source.on("/v1/events", events())

    await deliveries(reader).ask(asker)
    await deliveries(reader, since=NOW - timedelta(days=7)).ask(asker)

    starts = [request.query["created[gte]"] for request in source.asked("/v1/events")]
    assert starts == [[str(NOW_S - 3600)]] * 2 + [[str(NOW_S - 86_400)]] * 2
    assert source.asked("/v1/events")[0].query["types[0]"] == [TYPES[0]]
    assert source.asked("/v1/events")[0].query["types[1]"] == [TYPES[1]]


async def test_no_event_yet_is_none_judged(source: Loopback, asker: Asker, reader: StripeReader) -> None:
    source.on("/v1/webhook_endpoints", listed(hook()))
    source.on("/v1/events", events())

    assert observed(await deliveries(reader).ask(asker)).facts == {
        "judged": 0,
        "undelivered": 0,
        "pending": 0,
    }


@pytest.mark.parametrize("hooks", [[], [hook(status="disabled")], [hook(enabled_events=["charge.refunded"])]])
async def test_without_a_subscribed_endpoint_there_is_no_figure(
    source: Loopback, asker: Asker, reader: StripeReader, hooks: list[dict[str, Any]]
) -> None:
    source.on("/v1/webhook_endpoints", listed(*hooks))
    source.on("/v1/events", events(event(1, 600)))

    assert observed(await deliveries(reader).ask(asker)).facts == {}


@pytest.mark.parametrize("path", ["/v1/webhook_endpoints", "/v1/events"])
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error(403), FailureReason.SCOPE),
        (error(500), FailureReason.SERVER),
        (listed(has_more=True), FailureReason.MALFORMED),
        (as_json({"object": "list", "data": None, "has_more": False}), FailureReason.MALFORMED),
        (listed({"id": "evt_1", "object": "event", "created": 1.5}), FailureReason.MALFORMED),
    ],
)
async def test_deliveries_that_cannot_be_read_are_a_failure_and_not_none(
    source: Loopback, asker: Asker, path: str, reply: Reply, reason: FailureReason
) -> None:
    source.on("/v1/webhook_endpoints", listed(hook()))
    source.on("/v1/events", events())
    source.on(path, reply)

    assert failed(await deliveries(reader_of(source)).ask(asker)).reason is reason


async def test_a_list_is_read_page_by_page_and_must_end(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    pages = [listed(hook(id="we_a", url="https://a.example/"), has_more=True), listed(hook())]
    source.on("/v1/webhook_endpoints", *pages)
    probe = EndpointProbe(probe="stripe.endpoint", source="stripe", reader=reader, url=HOOK, events=TYPES)
    two = observed(await probe.ask(asker))
    source.on("/v1/webhook_endpoints", listed(hook(), has_more=True))
    endless = failed(await probe.ask(asker))

    assert (two.facts["matching"], two.facts["subscribed"]) == (1, 2)
    assert source.requests[1].query["starting_after"] == ["we_a"]
    assert endless.reason is FailureReason.TOO_LARGE


async def test_of_very_many_events_the_newest_are_judged(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/webhook_endpoints", listed(hook()))

    def answer(request: Request) -> Reply:
        if "delivery_success" in request.query:
            return listed()
        return listed(event(len(source.requests), 60), has_more=True)

    source.on("/v1/events", answer)

    assert observed(await deliveries(reader).ask(asker)).facts["judged"] == 5


def test_every_scope_is_on_the_list_of_paths_that_may_be_read() -> None:
    assert set(SCOPES.values()) == PATHS
