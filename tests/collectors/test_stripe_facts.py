from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from collectors.asking import Asker
from collectors.observation import Environment, FailureReason
from collectors.stripe_api import PATHS, StripeReader
from collectors.stripe_facts import (
    SCOPES,
    AccountProbe,
    DeliveriesProbe,
    EndpointProbe,
    Endpoints,
    ScopesProbe,
)
from tests.collectors.loopback import Loopback, Reply, Request, as_json
from tests.collectors.striping import (
    HOOK,
    NOW,
    NOW_S,
    TYPES,
    VERSION,
    balance,
    error,
    failed,
    listed,
    observed,
    reader_of,
)


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


@pytest.mark.parametrize(("expected", "matches"), [("acct_1", True), ("acct_2", False), (None, None)])
async def test_the_account_is_compared_with_the_one_that_is_expected(
    source: Loopback, asker: Asker, reader: StripeReader, expected: str | None, matches: bool | None
) -> None:
    may = {"charges_enabled": True, "payouts_enabled": True, "details_submitted": True}
    source.on("/v1/account", as_json({"id": "acct_1", "object": "account"} | may))
    probe = AccountProbe(probe="stripe.account", source="stripe", reader=reader, expected=expected)

    assert matches is observed(await probe.ask(asker)).facts.get("matches")


async def test_an_account_that_may_not_be_asked_matches_nothing(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/account", error(403, message="Having the 'rak_account_read' permission would allow this"))
    probe = AccountProbe(probe="stripe.account", source="stripe", reader=reader, expected="acct_1")

    assert FailureReason.SCOPE is failed(await probe.ask(asker)).reason


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


def endpoints_of(reader: StripeReader) -> Endpoints:
    return Endpoints(reader=reader, fresh_s=5)


def endpoint(reader: StripeReader, endpoints: Endpoints | None = None) -> EndpointProbe:
    return EndpointProbe(
        probe="stripe.endpoint",
        source="stripe",
        reader=reader,
        endpoints=endpoints or endpoints_of(reader),
        url=HOOK,
        events=TYPES,
    )


async def endpoint_facts(
    source: Loopback, asker: Asker, reader: StripeReader, *hooks: dict[str, Any]
) -> dict[str, Any]:
    source.on("/v1/webhook_endpoints", listed(*hooks))
    probe = endpoint(reader)
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


def event(number: int, age_s: int) -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": TYPES[0],
        "created": NOW_S - age_s,
        "livemode": True,
        "data": {"object": {"receipt_email": "canary@example.com"}},
    }


def deliveries(
    reader: StripeReader,
    *,
    since: datetime = NOW - timedelta(hours=1),
    endpoints: Endpoints | None = None,
) -> DeliveriesProbe:
    return DeliveriesProbe(
        probe="stripe.deliveries",
        source="stripe",
        reader=reader,
        endpoints=endpoints or endpoints_of(reader),
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


async def test_endpoints_that_were_just_listed_are_not_asked_for_again(source: Loopback) -> None:
    source.on("/v1/webhook_endpoints", listed(hook()))
    source.on("/v1/events", events(event(1, 60)))
    reader = reader_of(source)
    shared = endpoints_of(reader)
    late_s = 0.0
    asked = []

    def clock() -> datetime:
        return NOW + timedelta(seconds=late_s)

    async with Asker(environment=Environment.REHEARSAL, timeout_ms=2_000, clock=clock) as asker:
        await endpoint(reader, shared).ask(asker)
        for late_s in (5.0, 5.1, 0.0):  # noqa: B007 - the clock reads it
            seen = observed(await deliveries(reader, endpoints=shared).ask(asker))
            asked.append((len(source.asked("/v1/webhook_endpoints")), seen.facts["judged"]))

    assert [(1, 1), (2, 1), (3, 1)] == asked


async def test_endpoints_that_could_not_be_listed_are_not_known_from_before(source: Loopback) -> None:
    source.on("/v1/webhook_endpoints", listed(hook()), error(403))
    source.on("/v1/events", events(event(1, 60)))
    reader = reader_of(source)
    shared = endpoints_of(reader)
    async with Asker(environment=Environment.REHEARSAL, timeout_ms=2_000, clock=lambda: NOW) as asker:
        for _ in range(2):
            await endpoint(reader, shared).ask(asker)

        assert FailureReason.SCOPE is failed(await deliveries(reader, endpoints=shared).ask(asker)).reason


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


async def test_an_event_from_before_its_endpoint_is_not_asked_for(
    source: Loopback, asker: Asker, reader: StripeReader
) -> None:
    source.on("/v1/webhook_endpoints", listed(hook(created=NOW_S - 60)))
    source.on("/v1/events", events())

    await deliveries(reader).ask(asker)

    assert [[str(NOW_S - 60)]] * 2 == [each.query["created[gte]"] for each in source.asked("/v1/events")]


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
    probe = endpoint(reader)
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
