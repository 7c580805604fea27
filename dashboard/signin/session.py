"""Who has signed in, as the cookie of Streamlit's login says; every route, socket and page reads it here.

The cookie's form is Streamlit's own and no promise of it: the version is pinned, and a test signs in.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from dashboard.signin.provider import Provider

USER_COOKIE: Final = USER_COOKIE_NAME
TOKENS_COOKIE: Final = TOKENS_COOKIE_NAME
LONGEST_S: Final = 12 * 3_600
"""After that one signs in again, however long the provider's own session is."""
PSEUDONYM_LENGTH: Final = 16
REHEARSAL_CLAIM: Final = "golive_environment"
"""With it a rehearsal's own provider says of itself, in each token, that it proves nobody to be anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in. `began` is when, in whole seconds since 1970 by the dashboard's clock; `pseudonym` stands
    for the person wherever something is kept, and says nothing to who has not the cookies' secret.
    """

    pseudonym: str
    began: int
    claims: Mapping[str, Any]


def read_session(cookies: Mapping[str, str], provider: Provider, *, now_s: float) -> Session | None:
    """The session of these cookies, None where there is none, it is too old, or it is not of this golive."""
    claims, began = read_claims(cookies, provider)
    subject, issuer = claims.get("sub"), f"{claims.get('iss', provider.issuer)}".rstrip("/")
    is_ours = claims.get("is_logged_in") is True and claims.get("origin") == provider.public.origin
    is_whose = isinstance(subject, str) and bool(subject) and issuer == provider.issuer
    if not is_ours or not is_whose or now_s - began > LONGEST_S:
        return None
    return Session(pseudonym=pseudonym(provider, f"{subject}"), began=began, claims=claims)


def read_claims(cookies: Mapping[str, str], provider: Provider) -> tuple[Mapping[str, Any], int]:
    """What a cookie signed by this golive says, and since when; nothing where there is none. It may be of
    another issuer or address.
    """
    began: list[int] = []

    def one(name: str) -> bytes | None:
        signed = URLSafeTimedSerializer(provider.cookie_key.reveal(), salt=name)
        try:
            value, at = signed.loads(cookies.get(name, ""), max_age=LONGEST_S, return_timestamp=True)
        except BadData:
            return None
        began.append(int(at.timestamp()))
        return value.encode() if isinstance(value, str) else None

    claims = _claims(get_cookie_with_chunks(one, USER_COOKIE))
    return claims, min(began, default=0)


def pseudonym(provider: Provider, subject: str) -> str:
    """What stands for this subject of the provider."""
    key, said = provider.cookie_secret.reveal().encode(), f"golive person\0{provider.issuer}\0{subject}"
    return hmac.digest(key, said.encode(), "sha256").hex()[:PSEUDONYM_LENGTH]


def _claims(told: bytes | None) -> Mapping[str, Any]:
    try:
        found = json.loads(told or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
