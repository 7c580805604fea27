"""Every answer of the Stripe double is one that Stripe can give, as far as its SDK says what those are.

A double may leave out what Stripe can leave out. It may not have a field or a word that Stripe has not, nor
miss what the SDK says is always there.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
import stripe

from collectors import money, stripe_shapes
from rehearsal.mix import Way
from rehearsal.places import Place
from rehearsal.stripe_double.resources import RESOURCES, Resource
from tests.rehearsal.stripe_schema import KINDS, Shapes, StripeClass
from tests.rehearsal.visitor import Visitor, served, wait_until

READ: Mapping[type[msgspec.Struct], StripeClass] = {
    **{struct: KINDS[kind] for kind, struct in money.STRIPE_KINDS.items()},
    money.EventData: stripe.Event.Data,
    money.Outcome: stripe.Charge.Outcome,
    money.PaymentError: stripe.PaymentIntent.LastPaymentError,
    money.TotalDetails: stripe.checkout.Session.TotalDetails,
    stripe_shapes.Account: stripe.Account,
    stripe_shapes.Balance: stripe.Balance,
    stripe_shapes.Endpoint: stripe.WebhookEndpoint,
    stripe_shapes.ErrorDetails: stripe.PaymentIntent.LastPaymentError,
    stripe_shapes.Event: stripe.Event,
    stripe_shapes.Page: stripe.ListObject,
}
"""What golive reads of Stripe, and the class that has it."""

PURCHASES = 300
EXPANDABLE = [(resource, name) for resource in RESOURCES for name in resource.expandable]


@functools.cache
def shapes() -> Shapes:
    return Shapes()


def wrong(answer: Any) -> list[str]:
    """What Stripe would not say like that, each once."""
    return sorted(
        {
            f"{'.'.join(str(part) for part in error.path if isinstance(part, str))}: {error.message[:300]}"
            for error in shapes().errors(answer)
        }
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A world in which whatever can become of a purchase has become of one, and one is not paid yet."""
    with served(tmp_path_factory.mktemp("shapes"), speed=60) as visitor:
        shares = dict.fromkeys(Way, 0.99 / len(Way))
        visitor.control("POST", "/crowd", {"count": PURCHASES, "mix": shares})
        given_back, disputed = visitor.buy(), visitor.buy()
        visitor.control("POST", f"/purchases/{given_back}/refund", {"amount": 400})
        visitor.control("POST", f"/purchases/{given_back}/refund", {"amount": 90, "status": "failed"})
        begun = visitor.control("POST", f"/purchases/{given_back}/refund", {"amount": 9, "status": "pending"})
        visitor.control("POST", f"/refunds/{begun['id']}", {"status": "succeeded"})
        warned = visitor.control(
            "POST", f"/purchases/{given_back}/dispute", {"status": "warning_needs_response"}
        )
        visitor.control("POST", f"/disputes/{warned['id']}", {"status": "warning_closed"})
        visitor.control("POST", f"/purchases/{disputed}/dispute", {"status": "won"})
        for wish in ({"declines": 1}, {"captured": 500}, {"full_coupon": True}, {"unlinked": True}):
            name = visitor.control("POST", "/purchases", wish)["id"]
            wait_until(lambda name=name: visitor.purchase(name)["paid"]["state"] != "waiting")  # type: ignore[misc]
        visitor.post(Place.STUDENT_PILOT, "/checkout", json={"user": "stu_1"}).raise_for_status()
        wait_until(lambda: visitor.control("GET", "/crowd")["crowds"][0]["over"])
        wait_until(lambda: bool(visitor.stripe("checkout/sessions", status="open")["data"]))
        wait_until(lambda: bool(visitor.stripe("events", type="charge.updated")["data"]))
        yield visitor


@functools.cache
def pages(world: Visitor, path: str) -> list[Any]:
    found, more = list[Any](), dict[str, Any]()
    while not found or found[-1]["has_more"]:
        found.append(world.stripe(path, limit=100, **more))
        more = {"starting_after": found[-1]["data"][-1]["id"]}
    return found


