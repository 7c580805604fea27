"""The Stripe double, asked by the real SDK: modes, keys, scopes, lists and refusals."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
import stripe

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor, wait_until

Clients = Callable[[str], stripe.StripeClient]


@pytest.fixture
def clients(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Makes a client of the real SDK for a key."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    with contextlib.ExitStack() as stack:

        def make(key: str) -> stripe.StripeClient:
            http = stripe.HTTPXClient(allow_sync_methods=True, timeout=10)
            stack.callback(http.close)
            base = visitor.environment["STRIPE_API_BASE"]
            return stripe.StripeClient(key, base_addresses={"api": base}, http_client=http)

        yield make


@pytest.fixture
def client(visitor: Visitor, clients: Clients) -> stripe.StripeClient:
    """golive's own client."""
    return clients(visitor.environment["GOLIVE_STRIPE_KEY"])


def test_the_balance_proves_live_mode(client: stripe.StripeClient) -> None:
    assert client.v1.balance.retrieve().livemode is True


def test_a_test_key_sees_test_mode_and_none_of_the_live_objects(visitor: Visitor, clients: Clients) -> None:
    intent = visitor.buy()
    wait_until(lambda: bool(visitor.stripe("charges", payment_intent=intent)["data"]))

    test = clients(visitor.world.identity.stripe.pilot_test)
    assert test.v1.balance.retrieve().livemode is False
    assert test.v1.charges.list({"payment_intent": intent}).data == []
    assert test.v1.webhook_endpoints.list().data == []


def test_the_webhook_endpoint_is_the_one_the_plan_expects(
    visitor: Visitor, client: stripe.StripeClient
) -> None:
    (endpoint,) = client.v1.webhook_endpoints.list().data

    assert endpoint.url == f"{visitor.environment['PROVIDER_REGISTER_BASE_URL']}/stripe/webhook"
    assert (endpoint.status, endpoint.livemode) == ("enabled", True)
    assert endpoint.api_version == "2026-10-28.endive"
    assert set(endpoint.enabled_events) == {"payment_intent.succeeded", "payment_intent.payment_failed"}


def test_a_payment_leaves_a_captured_live_charge_and_its_three_events(
    visitor: Visitor, client: stripe.StripeClient
) -> None:
    intent = visitor.buy()
    wait_until(lambda: bool(client.v1.charges.list({"payment_intent": intent}).data))
    wait_until(lambda: bool(client.v1.checkout.sessions.list({"payment_intent": intent}).data))

    (charge,) = client.v1.charges.list({"payment_intent": intent}).data
    assert (charge.amount_captured, charge.currency, charge.livemode) == (999, "usd", True)
    assert charge.outcome is not None
    assert charge.outcome.network_status == "approved_by_network"
    assert client.v1.payment_intents.retrieve(intent).latest_charge == charge.id
    (session,) = client.v1.checkout.sessions.list({"payment_intent": intent}).data
    wanted = {
        ("payment_intent.succeeded", intent),
        ("charge.succeeded", charge.id),
        ("checkout.session.completed", session.id),
    }
    wait_until(
        lambda: (
            wanted
            <= {(one.type, one.data.object["id"]) for one in client.v1.events.list({"limit": 100}).data}
        )
    )


def test_the_fee_comes_later_and_the_net_is_940(visitor: Visitor, client: stripe.StripeClient) -> None:
    intent = visitor.buy()
    wait_until(lambda: bool(client.v1.charges.list({"payment_intent": intent}).data))
    (charge,) = client.v1.charges.list({"payment_intent": intent}).data
    assert charge.balance_transaction is None

    wait_until(lambda: client.v1.charges.retrieve(charge.id).balance_transaction is not None)

    (fee,) = client.v1.balance_transactions.list({"source": charge.id}).data
    assert (fee.amount, fee.fee, fee.net, fee.reporting_category) == (999, 59, 940, "charge")


def test_a_list_pages_newest_first_without_gap_or_repeat(
    visitor: Visitor, client: stripe.StripeClient
) -> None:
    bought = {visitor.buy() for _ in range(3)}
    wait_until(lambda: bought <= {one.id for one in client.v1.payment_intents.list({"limit": 100}).data})

    whole = client.v1.payment_intents.list({"limit": 100}).data
    first = client.v1.payment_intents.list({"limit": 2})
    second = client.v1.payment_intents.list({"limit": 1, "starting_after": first.data[-1].id})
    assert first.has_more is True
    assert [one.id for one in whole[:3]] == [one.id for one in [*first.data, *second.data]]
    assert [one.created for one in whole] == sorted((one.created for one in whole), reverse=True)
    back = client.v1.payment_intents.list({"limit": 2, "ending_before": second.data[0].id})
    assert [one.id for one in back.data] == [one.id for one in first.data]


