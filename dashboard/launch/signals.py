"""Which questions a plan asks, and which facts each answer has: the catalogue that rules are checked against.

A signal is "<probe>.<fact>". The collectors produce exactly these probes and facts (a test holds the two
together), so a rule over a misspelt signal is refused when the plan is read, not passed when it is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from collectors.observation import Scalar
from dashboard.launch.money import invariants, reversals, usage
from dashboard.launch.plan import Plan, Service

SCOPES_INTERVAL_S = 60
"""A key's scopes change only when somebody edits the key; one request a list makes it worth asking rarely."""

SIGHT_INTERVAL_S = 2
"""Whether golive itself can see is asked of memory, not of the network: often, so that it shows soon."""

MONEY = "money.truth"
"""Whether every charge has its one right credit, asked of what was read of both sides."""

MONEY_INTERVAL_S = 3
"""It is asked of the store and not of Stripe: often, so that its age is that of what was read."""

WRITE_PROBE = "ledger.write_probe"
"""The write that a person starts; its outcome is judged through `ledger.write`, beside the credits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question, asked every `interval_s` seconds, or only when a person starts it (`started`).

    `facts` maps the name of each fact the answer may have to its type; `counts` each fact that is a number of
    failures to the fact that says of how many, `names` a fact to what a sentence calls it, where that
    is not its signal. `window_s` is how far back an answer counts at most, None
    where it tells of the moment it was given. `read_every_s` is how often that is read which the answer is as
    old as, None where its source itself is asked.
    """

    id: str
    source: str
    interval_s: int
    facts: Mapping[str, type[Scalar]] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    started: bool = False
    window_s: int | None = None
    read_every_s: int | None = None


def catalogue(plan: Plan) -> Mapping[str, Probe]:
    """Every probe of the plan by id, in the order of the plan."""
    return {probe.id: probe for probe in _probes(plan)}


def fact_type(probes: Mapping[str, Probe], signal: str) -> type[Scalar] | None:
    """The type of a signal's fact, or None where no probe has it."""
    probe, _, fact = signal.rpartition(".")
    found = probes.get(probe)
    return None if found is None else found.facts.get(fact)


def _probes(plan: Plan) -> Iterator[Probe]:
    every = plan.polling.interval_s
    yield Probe(
        id="golive.sight",
        source="golive",
        interval_s=SIGHT_INTERVAL_S,
        facts={"sees": bool, "asked": int, "failed": int},
    )
    for name, service in plan.services.items():
        yield from _service_probes(name, service, every)
    yield from _issuer_probes(plan, every)
    yield from _notification_probes(plan, every)
    yield from _ledger_probes(plan, every)
    if plan.receipts is not None:
        facts: dict[str, type[Scalar]] = {"received": int, "failed": int, "last_result": str}
        yield Probe(
            id="receipts.log",
            source=plan.receipts.service,
            interval_s=every,
            facts=facts,
            counts={"failed": "received"},
        )
    yield from _stripe_probes(plan)
    if plan.money is not None:
        yield Probe(
            id=MONEY,
            source="golive",
            interval_s=MONEY_INTERVAL_S,
            facts=_money_facts(plan),
            counts=invariants.COUNTS | reversals.COUNTS | reversals.BALANCE_COUNTS | usage.COUNTS,
            names=invariants.NAMES | reversals.NAMES | usage.NAMES,
            read_every_s=plan.money.read_interval_s,
        )


def _money_facts(plan: Plan) -> Mapping[str, type[Scalar]]:
    """What can be told of a plan: a usage where it has a sample, balances where the ledger began at zero."""
    history = plan.ledger.history
    facts = {**invariants.FACTS, **reversals.FACTS}
    if history is not None and history.from_zero:
        facts |= reversals.BALANCE_FACTS
    if plan.usage is not None and plan.usage.sample is not None:
        facts |= usage.FACTS
    return facts


