from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from datetime import timedelta

import pytest
import stripe

from collectors.asking import Asker, AskError, Masked
from collectors.observation import Environment, FailureReason
from collectors.stripe_api import ReadOnlyTransport, StripeReader, refuse_key
from collectors.stripe_facts import (
    AccountProbe,
)
from collectors.stripe_pace import BURST, Pace
from tests.collectors.loopback import Loopback, Reply, as_html, as_json
from tests.collectors.striping import (
    KEY,
    NOW,
    VERSION,
    balance,
    error,
    failed,
    observed,
    reader_of,
)


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


ID = "3LTuSaeIO6cQc4l72KUrqLiw"


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (f"/v1/charges/ch_{ID}", True),
        (f"/v1/charges/py_{ID}", True),
        (f"/v1/payment_intents/pi_{ID}", True),
        (f"/v1/checkout/sessions/cs_live_{ID}", True),
        (f"/v1/refunds/re_{ID}", True),
        (f"/v1/refunds/pyr_{ID}", True),
        (f"/v1/disputes/dp_{ID}", True),
        (f"/v1/charges/pi_{ID}", False),
        (f"/v1/charges/ch_{ID}/refunds", False),
        (f"/v1/charges/ch_{ID}%2Frefunds", False),
        (f"/v1/charges/../customers/cus_{ID}", False),
        (f"/v1/events/evt_{ID}", False),
        (f"/v1/customers/cus_{ID}", False),
        ("/v1/charges/search", False),
    ],
)
async def test_one_object_is_read_where_it_may_change_and_nothing_below_it(
    source: Loopback, asker: Asker, path: str, *, known: bool
) -> None:
    source.on(path, as_json({}))
    transport = ReadOnlyTransport()
    transport.begin(asker)

    with contextlib.nullcontext() if known else pytest.raises(AskError, match="known path"):
        await transport.request_async("get", source.url(path), {})

    assert known is bool(source.requests)


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


def test_a_pause_of_a_given_length_ends_at_its_end() -> None:
    pace = Pace()
    pace.pause("/x", NOW, reason=FailureReason.RATE_LIMITED, why="why", seconds=30)

    assert pace.paused("/x", NOW + timedelta(seconds=29.999)) is not None
    assert pace.paused("/x", NOW + timedelta(seconds=30)) is None


async def test_after_the_burst_the_next_one_waits_for_its_token() -> None:
    pace = Pace(per_second=1)
    taken: list[int] = []

    async def take(number: int) -> None:
        async with pace.turn():
            taken.append(number)

    readings = [asyncio.create_task(take(number)) for number in range(BURST + 1)]
    await asyncio.gather(*readings[:BURST])
    for _ in range(10):
        await asyncio.sleep(0)

    assert taken == list(range(BURST))
    assert not readings[BURST].done()
    readings[BURST].cancel()