def listed(world: Visitor, path: str) -> list[Any]:
    return [one for page in pages(world, path) for one in page["data"]]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_every_page_of_a_list_is_one_that_stripe_can_give(world: Visitor, resource: Resource) -> None:
    found = pages(world, resource.path)

    assert {resource.kind} == {one["object"] for one in listed(world, resource.path)}
    assert [[]] * len(found) == [wrong(page) for page in found]


@pytest.mark.parametrize("path", [resource.path for resource in RESOURCES])
def test_every_object_by_its_id_is_one_that_stripe_can_give(world: Visitor, path: str) -> None:
    of_each_kind = {(one.get("status"), one.get("type")): one["id"] for one in listed(world, path)}

    answers = [world.stripe(f"{path}/{name}") for name in of_each_kind.values()]

    assert {name: [] for name in of_each_kind.values()} == {one["id"]: wrong(one) for one in answers}


@pytest.mark.parametrize(
    ("resource", "field"), EXPANDABLE, ids=[f"{resource.kind} {field}" for resource, field in EXPANDABLE]
)
def test_an_object_within_an_object_is_one_that_stripe_can_give(
    world: Visitor, resource: Resource, field: str
) -> None:
    page = world.stripe(resource.path, **{"limit": 100, "expand[]": f"data.{field}"})

    assert any(isinstance(one[field], dict) for one in page["data"])
    assert [] == wrong(page)


@pytest.mark.parametrize("knobs", [{}, {"account_restricted": True}, {"golive_key_test": True}])
@pytest.mark.parametrize("path", ["account", "balance"])
def test_the_account_and_its_balance_are_as_stripe_says_them(
    world: Visitor, path: str, knobs: dict[str, Any]
) -> None:
    with world.turned(**knobs):
        assert [] == wrong(world.stripe(path))


@pytest.mark.parametrize(
    "knobs",
    [
        {"endpoint_disabled": True},
        {"endpoint_version_missing": True},
        {"endpoint_events": ["charge.updated"]},
    ],
)
def test_an_endpoint_with_a_fault_is_still_one_that_stripe_can_have(
    world: Visitor, knobs: dict[str, Any]
) -> None:
    with world.turned(**knobs):
        page = world.stripe("webhook_endpoints")

    assert (1, []) == (len(page["data"]), wrong(page))


def test_a_session_that_is_opened_is_answered_as_stripe_would(world: Visitor) -> None:
    form = {
        "mode": "payment",
        "success_url": "http://shop/",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "999",
    }
    headers = {"Authorization": f"Bearer {world.world.identity.stripe.pilot_live}"}

    answer = world.post(Place.STRIPE, "/v1/checkout/sessions", headers=headers, data=form)

    assert (200, []) == (answer.status_code, wrong(answer.json()))


