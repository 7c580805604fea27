"""Who is let in: good tokens only, and each kind of bad one is refused by every protected endpoint."""

from __future__ import annotations

import time
from typing import Any

import httpx
import jwt
import pytest

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor

Endpoint = tuple[Place, str, str]


BALANCE = (Place.SCHOLARSHIP_API, "GET", "/api/v1/users/student-1/balance")
PROTECTED = [
    BALANCE,
    (Place.SCHOLARSHIP_API, "GET", "/api/v1/users/student-1/transactions"),
    (Place.SCHOLARSHIP_API, "POST", "/api/v1/users/student-1/credits"),
    (Place.SCHOLARSHIP_API, "POST", "/api/v1/users/student-1/write-probe"),
    (Place.PROVIDER_REGISTER, "GET", "/ops/webhook-receipts"),
    (Place.AUTO_COM_CENTER, "GET", "/ops/deliveries"),
    (Place.SCHOLARSHIP_API, "GET", "/api/v1/transactions"),
    (Place.SCHOLARSHIP_API, "GET", "/api/v1/denials"),
]


def _ask(visitor: Visitor, endpoint: Endpoint, token: str | None = None, **more: Any) -> httpx.Response:
    place, method, path = endpoint
    headers = {} if token is None else visitor.bearer(token)
    return visitor.http.request(method, visitor.url(place, path), headers=headers, **more)


def _bad_tokens(visitor: Visitor) -> dict[str, str | None]:
    stranger = jwt.encode({"iss": "x", "sub": "golive"}, "k" * 32, algorithm="HS256", headers={"kid": "x"})
    return {
        "missing": None,
        "garbage": "garbage",
        "expired": visitor.forged(exp=int(time.time()) - 1),
        "without expiry": visitor.forged(exp=None),
        "wrong issuer": visitor.forged(iss="https://elsewhere.example"),
        "wrong audience": visitor.forged(aud="auto_com_center"),
        "alg none": visitor.forged("none"),
        "unknown key": stranger,
    }


@pytest.mark.parametrize("endpoint", PROTECTED, ids=[path for _, _, path in PROTECTED])
def test_every_protected_endpoint_refuses_every_bad_token(visitor: Visitor, endpoint: Endpoint) -> None:
    bad = _bad_tokens(visitor)

    answers = {name: _ask(visitor, endpoint, token).status_code for name, token in bad.items()}

    assert answers == dict.fromkeys(bad, 401)


def test_a_good_token_is_let_in(visitor: Visitor) -> None:
    assert _ask(visitor, BALANCE, visitor.token()).status_code == 200


def test_a_token_for_another_audience_of_the_same_issuer_is_refused(visitor: Visitor) -> None:
    assert _ask(visitor, BALANCE, visitor.token(audience="auto_com_center")).status_code == 401


def test_a_token_without_the_scope_is_forbidden(visitor: Visitor) -> None:
    assert _ask(visitor, PROTECTED[2], visitor.token()).status_code == 403


def test_an_empty_credit_is_refused_only_after_the_token(visitor: Visitor) -> None:
    assert _ask(visitor, PROTECTED[2], visitor.token("provider_register")).status_code == 422


def test_an_unsigned_token_is_let_in_only_under_its_fault(visitor: Visitor) -> None:
    with visitor.fault("alg_none_accepted"):
        assert _ask(visitor, BALANCE, visitor.forged("none", scope=None)).status_code == 200


def test_a_rotated_key_leaves_old_tokens_good_and_signs_new_ones(visitor: Visitor) -> None:
    old = visitor.token()
    kid = visitor.control("POST", "/keys/rotate")["kid"]
    new = visitor.token()

    assert jwt.get_unverified_header(new)["kid"] == kid
    keys = visitor.http.get(visitor.environment["AUTH_JWKS_URL"]).json()["keys"]
    assert {jwt.get_unverified_header(token)["kid"] for token in (old, new)} <= {key["kid"] for key in keys}
    assert _ask(visitor, BALANCE, old).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "scope": "ledger:write"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "audience": "elsewhere"}, "invalid_target"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_client_gets_no_token_beyond_what_it_may_have(
    visitor: Visitor, form: dict[str, str], error: str
) -> None:
    auth = ("golive", visitor.environment["GOLIVE_CLIENT_SECRET"])

    answer = visitor.post(Place.SCHOLAR_AUTH, "/oauth/token", data=form, auth=auth)

    assert (400, error) == (answer.status_code, answer.json()["error"])


def test_a_wrong_client_secret_gets_no_token_in_either_form(visitor: Visitor) -> None:
    form = {"grant_type": "client_credentials"}
    posted = {**form, "client_id": "golive", "client_secret": "wrong"}

    basic = visitor.post(Place.SCHOLAR_AUTH, "/oauth/token", data=form, auth=("golive", "wrong"))
    assert (401, 401) == (
        basic.status_code,
        visitor.post(Place.SCHOLAR_AUTH, "/oauth/token", data=posted).status_code,
    )


def test_the_write_probe_leaves_no_trace(visitor: Visitor) -> None:
    before = visitor.ledger("transactions")

    answer = _ask(visitor, PROTECTED[3], visitor.token(), json={"note": "golive"})

    assert answer.json() == {"ok": True}
    assert visitor.ledger("transactions") == before


def test_the_ledger_pages_newest_first_without_gap_or_repeat(visitor: Visitor) -> None:
    bought = [visitor.buy() for _ in range(3)]

    first = visitor.ledger("transactions?limit=2")
    second = visitor.ledger(f"transactions?limit=2&cursor={first['next_cursor']}")
    seen = [row["payment_intent"] for row in [*first["items"], *second["items"]]]
    assert seen[:3] == bought[::-1]
    assert len(set(seen)) == len(seen)


def test_the_same_payment_is_written_once_and_answered_alike(visitor: Visitor) -> None:
    token = visitor.token("provider_register")
    body = {
        "credits": 9990,
        "usd_cents": 999,
        "currency": "usd",
        "payment_intent": "pi_test_twice",
        "correlation_id": "corr_twice",
    }
    place, _, _ = PROTECTED[2]
    url = visitor.url(place, "/api/v1/users/somebody-else/credits")

    first = visitor.http.post(url, json=body, headers=visitor.bearer(token))
    second = visitor.http.post(url, json=body, headers=visitor.bearer(token))

    assert (201, 200) == (first.status_code, second.status_code)
    assert first.json() == second.json()
