"""What finance is shown, as frozen values. Amounts are integers in minor units of one currency, credits are
integers, and what is not known is None with a reason: never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.launch.money.purchase import AsOf
from dashboard.reconciliation.classes import SETTLED, Class
from dashboard.reconciliation.line import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How many, and the ids of the first of them."""

    count: int = 0
    ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """What Stripe says. `fee_cents` and `net_cents` are of the payments whose fee is known and whose net is
    right; `fees_pending` counts those whose fee is not known. Refunds that succeeded, and disputes whose
    money is not with us (not those that were won: it came back), as positive amounts; None where never read.
    """

    gross_cents: int
    fee_cents: int
    net_cents: int
    fees_pending: int
    refunds: int | None
    refunded_cents: int | None
    disputes: int | None
    disputed_cents: int | None
    wrong_net: Named = Named()
    """Balance transactions of charges, in any currency, whose net is not their amount less their fee."""
    fees_late: Named = Named()
    """Charges of those pending that are so old that Stripe should have said their fee, and has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Liability:
    """Credits that were sold and not used yet: what the company owes. `used` and `taken_back` are debits: of
    those that name a payment, as a refund's do, nobody used anything. `other` is what the ledger gave under
    any further kind (a grant, an adjustment), with its sign.
    """

    purchased: int
    used: int
    taken_back: int = 0
    other: int

    @property
    def net(self) -> int:
        """Purchased less all debits."""
        return self.purchased - self.used - self.taken_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Half-open in UTC, by when Stripe made the charge; a purchase without a charge by when it was credited.
    `liability` is what was owed at its end.
    """

    start: datetime
    payments: int
    stripe_cents: int
    ledger_cents: int
    drift_cents: int
    liability: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBand:
    """How many rows of a class are so old: from `least_s` on and younger than `below_s`, None for any age."""

    found: Class
    least_s: int
    below_s: int | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """One user of the ledger, by the id that the ledger gives: what was used, taken back and bought."""

    user: str
    used: int
    taken_back: int = 0
    purchased: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Denials:
    """How often the rate limit turned users away, and users that have paid among them."""

    n: int
    of_paying: int
    paying: Sequence[tuple[str, int]]
    """The paying users that were turned away most often, with how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One payment, or one purchase without any, as it was reconciled; `age_s` is as of the older side."""

    found: Class
    charge: str | None
    payment_intent: str | None
    entry: str | None
    other_entry: str | None
    correlation_id: str | None
    currency: str
    stripe_cents: int | None
    ledger_cents: int | None
    drift_cents: int | None
    credits: int | None
    created: datetime
    age_s: int

    @property
    def id(self) -> str:
        """What names it: its payment, else its charge, else its entry."""
        return self.payment_intent or self.charge or self.entry or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to: some classes, and ids that hold this text. Where no class is named, a text
    is looked for in all of them, and without a text the list is of what is not settled.
    """

    classes: frozenset[Class] = frozenset()
    text: str = ""
    limit: int = 200

    @classmethod
    def asked(cls, classes: Iterable[str], text: str) -> Wanted:
        """As a page or an address is asked for it; a class that there is not narrows nothing."""
        known = frozenset(Class(each) for each in classes if each in set(Class))
        return cls(classes=known, text=text.strip())

    @property
    def sought(self) -> frozenset[Class]:
        """The classes that a row may be of."""
        every = frozenset(Class)
        return self.classes or (every if self.text.strip() else every - SETTLED)

    @property
    def is_narrowed(self) -> bool:
        """Whether it is less than everything that is not settled."""
        return bool(self.classes or self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancePanel:
    """Both sides of the money since a moment, each as of when it was read.

    `why` says why nothing can be told yet; then there is no figure at all. `broken` says that the classes do
    not add up to the gross, with both sums; then nothing on the page is to be believed.
    """

    environment: str = ""
    plan: str = ""
    currency: str
    since: datetime
    stripe: AsOf
    ledger: AsOf
    fees: AsOf = field(default_factory=AsOf)
    refunds: AsOf = field(default_factory=AsOf)
    disputes: AsOf = field(default_factory=AsOf)
    """Each is a list of its own, read more seldom than the payments."""
    drawn_at: datetime
    why: str = ""
    broken: str = ""
    lines: Sequence[Line] = ()
    takings: Takings | None = None
    liability: Liability | None = None
    hours: Sequence[Bucket] = ()
    days: Sequence[Bucket] = ()
    ages: Sequence[AgeBand] = ()
    spenders: Sequence[Spender] = ()
    denials: Denials | None = None
    no_denials: str = ""
    """Why denials are not known."""
    rows: Sequence[Row] = ()
    """The first of those wanted, the worst class first, then the oldest."""
    found: int = 0
    """How many are wanted in all."""
    blind: Sequence[str] = field(default_factory=tuple)
    """A sentence for each side that is not read well."""

    @property
    def gross_cents(self) -> int:
        """The sum of the classes: what `takings.gross_cents` must be."""
        return sum(line.stripe_cents for line in self.lines if line.currency == self.currency)
