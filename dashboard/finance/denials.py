"""How often the ledger turned users away, or a sentence why that is not known: never 0 for it."""

from __future__ import annotations

from datetime import datetime

from collectors.money_window import MoneyList
from dashboard.finance.values import Denials
from dashboard.launch.plan import Plan
from dashboard.purchases import Reads
from dashboard.store.store import Store

NAMED = 10
"""So many of the paying users that were turned away most often are named."""

NOT_PLANNED = "Denials are not known: the plan has no [ledger.denials] that says where to read them."
NO_USERS = "Denials are not known: the plan's [ledger.history] does not say where a row's user is."


def denials(store: Store, plan: Plan, since: datetime, reads: Reads) -> Denials | str:
    """Denials from `since` on, or a sentence why they are not known. Paying is who bought since the ledger is
    read; `reads` is how that stands. Raises `StoreError`.
    """
    if plan.ledger.denials is None:
        return NOT_PLANNED
    if plan.ledger.history is None or plan.ledger.history.user is None:
        return NO_USERS
    why = _unread(reads) or _not_far_enough(store, since)
    if why:
        return f"Denials are not known: {why}."
    users = store.money.denied_users(since=since, purchase_kind=plan.ledger.purchase_kind)
    nameless = sum(each.denials for each in users if each.user is None)
    if nameless:
        return f"Denials are not known: of {nameless} of them the ledger names no user that may be kept."
    paying = [(each.user, each.denials) for each in users if each.is_paying and each.user is not None]
    return Denials(
        n=sum(each.denials for each in users),
        of_paying=sum(denied for _, denied in paying),
        paying=tuple(paying[:NAMED]),
    )


def _unread(reads: Reads) -> str:
    """What keeps one of the two lists from being known to its end; "" where nothing does."""
    for name, said in ((MoneyList.DENIALS, "their list"), (MoneyList.LEDGER, "the ledger")):
        read = reads.get(name)
        if read is None:
            return f"{said} was never read"
        if not read.ok:
            since = f" since {read.failing_since:%H:%M:%S} UTC" if read.failing_since else ""
            return f"reading {said} fails{since}: {read.detail or read.reason}"
        if not read.caught_up:
            return f"{said} is still being read"
    return ""


def _not_far_enough(store: Store, since: datetime) -> str:
    cursor = store.money.cursors().get(MoneyList.DENIALS)
    if cursor is not None and cursor.complete_from <= int(since.timestamp()):
        return ""
    return f"they were not read back to {since:%Y-%m-%d %H:%M} UTC"
