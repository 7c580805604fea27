"""Reading Stripe, and nothing but reading: GET on a closed list of paths, through Stripe's own SDK.

The SDK adds the key and the version and tells errors apart; it never sees a successful answer, which is
decoded straight into the structs of `stripe_shapes`, so that personal data is never materialised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import stripe

from collectors.asking import Answer, Asker, AskError
from collectors.masked import Masked
from collectors.observation import FailureReason
from collectors.probe import SERVER_ERROR, label
from collectors.stripe_key import refuse_key as refuse_key  # noqa: PLC0414 - part of the API of this file
from collectors.stripe_pace import ALL_PATHS, Pace
from collectors.stripe_shapes import ErrorEnvelope, Item, Page

TIMEOUT_MS = 10_000
PAGE_SIZE = 100
MOST_PAGES = 5
AUTH_PAUSE_S = 30
PATHS = frozenset(
    f"/v1/{name}"
    for name in (
        "account",
        "balance",
        "balance_transactions",
        "charges",
        "checkout/sessions",
        "disputes",
        "events",
        "payment_intents",
        "refunds",
        "webhook_endpoints",
    )
)
BY_ID = re.compile(
    r"(/v1/(?:charges(?=/(?:ch|py)_)|payment_intents(?=/pi_)|checkout/sessions(?=/cs_)|refunds(?=/(?:re|pyr)_)"
    r"|disputes(?=/d[pu]_)))/[a-z]{2,4}_[A-Za-z0-9_]{10,80}"
)
"""One object of a list; the group is the path of its list."""

SCOPE_NAME = re.compile(r"Having the '(rak_[a-z_]+)'")
BAD_REQUEST = 400
CONFLICT = 409
KEY_REFUSED = "the key is wrong, rotated, expired, or our IP address is not on its list"

T = TypeVar("T")


class ReadOnlyTransport(stripe.HTTPClient):
    """The only way from the SDK to the network. It keeps the answer that the SDK is not shown."""

    name = "golive"

    def __init__(self) -> None:
        super().__init__()
        self._asker: Asker | None = None
        self._answer: Answer | None = None

    def begin(self, asker: Asker) -> None:
        """Get ready for the next exchange: there is never more than one."""
        self._asker, self._answer = asker, None

    def taken(self) -> Answer | None:
        """The answer of the exchange that has just ended."""
        return self._answer

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        path = urlsplit(url).path
        if (
            self._asker is None
            or method != "get"
            or post_data
            or not (path in PATHS or BY_ID.fullmatch(path))
            or "Stripe-Account" in headers
        ):
            detail = "got a request that is not one of golive's readings, expected GET on a known path"
            raise AskError(FailureReason.REFUSED, detail, asked=f"{method.upper()} {path}")
        self._answer = await self._asker.ask("GET", url, headers=headers, within_ms=TIMEOUT_MS)
        return _for_the_sdk(self._answer), self._answer.status, httpx.Headers(self._answer.headers)


@dataclass(slots=True, kw_only=True)
class StripeReader:
    """Reads one Stripe account with one key. `account` and `livemode` are what its answers said last.

    `sent` counts the requests of this process, `answered` those of them that had a good answer.
    """

    key: Masked
    api_base: str
    api_version: str
    pace: Pace = field(default_factory=Pace)
    account: str | None = None
    livemode: bool | None = field(init=False, default=None)
    sent: int = field(init=False, default=0)
    answered: int = field(init=False, default=0)
    _refused: str | None = field(init=False)
    _transport: ReadOnlyTransport = field(init=False, repr=False)
    _client: stripe.StripeClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._refused = refuse_key(self.key, self.api_base)
        # Telemetry would write an id file into the user's configuration directory.
        stripe.enable_telemetry = False
        self._transport = ReadOnlyTransport()
        self._client = stripe.StripeClient(
            self.key.reveal(),
            stripe_version=self.api_version,
            base_addresses={"api": self.api_base.rstrip("/")},
            http_client=self._transport,
            max_network_retries=0,
        )

    async def get(
        self,
        asker: Asker,
        path: str,
        shape: type[T],
        *,
        params: Mapping[str, Any] | None = None,
        spare: bool = False,
    ) -> tuple[Answer, T]:
        """Read one path. Raises `AskError`; nothing is sent with a wrong key or during a pause.

        A `spare` reading has no deadline: it lets the others go first.
        """
        asked = f"GET {self.api_base.rstrip('/')}{path}"
        if self._refused is not None:
            raise AskError(FailureReason.REFUSED, self._refused, asked=asked)
        async with self.pace.turn(spare=spare):
            pause = self.pace.paused(_listing(path), asker.clock())
            if pause is not None:
                detail = f"nothing is sent until {pause.until:%H:%M:%S} UTC: {pause.why}"
                raise AskError(pause.reason, detail, asked=asked)
            answer = await self._exchange(asker, path, dict(params or {}))
        self.answered += 1
        return answer, _decoded(answer, shape)

    async def pages(
        self,
        asker: Asker,
        path: str,
        page: type[Page[Item]],
        *,
        params: Mapping[str, Any] | None = None,
        whole: bool = True,
    ) -> tuple[Answer, list[Item]]:
        """Read a list, newest first; one longer than `MOST_PAGES` is an error unless a part of it will do."""
        found: list[Item] = []
        wanted: dict[str, Any] = {"limit": PAGE_SIZE, **(params or {})}
        for _ in range(MOST_PAGES):
            answer, got = await self.get(asker, path, page, params=wanted)
            found += got.data
            if not got.has_more:
                return answer, found
            if not got.data:
                raise answer.unusable(
                    FailureReason.MALFORMED, "got has_more with no data, expected a list that ends"
                )
            wanted["starting_after"] = got.data[-1].id
        if whole:
            detail = f"got more than {len(found)} objects, expected fewer: shorten the plan's window_s"
            raise answer.unusable(FailureReason.TOO_LARGE, detail)
        return answer, found

    async def _exchange(self, asker: Asker, path: str, params: dict[str, Any]) -> Answer:
        self._transport.begin(asker)
        self.sent += 1
        refused: stripe.StripeError | None = None
        try:
            await self._client.raw_request_async("get", path, **params)
        except stripe.StripeError as error:
            refused = error
        answer = self._transport.taken()
        if answer is None:
            raise AskError(
                FailureReason.INTERNAL, "got no answer from the SDK, expected one", asked=f"GET {path}"
            )
        if refused is not None:
            # Raised outside the except block: the SDK's errors carry the whole answer.
            self._wait_if_told(answer, refused, path=path, asker=asker)
            raise answer.unusable(*_reason(answer, refused))
        return answer

    def _wait_if_told(self, answer: Answer, error: stripe.StripeError, *, path: str, asker: Asker) -> None:
        now = asker.clock()
        if isinstance(error, stripe.AuthenticationError):
            self.pace.pause(ALL_PATHS, now, reason=FailureReason.AUTH, why=KEY_REFUSED, seconds=AUTH_PAUSE_S)
        elif isinstance(error, stripe.RateLimitError):
            why = _limited_by(answer)
            wait = answer.headers.get("retry-after", "")
            self.pace.pause(
                _listing(path) if why.startswith(("endpoint", "resource")) else ALL_PATHS,
                now,
                reason=FailureReason.RATE_LIMITED,
                why=f"rate limited ({why})",
                seconds=int(wait) if wait.isdigit() else None,
            )


def _listing(path: str) -> str:
    """The list that a path is of: Stripe limits an object's path together with its list."""
    one = BY_ID.fullmatch(path)
    return one.group(1) if one else path


