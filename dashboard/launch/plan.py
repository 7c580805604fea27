"""What a launch needs, as frozen values: the shape of a plan file.

The shape is the documentation: every key that a plan may have is a field here, and no other key is
accepted. `plan_file` reads the TOML, names line, key and mend of what is wrong, and checks what a shape
cannot say. A plan holds no secret and need hold no address: `{ env = "NAME" }` points to the environment.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dashboard.launch.plan_deliveries import Deliveries
from dashboard.launch.plan_evidence import Evidence
from dashboard.launch.plan_money import LedgerDenials, LedgerHistory, Money
from dashboard.launch.plan_usage import Usage
from dashboard.launch.plan_values import (
    Account,
    Count,
    EnvironmentName,
    FromEnvironment,
    Frozen,
    Identifier,
    Milliseconds,
    Minutes,
    NonEmpty,
    Path,
    Percent,
    Sealable,
    Seconds,
)


class RoleKind(StrEnum):
    """What a role may do (`dashboard.access` has the table); a plan gives each of its roles one kind."""

    CEO = "ceo"
    CHAIR = "chair"
    COORDINATOR = "coordinator"
    LEAD = "lead"
    FINANCE = "finance"
    AUDITOR = "auditor"
    VIEWER = "viewer"


Scope = Literal[
    "account",
    "balance",
    "balance_transactions",
    "charges",
    "checkout_sessions",
    "disputes",
    "events",
    "payment_intents",
    "refunds",
    "webhook_endpoints",
]
"""What our key can be asked to read, by the name of Stripe's list (a test holds it to the collector's)."""

Text = NonEmpty | FromEnvironment
"""Something a plan may write down or leave to the environment: an address, an issuer, a user id."""


class Secret(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret is only ever the name of an environment variable; it has no default."""

    env: EnvironmentName


