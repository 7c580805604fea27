"""Faults of single API paths: each spoils its own path, in its own way, and leaves the others alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor, wait_until

Asker = Callable[..., httpx.Response]


@pytest.fixture
def ask(visitor: Visitor) -> Asker:
    """Asks Stripe as golive does, and takes any answer."""
    headers = visitor.bearer(visitor.environment["GOLIVE_STRIPE_KEY"])

    def asked(path: str, *, timeout: float = 10, **params: Any) -> httpx.Response:
        return visitor.get(Place.STRIPE, f"/v1/{path}", headers=headers, params=params, timeout=timeout)

    return asked


@pytest.fixture
def bought(visitor: Visitor) -> str:
    """The charge of a purchase that can be listed."""
    intent = visitor.buy()
    wait_until(lambda: bool(visitor.stripe("charges", payment_intent=intent)["data"]))
    return str(visitor.stripe("charges", payment_intent=intent)["data"][0]["id"])


@pytest.mark.parametrize(
    "reason",
    ["global-rate", "global-concurrency", "endpoint-rate", "endpoint-concurrency", "resource-specific"],
)
def test_a_rate_limit_of_one_path_says_its_reason(visitor: Visitor, ask: Asker, reason: str) -> None:
    with visitor.turned(stripe_paths={"charges": f"429 {reason}"}):
        answer = ask("charges")

        assert (429, reason) == (answer.status_code, answer.headers["stripe-rate-limited-reason"])
        assert 200 == ask("refunds").status_code


@pytest.mark.parametrize(("fault", "status"), [("500", 500), ("503", 503), ("401", 401)])
def test_an_error_of_one_path_is_in_stripes_envelope_with_a_request_id(
    visitor: Visitor, ask: Asker, fault: str, status: int
) -> None:
    with visitor.turned(stripe_paths={"checkout/sessions": fault}):
        answers = [ask("checkout/sessions"), ask("checkout/sessions/cs_x")]

        assert [status, status] == [answer.status_code for answer in answers]
        assert all("message" in answer.json()["error"] for answer in answers)
        assert all("request-id" in answer.headers for answer in answers)
        assert 200 == ask("charges").status_code


def test_a_slow_path_keeps_its_caller_waiting_and_a_reset_one_hangs_up(visitor: Visitor, ask: Asker) -> None:
    with visitor.turned(stripe_paths={"charges": "slow", "refunds": "reset"}):
        with pytest.raises(httpx.ReadTimeout):
            ask("charges", timeout=0.3)
        with pytest.raises(httpx.RemoteProtocolError):
            ask("refunds")

        assert 200 == ask("disputes").status_code


def test_html_and_cut_json_come_with_200_and_are_no_json(visitor: Visitor, ask: Asker, bought: str) -> None:
    with visitor.turned(stripe_paths={"charges": "html", "payment_intents": "cut json"}):
        html, cut = ask("charges"), ask("payment_intents")

    assert bought
    assert [200, 200] == [html.status_code, cut.status_code]
    for answer in (html, cut):
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_value_and_a_field_of_tomorrow_are_added_to_what_is_right(
    visitor: Visitor, ask: Asker, bought: str
) -> None:
    right = ask(f"charges/{bought}").json()

    with visitor.turned(stripe_paths={"charges": "unknown enum"}):
        strange = ask(f"charges/{bought}").json()
    with visitor.turned(stripe_paths={"charges": "unknown field"}):
        longer = next(one for one in ask("charges", limit=100).json()["data"] if one["id"] == bought)

    assert "succeeded" == right["status"] != strange["status"]
    assert 1 == len(set(longer) - set(right))


def test_more_without_data_is_told_again_and_again(visitor: Visitor, ask: Asker, bought: str) -> None:
    with visitor.turned(stripe_paths={"charges": "has_more without data"}):
        answers = [ask("charges").json(), ask("charges", starting_after=bought).json()]

    assert [([], True)] * 2 == [(answer["data"], answer["has_more"]) for answer in answers]


def test_a_key_can_be_revoked_between_two_pages(visitor: Visitor, ask: Asker, bought: str) -> None:
    with visitor.turned(stripe_paths={"charges": "401 after the first page"}):
        answers = [ask("charges"), ask("charges", starting_after=bought)]

    assert [200, 401] == [answer.status_code for answer in answers]
