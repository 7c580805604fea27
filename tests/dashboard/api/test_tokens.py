"""Of all that calls itself a token golive believes what the provider signed for it, now, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dashboard.api.keys import AGAIN_S, KEPT_S, RENEWED_S, ProviderKeys
from dashboard.api.tokens import LONGEST, KeysUnknownError, TokenError, Tokens
from tests.dashboard.api.provider import AUDIENCE, Publisher, ec_key, published, publishing, rsa_key


class Clock:
    """Seconds, as a test has them."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(publisher: Publisher, clock: Clock) -> Tokens:
    return Tokens(
        issuer=publisher.url, audience=AUDIENCE, keys=ProviderKeys(issuer=publisher.url, clock=clock)
    )


async def test_a_good_token_says_who_asks_and_for_what(publisher: Publisher, tokens: Tokens) -> None:
    caller = await tokens.caller(publisher.token())

    assert ("rollout-script", {"openid", "golive:board"}) == (caller.subject, set(caller.scopes))


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": None, "scp": ["golive:board"]}, {"golive:board"}),
        ({"scope": None}, set()),
        ({"scope": 7}, set()),
        ({"scope": ["golive:board", 7]}, {"golive:board"}),
    ],
)
async def test_scopes_are_a_text_or_a_list(
    publisher: Publisher, tokens: Tokens, claims: dict[str, Any], scopes: set[str]
) -> None:
    assert scopes == (await tokens.caller(publisher.token(**claims))).scopes


def _part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _none(publisher: Publisher) -> str:
    _, payload, _ = publisher.token().split(".")
    return f"{_part({'alg': 'none', 'kid': 'one'})}.{payload}."


def _hs256_with_the_public_key(publisher: Publisher) -> str:
    _, payload, _ = publisher.token().split(".")
    signed = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{payload}"
    pem = rsa_key("one").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return f"{signed}.{_part(hmac.new(pem, signed.encode(), hashlib.sha256).digest())}"


def _embedded_key(publisher: Publisher) -> str:
    own = published("one", rsa_key("attacker"), "RS256")
    return publisher.token(key=rsa_key("attacker"), headers={"jwk": own})


def _key_elsewhere(publisher: Publisher) -> str:
    return publisher.token(key=rsa_key("attacker"), headers={"jku": f"{publisher.url}/attacker/jwks"})


def _unknown_kid(publisher: Publisher) -> str:
    return publisher.token(key=rsa_key("attacker"), headers={"kid": "attacker"})


def _no_kid(publisher: Publisher) -> str:
    return publisher.token(headers={"kid": None})


def _another_algorithm(publisher: Publisher) -> str:
    return publisher.token(algorithm="PS256")


def _algorithm_of_no_list(publisher: Publisher) -> str:
    return publisher.token(algorithm="RS512")


def _claim_twice(publisher: Publisher) -> str:
    header, payload, _ = publisher.token().split(".")
    told = base64.urlsafe_b64decode(payload + "==").decode()
    twice = told[:-1] + ',"sub":"somebody-else"}'
    signed = f"{header}.{_part(twice.encode())}"
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return f"{signed}.{_part(rsa_key('one').sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _changed(publisher: Publisher) -> str:
    header, payload, signature = publisher.token().split(".")
    told = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{_part({**told, 'sub': 'admin'})}.{signature}"


