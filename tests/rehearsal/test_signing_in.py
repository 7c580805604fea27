"""scholar_auth as a provider that people sign in with: its page, its codes and its tokens, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest

from rehearsal.people import UNKNOWN_ROLE, cast
from rehearsal.places import Place
from rehearsal.signing_in import AUTHORIZE, CLIENT, USERINFO, SignInWish
from tests.rehearsal.visitor import Visitor, served

GOLIVE = "http://127.0.0.1:8501"
CALLBACK = f"{GOLIVE}/oauth2callback"
ROLES = {"ceo": "CEO", "chair": "Launch chair", "coordinator": "Coordinator"}
VERIFIER = "v" * 48
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": CLIENT,
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile email",
    "state": 'a "state"',
    "nonce": "a nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    wish = SignInWish(public_url=GOLIVE, roles=ROLES)
    with served(tmp_path_factory.mktemp("sign-in"), sign_in=wish) as visitor:
        yield visitor


def discovery(world: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = world.get(Place.SCHOLAR_AUTH, "/.well-known/openid-configuration").json()
    return found


def page(world: Visitor, **changed: str | None) -> httpx.Response:
    """What a browser is shown that was sent here by golive, but for the changes."""
    asked = {name: value for name, value in (ASKED | changed).items() if value is not None}
    return world.get(Place.SCHOLAR_AUTH, AUTHORIZE, params=asked)


def pick(world: Visitor, who: str, **changed: str) -> dict[str, str]:
    """What golive is told when this button is pressed on the page."""
    form = {
        name: unescape(value)
        for name, value in re.findall(
            r'<input type="hidden" name="(.*?)" value="(.*?)">', page(world, **changed).text
        )
    }
    answer = world.post(Place.SCHOLAR_AUTH, AUTHORIZE, data=form | {"who": who})
    assert 303 == answer.status_code
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def exchange(world: Visitor, code: str, secret: str | None = None, /, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    own = world.environment["GOLIVE_SIGN_IN_CLIENT_SECRET"]
    return world.post(
        Place.SCHOLAR_AUTH,
        "/oauth/token",
        data=form | changed,
        auth=(CLIENT, own if secret is None else secret),
    )


def claims(world: Visitor, id_token: str) -> dict[str, Any]:
    """What the token says, verified as golive does."""
    keys = jwt.PyJWKSet.from_dict(world.get(Place.SCHOLAR_AUTH, "/jwks.json").json())
    key = keys[jwt.get_unverified_header(id_token)["kid"]]
    found: dict[str, Any] = jwt.decode(
        id_token, key, algorithms=["RS256"], audience=CLIENT, issuer=world.environment["AUTH_ISSUER"]
    )
    return found


def test_whoever_is_picked_is_told_to_golive_by_a_token_that_verifies(world: Visitor) -> None:
    told = pick(world, "ceo")
    answer = exchange(world, told["code"])

    assert 'a "state"' == told["state"]
    assert "no-store" == answer.headers["cache-control"]
    found = claims(world, answer.json()["id_token"])
    assert ("ceo", "CEO", ["ceo"], "a nonce") == tuple(
        found[name] for name in ("sub", "name", "roles", "nonce")
    )
    assert ("ceo@rehearsal.example", True) == (found["email"], found["email_verified"])
    assert "rehearsal" == found["golive_environment"]


def test_the_cast_has_every_role_and_somebody_for_each_trouble() -> None:
    people = cast(ROLES)

    assert [("ceo",), ("chair",), ("coordinator",)] == [people[role].roles for role in ROLES]
    assert ("chair", "coordinator") == people["two-hats"].roles
    assert people["no-role"].roles is None
    assert (UNKNOWN_ROLE,) == people["unknown-role"].roles
    assert UNKNOWN_ROLE not in ROLES


def test_who_has_no_role_brings_no_such_claim(world: Visitor) -> None:
    answer = exchange(world, pick(world, "no-role")["code"])

    assert "roles" not in claims(world, answer.json()["id_token"])


def test_no_more_is_told_than_was_asked_for(world: Visitor) -> None:
    answer = exchange(world, pick(world, "ceo", scope="openid")["code"]).json()

    assert not {"name", "email", "email_verified"} & claims(world, answer["id_token"]).keys()
    told = world.get(Place.SCHOLAR_AUTH, USERINFO, headers=world.bearer(answer["access_token"]))
    assert {"sub": "ceo", "roles": ["ceo"], "golive_environment": "rehearsal"} == told.json()


def test_what_is_told_of_a_person_is_told_for_a_token_alone(world: Visitor) -> None:
    for headers in ({}, world.bearer("x"), world.bearer(world.token())):
        answer = world.get(Place.SCHOLAR_AUTH, USERINFO, headers=headers)

        assert (401, {"error": "invalid_token"}) == (answer.status_code, answer.json())


def test_a_code_is_good_once(world: Visitor) -> None:
    code = pick(world, "ceo")["code"]

    told = [exchange(world, code) for _ in range(2)]

    assert [200, 400] == [answer.status_code for answer in told]
    assert {"error": "invalid_grant"} == told[1].json()


@pytest.mark.parametrize(
    "changed",
    [{"code_verifier": "w" * 48}, {"code_verifier": ""}, {"redirect_uri": f"{GOLIVE}/"}, {"code": "x"}],
    ids=repr,
)
def test_a_code_is_good_for_whom_it_was_made(world: Visitor, changed: dict[str, str]) -> None:
    answer = exchange(world, pick(world, "ceo")["code"], **changed)

    assert (400, {"error": "invalid_grant"}) == (answer.status_code, answer.json())


def test_a_code_is_good_for_a_minute(world: Visitor) -> None:
    code = pick(world, "ceo")["code"]
    with world.turned(clock_off=["scholar_auth"]):  # seven minutes fast
        answer = exchange(world, code)

    assert (400, {"error": "invalid_grant"}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_nobody_else_gets_a_token_for_a_code(world: Visitor, secret: str) -> None:
    answer = exchange(world, pick(world, "ceo")["code"], secret)

    assert (401, {"error": "invalid_client"}) == (answer.status_code, answer.json())


def test_a_service_gets_no_token_for_a_code(world: Visitor) -> None:
    service = ("golive", world.environment["GOLIVE_CLIENT_SECRET"])
    form = {"grant_type": "authorization_code", "code": pick(world, "ceo")["code"]}

    answer = world.post(Place.SCHOLAR_AUTH, "/oauth/token", data=form, auth=service)

    assert (401, {"error": "invalid_client"}) == (answer.status_code, answer.json())


def test_the_client_of_people_is_no_service(world: Visitor) -> None:
    people = (CLIENT, world.environment["GOLIVE_SIGN_IN_CLIENT_SECRET"])

    answer = world.post(
        Place.SCHOLAR_AUTH, "/oauth/token", data={"grant_type": "client_credentials"}, auth=people
    )

    assert (401, {"error": "invalid_client"}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://elsewhere.example/oauth2callback"},
        {"redirect_uri": f"{CALLBACK}/more"},
        {"redirect_uri": None},
        {"client_id": "golive"},
    ],
    ids=repr,
)
def test_nobody_is_sent_to_an_address_that_is_not_golives(
    world: Visitor, changed: dict[str, str | None]
) -> None:
    answer = page(world, **changed)

    assert 400 == answer.status_code
    assert "location" not in answer.headers
    assert "Nobody can sign in like this" in answer.text
    assert "<button" not in answer.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_question_that_is_not_safe_goes_back_with_its_fault(
    world: Visitor, changed: dict[str, str | None], error: str
) -> None:
    answer = page(world, **changed)

    told = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert (303, error, 'a "state"') == (answer.status_code, told["error"], told["state"])


def test_who_does_not_want_to_sign_in_goes_back_without_a_code(world: Visitor) -> None:
    told = pick(world, "cancel")

    assert "access_denied" == told["error"]
    assert "code" not in told


def test_nobody_of_the_cast_is_nobody(world: Visitor) -> None:
    answer = world.post(Place.SCHOLAR_AUTH, AUTHORIZE, data=ASKED | {"who": "mallory"})

    assert (400, True) == (answer.status_code, "Got nobody of the cast" in answer.text)


def test_the_page_says_rehearsal_and_has_no_script(world: Visitor) -> None:
    shown = page(world, state="<script>alert(1)</script>")

    assert "<strong>REHEARSAL</strong>" in shown.text
    assert "<script" not in shown.text
    assert shown.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {GOLIVE}"
    )


def test_a_token_of_a_rotated_key_still_verifies(world: Visitor) -> None:
    before = exchange(world, pick(world, "ceo")["code"]).json()["id_token"]
    kid = world.control("POST", "/keys/rotate")["kid"]
    after = exchange(world, pick(world, "ceo")["code"]).json()["id_token"]

    assert kid == jwt.get_unverified_header(after)["kid"]
    assert "ceo" == claims(world, before)["sub"] == claims(world, after)["sub"]


def test_a_fault_of_its_keys_is_in_the_token_of_a_person_too(world: Visitor) -> None:
    with world.fault("signing_key_unpublished"):
        token = exchange(world, pick(world, "ceo")["code"]).json()["id_token"]
        keys = world.get(Place.SCHOLAR_AUTH, "/jwks.json").json()["keys"]

    assert jwt.get_unverified_header(token)["kid"] not in {key["kid"] for key in keys}


def test_by_a_knob_the_token_of_a_person_is_not_signed(world: Visitor) -> None:
    with world.turned(id_token_unsigned=True):
        token = exchange(world, pick(world, "ceo")["code"]).json()["id_token"]

    assert "none" == jwt.get_unverified_header(token)["alg"]


def test_a_golive_that_is_cut_off_signs_nobody_in(world: Visitor) -> None:
    url = world.url(Place.SCHOLAR_AUTH, "/.well-known/openid-configuration")
    with world.fault("monitoring_blind"):
        with pytest.raises(httpx.HTTPError):
            world.http.get(url, headers={"User-Agent": "Authlib/1.9.0 (+https://authlib.org/)"})

        assert 200 == page(world).status_code  # a person's browser is not golive


def test_a_world_that_was_not_asked_for_it_has_nobody_sign_in(shared_world: Visitor) -> None:
    assert "authorization_endpoint" not in discovery(shared_world)
    assert 404 == page(shared_world).status_code
    assert not any(name.startswith("GOLIVE_SIGN_IN") for name in shared_world.environment)


def test_what_is_published_is_what_there_is(world: Visitor) -> None:
    found = discovery(world)

    assert world.url(Place.SCHOLAR_AUTH, AUTHORIZE) == found["authorization_endpoint"]
    assert world.url(Place.SCHOLAR_AUTH, USERINFO) == found["userinfo_endpoint"]
    assert (["code"], ["S256"]) == (
        found["response_types_supported"],
        found["code_challenge_methods_supported"],
    )


def test_golives_secret_there_is_kept_and_a_world_from_before_gets_one(tmp_path: Path) -> None:
    with served(tmp_path) as visitor:
        assert "" == visitor.world.identity.sign_in_secret
    wish, secrets = SignInWish(public_url=GOLIVE, roles=ROLES), []
    for _ in range(2):
        with served(tmp_path, sign_in=wish) as visitor:
            secrets.append(visitor.environment["GOLIVE_SIGN_IN_CLIENT_SECRET"])

    assert secrets[0] == secrets[1]
    assert 32 <= len(secrets[0])
