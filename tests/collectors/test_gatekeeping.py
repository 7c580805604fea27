"""The probes that ask to be let in and want to be refused: refusals, CORS and retired secrets."""

from __future__ import annotations

import jwt
import pytest

from collectors.asking import Asker, Masked
from collectors.cors import CorsProbe
from collectors.notification import RetiredProbe
from collectors.observation import CollectorFailure, FailureReason, Observation, Sample
from collectors.refusals import STRANGER, RefusalsProbe
from tests.collectors.loopback import Handler, Loopback, Reply, Request, as_json

OWN = ("https://pilot.example", "https://provider.example")
FOREIGN = "https://foreign.example"
CURRENT, OLD, OLDER = "canary-current", "canary-old", "canary-older"


def observed(sample: Sample) -> Observation:
    assert isinstance(sample, Observation), sample
    return sample


def failed(sample: Sample) -> CollectorFailure:
    assert isinstance(sample, CollectorFailure), sample
    return sample


def refusals(source: Loopback, method: str = "GET") -> RefusalsProbe:
    return RefusalsProbe(
        probe="api.refusals.balance",
        source="api",
        url=source.url("/balance"),
        method=method,
        issuer="https://auth.example",
        audience="api",
    )


def admits(who: str, *, status: int = 200) -> Handler:
    def handler(request: Request) -> Reply:
        return as_json({}, status=status if caller(request) == who else 401)

    return handler


def caller(request: Request) -> str:
    header = request.headers.get("authorization")
    if header is None:
        return "no_token"
    try:
        algorithm = jwt.get_unverified_header(header.removeprefix("Bearer "))["alg"]
    except jwt.PyJWTError:
        return "garbage"
    return "alg_none" if algorithm == "none" else "wrong_issuer"


@pytest.mark.parametrize("status", [401, 403])
async def test_an_endpoint_that_refuses_everybody_has_accepted_none(
    source: Loopback, asker: Asker, status: int
) -> None:
    source.on("/balance", as_json({}, status=status))

    assert observed(await refusals(source).ask(asker)).facts == {"asked": 4, "accepted": 0}


@pytest.mark.parametrize("who", ["no_token", "garbage", "wrong_issuer", "alg_none"])
@pytest.mark.parametrize("status", [200, 201, 400, 409, 415, 422])
async def test_whoever_is_let_in_is_named(source: Loopback, asker: Asker, who: str, status: int) -> None:
    source.on("/balance", admits(who, status=status))

    seen = observed(await refusals(source, "POST").ask(asker))

    assert seen.facts == {"asked": 4, "accepted": 1, "accepted_kinds": who}
    assert {request.method for request in source.requests} == {"POST"}


async def test_an_open_endpoint_names_all_kinds_in_order(source: Loopback, asker: Asker) -> None:
    source.on("/balance", as_json({}))

    seen = observed(await refusals(source).ask(asker))

    assert seen.facts["accepted_kinds"] == "alg_none,garbage,no_token,wrong_issuer"


async def test_the_bad_tokens_are_what_they_are_called(source: Loopback, asker: Asker) -> None:
    source.on("/balance", as_json({}, status=401))

    await refusals(source).ask(asker)

    tokens = {caller(request): request.headers.get("authorization", "") for request in source.requests}
    claims = {
        kind: jwt.decode(tokens[kind].removeprefix("Bearer "), options={"verify_signature": False})
        for kind in ("alg_none", "wrong_issuer")
    }
    assert set(tokens) == {"no_token", "garbage", "wrong_issuer", "alg_none"}
    assert (claims["alg_none"]["iss"], claims["alg_none"]["aud"]) == ("https://auth.example", "api")
    assert claims["wrong_issuer"]["iss"] == STRANGER
    assert tokens["alg_none"].endswith(".")


async def test_an_unclear_reaction_is_not_counted_as_asked(source: Loopback, asker: Asker) -> None:
    def answer(request: Request) -> Reply:
        return as_json({}, status=503 if caller(request) == "alg_none" else 401)

    source.on("/balance", answer)

    assert observed(await refusals(source).ask(asker)).facts == {"asked": 3, "accepted": 0}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (as_json({}, status=404), FailureReason.STATUS),
        (as_json({}, status=500), FailureReason.SERVER),
        (Reply(status=302, headers={"Location": "/login"}), FailureReason.REDIRECT),
        (Reply(reset=True), FailureReason.UNREACHABLE),
    ],
)
async def test_an_endpoint_that_reacts_to_nobody_is_a_failure_and_not_a_refusal(
    source: Loopback, asker: Asker, reply: Reply, reason: FailureReason
) -> None:
    source.on("/balance", reply)

    assert failed(await refusals(source).ask(asker)).reason is reason


def cors(source: Loopback) -> CorsProbe:
    return CorsProbe(
        probe="api.cors",
        source="api",
        url=source.url("/send"),
        method="POST",
        own_origins=OWN,
        foreign_origin=FOREIGN,
    )