ATTACKS: dict[str, Callable[[Publisher], str]] = {
    "no algorithm": _none,
    "HS256 with the public key": _hs256_with_the_public_key,
    "an embedded key": _embedded_key,
    "a key elsewhere": _key_elsewhere,
    "a key that nobody publishes": _unknown_kid,
    "no key's name": _no_kid,
    "another algorithm than the key's": _another_algorithm,
    "an algorithm of no list": _algorithm_of_no_list,
    "a claim twice": _claim_twice,
    "changed": _changed,
    "expired by a second": lambda publisher: publisher.token(exp=int(time.time()) - 1),
    "no end": lambda publisher: publisher.token(exp=None),
    "not yet": lambda publisher: publisher.token(nbf=int(time.time()) + 60),
    "issued in the future": lambda publisher: publisher.token(iat=int(time.time()) + 60),
    "another audience": lambda publisher: publisher.token(aud="another"),
    "no audience": lambda publisher: publisher.token(aud=None),
    "another issuer": lambda publisher: publisher.token(iss="https://id.elsewhere.example"),
    "no issuer": lambda publisher: publisher.token(iss=None),
    "nobody": lambda publisher: publisher.token(sub=None),
    "a megabyte": lambda _: "e" * 1_000_000,
    "one character too many": lambda _: "e" * (LONGEST + 1),
    "nothing": lambda _: "",
    "no token": lambda _: "a.b.c",
    "no text": lambda _: "\x00.é.\ud800",
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_attack_is_refused(publisher: Publisher, tokens: Tokens, attack: str) -> None:
    with pytest.raises(TokenError, match=r"^got "):
        await tokens.caller(ATTACKS[attack](publisher))


async def test_a_key_on_a_curve_is_believed_too(publisher: Publisher, tokens: Tokens) -> None:
    publisher.keys.append(published("two", ec_key("two"), "ES256"))

    caller = await tokens.caller(
        publisher.token(key=ec_key("two"), algorithm="ES256", headers={"kid": "two"})
    )

    assert "rollout-script" == caller.subject


async def test_a_new_key_is_believed_without_a_restart(
    publisher: Publisher, tokens: Tokens, clock: Clock
) -> None:
    await tokens.caller(publisher.token())
    publisher.keys[:] = [published("two", rsa_key("two"), "RS256")]
    clock.now += AGAIN_S

    caller = await tokens.caller(publisher.token(key=rsa_key("two"), headers={"kid": "two"}))

    assert "rollout-script" == caller.subject


async def test_a_key_that_was_withdrawn_is_not_believed_for_long(
    publisher: Publisher, tokens: Tokens, clock: Clock
) -> None:
    await tokens.caller(publisher.token())
    publisher.keys.clear()
    clock.now += RENEWED_S + 1

    with pytest.raises(TokenError, match="does not publish"):
        await tokens.caller(publisher.token())


async def test_names_that_somebody_invents_make_us_ask_no_more(publisher: Publisher, tokens: Tokens) -> None:
    for number in range(20):
        with pytest.raises(TokenError):
            await tokens.caller(publisher.token(headers={"kid": f"invented {number}"}))

    assert 1 == publisher.asked


async def test_while_the_provider_is_down_its_known_keys_go_on_for_an_hour(
    publisher: Publisher, tokens: Tokens, clock: Clock
) -> None:
    await tokens.caller(publisher.token())
    publisher.status = 503

    clock.now += KEPT_S
    assert "rollout-script" == (await tokens.caller(publisher.token())).subject
    with pytest.raises(TokenError, match="does not publish"):
        await tokens.caller(publisher.token(headers={"kid": "two"}))
    clock.now += 1
    with pytest.raises(KeysUnknownError):
        await tokens.caller(publisher.token())


async def test_where_the_provider_was_never_reached_nobody_is_believed(
    publisher: Publisher, tokens: Tokens
) -> None:
    publisher.status = 500

    with pytest.raises(KeysUnknownError):
        await tokens.caller(publisher.token())


async def test_keys_of_another_issuers_document_are_not_taken(publisher: Publisher, tokens: Tokens) -> None:
    publisher.issuer = "https://id.elsewhere.example"

    with pytest.raises(KeysUnknownError):
        await tokens.caller(publisher.token())


@pytest.mark.parametrize(
    "keys", [[{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}], [{"kid": "one"}], ["one"], [None]], ids=repr
)
async def test_what_is_no_key_pair_is_passed_over(
    publisher: Publisher, tokens: Tokens, keys: list[Any]
) -> None:
    publisher.keys[:] = keys

    with pytest.raises(TokenError):
        await tokens.caller(publisher.token())
