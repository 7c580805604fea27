"""Writes of money: what a window brought and where the next one starts, in the caller's one transaction.

Reading the same again changes nothing; a later reading of the same object replaces its content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, update

from collectors.money import (
    BalanceTransaction,
    Charge,
    Denial,
    LedgerEntry,
    MoneyEvent,
    NotificationDelivery,
    StripeObject,
    WebhookReceipt,
)
from collectors.money_window import EVENTS_KEPT_S, KIND_OF, Cursor, Undelivered, Window, is_open
from dashboard.store.money_tables import (
    DenialRow,
    LedgerEntryRow,
    MoneyCursorRow,
    MoneyMonthRow,
    MoneyObjectRow,
    MoneyReadRow,
    MoneyReceiptRow,
    NotificationRow,
    UndeliveredRow,
)
from dashboard.store.money_values import FailedRead

Values = dict[str, Any]

_AT_ONCE = 500
_CAME_BACK, _SUCCEEDED = "refund_failure", "succeeded"
_SAME_NAMES = (
    "livemode",
    "status",
    "amount",
    "amount_captured",
    "amount_refunded",
    "fee",
    "net",
    "currency",
    "payment_intent",
    "charge",
    "balance_transaction",
)


def record(session: Session, outcome: Window | FailedRead) -> None:
    """The rows of a window, its cursor, and that the list was read; or why it could not be."""
    if isinstance(outcome, Window):
        _record_window(session, outcome)
    else:
        _record_failed(session, outcome)


def _record_window(session: Session, window: Window) -> None:
    at = window.observed_at
    objects: Any = MoneyObjectRow
    _upsert(
        session,
        MoneyObjectRow,
        (_object(each, at) for each in window.objects),
        keep=("first_seen_at",),
        # What is read again without having changed is not written again.
        only=lambda new: or_(objects.content != new.content, objects.is_open, objects.gone_at.is_not(None)),
    )
    _upsert_changed(session, LedgerEntryRow, window.entries, at)
    _upsert_changed(session, NotificationRow, window.notifications, at)
    _insert_new(session, MoneyReceiptRow, (_receipt(each, at) for each in window.receipts))
    _insert_new(session, DenialRow, (_denial(each, at) for each in window.denials))
    _mark_gone(session, window)
    _reopen(session, window)
    if window.undelivered is not None:
        _record_undelivered(session, window.undelivered, at)
    _record_cursor(session, window.cursor)
    _record_good(session, window)


def count_requests(session: Session, at: datetime, requests: int) -> None:
    """Add requests to those of the month."""
    if not requests:
        return
    month = f"{at:%Y-%m}"
    row = session.get(MoneyMonthRow, month)
    if row is None:
        session.add(MoneyMonthRow(month=month, requests=requests))
    else:
        row.requests += requests


def _record_failed(session: Session, failed: FailedRead) -> None:
    # Of when the last good answer is, and its request, stay as they were.
    row = session.get(MoneyReadRow, failed.list.value)
    if row is None:
        row = MoneyReadRow(
            list=failed.list.value,
            at=failed.at,
            ok=False,
            caught_up=False,
            request_id=None,
            reason=None,
            detail=None,
        )
        session.add(row)
    row.failing_since = row.failing_since or failed.at
    row.at, row.ok, row.reason, row.detail = failed.at, False, failed.reason, failed.detail


def _object(found: StripeObject, at: datetime) -> Values:
    about = None
    if isinstance(found, MoneyEvent):
        about = found.data.object.id
    elif isinstance(found, BalanceTransaction):
        about = found.source
    kind: str = found.object  # type: ignore[attr-defined]  # every kind names itself
    own = {name: getattr(found, name, None) for name in _SAME_NAMES}
    if isinstance(found, Charge):
        own["charge"] = found.id
    return own | {
        "kind": kind,
        "id": found.id,
        "created": found.created,
        "about": about,
        "is_open": is_open(found),
        "content": msgspec.json.encode(found).decode(),
        "first_seen_at": at,
        "seen_at": at,
        "gone_at": None,
    }


def _entry(entry: LedgerEntry | NotificationDelivery, at: datetime) -> Values:
    return msgspec.structs.asdict(entry) | {"first_seen_at": at, "seen_at": at}


def _receipt(receipt: WebhookReceipt, at: datetime) -> Values:
    return msgspec.structs.asdict(receipt) | {"event": receipt.event or "", "first_seen_at": at}


def _denial(denial: Denial, at: datetime) -> Values:
    return msgspec.structs.asdict(denial) | {"first_seen_at": at}


def _mark_gone(session: Session, window: Window) -> None:
    kind = KIND_OF.get(window.list)
    if kind is None:
        return
    gone = list(window.missing)
    if window.is_whole:
        here = {each.id for each in window.objects}
        known = select(MoneyObjectRow.id).where(
            MoneyObjectRow.kind == kind, col(MoneyObjectRow.gone_at).is_(None)
        )
        gone += [each for each in session.exec(known) if each not in here]
    if gone:
        these = (col(MoneyObjectRow.kind) == kind, col(MoneyObjectRow.id).in_(gone))
        session.execute(
            update(MoneyObjectRow).where(*these).values(gone_at=window.observed_at, is_open=False)
        )


def _reopen(session: Session, window: Window) -> None:
    """A refund can fail weeks after it succeeded, and is not listed anew: the balance tells that its money
    came back, so it and its charge are read again.
    """
    back = [
        each.source
        for each in window.objects
        if isinstance(each, BalanceTransaction) and each.reporting_category == _CAME_BACK
    ]
    if not back:
        return
    row: Any = MoneyObjectRow
    refunds = session.execute(
        select(row.id, row.charge).where(row.id.in_(back), row.status == _SUCCEEDED)
    ).all()
    these = [each for found in refunds for each in found if each is not None]
    session.execute(update(row).where(row.id.in_(these), row.gone_at.is_(None)).values(is_open=True))


def _record_undelivered(session: Session, waiting: Sequence[Undelivered], at: datetime) -> None:
    still = select(UndeliveredRow.event, UndeliveredRow.created).where(col(UndeliveredRow.left_at).is_(None))
    known = dict(iter(session.exec(still)))
    here = {each.id for each in waiting}
    rows = [
        {"event": each.id, "created": each.created, "first_seen_at": at, "left_at": None}
        for each in waiting
        if each.id not in known
    ]
    _upsert(session, UndeliveredRow, rows, keep=("first_seen_at",))
    # Stripe forgets an event after a while: one that it does not list any more was not delivered by that.
    oldest = int(at.timestamp()) - EVENTS_KEPT_S
    left = [event for event, created in known.items() if event not in here and created >= oldest]
    for event in left:
        session.execute(update(UndeliveredRow).where(col(UndeliveredRow.event) == event).values(left_at=at))


def _record_cursor(session: Session, cursor: Cursor) -> None:
    row = {
        "list": cursor.list.value,
        "since": cursor.since,
        "complete_from": cursor.complete_from,
        "high_water": cursor.high_water,
        "swept_at": cursor.swept_at,
    }
    _upsert(session, MoneyCursorRow, [row])


def _record_good(session: Session, window: Window) -> None:
    row = {
        "list": window.list.value,
        "at": window.observed_at,
        "ok": True,
        "caught_up": window.caught_up,
        "as_of": window.as_of,
        "request_id": window.request_ids[-1] if window.request_ids else None,
        "reason": None,
        "detail": None,
        "failing_since": None,
    }
    _upsert(session, MoneyReadRow, [row])


def _insert(session: Session, table: Any) -> Any:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


def _insert_new(session: Session, row: Any, rows: Iterable[Values]) -> None:
    statement = _insert(session, row.__table__).on_conflict_do_nothing()
    for some in _in_batches(rows):
        session.execute(statement, some)


def _upsert_changed(
    session: Session, row: Any, found: Sequence[LedgerEntry] | Sequence[NotificationDelivery], at: datetime
) -> None:
    """Insert what is new, and replace what tells anything else than it did."""
    names = [] if not found else found[0].__struct_fields__
    _upsert(
        session,
        row,
        (_entry(each, at) for each in found),
        keep=("first_seen_at",),
        only=lambda new: or_(False, *(getattr(row, name).is_distinct_from(new[name]) for name in names)),
    )


def _upsert(
    session: Session,
    row: Any,
    rows: Iterable[Values],
    *,
    keep: tuple[str, ...] = (),
    only: Any = None,
) -> None:
    """Insert what is new and replace the rest, but for what is kept, and `only` where that is true."""
    table = row.__table__
    statement = _insert(session, table)
    key = [column.name for column in table.primary_key]
    new = statement.excluded
    values = {each.name: new[each.name] for each in table.columns if each.name not in {*key, *keep}}
    where = None if only is None else only(new)
    statement = statement.on_conflict_do_update(index_elements=key, set_=values, where=where)
    for some in _in_batches(rows):
        session.execute(statement, some)


def _in_batches(rows: Iterable[Values]) -> Iterator[list[Values]]:
    # So many at once that the statement costs nothing, so few that their garbage does not either.
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        yield some