def allows(*origins: str, answer: str | None = None, status: int = 204) -> Handler:
    def handler(request: Request) -> Reply:
        origin = request.headers["origin"]
        if origin not in origins:
            return Reply(status=400)
        return Reply(status=status, headers={"Access-Control-Allow-Origin": answer or origin})

    return handler


async def test_own_sites_are_allowed_and_foreign_ones_are_not(source: Loopback, asker: Asker) -> None:
    source.on("/send", allows(*OWN))

    seen = observed(await cors(source).ask(asker))

    assert seen.facts == {"foreign_allowed": False, "own_asked": 2, "own_refused": 0}
    assert {request.method for request in source.requests} == {"OPTIONS"}
    assert {request.headers["access-control-request-method"] for request in source.requests} == {"POST"}


@pytest.mark.parametrize("answer", ["*", None])
async def test_any_way_of_allowing_the_foreign_site_is_seen(
    source: Loopback, asker: Asker, answer: str | None
) -> None:
    source.on("/send", allows(FOREIGN, *OWN, answer=answer))

    assert observed(await cors(source).ask(asker)).facts["foreign_allowed"] is True


async def test_own_sites_that_are_refused_are_counted(source: Loopback, asker: Asker) -> None:
    source.on("/send", allows(OWN[0]))

    assert observed(await cors(source).ask(asker)).facts["own_refused"] == 1


async def test_another_sites_name_or_a_failing_status_allows_nobody(source: Loopback, asker: Asker) -> None:
    source.on("/send", allows(FOREIGN, *OWN, answer="https://third.example"))
    other_name = observed(await cors(source).ask(asker))
    source.on("/send", allows(FOREIGN, *OWN, status=403))
    no_success = observed(await cors(source).ask(asker))

    assert other_name.facts == {"foreign_allowed": False, "own_asked": 2, "own_refused": 2}
    assert no_success.facts == {"foreign_allowed": False, "own_asked": 2, "own_refused": 2}


async def test_a_failing_service_has_not_refused_the_foreign_site(source: Loopback, asker: Asker) -> None:
    source.on("/send", Reply(status=503))

    assert failed(await cors(source).ask(asker)).reason is FailureReason.SERVER


@pytest.mark.parametrize("status", [404, 405, 408, 429])
async def test_an_answer_that_is_not_about_origins_refuses_nobody(
    source: Loopback, asker: Asker, status: int
) -> None:
    source.on("/send", Reply(status=status))

    failed(await cors(source).ask(asker))


async def test_own_sites_that_could_not_be_asked_are_not_counted(source: Loopback, asker: Asker) -> None:
    def answer(request: Request) -> Reply:
        return Reply(reset=True) if request.headers["origin"] in OWN else Reply(status=400)

    source.on("/send", answer)

    assert observed(await cors(source).ask(asker)).facts == {
        "foreign_allowed": False,
        "own_asked": 0,
        "own_refused": 0,
    }


def retired(source: Loopback, *old: str) -> RetiredProbe:
    return RetiredProbe(
        probe="notification.retired",
        source="comms",
        url=source.url("/send"),
        header="X-Webhook-Secret",
        secret=Masked(CURRENT),
        retired=tuple(Masked(each) for each in old),
        body={"dry_run": True},
    )


def knows(*secrets: str, otherwise: int = 401) -> Handler:
    def handler(request: Request) -> Reply:
        return as_json({}, status=200 if request.headers["x-webhook-secret"] in secrets else otherwise)

    return handler


async def test_retired_secrets_that_are_refused_are_counted_as_asked(source: Loopback, asker: Asker) -> None:
    source.on("/send", knows(CURRENT))

    sample = await retired(source, OLD, OLDER).ask(asker)

    assert observed(sample).facts == {"asked": 2, "accepted": 0, "current_is_retired": False}
    assert "canary" not in repr(sample)
    assert "canary" not in repr(retired(source, OLD))


async def test_a_retired_secret_that_still_works_is_counted(source: Loopback, asker: Asker) -> None:
    source.on("/send", knows(CURRENT, OLDER))

    assert observed(await retired(source, OLD, OLDER).ask(asker)).facts["accepted"] == 1


async def test_a_current_secret_that_is_a_retired_one_is_named(source: Loopback, asker: Asker) -> None:
    source.on("/send", knows(CURRENT))

    seen = observed(await retired(source, OLD, CURRENT).ask(asker))

    assert seen.facts == {"asked": 2, "accepted": 1, "current_is_retired": True}


async def test_a_failing_service_has_not_refused_a_retired_secret(source: Loopback, asker: Asker) -> None:
    source.on("/send", knows(otherwise=503))

    assert failed(await retired(source, OLD).ask(asker)).reason is FailureReason.SERVER


async def test_no_retired_secret_means_none_asked_and_no_pass(source: Loopback, asker: Asker) -> None:
    seen = observed(await retired(source).ask(asker))

    assert seen.facts == {"asked": 0, "accepted": 0, "current_is_retired": False}
    assert source.requests == []
