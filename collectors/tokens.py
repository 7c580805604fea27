"""golive's own tokens: one client, client credentials, kept until shortly before they expire."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote_plus

import msgspec

from collectors.addresses import address
from collectors.asking import Answer, Asker, AskError
from collectors.masked import Masked
from collectors.observation import FailureReason
from collectors.probe import OK, UNAUTHORIZED, document, shaped, status_error

REFUSED_CLIENT = frozenset({400, 401, 403})
BASIC = "client_secret_basic"
POST = "client_secret_post"


class Discovery(msgspec.Struct, frozen=True):
    """What is read of an OpenID Connect discovery document."""

    issuer: str
    jwks_uri: str
    token_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BASIC,)


class TokenAnswer(msgspec.Struct, frozen=True):
    """What is read of a token endpoint's answer."""

    access_token: Annotated[str, msgspec.Meta(min_length=1)]
    expires_in: Annotated[int, msgspec.Meta(ge=0, le=30 * 86_400)] = 60


@dataclass(slots=True, kw_only=True)
class TokenSource:
    """Gets tokens for one client. Whoever asks while a token is on its way waits for that same one."""

    discovery_url: str
    client_id: str
    client_secret: Masked
    audience: str = ""
    scope: str = ""
    _token: Masked | None = field(init=False, default=None)
    _good_until: datetime | None = field(init=False, default=None)
    _flight: asyncio.Task[Masked] | None = field(init=False, default=None, repr=False)

    async def token(self, asker: Asker) -> Masked:
        """A token that is good for a while. Raises `AskError` with NO_TOKEN and the reason."""
        if self._token is not None and self._good_until is not None and asker.clock() < self._good_until:
            return self._token
        try:
            return await self.fresh(asker)
        except AskError as error:
            detail = f"got no token ({error.reason}: {error.detail})"
            raise AskError(
                FailureReason.NO_TOKEN,
                detail,
                elapsed_ms=error.elapsed_ms,
                asked=error.asked,
                answer=error.answer,
            ) from None

    async def fresh(self, asker: Asker) -> Masked:
        """A token that has just been issued; raises `AskError` with the issuer's own reason."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fetch(asker))
        # Shielded: one probe's deadline must not take the token away from the others.
        return await asyncio.shield(self._flight)

    def forget(self) -> None:
        """Drop the token, because somebody refused it: after a key rotation a new one may do."""
        self._token = None

    async def ask(self, asker: Asker, method: str, url: str, *, json: Any = None) -> Answer:
        """Ask somebody with our token; one that was refused is not used again."""
        token = await self.token(asker)
        bearer = Masked(f"Bearer {token.reveal()}")
        answer = await asker.ask(method, url, headers={"Authorization": bearer}, json=json)
        if answer.status == UNAUTHORIZED:
            self.forget()
        return answer

    async def _fetch(self, asker: Asker) -> Masked:
        found = await asker.ask("GET", self.discovery_url)
        endpoint = self._endpoint(found, discovery(found))
        headers, form = self._credentials(discovery(found))
        answer = await asker.ask("POST", endpoint, headers=headers, form=form)
        if answer.status in REFUSED_CLIENT:
            detail = f"got HTTP {answer.status}, expected a token: check client id, secret and scope"
            raise answer.unusable(FailureReason.AUTH, detail)
        if answer.status != OK:
            raise status_error(answer, "200 with a token")
        issued = shaped(answer, document(answer), TokenAnswer, "an access_token")
        self._token = Masked(issued.access_token)
        lifetime = timedelta(seconds=issued.expires_in)
        self._good_until = answer.observed_at + lifetime - max(lifetime / 10, timedelta(seconds=5))
        return self._token

    def _endpoint(self, answer: Answer, found: Discovery) -> str:
        if (
            found.token_endpoint is None
            or address(found.token_endpoint).origin != address(self.discovery_url).origin
        ):
            detail = "got a token_endpoint on another origin, expected the discovery's: the secret stays"
            raise answer.unusable(FailureReason.REFUSED, detail)
        return found.token_endpoint

    def _credentials(self, found: Discovery) -> tuple[dict[str, str | Masked], dict[str, str]]:
        form = {"grant_type": "client_credentials", "scope": self.scope, "audience": self.audience}
        form = {name: value for name, value in form.items() if value}
        supported = found.token_endpoint_auth_methods_supported
        if POST in supported and BASIC not in supported:
            return {}, form | {"client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret.reveal())}"
        return {"Authorization": Masked(f"Basic {base64.b64encode(pair.encode()).decode()}")}, form


def discovery(answer: Answer) -> Discovery:
    """The discovery document of an answer, or the `AskError` that says why it is none."""
    if answer.status != OK:
        raise status_error(answer, "200 with the discovery document")
    return shaped(answer, document(answer), Discovery, "issuer and jwks_uri")