class Role(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody in the launch: how the screen calls them and what kind of role it is."""

    title: NonEmpty
    kind: RoleKind


class Polling(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often and how long golive asks. `interval_s` holds where a section names none of its own."""

    interval_s: Seconds = 5
    timeout_ms: Milliseconds = 4_000


class Judging(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The defaults of judging (gates.md sections 2 to 4); a rule may state its own.

    `ttl_intervals`: an input is STALE when older than so many poll intervals of its probe.
    `pass_streak`: consecutive passing samples before a rule counts as PASS.
    `max_spread_s`: how far apart the inputs of one GO may have been observed.
    `error_budget`: failed questions in a row before the banner says "monitoring blind".
    `flap_limit` within `flap_window_s`: more changes of a gate than that is UNKNOWN, "flapping".
    """

    ttl_intervals: Annotated[int, Meta(ge=2, le=20)] = 3
    pass_streak: Annotated[int, Meta(ge=1, le=20)] = 3
    max_spread_s: Seconds = 30
    error_budget: Annotated[int, Meta(ge=1, le=20)] = 4
    flap_limit: Annotated[int, Meta(ge=2, le=50)] = 6
    flap_window_s: Seconds = 120


class Expectation(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field of a ready answer that must equal a value: how alignment between services is seen.

    `name` becomes a fact of the service's ready probe; `at` is a JMESPath into its answer.
    """

    name: Identifier
    at: NonEmpty
    equals: Text | bool | int


class Protected(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint that must refuse whoever has no good token. Asked with bad tokens only.

    `{user}` in the path stands for the ledger's user.
    """

    id: Identifier
    path: Path
    method: Annotated[str, Meta(pattern=r"^(GET|POST)$")] = "GET"


class Cors(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may call from a browser: each of the services named, and no foreign origin."""

    path: Path
    method: Annotated[str, Meta(pattern=r"^(GET|POST)$")]
    own: Annotated[tuple[Identifier, ...], Meta(min_length=1)]
    foreign: NonEmpty


class PublicPage(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page that anyone may read and that carries Stripe's publishable key."""

    path: Path


class Service(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service under launch. `ready` and `build` are JMESPaths into the answer of `ready_path`."""

    title: NonEmpty
    base_url: Text
    owner: Identifier
    ready_path: Path = "/readyz"
    ready: NonEmpty = "ready"
    build: NonEmpty = "build"
    expects: tuple[Expectation, ...] = ()
    protected: tuple[Protected, ...] = ()
    cors: Cors | None = None
    page: PublicPage | None = None


class Issuer(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who issues tokens, and how golive gets its own (client credentials)."""

    service: Identifier
    issuer: Text
    jwks_url: Text
    audience: Text
    client_id: Text
    client_secret: Secret
    scope: str = ""
    discovery_path: Path = "/.well-known/openid-configuration"
    algorithms: Annotated[tuple[str, ...], Meta(min_length=1)] = ("RS256", "ES256")


class Notification(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The notification smoke test. `writes = false` is a promise of the service that the body has no effect;
    without that promise the test is only run when a person starts it. `accepted` is a JMESPath that must be
    true of the answer (the standard envelope).
    """

    service: Identifier
    path: Path
    header: NonEmpty
    secret: Secret
    retired: tuple[Secret, ...]
    body: dict[str, str | bool | int]
    accepted: NonEmpty
    writes: bool = True


class Announce(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service of the launch that golive tells of flips, holds, decisions and late tasks, by a POST with its
    secret. The JSON sent is `body` with the notice under the key `text`.
    """

    service: Identifier
    path: Path
    header: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,79}$")]
    secret: Secret
    text: NonEmpty
    body: dict[str, str | bool | int] = msgspec.field(default_factory=dict)


class WriteProbe(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A harmless write that proves the ledger's write path. Only ever run when a person starts it."""

    path: Path
    body: dict[str, str | bool | int]
    accepted: NonEmpty


class Ledger(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the credits are, and how to find each value in the ledger's answers (JMESPath).

    `write_proof_s`: for how long a credit that appeared, or a write probe, proves the write path.
    """

    service: Identifier
    user: Text
    balance_path: Path
    balance: NonEmpty
    transactions_path: Path
    items: NonEmpty
    id: NonEmpty
    kind: NonEmpty
    purchase_kind: NonEmpty
    credits: NonEmpty
    created: NonEmpty
    payment_intent: NonEmpty
    write_proof_s: Seconds = 3_600
    write_probe: WriteProbe | None = None
    history: LedgerHistory | None = None
    denials: LedgerDenials | None = None


class Receipts(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The receiver's own log of webhook deliveries: the only source of first-attempt truth."""

    service: Identifier
    path: Path
    items: NonEmpty
    event: NonEmpty
    received_at: NonEmpty
    result: NonEmpty
    good: Annotated[tuple[str, ...], Meta(min_length=1)]


class Stripe(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Stripe must look like. `endpoint_path` is on `endpoint_service`, and must match to the slash.

    `deadline_s`: an event undelivered for longer counts as failed. `window_s`: how far back events count,
    at most to the start of the run. `scopes` are Stripe's list endpoints that our key must be able to read.
    `account` is the account of the launch: of a purchase whose account is another, or cannot be asked, the
    charge is not the first dollar.
    """

    key: Secret
    endpoint_service: Identifier
    endpoint_path: Path
    events: Annotated[tuple[str, ...], Meta(min_length=1)]
    api_version: NonEmpty
    api_base: Text = "https://api.stripe.com"
    account: Account | FromEnvironment | None = None
    scopes: tuple[Scope, ...] = ()
    deadline_s: Seconds = 15
    window_s: Seconds = 86_400
    interval_s: Seconds = 5


class Rule(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition over a fact. Exactly one comparison; `text` on screen is generated from it.

    `signal` names a fact ("stripe.balance.livemode"). `is_` compares for equality, `constant` asks that
    the value does not change within the attempt, `p95_below_ms` that 95 % of the attempts of a probe in
    `window_s` are quicker. `n` names the fact that counts the trials behind the signal, and `n_min` how
    many there must be. `hint` says what a person can do meanwhile. `to_fail` of `of` failing samples make a
    FAIL (1 of 1: an invariant).
    """

    signal: NonEmpty
    is_: bool | int | str | None = msgspec.field(default=None, name="is")
    below: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    constant: bool | None = None
    p95_below_ms: Milliseconds | None = None
    n: NonEmpty | None = None
    n_min: Count | None = None
    window_s: Seconds | None = None
    ttl_s: Seconds | None = None
    pass_streak: Annotated[int, Meta(ge=1, le=20)] | None = None
    hint: NonEmpty | None = None
    to_fail: Annotated[int, Meta(ge=1, le=20)] = 1
    of: Annotated[int, Meta(ge=1, le=20)] = 1


class Gate(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named set of rules that must all pass. Advisory gates are judged and shown, never decisive."""

    id: Identifier
    title: NonEmpty
    owner: Identifier
    rules: tuple[Rule, ...]
    mandatory: bool = True
    waivable: bool = True


class Purchase(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first dollar: what must be bought. Minor units, ISO currency. Every hop of it must be done
    `deadline_s` after the charge.
    """

    title: NonEmpty
    amount: Annotated[int, Meta(ge=1)]
    currency: Annotated[str, Meta(pattern=r"^[a-z]{3}$")]
    credits: Annotated[int, Meta(ge=1)]
    deadline_s: Seconds = 60


class Phase(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the T-clock, in minutes since T-0."""

    id: Identifier
    title: NonEmpty
    from_min: Minutes
    to_min: Minutes


class Task(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one owner must do, from `start_min` of the T-clock and within `timebox_min` minutes.

    `todo` says what to do, in a sentence. `needs` are the tasks that must be over first. `proven_by` are
    gates: while all of them are GO the task completes itself, and while one is NO-GO nobody can tick it.
    A `fixed` one must not move: its forecast stays as planned, and what is late before it is a conflict.
    """

    id: Identifier
    title: NonEmpty
    todo: NonEmpty
    owner: Identifier
    phase: Identifier
    start_min: Minutes
    timebox_min: Annotated[int, Meta(ge=1, le=1_440)]
    needs: tuple[Identifier, ...] = ()
    proven_by: tuple[Identifier, ...] = ()
    fixed: bool = False


class Poll(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who must say GO before GO can be given, in the order of asking. A vote lives for `ttl_min` minutes."""

    voters: Annotated[tuple[Identifier, ...], Meta(min_length=1)]
    ttl_min: Annotated[int, Meta(ge=1, le=1_440)] = 10


class Waivers(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much may be waived: so many gates in one attempt, each for so many minutes at most."""

    at_most: Annotated[int, Meta(ge=0, le=20)] = 2
    max_min: Annotated[int, Meta(ge=1, le=1_440)] = 60


class Hour(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The run of show: phases and timeboxed tasks on the T-clock, who votes, and how much may be waived."""

    phases: Annotated[tuple[Phase, ...], Meta(min_length=1)]
    tasks: Annotated[tuple[Task, ...], Meta(min_length=1)]
    poll: Poll | None = None
    waivers: Waivers = Waivers()


class Measure(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every KPI has. A figure counts only while all the gates in `needs` are GO; `blocking` is there
    to be refused: what must block is a gate.
    """

    id: Identifier
    title: NonEmpty
    blocking: bool = False
    needs: tuple[Identifier, ...] = ()


class FirstDollarTime(
    Measure, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="time_to_first_dollar"
):
    """From the start of the purchase until its credits are visible."""

    within_s: Seconds


class SuccessRate(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="success_rate"):
    """The share that did not fail. `failed` is a signal that counts failures; the catalogue knows of how
    many.
    """

    failed: NonEmpty
    above_percent: Annotated[int, Meta(ge=0, le=99)]
    n_min: Count = 1


class CreditedRate(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="credited_rate"):
    """The share of charges that have exactly one credit in the ledger: a webhook's second hop."""

    at_least_percent: Percent


class Quantile(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="p95"):
    """The nearest-rank p95 over the raw attempts of each probe in `window_s`; the worst one speaks."""

    probes: Annotated[tuple[NonEmpty, ...], Meta(min_length=1)]
    below_ms: Milliseconds
    n_min: Count
    window_s: Seconds


class EvidenceCompleteness(
    Measure, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="evidence_completeness"
):
    """The share of required evidence that is captured."""

    at_least_percent: Percent


class GatesProven(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gates_proven"):
    """The share of gates that were seen to fall under an injected fault."""

    at_least_percent: Percent


PlannedKpi = FirstDollarTime | SuccessRate | CreditedRate | Quantile | EvidenceCompleteness | GatesProven
"""Every kind of KPI there is; `kind` in a plan is one of their tags."""


class Plan(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole launch."""

    schema: Annotated[int, Meta(ge=1, le=1)]
    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
    title: Sealable
    roles: dict[Identifier, Role]
    services: dict[Identifier, Service]
    issuer: Issuer
    ledger: Ledger
    stripe: Stripe
    purchase: Purchase
    gates: tuple[Gate, ...]
    kpis: tuple[PlannedKpi, ...] = ()
    hour: Hour | None = None
    notification: Notification | None = None
    announce: Announce | None = None
    receipts: Receipts | None = None
    deliveries: Deliveries | None = None
    money: Money | None = None
    usage: Usage | None = None
    evidence: Evidence | None = None
    polling: Polling = Polling()
    judging: Judging = Judging()
