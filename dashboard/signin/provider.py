"""How people sign in: the settings of the team's own OpenID Connect provider, and what Streamlit is told."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.entrance import PUBLIC_URL, EntranceError, PublicUrl, read_public_url, safe_address

ISSUER, CLIENT_ID, CLIENT_SECRET = (
    "GOLIVE_SIGN_IN_ISSUER",
    "GOLIVE_SIGN_IN_CLIENT_ID",
    "GOLIVE_SIGN_IN_CLIENT_SECRET",
)
COOKIE_SECRET = "GOLIVE_SIGN_IN_COOKIE_SECRET"  # noqa: S105 - the name of a variable
ROLES_CLAIM, ROSTER = "GOLIVE_SIGN_IN_ROLES_CLAIM", "GOLIVE_ROSTER"
NEEDED = (ISSUER, CLIENT_ID, CLIENT_SECRET, PUBLIC_URL, COOKIE_SECRET)
LEAST_SECRET = 32
"""So many characters make a cookie's secret."""


class SignInError(Exception):
    """The sign-in is not set up so that it could work: got, expected, the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An identity provider, and under which address it sends people back. `roles_claim` is the claim that
    names roles of the plan, `roster` a file that does so instead.
    """

    issuer: str
    client_id: str
    client_secret: Masked
    public: PublicUrl
    cookie_secret: Masked
    roles_claim: str = "roles"
    roster: Path | None = None

    @property
    def cookie_key(self) -> Masked:
        """What the cookies of this address are signed with: two golives on one host never share a session,
        though they were given one secret.
        """
        secret, said = self.cookie_secret.reveal().encode(), f"golive cookies\0{self.public}"
        return Masked(hmac.digest(secret, said.encode(), "sha256").hex())

    @property
    def _scope(self) -> str:
        """No more is asked for than roles are given by: an e-mail address by a roster alone."""
        return "openid profile" if self.roster is None else "openid profile email"

    def secrets(self) -> Mapping[str, Any]:
        """What Streamlit's login reads; it would look for a file otherwise."""
        return {
            "auth": {
                "redirect_uri": f"{self.public}/oauth2callback",
                "cookie_secret": self.cookie_key.reveal(),
                "client_id": self.client_id,
                "client_secret": self.client_secret.reveal(),
                "server_metadata_url": f"{self.issuer}/.well-known/openid-configuration",
                "client_kwargs": {"scope": self._scope, "prompt": "login"},
            }
        }


def read_provider(environ: Mapping[str, str]) -> Provider | None:
    """The provider that these variables name, None where none is. Raises `SignInError`."""
    told = {name: environ.get(name, "").strip() for name in NEEDED}
    missing = [name for name, value in told.items() if not value]
    if set(missing) >= set(NEEDED) - {PUBLIC_URL}:
        return None
    if missing:
        raise SignInError(f"got no {missing[0]}, expected all of {', '.join(NEEDED)}, or none; set it")
    if len(told[COOKIE_SECRET]) < LEAST_SECRET:
        raise SignInError(
            f"got a {COOKIE_SECRET} of {len(told[COOKIE_SECRET])} characters, expected {LEAST_SECRET} at "
            "least; make one with `openssl rand -hex 32`, the same for every dashboard"
        )
    roster = environ.get(ROSTER, "").strip()
    try:
        issuer = safe_address(ISSUER, told[ISSUER])
        public = read_public_url(told[PUBLIC_URL])
    except EntranceError as error:
        raise SignInError(str(error)) from error
    return Provider(
        issuer=issuer,
        client_id=told[CLIENT_ID],
        client_secret=Masked(told[CLIENT_SECRET]),
        public=public,
        cookie_secret=Masked(told[COOKIE_SECRET]),
        roles_claim=environ.get(ROLES_CLAIM, "").strip() or "roles",
        roster=Path(roster) if roster else None,
    )


def refuse_plain(provider: Provider | None, environment: Environment) -> None:
    """A launch believes no provider that speaks plain http, as that of a rehearsal does, where anybody can be
    anybody. Raises `SignInError`.
    """
    if (
        environment is Environment.LIVE
        and provider is not None
        and not provider.issuer.startswith("https://")
    ):
        raise SignInError(
            f"got {ISSUER} without TLS for a launch, expected https://; a rehearsal's provider is never "
            "believed there, name your own"
        )
