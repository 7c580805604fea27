"""What is asked of Stripe: its mode, our key's scopes, the webhook endpoint, deliveries, the account.

Delivery is what Stripe lists as not yet acknowledged; attempts and response codes cannot be known, so nothing
here is called a first attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.asking import Answer, Asker, AskError
from collectors.observation import FailureReason, Observation, Scalar
from collectors.probe import Question, label, present
from collectors.ready import clock_skew_ms
from collectors.stripe_api import StripeReader
from collectors.stripe_shapes import Account, Balance, Endpoint, Event, Identified, Page

SCOPES = {
    "account": "/v1/account",
    "balance": "/v1/balance",
    "balance_transactions": "/v1/balance_transactions",
    "charges": "/v1/charges",
    "checkout_sessions": "/v1/checkout/sessions",
    "disputes": "/v1/disputes",
    "events": "/v1/events",
    "payment_intents": "/v1/payment_intents",
    "refunds": "/v1/refunds",
    "webhook_endpoints": "/v1/webhook_endpoints",
}
SINGLE: dict[str, type[Any]] = {"account": Account, "balance": Balance}
NAMED_IDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _StripeQuestion(Question):
    reader: StripeReader

    def _read(self, asker: Asker, answer: Answer, facts: Mapping[str, Scalar | None]) -> Observation:
        return Observation(
            probe=self.probe,
            source=self.source,
            environment=asker.environment,
            asked=answer.asked,
            observed_at=answer.observed_at,
            elapsed_ms=answer.elapsed_ms,
            source_at=answer.date,
            status=answer.status,
            request_id=answer.request_id,
            facts=present(facts),
            account=self.reader.account,
            livemode=self.reader.livemode,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceProbe(_StripeQuestion):
    """Whether our key reads live data: the balance says so, and nothing else proves it."""

    async def _look(self, asker: Asker) -> Observation:
        answer, balance = await self.reader.get(asker, "/v1/balance", Balance)
        self.reader.livemode = balance.livemode
        return self._read(
            asker, answer, {"livemode": balance.livemode, "clock_skew_ms": clock_skew_ms(answer)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProbe(_StripeQuestion):
    """Whether the account may take and pay out money, and is the one `expected`, where the key is allowed to
    ask.
    """

    expected: str | None = None

    async def _look(self, asker: Asker) -> Observation:
        answer, account = await self.reader.get(asker, "/v1/account", Account)
        self.reader.account = label(account.id)
        facts = {
            "charges_enabled": account.charges_enabled,
            "payouts_enabled": account.payouts_enabled,
            "details_submitted": account.details_submitted,
            "matches": None if self.expected is None else account.id == self.expected,
        }
        return self._read(asker, answer, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopesProbe(_StripeQuestion):
    """Which of the lists that the plan needs our key may read: one object is asked of each."""

    scopes: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.scopes) - set(SCOPES))
        if unknown:
            raise ValueError(
                f"got scopes {unknown}, expected some of {sorted(SCOPES)}: correct the plan's scopes"
            )

    async def _look(self, asker: Asker) -> Observation:
        outcomes = {scope: await self._one(asker, scope) for scope in self.scopes}
        missing = sorted(scope for scope, each in outcomes.items() if _lacks_scope(each))
        seen = [each for each in map(_heard, outcomes.values()) if each is not None]
        if not seen:
            raise next(each for each in outcomes.values() if isinstance(each, AskError))
        facts = {"asked": len(seen), "missing": len(missing), "missing_names": ",".join(missing) or None}
        return self._read(asker, seen[-1], facts)

    async def _one(self, asker: Asker, scope: str) -> Answer | AskError:
        shape = SINGLE.get(scope, Page[Identified])
        params = {} if scope in SINGLE else {"limit": 1}
        try:
            answer, _ = await self.reader.get(asker, SCOPES[scope], shape, params=params)
        except AskError as error:
            return error
        return answer


@dataclass(slots=True, kw_only=True)
class Endpoints:
    """The webhook endpoints. Stripe is not to be asked twice for what it said `fresh_s` seconds ago."""

    reader: StripeReader
    fresh_s: float
    _kept: tuple[Answer, list[Endpoint]] | None = None

    async def ask(self, asker: Asker) -> tuple[Answer, list[Endpoint]]:
        """As Stripe lists them now. Raises `AskError`."""
        self._kept = None  # what could not be asked is not known from before
        self._kept = await self.reader.pages(asker, "/v1/webhook_endpoints", Page[Endpoint])
        return self._kept

    async def recent(self, asker: Asker) -> tuple[Answer, list[Endpoint]]:
        """As Stripe listed them not long ago; the answer says when. Raises `AskError`."""
        if self._kept is not None:
            age_s = (asker.clock() - self._kept[0].observed_at).total_seconds()
            if 0 <= age_s <= self.fresh_s:
                return self._kept
        return await self.ask(asker)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointProbe(_StripeQuestion):
    """Whether exactly the expected webhook endpoint exists, and how it is set up."""

    endpoints: Endpoints
    url: str
    events: tuple[str, ...]

    async def _look(self, asker: Asker) -> Observation:
        answer, endpoints = await self.endpoints.ask(asker)
        matching = [each for each in endpoints if each.url == self.url]
        facts: dict[str, Scalar | None] = {
            "matching": len(matching),
            "subscribed": sum(each.takes_any(self.events) for each in endpoints),
        }
        # Of two endpoints with the same address it is not known which one a figure would be about.
        if len(matching) == 1:
            facts |= self._about(matching[0])
        return self._read(asker, answer, facts)

    def _about(self, endpoint: Endpoint) -> dict[str, Scalar | None]:
        return {
            "enabled": endpoint.status == "enabled",
            "livemode": endpoint.livemode,
            "events_missing": len(endpoint.missing(self.events)),
            "api_version": label(endpoint.api_version),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesProbe(_StripeQuestion):
    """How many events Stripe could not deliver in time. Without a subscribed endpoint there is no figure."""

    endpoints: Endpoints
    events: tuple[str, ...]
    since: datetime
    window_s: int
    deadline_s: int

    async def _look(self, asker: Asker) -> Observation:
        answer, endpoints = await self.endpoints.recent(asker)
        taking = [each for each in endpoints if each.takes_any(self.events)]
        if not taking:
            return self._read(asker, answer, {})
        # Stripe never sends an event from before there was an endpoint: it is neither delivered nor lost.
        opened = datetime.fromtimestamp(min(each.created for each in taking), UTC)
        listed = answer.date or answer.observed_at
        start = max(self.since, listed - timedelta(seconds=self.window_s), opened)
        params = {"types": list(self.events), "created": {"gte": int(start.timestamp())}}
        # The undelivered ones are read last: an event that is delivered in between is then seen as delivered.
        _, every = await self.reader.pages(asker, "/v1/events", Page[Event], params=params, whole=False)
        answer, waiting = await self.reader.pages(
            asker, "/v1/events", Page[Event], params=params | {"delivery_success": False}
        )
        # Stripe's clock decides, as it stamps the events.
        now = answer.date or answer.observed_at
        return self._read(asker, answer, self._counted(every, waiting, now=int(now.timestamp())))

    def _counted(
        self, every: Sequence[Event], waiting: Sequence[Event], *, now: int
    ) -> dict[str, Scalar | None]:
        late = {each.id: each for each in waiting if now - each.created > self.deadline_s}
        pending = {each.id for each in waiting} - set(late)
        delivered = {each.id for each in every} - set(late) - pending
        oldest_first = sorted(late.values(), key=lambda each: (each.created, each.id))
        return {
            "judged": len(delivered) + len(late),
            "undelivered": len(late),
            "pending": len(pending),
            "undelivered_ids": ",".join(each.id for each in oldest_first[:NAMED_IDS] if label(each.id))
            or None,
        }


def _lacks_scope(outcome: Answer | AskError) -> bool:
    return isinstance(outcome, AskError) and outcome.reason is FailureReason.SCOPE


def _heard(outcome: Answer | AskError) -> Answer | None:
    if isinstance(outcome, Answer):
        return outcome
    return outcome.answer if outcome.reason is FailureReason.SCOPE else None
