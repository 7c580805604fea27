"""The reconciliation as one ibis expression: it describes, an engine computes. Rows are joined by their ids,
in the order payment intent, session, correlation id, and never by amount and time.

Nearly all have a payment intent, so both sides are read once and grouped by it. Only what is then alone on
its side is looked up by the other keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
from ibis import _

from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.tables import PURCHASES, RECONCILED

KEYS = ("payment_intent", "session", "correlation_id")
CREDITED = ("entry", "cents", "credits", "currency")
NO, YES = ibis.literal(0, "int8"), ibis.literal(1, "int8")
"""As narrow as can be: ten million of each are kept at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a row is judged by: `credits_per_cent` credits for each `for_cents` cents."""

    as_of: int
    grace_s: int
    credits_per_cent: int
    for_cents: int
    currency: str
    says_cents: bool


def took_money(payments: ibis.Table) -> ibis.Table:
    """The payments that count: succeeded, captured, live. A failed try before the good one is normal."""
    return payments.filter((_.status == "succeeded") & _.captured & _.livemode)


def reconcile(
    payments: ibis.Table,
    purchases: ibis.Table,
    *,
    as_of_stripe: int,
    as_of_ledger: int,
    grace_s: int = 600,
    credits_per_cent: int = 10,
    for_cents: int = 1,
    currency: str = "usd",
    says_cents: bool = True,
) -> ibis.Table:
    """One row for each payment that took money, and one for each purchase that no payment stands for. A
    payment is a payment intent with all its charges, or a charge without one; a charge of which all was given
    back counts for nothing beside one that was kept.

    What is missing counts only once it is older than the grace on both sides; what is wrong, at once. A
    purchase without cents is wrong, unless the ledger says none (`says_cents`): then credits alone decide.
    """
    grouped = _grouped(payments, purchases, currency)
    paid, unpaid = grouped.filter(_.charges > 0), grouped.filter(_.charges == 0)
    loose, alone = _loose(purchases, unpaid), _alone(payments, paid)
    near = _near(payments, loose, alone)
    owned = _owned(loose, near)
    more = _credited(loose.select(*CREDITED).inner_join(owned, "entry").rename(key="owner"), currency)
    again = _paid_again(paid, more, alone, near)
    rare = _rare(more, again, _foreign(payments, currency), _returned(payments))
    found = paid.left_join(rare, "key", rname="more_{name}")
    rules = Rules(
        as_of=min(as_of_stripe, as_of_ledger),
        grace_s=grace_s,
        credits_per_cent=credits_per_cent,
        for_cents=for_cents,
        currency=currency,
        says_cents=says_cents,
    )
    left = loose.select(*CREDITED, "payment_intent", "created").anti_join(owned, "entry")
    return ibis.union(_judged_payments(found, rules), _judged_purchases(left, rules), distinct=False)


def _keyed(payments: ibis.Table, *columns: str) -> ibis.Table:
    """Each charge under its payment intent, or under itself where it has none."""
    return took_money(payments).select(*columns, key=ibis.coalesce(_.payment_intent, _.charge))


def _grouped(payments: ibis.Table, purchases: ibis.Table, currency: str) -> ibis.Table:
    """Both sides by payment intent: charges and entries, none of either where one side is alone. Purchases
    without one are one group, whose key is null. Text is aggregated only for who selects it, so that a
    summary need not: what is counted, and whether the key is a payment intent, is told by numbers.
    """
    nothing, number, unsaid = ibis.null("string"), ibis.null("int64"), ibis.null("int8")
    stripe = took_money(payments).select(
        "charge",
        "created",
        "captured_cents",
        "due_cents",
        key=ibis.coalesce(_.payment_intent, _.charge),
        linked=ibis.ifelse(_.payment_intent.isnull(), NO, YES),
        entry=nothing,
        cents=number,
        credits=number,
        foreign=unsaid,
    )
    ledger = purchases.select(
        "entry",
        "credits",
        key=_.payment_intent,
        cents=ibis.ifelse(_.currency == currency, _.cents, number),
        foreign=ibis.ifelse(_.currency == currency, NO, YES),
        charge=nothing,
        created=number,
        captured_cents=number,
        due_cents=number,
        linked=unsaid,
    )
    both = ibis.union(stripe, ledger.select(*stripe.columns), distinct=False)
    return both.group_by("key").agg(
        charge=_.charge.min(),
        charges=_.linked.count(),
        linked=_.linked.max(),
        created=_.created.min(),
        captured_cents=_.captured_cents.sum(),
        due_cents=_.due_cents.sum(),
        **_ENTRIES,
    )


_ENTRIES: dict[str, Any] = {
    "entries": _.foreign.count(),
    "first": _.entry.min(),
    "last": _.entry.max(),
    "cents": _.cents.sum(),
    "credits": _.credits.sum(),
    "foreign": _.foreign.max(),
}
"""What the ledger says in all, and whether any of it is of another currency, whose cents are never added."""


def _rare(*tables: ibis.Table) -> ibis.Table:
    """What is so of few payments, in one table: joining each kind by itself costs as much each time."""
    names = {name: kind for table in tables for name, kind in table.schema().items()}
    wide = [
        table.select(
            **{
                name: table[name] if name in table.columns else ibis.null(kind)
                for name, kind in names.items()
            }
        )
        for table in tables
    ]
    both = ibis.union(*wide, distinct=False).group_by("key")
    return both.agg(**{name: _[name].max() for name in names if name != "key"})


def _foreign(payments: ibis.Table, currency: str) -> ibis.Table:
    """Payments in another currency: few, and a column of text that is one word costs an engine much."""
    told = _keyed(payments, "currency").filter(_.currency != currency)
    return told.group_by("key").agg(currency=_.currency.min())


def _returned(payments: ibis.Table) -> ibis.Table:
    """Charges of which all went back to the buyer: few, and of no matter where another one was kept."""
    told = _keyed(payments, "captured_cents", "due_cents", "refunded_cents")
    back = told.filter((_.captured_cents > 0) & (_.refunded_cents >= _.captured_cents))
    return back.group_by("key").agg(returned=_.count(), returned_due=_.due_cents.sum())


def _credited(entries: ibis.Table, currency: str) -> ibis.Table:
    own = entries.currency == currency
    told = entries.mutate(
        cents=ibis.ifelse(own, entries.cents, ibis.null("int64")), foreign=ibis.ifelse(own, NO, YES)
    )
    return told.group_by("key").agg(**_ENTRIES)


def _loose(purchases: ibis.Table, unpaid: ibis.Table) -> ibis.Table:
    """The purchases that no payment intent leads to, null among them as a value like the others: two
    equalities, since not every engine can hash `IS NOT DISTINCT FROM`. DuckDB computes what is used several
    times only once if it ends in an aggregate, and ibis writes it only once if each use begins with a
    selection: hence both, here and below.
    """
    unknown = unpaid.select(unknown=_.key.fill_null(""), missing=_.key.isnull())
    said: list[Any] = [
        purchases.payment_intent.fill_null("") == unknown.unknown,
        purchases.payment_intent.isnull() == unknown.missing,
    ]
    found = purchases.semi_join(unknown, said)
    return found.group_by("entry").agg(**{name: _[name].min() for name in PURCHASES if name != "entry"})


def _alone(payments: ibis.Table, paid: ibis.Table) -> ibis.Table:
    """The other keys of payments that no purchase names by their payment intent."""
    lonely = paid.filter(_.entries == 0).select("key")
    told = _keyed(payments, "session", "correlation_id").semi_join(lonely, "key").group_by("key")
    return told.agg(session=_.session.min(), correlation_id=_.correlation_id.min())


def _near(payments: ibis.Table, loose: ibis.Table, alone: ibis.Table) -> ibis.Table:
    """The charges that share a session or a correlation id with what is alone on either side: few, and found
    in one reading, where each later join would read all.
    """
    both = ibis.union(
        *(table.select("session", "correlation_id") for table in (loose, alone)), distinct=False
    )
    sought = both.group_by("session", "correlation_id").agg(times=_.count())
    sessions = sought.select(sought_session="session").distinct()
    ids = sought.select(sought_id="correlation_id").distinct()
    keyed = _keyed(payments, *KEYS)
    joined = keyed.left_join(sessions, keyed.session == sessions.sought_session)
    joined = joined.left_join(ids, joined.correlation_id == ids.sought_id)
    found = joined.filter(_.sought_session.notnull() | _.sought_id.notnull())
    return found.select("key", *KEYS).distinct()


def _owned(loose: ibis.Table, near: ibis.Table) -> ibis.Table:
    """Which payment owns each of them, by session, then by correlation id. A key that both sides have and
    that differs is a contradiction, and no later key may overrule it.
    """
    by_session = _by(loose, near, "session", above=("payment_intent",))
    left = loose.select("entry", *KEYS).anti_join(by_session, "entry")
    by_correlation = _by(left, near, "correlation_id", above=("payment_intent", "session"))
    return ibis.union(by_session, by_correlation, distinct=False)


def _by(loose: ibis.Table, near: ibis.Table, key: str, *, above: tuple[str, ...]) -> ibis.Table:
    right = near.select("key", **{f"stripe_{name}": name for name in (key, *above)})
    left = loose.select("entry", key, *above)
    said: list[Any] = [left[key] == right[f"stripe_{key}"]]
    said += [left[name].isnull() | right[f"stripe_{name}"].isnull() for name in above]
    return left.inner_join(right, said).group_by("entry").agg(owner=_.key.min())


def _paid_again(paid: ibis.Table, more: ibis.Table, alone: ibis.Table, near: ibis.Table) -> ibis.Table:
    """Payments without a purchase whose session or correlation id is that of a payment that has one."""
    told = alone.select("key", "session", "correlation_id").anti_join(more, "key")
    twins = ibis.union(*(_twins(told, near, name) for name in ("session", "correlation_id")), distinct=False)
    credited = ibis.union(paid.filter(_.entries > 0).select("key"), more.select("key"), distinct=False)
    found = twins.semi_join(credited, _.twin == credited.key)
    return found.group_by("key").agg(twin=_.count())


def _twins(told: ibis.Table, near: ibis.Table, name: str) -> ibis.Table:
    others = near.select(other=name, twin="key")
    return told.inner_join(others, (told[name] == others.other) & (told.key != others.twin)).select(
        "key", "twin"
    )


def _sum(one: Any, other: Any) -> Any:
    """Null only where both are."""
    return ibis.coalesce(one + other, one, other)


def _judged_payments(rows: ibis.Table, rules: Rules) -> ibis.Table:
    entries = _sum(rows.entries, rows.more_entries)
    cents, credited = _sum(rows.cents, rows.more_cents), _sum(rows.credits, rows.more_credits)
    said = ibis.coalesce(cents, 0) if rules.says_cents else ibis.ifelse(entries > 0, cents, 0)
    kept = rows.charges - ibis.coalesce(rows.returned, 0)
    is_back = (kept == 0) & (entries.isnull() | (entries == 0))
    due = rows.due_cents - ibis.ifelse(kept > 0, ibis.coalesce(rows.returned_due, 0), 0)
    drift, given = said - due, credited if rules.for_cents == 1 else credited * rules.for_cents
    strange = ibis.coalesce(rows.foreign, 0) + ibis.coalesce(rows.more_foreign, 0)
    foreign = rows.currency.notnull() | (strange > 0)
    intent = ibis.ifelse(rows.linked == 1, rows.key, ibis.null("string"))
    age_s = rules.as_of - rows.created
    old, again = age_s >= rules.grace_s, rows.twin.notnull()
    found = ibis.cases(
        (is_back & (old | again), Class.REFUNDED.value),
        (foreign, Class.CURRENCY_MISMATCH.value),
        ((rows.charges > 1) & (kept != 1) & (entries > 0), Class.DUPLICATE_PAYMENT.value),
        (entries > 1, Class.DUPLICATE_LEDGER.value),
        ((entries == 1) & (drift != 0), Class.AMOUNT_MISMATCH.value),
        ((entries == 1) & (given != due * rules.credits_per_cent), Class.CREDIT_MISMATCH.value),
        (entries == 1, Class.MATCHED.value),
        (again, Class.DUPLICATE_PAYMENT.value),
        (~old, Class.PENDING.value),
        (rows.linked == 0, Class.UNLINKED.value),
        else_=Class.STRIPE_ONLY.value,
    )
    told: dict[str, Any] = {
        "class": found,
        "payment_intent": intent,
        "entry": _either(ibis.least, rows.first, rows.more_first),
        "other_entry": ibis.ifelse(
            entries > 1, _either(ibis.greatest, rows.last, rows.more_last), ibis.null("string")
        ),
        "entries": entries,
        "currency": rows.currency.fill_null(rules.currency),
        "stripe_cents": rows.captured_cents,
        "ledger_cents": cents,
        "due_cents": due,
        "drift_cents": ibis.cases(
            (foreign, ibis.null("int64")),
            (found == Class.REFUNDED.value, ibis.literal(0, "int64")),
            else_=drift,
        ),
        "credits": credited,
        "age_s": age_s,
    }
    return _row(rows, told)


def _judged_purchases(left: ibis.Table, rules: Rules) -> ibis.Table:
    age_s, nothing = rules.as_of - left.created, ibis.null("string")
    told: dict[str, Any] = {
        "class": ibis.ifelse(age_s < rules.grace_s, Class.PENDING.value, Class.LEDGER_ONLY.value),
        "charge": nothing,
        "charges": ibis.literal(0, "int64"),
        "other_entry": nothing,
        "entries": ibis.literal(1, "int64"),
        "stripe_cents": ibis.null("int64"),
        "due_cents": ibis.null("int64"),
        "ledger_cents": left.cents,
        "drift_cents": ibis.ifelse(left.currency == rules.currency, left.cents, ibis.null("int64")),
        "age_s": age_s,
    }
    return _row(left, told)


def _either(pick: Any, one: Any, other: Any) -> Any:
    """The pick of both, where each may be null: engines disagree about the least of a null."""
    return pick(ibis.coalesce(one, other), ibis.coalesce(other, one))


def _row(table: ibis.Table, told: dict[str, Any]) -> ibis.Table:
    said = {name: told[name] if name in told else table[name] for name in RECONCILED}
    return table.select(**{name: said[name].cast(kind.lstrip("!")) for name, kind in RECONCILED.items()})
