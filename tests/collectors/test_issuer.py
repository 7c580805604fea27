from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from collectors.asking import Asker, AskError
from collectors.issuer import DiscoveryProbe, TokenProbe
from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from tests.collectors.issuing import AUDIENCE, SECRET, Issuing
from tests.collectors.loopback import Loopback, Reply, as_html, as_json


@pytest.fixture
def issuing(source: Loopback) -> Issuing:
    return Issuing(source)


def discovery(issuing: Issuing) -> DiscoveryProbe:
    return DiscoveryProbe(
        probe="issuer.discovery",
        source="auth",
        discovery_url=issuing.discovery_url,
        issuer=issuing.source.base,
        jwks_url=issuing.jwks_url,
    )


def token_probe(issuing: Issuing, *, secret: str = SECRET) -> TokenProbe:
    return TokenProbe(
        probe="issuer.token",
        source="auth",
        tokens=issuing.tokens(secret),
        jwks_url=issuing.jwks_url,
        issuer=issuing.source.base,
        audience=AUDIENCE,
        algorithms=("RS256", "ES256"),
    )


def facts(sample: Sample) -> dict[str, bool | int | str]:
    assert isinstance(sample, Observation), sample
    assert "canary" not in repr(sample)
    return dict(sample.facts)


def reason(sample: Sample) -> FailureReason:
    assert isinstance(sample, CollectorFailure), sample
    assert "canary" not in repr(sample)
    return sample.reason


async def test_an_issuer_that_is_where_we_expect_it_matches(issuing: Issuing, asker: Asker) -> None:
    assert facts(await discovery(issuing).ask(asker)) == {
        "issuer_matches": True,
        "jwks_matches": True,
        "keys": 1,
    }


async def test_another_issuer_or_key_address_does_not_match(issuing: Issuing, asker: Asker) -> None:
    issuing.discovery |= {"issuer": issuing.source.base + "/", "jwks_uri": "https://other.example/jwks"}

    seen = facts(await discovery(issuing).ask(asker))

    assert (seen["issuer_matches"], seen["jwks_matches"]) == (False, False)


@pytest.mark.parametrize("path", ["/discovery", "/jwks.json"])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(reset=True), FailureReason.UNREACHABLE),
        (as_json({}, status=500), FailureReason.SERVER),
        (as_json({}, status=404), FailureReason.STATUS),
        (as_html("<h1>canary</h1>"), FailureReason.MALFORMED),
        (as_json({"issuer": 1, "keys": "canary"}), FailureReason.MALFORMED),
        (as_json([]), FailureReason.MALFORMED),
    ],
)
async def test_discovery_or_keys_that_cannot_be_read_are_a_failure_and_not_zero_keys(
    issuing: Issuing, asker: Asker, path: str, reply: Reply, expected: FailureReason
) -> None:
    issuing.source.on(path, reply)

    assert reason(await discovery(issuing).ask(asker)) is expected


async def test_a_real_token_verifies_against_the_published_keys(issuing: Issuing, asker: Asker) -> None:
    assert facts(await token_probe(issuing).ask(asker)) == {"verified": True, "alg": "ES256"}


async def test_a_token_signed_with_a_key_that_is_not_published_does_not_verify(
    issuing: Issuing, asker: Asker
) -> None:
    issuing.key = ec.generate_private_key(ec.SECP256R1())

    assert facts(await token_probe(issuing).ask(asker))["verified"] is False


@pytest.mark.parametrize(
    "bend",
    [
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"exp": datetime.now(UTC) - timedelta(hours=1)},
    ],
)
async def test_a_token_with_a_wrong_claim_does_not_verify(
    issuing: Issuing, asker: Asker, bend: dict[str, object]
) -> None:
    issuing.claims = dict(bend)

    assert facts(await token_probe(issuing).ask(asker))["verified"] is False


@pytest.mark.parametrize(
    ("passed_s", "is_current"),
    [(-6, False), (-4, True), (304, True), (306, False), (600, False), (-600, False)],
)
async def test_whether_a_token_is_current_is_told_by_our_own_clock(
    issuing: Issuing, trust: ssl.SSLContext, passed_s: int, *, is_current: bool
) -> None:
    issued = datetime.now(UTC)
    issuing.claims = {"iat": issued, "exp": issued + timedelta(seconds=300)}
    clock = partial(_at, issued.replace(microsecond=0) + timedelta(seconds=passed_s))

    async with Asker(environment=Environment.REHEARSAL, clock=clock, trust=trust) as asker:
        assert facts(await token_probe(issuing).ask(asker))["verified"] is is_current