@pytest.mark.parametrize(
    ("status", "path", "knobs"),
    [
        (400, "charges?limit=0", {}),
        (400, "charges?colour=red", {}),
        (400, "events?type=charge.failed&types[]=charge.failed", {}),
        (400, "charges?starting_after=ch_none", {}),
        (401, "charges", {"golive_key_revoked": True}),
        (403, "charges", {"golive_scopes_denied": ["rak_charge_read"]}),
        (404, "charges/ch_none", {}),
        (404, "colours", {}),
        (429, "charges", {"stripe_status": 429}),
        (429, "charges", {"stripe_paths": {"charges": "429 endpoint-rate"}}),
        (500, "charges", {"stripe_status": 500}),
        (503, "charges", {"stripe_paths": {"charges": "503"}}),
    ],
)
def test_a_refusal_is_worded_as_stripe_words_it(
    world: Visitor, status: int, path: str, knobs: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {world.environment['GOLIVE_STRIPE_KEY']}"}
    with world.turned(**knobs):
        answer = world.get(Place.STRIPE, f"/v1/{path}", headers=headers)

    assert (status, []) == (answer.status_code, wrong(answer.json()))


def test_everything_that_can_become_of_a_purchase_was_looked_at(world: Visitor) -> None:
    def seen(path: str, field: str) -> set[str]:
        return {one[field] for one in listed(world, path)}

    assert {"succeeded", "failed"} == seen("charges", "status")
    assert {500, 999} <= seen("charges", "amount_captured")
    assert {"paid", "unpaid", "no_payment_required"} == seen("checkout/sessions", "payment_status")
    assert {"pending", "succeeded", "failed"} == seen("refunds", "status")
    assert {"warning_needs_response", "warning_closed", "needs_response", "won", "lost"} == seen(
        "disputes", "status"
    )
    assert {"charge", "refund", "refund_failure", "dispute", "dispute_reversal"} == seen(
        "balance_transactions", "reporting_category"
    )
    assert {"payment_intent.succeeded", "payment_intent.payment_failed", "charge.failed"} <= seen(
        "events", "type"
    )
    assert {"charge.updated", "checkout.session.completed", "refund.updated"} <= seen("events", "type")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("unknown field", "Additional properties are not allowed ('a_value_of_tomorrow' was unexpected)"),
        ("unknown enum", "'a_value_of_tomorrow' is not one of ["),
    ],
)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_a_field_and_a_word_that_stripe_does_not_have_are_refused(
    world: Visitor, resource: Resource, fault: str, said: str
) -> None:
    with world.turned(stripe_paths={resource.path: fault}):
        page = world.stripe(resource.path, limit=100)

    assert any(said in one for one in wrong(page))


@pytest.mark.parametrize(
    ("path", "where", "value", "said"),
    [
        ("charges", "outcome.colour", "red", "'colour' was unexpected"),
        ("charges", "outcome.network_status", "approved", "'approved' is not one of"),
        ("charges", "amount", 999.0, "999.0 is not of type 'integer'"),
        ("charges", "amount_refunded", True, "True is not of type 'integer'"),
        ("charges", "currency", None, "None is not of type 'string'"),
        ("charges", "customer", {"object": "customer"}, "is not of type 'string', 'null'"),
        ("charges", "metadata.credits", 9990, "9990 is not of type 'string'"),
        ("charges", "payment_method_details.card.iban", "DE", "'iban' was unexpected"),
        ("checkout/sessions", "ui_mode", "hosted", "'hosted' is not one of"),
        ("disputes", "reason", "no reason", "'no reason' is not one of"),
        ("events", "type", "payment_intent.succeded", "'payment_intent.succeded' is not one of"),
        ("events", "data.object.colour", "red", "'colour' was unexpected"),
        ("balance_transactions", "type", "gift", "'gift' is not one of"),
    ],
)
def test_what_stripe_would_not_say_like_that_is_refused(
    world: Visitor, path: str, where: str, value: object, said: str
) -> None:
    invented = copy.deepcopy(listed(world, path)[-1])
    *outer, name = where.split(".")
    functools.reduce(lambda one, part: one[part], outer, invented)[name] = value

    (said_of_it,) = wrong(invented)

    assert said in said_of_it


@pytest.mark.parametrize("path", [resource.path for resource in RESOURCES])
def test_what_is_always_there_must_not_be_missing(world: Visitor, path: str) -> None:
    less = {name: value for name, value in listed(world, path)[0].items() if name != "created"}

    assert [": 'created' is a required property"] == wrong(less)


@pytest.mark.parametrize("struct", READ, ids=lambda struct: struct.__name__)
def test_golive_reads_only_what_stripe_has(struct: type[msgspec.Struct]) -> None:
    has = inspect.get_annotations(READ[struct])

    assert [] == [name for name in struct.__struct_fields__ if name not in has and name != "object"]


def test_every_struct_that_golive_reads_stripe_with_is_compared() -> None:
    of_stripe = {
        found
        for found in vars(stripe_shapes).values()
        if isinstance(found, type) and issubclass(found, stripe_shapes.Shape)
    }
    bases = {stripe_shapes.Shape, stripe_shapes.Identified, stripe_shapes.ErrorEnvelope}

    assert of_stripe - bases <= set(READ)
