"""Turns a resolved plan into the collectors' probes: one for each of the catalogue, no more, no less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from urllib.parse import urlsplit

from collectors import stripe_facts
from collectors.cors import CorsProbe
from collectors.issuer import DiscoveryProbe, TokenProbe
from collectors.ledger import BalanceProbe, LedgerReading, TransactionsProbe, WriteEvidenceProbe, WriteProbe
from collectors.masked import Masked
from collectors.notification import RetiredProbe, SmokeProbe
from collectors.observation import Sample
from collectors.page import PageProbe
from collectors.poller import Scheduled
from collectors.probe import Probe
from collectors.ready import Expected, ReadyProbe
from collectors.receipts import ReceiptsProbe, ReceiptsReading
from collectors.refusals import RefusalsProbe
from collectors.sight import SightProbe
from collectors.stripe_api import StripeReader
from collectors.tokens import TokenSource
from dashboard.launch.plan import Expectation, Notification, Receipts
from dashboard.launch.plan_values import FromEnvironment
from dashboard.launch.signals import WRITE_PROBE, catalogue
from dashboard.wiring.resolve import Resolver

SIGHT = "golive.sight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What is asked by itself, what only a person starts, and every secret on its way out.

    `stripe` and `tokens` are what they ask with: whoever asks the same beside them shares pace and token.
    """

    schedule: tuple[Scheduled, ...]
    started: Mapping[str, Probe]
    secrets: tuple[Masked, ...]
    stripe: StripeReader
    tokens: TokenSource


def probes_of(
    resolver: Resolver,
    *,
    since: datetime,
    fingerprint_key: bytes,
    newest: Callable[[], Mapping[str, Sample]],
    money: Probe | None = None,
) -> Probes:
    """Every probe of the plan. `since` is the start of the run: what happened before proves nothing in it.
    `money` is the one that asks the store, where the plan has money.
    """
    build = _Build(
        resolver=resolver,
        since=since,
        fingerprint_key=fingerprint_key,
        newest=newest,
        money=money,
        tokens=_tokens(resolver),
        stripe=_stripe(resolver),
    )
    known = catalogue(resolver.plan)
    probes = {probe.probe: probe for probe in build.all()}
    schedule = tuple(
        Scheduled(probe=probe, interval_s=known[name].interval_s)
        for name, probe in probes.items()
        if not known[name].started
    )
    started = {name: probe for name, probe in probes.items() if known[name].started}
    return Probes(
        schedule=schedule,
        started=started,
        secrets=tuple(build.secrets()),
        stripe=build.stripe,
        tokens=build.tokens,
    )


def _tokens(resolver: Resolver) -> TokenSource:
    issuer = resolver.plan.issuer
    return TokenSource(
        discovery_url=resolver.url(issuer.service, issuer.discovery_path),
        client_id=resolver.text(issuer.client_id),
        client_secret=resolver.secret(issuer.client_secret),
        audience=resolver.text(issuer.audience),
        scope=issuer.scope,
    )


def _stripe(resolver: Resolver) -> StripeReader:
    stripe = resolver.plan.stripe
    return StripeReader(
        key=resolver.secret(stripe.key), api_base=resolver.stripe_base(), api_version=stripe.api_version
    )