def _service_probes(name: str, service: Service, every: int) -> Iterator[Probe]:
    ready: dict[str, type[Scalar]] = {"ready": bool, "build": str, "clock_skew_ms": int}
    ready |= {expectation.name: bool for expectation in service.expects}
    yield Probe(id=f"{name}.ready", source=name, interval_s=every, facts=ready)
    refusals: dict[str, type[Scalar]] = {"asked": int, "accepted": int, "accepted_kinds": str}
    for endpoint in service.protected:
        yield Probe(
            id=f"{name}.refusals.{endpoint.id}",
            source=name,
            interval_s=every,
            facts=refusals,
            counts={"accepted": "asked"},
        )
    if service.cors is not None:
        cors: dict[str, type[Scalar]] = {"foreign_allowed": bool, "own_asked": int, "own_refused": int}
        yield Probe(
            id=f"{name}.cors", source=name, interval_s=every, facts=cors, counts={"own_refused": "own_asked"}
        )
    if service.page is not None:
        yield Probe(id=f"{name}.page", source=name, interval_s=every, facts={"kind": str})


def _issuer_probes(plan: Plan, every: int) -> Iterator[Probe]:
    source = plan.issuer.service
    discovery: dict[str, type[Scalar]] = {"issuer_matches": bool, "jwks_matches": bool, "keys": int}
    yield Probe(id="issuer.discovery", source=source, interval_s=every, facts=discovery)
    yield Probe(id="issuer.token", source=source, interval_s=every, facts={"verified": bool, "alg": str})


def _notification_probes(plan: Plan, every: int) -> Iterator[Probe]:
    if plan.notification is None:
        return
    source = plan.notification.service
    smoke: dict[str, type[Scalar]] = {"accepted": bool, "envelope_ok": bool, "fingerprint": str}
    started = plan.notification.writes
    yield Probe(id="notification.smoke", source=source, interval_s=every, facts=smoke, started=started)
    retired: dict[str, type[Scalar]] = {"asked": int, "accepted": int, "current_is_retired": bool}
    yield Probe(
        id="notification.retired",
        source=source,
        interval_s=every,
        facts=retired,
        counts={"accepted": "asked"},
        started=started,
    )


def _ledger_probes(plan: Plan, every: int) -> Iterator[Probe]:
    source = plan.ledger.service
    yield Probe(id="ledger.balance", source=source, interval_s=every, facts={"ok": bool, "balance": int})
    transactions: dict[str, type[Scalar]] = {"ok": bool, "rows": int, "purchases": int}
    yield Probe(id="ledger.transactions", source=source, interval_s=every, facts=transactions)
    write: dict[str, type[Scalar]] = {"accepted": bool, "by": str, "credit": str}
    yield Probe(id="ledger.write", source=source, interval_s=every, facts=write)
    if plan.ledger.write_probe is not None:
        yield Probe(
            id=WRITE_PROBE, source=source, interval_s=every, facts={"accepted": bool, "by": str}, started=True
        )


def _stripe_probes(plan: Plan) -> Iterator[Probe]:
    every = plan.stripe.interval_s
    kinds: dict[str, dict[str, type[Scalar]]] = {
        "balance": {"livemode": bool, "clock_skew_ms": int},
        "endpoint": {
            "matching": int,
            "enabled": bool,
            "livemode": bool,
            "events_missing": int,
            "api_version": str,
            "subscribed": int,
        },
        "deliveries": {"judged": int, "undelivered": int, "pending": int, "undelivered_ids": str},
        "account": {"charges_enabled": bool, "payouts_enabled": bool, "details_submitted": bool},
    }
    if plan.stripe.account is not None:
        kinds["account"]["matches"] = bool
    for kind, facts in kinds.items():
        looks_back = kind == "deliveries"
        yield Probe(
            id=f"stripe.{kind}",
            source="stripe",
            interval_s=every,
            facts=facts,
            counts={"undelivered": "judged"} if looks_back else {},
            window_s=plan.stripe.window_s if looks_back else None,
        )
    if plan.stripe.scopes:
        scopes: dict[str, type[Scalar]] = {"asked": int, "missing": int, "missing_names": str}
        yield Probe(
            id="stripe.scopes",
            source="stripe",
            interval_s=SCOPES_INTERVAL_S,
            facts=scopes,
            counts={"missing": "asked"},
        )