def test_events_are_filtered_by_types_wildcard_and_time(
    visitor: Visitor, client: stripe.StripeClient
) -> None:
    intent = visitor.buy()
    types = ["payment_intent.succeeded", "payment_intent.payment_failed"]
    wait_until(
        lambda: intent in [one.data.object["id"] for one in client.v1.events.list({"types": types}).data]
    )

    created = client.v1.events.list({"types": types}).data[0].created
    charged = {one.type for one in client.v1.events.list({"type": "charge.*"}).data}
    assert charged <= {"charge.succeeded", "charge.updated"}
    assert charged
    assert client.v1.events.list({"created": {"gt": created + 5}}).data == []
    assert client.v1.events.list({"created": {"gte": created}, "types": types}).data


@pytest.mark.parametrize(
    ("path", "params", "param"),
    [
        ("charges", {"customer_email": "x"}, "customer_email"),
        ("webhook_endpoints", {"created[gte]": "1"}, "created[gte]"),
        ("balance", {"limit": "1"}, "limit"),
        ("charges", {"limit": "101"}, "limit"),
        ("charges", {"limit": "0"}, "limit"),
        ("charges", {"starting_after": "ch_nobody"}, "starting_after"),
        ("events", {"type": "a", "types[]": "b"}, "type"),
        ("events", {"delivery_success": "maybe"}, "delivery_success"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(
    visitor: Visitor, path: str, params: dict[str, str], param: str
) -> None:
    headers = visitor.bearer(visitor.environment["GOLIVE_STRIPE_KEY"])

    answer = visitor.get(Place.STRIPE, f"/v1/{path}", params=params, headers=headers)

    assert (400, param) == (answer.status_code, answer.json()["error"]["param"])


def test_a_read_key_may_not_write_and_its_attempt_is_in_the_request_log(visitor: Visitor) -> None:
    headers = visitor.bearer(visitor.environment["GOLIVE_STRIPE_KEY"])

    answer = visitor.post(Place.STRIPE, "/v1/checkout/sessions", headers=headers, data={"mode": "payment"})

    assert answer.status_code == 403
    last = visitor.control("GET", "/stripe/requests")["requests"][-1]
    assert (last["method"], last["write"], last["monitor"]) == ("POST", True, True)


@pytest.mark.parametrize("key", ["rk_live_rehearsal_nobody_knows_this", "sk_live_wrong", "pk_live_x"])
def test_an_unknown_key_is_refused_and_never_repeated(clients: Clients, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        clients(key).v1.balance.retrieve()

    assert key not in str(caught.value)


def test_a_denied_scope_is_named_as_stripe_names_it(visitor: Visitor, client: stripe.StripeClient) -> None:
    with visitor.fault("golive_scope_denied"):
        with pytest.raises(
            stripe.PermissionError, match="Having the 'rak_webhook_read' permission would allow"
        ):
            client.v1.webhook_endpoints.list()

        assert client.v1.balance.retrieve().livemode is True


def test_a_revoked_key_is_refused_with_401(visitor: Visitor, client: stripe.StripeClient) -> None:
    with visitor.fault("golive_key_revoked"), pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve()


def test_a_rate_limit_says_which_one_it_is(visitor: Visitor, client: stripe.StripeClient) -> None:
    with visitor.fault("stripe_429"), pytest.raises(stripe.RateLimitError) as caught:
        client.v1.balance.retrieve()

    assert (caught.value.headers or {})["stripe-rate-limited-reason"] == "global-rate"


def test_answers_carry_a_unique_request_id_the_version_and_a_date(visitor: Visitor) -> None:
    headers = visitor.bearer(visitor.environment["GOLIVE_STRIPE_KEY"]) | {
        "Stripe-Version": "2026-09-30.endive"
    }

    answers = [visitor.get(Place.STRIPE, "/v1/balance", headers=headers) for _ in range(2)]

    assert {answer.headers["stripe-version"] for answer in answers} == {"2026-09-30.endive"}
    assert len({answer.headers["request-id"] for answer in answers}) == 2
    assert all("date" in answer.headers for answer in answers)


def test_the_key_in_the_environment_has_the_form_of_a_live_read_key(visitor: Visitor) -> None:
    prefix, secret = visitor.environment["GOLIVE_STRIPE_KEY"].split("rehearsal_")

    assert prefix == "rk_live_"
    assert len(secret) >= 16