def reading_of(receipts: Receipts) -> ReceiptsReading:
    """Where each value is in the receiver's log."""
    return ReceiptsReading(**{each.name: getattr(receipts, each.name) for each in fields(ReceiptsReading)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    resolver: Resolver
    since: datetime
    fingerprint_key: bytes
    newest: Callable[[], Mapping[str, Sample]]
    money: Probe | None
    tokens: TokenSource
    stripe: StripeReader

    def all(self) -> Iterator[Probe]:
        yield SightProbe(probe=SIGHT, source="golive", newest=self.newest)
        for name in self.resolver.plan.services:
            yield from self._service(name)
        yield from self._issuer()
        if self.resolver.plan.notification is not None:
            yield from self._notification(self.resolver.plan.notification)
        yield from self._ledger()
        if self.resolver.plan.receipts is not None:
            yield self._receipts(self.resolver.plan.receipts)
        yield from self._stripe()
        if self.money is not None:
            yield self.money

    def secrets(self) -> Iterator[Masked]:
        plan, secret = self.resolver.plan, self.resolver.secret
        yield secret(plan.issuer.client_secret)
        yield secret(plan.stripe.key)
        if plan.notification is not None:
            yield secret(plan.notification.secret)
            yield from (secret(value) for value in plan.notification.retired)
        if plan.announce is not None:
            yield secret(plan.announce.secret)

    def _service(self, name: str) -> Iterator[Probe]:
        service, url = self.resolver.plan.services[name], self.resolver.url
        yield ReadyProbe(
            probe=f"{name}.ready",
            source=name,
            url=url(name, service.ready_path),
            ready=service.ready,
            build=service.build,
            expects=tuple(self._expected(found) for found in service.expects),
        )
        for endpoint in service.protected:
            yield RefusalsProbe(
                probe=f"{name}.refusals.{endpoint.id}",
                source=name,
                url=url(name, endpoint.path),
                method=endpoint.method,
                issuer=self.resolver.text(self.resolver.plan.issuer.issuer),
                audience=self.resolver.text(self.resolver.plan.issuer.audience),
            )
        if service.cors is not None:
            yield CorsProbe(
                probe=f"{name}.cors",
                source=name,
                url=url(name, service.cors.path),
                method=service.cors.method,
                own_origins=tuple(_origin(self.resolver.base_url(own)) for own in service.cors.own),
                foreign_origin=service.cors.foreign,
            )
        if service.page is not None:
            yield PageProbe(probe=f"{name}.page", source=name, url=url(name, service.page.path))

    def _expected(self, found: Expectation) -> Expected:
        equals = found.equals
        if isinstance(equals, FromEnvironment):
            equals = self.resolver.text(equals)
        return Expected(name=found.name, at=found.at, equals=equals)

    def _issuer(self) -> Iterator[Probe]:
        issuer, text = self.resolver.plan.issuer, self.resolver.text
        yield DiscoveryProbe(
            probe="issuer.discovery",
            source=issuer.service,
            discovery_url=self.resolver.url(issuer.service, issuer.discovery_path),
            issuer=text(issuer.issuer),
            jwks_url=text(issuer.jwks_url),
        )
        yield TokenProbe(
            probe="issuer.token",
            source=issuer.service,
            tokens=self.tokens,
            jwks_url=text(issuer.jwks_url),
            issuer=text(issuer.issuer),
            audience=text(issuer.audience),
            algorithms=issuer.algorithms,
        )

    def _notification(self, notification: Notification) -> Iterator[Probe]:
        url = self.resolver.url(notification.service, notification.path)
        secret = self.resolver.secret(notification.secret)
        yield SmokeProbe(
            probe="notification.smoke",
            source=notification.service,
            url=url,
            header=notification.header,
            secret=secret,
            body=notification.body,
            accepted=notification.accepted,
            fingerprint_key=self.fingerprint_key,
        )
        yield RetiredProbe(
            probe="notification.retired",
            source=notification.service,
            url=url,
            header=notification.header,
            secret=secret,
            retired=tuple(self.resolver.secret(value) for value in notification.retired),
            body=notification.body,
        )

    def _ledger(self) -> Iterator[Probe]:
        ledger, url = self.resolver.plan.ledger, self.resolver.url
        reading = LedgerReading(
            balance=ledger.balance,
            items=ledger.items,
            id=ledger.id,
            kind=ledger.kind,
            purchase_kind=ledger.purchase_kind,
            credits=ledger.credits,
            created=ledger.created,
        )
        balance, transactions = (
            url(ledger.service, ledger.balance_path),
            url(ledger.service, ledger.transactions_path),
        )
        source, tokens = ledger.service, self.tokens
        yield BalanceProbe(probe="ledger.balance", source=source, url=balance, tokens=tokens, reading=reading)
        yield TransactionsProbe(
            probe="ledger.transactions",
            source=source,
            url=transactions,
            tokens=tokens,
            reading=reading,
            since=self.since,
        )
        yield WriteEvidenceProbe(
            probe="ledger.write",
            source=source,
            url=transactions,
            tokens=tokens,
            reading=reading,
            since=self.since,
            proves_s=ledger.write_proof_s,
            started=lambda: self.newest().get(WRITE_PROBE),
        )
        if ledger.write_probe is not None:
            yield WriteProbe(
                probe=WRITE_PROBE,
                source=source,
                url=url(source, ledger.write_probe.path),
                tokens=tokens,
                body=ledger.write_probe.body,
                accepted=ledger.write_probe.accepted,
            )

    def _receipts(self, receipts: Receipts) -> Probe:
        return ReceiptsProbe(
            probe="receipts.log",
            source=receipts.service,
            url=self.resolver.url(receipts.service, receipts.path),
            tokens=self.tokens,
            reading=reading_of(receipts),
            since=self.since,
        )

    def _stripe(self) -> Iterator[Probe]:
        stripe, reader = self.resolver.plan.stripe, self.stripe
        endpoints = stripe_facts.Endpoints(reader=reader, fresh_s=stripe.interval_s)
        yield stripe_facts.BalanceProbe(probe="stripe.balance", source="stripe", reader=reader)
        yield stripe_facts.AccountProbe(
            probe="stripe.account", source="stripe", reader=reader, expected=self.resolver.account()
        )
        yield stripe_facts.EndpointProbe(
            probe="stripe.endpoint",
            source="stripe",
            reader=reader,
            endpoints=endpoints,
            url=self.resolver.url(stripe.endpoint_service, stripe.endpoint_path),
            events=stripe.events,
        )
        yield stripe_facts.DeliveriesProbe(
            probe="stripe.deliveries",
            source="stripe",
            reader=reader,
            endpoints=endpoints,
            events=stripe.events,
            since=self.since,
            window_s=stripe.window_s,
            deadline_s=stripe.deadline_s,
        )
        if stripe.scopes:
            yield stripe_facts.ScopesProbe(
                probe="stripe.scopes", source="stripe", reader=reader, scopes=stripe.scopes
            )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