@pytest.mark.parametrize("date", ["soon", None, True])
@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
async def test_a_token_whose_dates_cannot_be_read_does_not_verify(
    issuing: Issuing, asker: Asker, claim: str, date: object
) -> None:
    issuing.claims = {claim: date}

    assert facts(await token_probe(issuing).ask(asker))["verified"] is False


@pytest.mark.parametrize("keys", [[], [{"kid": "key-1"}], [{"kid": "key-2", "kty": "EC"}], [{}]])
async def test_a_token_whose_key_is_not_published_does_not_verify(
    issuing: Issuing, asker: Asker, keys: list[dict[str, str]]
) -> None:
    issuing.published = {"keys": keys}

    assert facts(await token_probe(issuing).ask(asker))["verified"] is False


async def test_a_token_that_is_none_does_not_verify(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/oauth/token", as_json({"access_token": "canary", "expires_in": 60}))

    assert facts(await token_probe(issuing).ask(asker)) == {"verified": False}


async def test_keys_that_cannot_be_read_leave_the_token_unjudged(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/jwks.json", Reply(reset=True))

    assert reason(await token_probe(issuing).ask(asker)) is FailureReason.UNREACHABLE


async def test_a_refused_client_is_our_own_credential(issuing: Issuing, asker: Asker) -> None:
    assert reason(await token_probe(issuing, secret="canary-wrong").ask(asker)) is FailureReason.AUTH


@pytest.mark.parametrize(
    "endpoint", ["https://elsewhere.example/token", "http://127.0.0.1:1/oauth/token", None]
)
async def test_the_client_secret_never_leaves_the_issuers_origin(
    issuing: Issuing, asker: Asker, endpoint: str | None
) -> None:
    issuing.discovery["token_endpoint"] = endpoint

    assert reason(await token_probe(issuing).ask(asker)) is FailureReason.REFUSED
    assert set(issuing.source.counts()) == {"/discovery"}


@pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic", "client_secret_post"]])
async def test_the_client_introduces_itself_the_way_the_issuer_supports(
    issuing: Issuing, asker: Asker, methods: list[str]
) -> None:
    issuing.discovery["token_endpoint_auth_methods_supported"] = methods

    await issuing.tokens().token(asker)

    asked = issuing.source.asked("/oauth/token")[0]
    assert ("authorization" in asked.headers) is ("client_secret_basic" in methods)
    assert (SECRET in asked.body.decode()) is ("client_secret_basic" not in methods)


async def test_a_token_is_kept_until_shortly_before_it_expires(
    issuing: Issuing, trust: ssl.SSLContext
) -> None:
    now = datetime.now(UTC)
    tokens = issuing.tokens()
    for passed, issued in ((0, 1), (269, 1), (271, 2)):
        clock = partial(_at, now + timedelta(seconds=passed))
        async with Asker(environment=Environment.REHEARSAL, clock=clock, trust=trust) as asker:
            await tokens.token(asker)
        assert issuing.issued == issued


async def test_whoever_asks_at_the_same_time_shares_one_token(issuing: Issuing, asker: Asker) -> None:
    tokens = issuing.tokens()

    got = await asyncio.gather(*(tokens.token(asker) for _ in range(10)))

    assert issuing.issued == 1
    assert len(set(got)) == 1


async def test_one_who_gives_up_does_not_take_the_token_from_the_others(
    issuing: Issuing, asker: Asker
) -> None:
    released = asyncio.Event()
    issuing.source.on("/discovery", Reply(**vars(as_json(issuing.discovery)) | {"wait": released}))
    tokens = issuing.tokens()
    hasty, patient = (asyncio.create_task(tokens.token(asker)) for _ in range(2))
    await issuing.source.arrived.wait()

    hasty.cancel()
    released.set()

    assert (await patient).reveal().startswith("ey")
    assert issuing.issued == 1


async def test_a_token_that_was_refused_is_not_used_again(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/balance", as_json({}, status=401), as_json({}))
    tokens = issuing.tokens()

    for _ in range(3):
        await tokens.ask(asker, "GET", issuing.source.url("/balance"))

    used = [request.headers["authorization"] for request in issuing.source.asked("/balance")]
    assert used[0] != used[1] == used[2]


async def test_no_token_says_why(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/oauth/token", as_json({}, status=503))

    with pytest.raises(AskError) as raised:
        await issuing.tokens().token(asker)

    assert raised.value.reason is FailureReason.NO_TOKEN
    assert raised.value.detail == "got no token (server: got HTTP 503, expected 200 with a token)"


def _at(moment: datetime) -> datetime:
    return moment


def test_a_token_source_does_not_show_its_secret(issuing: Issuing) -> None:
    assert "canary" not in repr(issuing.tokens())