def _for_the_sdk(answer: Answer) -> bytes:
    """What the SDK needs to tell errors apart: of an error its envelope, of a success nothing."""
    if 200 <= answer.status < 300:  # noqa: PLR2004 - the class of status codes
        return b"{}"
    try:
        return msgspec.json.encode(msgspec.json.decode(answer.body, type=ErrorEnvelope))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b"{}"


def _decoded(answer: Answer, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        detail = "got an answer that does not have Stripe's shape, expected the documented one"
        raise answer.unusable(FailureReason.MALFORMED, detail) from None


def _reason(answer: Answer, error: stripe.StripeError) -> tuple[FailureReason, str]:
    got = f"got HTTP {answer.status}, expected 200"
    if isinstance(error, stripe.AuthenticationError):
        return FailureReason.AUTH, f"{got}: {KEY_REFUSED}"
    if isinstance(error, stripe.RateLimitError):
        return FailureReason.RATE_LIMITED, f"{got}: rate limited ({_limited_by(answer)}), asking pauses"
    if isinstance(error, stripe.PermissionError):
        named = SCOPE_NAME.search(error.user_message or "")
        scope = named.group(1) if named else "a permission that Stripe does not name"
        return FailureReason.SCOPE, f"{got}: the key lacks {scope}, add it to the restricted key"
    if answer.status >= SERVER_ERROR or answer.status == CONFLICT:
        return FailureReason.SERVER, f"{got}: Stripe itself failed"
    if answer.status == BAD_REQUEST:
        named_parts = [part for part in (label(error.code), label(getattr(error, "param", None))) if part]
        return FailureReason.INTERNAL, f"{got}: a bug of golive ({' '.join(named_parts) or 'no code'})"
    return FailureReason.STATUS, f"{got}: missing for this key or mode"


def _limited_by(answer: Answer) -> str:
    return label(answer.headers.get("stripe-rate-limited-reason")) or "no reason given"
