"""Reads of money: where a list's next window starts, one purchase whole, and everything in a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, case, func, or_, type_coerce
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from collectors.money import (
    STRIPE_KINDS,
    BalanceTransaction,
    Charge,
    CheckoutSession,
    Dispute,
    LedgerEntry,
    MoneyEvent,
    NotificationDelivery,
    PaymentIntent,
    Refund,
    StripeObject,
    WebhookReceipt,
)
from collectors.money_window import KIND_OF, Cursor, MoneyList
from dashboard.launch.money.reversals import Balances
from dashboard.store.errors import StoreDamagedError
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
from dashboard.store.money_values import DeniedUser, MoneyRead, StoredPurchase, UndeliveredEvent

_AT_ONCE = 1_000
_AGAIN_S = 60
_SLOWER_WITH_AGE = 4
_SEEN = "first_seen_at"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T", bound=StripeObject)
_Seen = tuple[StripeObject, datetime]


def cursors(session: Session) -> dict[MoneyList, Cursor]:
    """How far each list has been read."""
    return {
        MoneyList(row.list): Cursor(
            list=MoneyList(row.list),
            since=row.since,
            complete_from=row.complete_from,
            high_water=row.high_water,
            swept_at=row.swept_at,
        )
        for row in session.exec(select(MoneyCursorRow))
    }


def reads(session: Session) -> dict[MoneyList, MoneyRead]:
    """How the reading of each list stands."""
    return {
        MoneyList(row.list): MoneyRead(
            list=MoneyList(row.list),
            at=row.at,
            ok=row.ok,
            caught_up=row.caught_up,
            as_of=row.as_of,
            request_id=row.request_id,
            reason=row.reason,
            detail=row.detail,
            failing_since=row.failing_since,
        )
        for row in session.exec(select(MoneyReadRow))
    }


def month_requests(session: Session, month: str) -> int:
    """How many requests were sent to Stripe in a month."""
    row = session.get(MoneyMonthRow, month)
    return 0 if row is None else row.requests


def due_again(session: Session, *, now: datetime, limit: int) -> dict[MoneyList, tuple[str, ...]]:
    """What may still change and was not read for a while, which is longer for what is older."""
    now_us = int((now - _EPOCH).total_seconds()) * 1_000_000
    row: Any = MoneyObjectRow
    unseen_us = now_us - type_coerce(row.seen_at, BigInteger)
    is_due = (
        unseen_us >= _AGAIN_S * 1_000_000,
        unseen_us * _SLOWER_WITH_AGE >= now_us - row.created * 1_000_000,
    )
    query = columns(row.kind, row.id).where(row.is_open, *is_due).order_by(row.seen_at, row.id).limit(limit)
    found = session.execute(query).all()
    due = {name: tuple(each.id for each in found if each.kind == kind) for name, kind in KIND_OF.items()}
    return {name: ids for name, ids in due.items() if ids}


def purchase(session: Session, payment_intent: str) -> StoredPurchase:
    """Everything that belongs to one payment."""
    row: Any = MoneyObjectRow
    direct = _objects(session, or_(row.payment_intent == payment_intent, _is(row, payment_intent)))
    charges = [each.id for each, _ in direct if isinstance(each, Charge)]
    by_charge = _objects(session, row.charge.in_(charges), row.payment_intent.is_(None))
    known = {each.id: (each, at) for each, at in (*direct, *by_charge)}
    around = _objects(session, row.about.in_(list(known)))
    known |= {each.id: (each, at) for each, at in around}
    found = [each for each, _ in known.values()]
    events = _of(found, MoneyEvent)
    intent = next(iter(_of(found, PaymentIntent)), None)
    entries = _entries_of(session, payment_intent, intent)
    return StoredPurchase(
        payment_intent=payment_intent,
        intent=intent,
        sessions=_of(found, CheckoutSession),
        charges=_of(found, Charge),
        events=events,
        refunds=_of(found, Refund),
        disputes=_of(found, Dispute),
        balance_transactions=_of(found, BalanceTransaction),
        entries=tuple(entries),
        receipts=_receipts_of(session, [each.id for each in events]),
        undelivered=_undelivered_of(session, [each.id for each in events]),
        first_seen={name: at for name, (_, at) in known.items()}
        | {entry.id: at for entry, at in entries.items()},
    )


def checkout(session: Session, checkout_session: str) -> StoredPurchase:
    """Everything that belongs to one checkout, and to its payment once it has one."""
    row: Any = MoneyObjectRow
    found = _objects(session, row.kind == _name_of(CheckoutSession), row.id == checkout_session)
    sessions = _of([each for each, _ in found], CheckoutSession)
    paid_by = next((each.payment_intent for each in sessions if each.payment_intent is not None), None)
    if paid_by is not None:
        return purchase(session, paid_by)
    return StoredPurchase(
        payment_intent=None,
        intent=None,
        sessions=sessions,
        charges=(),
        events=(),
        refunds=(),
        disputes=(),
        balance_transactions=(),
        entries=(),
        receipts=(),
        undelivered=(),
        first_seen={each.id: at for each, at in found},
    )


def newest(session: Session, kind: type[T], *, limit: int) -> tuple[T, ...]:
    """The objects of a kind that were created last, newest first."""
    row: Any = MoneyObjectRow
    query = columns(row.kind, row.content).where(row.kind == _name_of(kind))
    rows = session.execute(query.order_by(row.created.desc(), row.id.desc()).limit(limit))
    return _of([decoded(each.kind, each.content) for each in rows], kind, in_order=False)


def each(session: Session, kind: type[T], *, since: int, until: int) -> Iterator[T]:
    """Every object of a kind created in [since, until) that Stripe still has, oldest first."""
    row: Any = MoneyObjectRow
    query = columns(row.content).where(
        row.kind == _name_of(kind), row.created >= since, row.created < until, row.gone_at.is_(None)
    )
    decode = msgspec.json.Decoder(kind).decode
    for content in _streamed(session, query.order_by(row.created, row.id)):
        yield decode(content)


def object_columns(session: Session, kind: type[StripeObject], names: Sequence[str]) -> Iterator[Any]:
    """These columns of every object of a kind, without its content, oldest first."""
    row: Any = MoneyObjectRow
    wanted = [getattr(row, name) for name in names]
    query = columns(*wanted).where(row.kind == _name_of(kind)).order_by(row.created, row.id)
    yield from session.execute(query, execution_options={"yield_per": _AT_ONCE})


def entries(session: Session, *, since: datetime, until: datetime) -> Iterator[LedgerEntry]:
    """Every row of the ledger created in [since, until), oldest first."""
    row: Any = LedgerEntryRow
    query = _entry_columns().where(row.created >= since, row.created < until)
    for found in session.execute(
        query.order_by(row.created, row.id), execution_options={"yield_per": _AT_ONCE}
    ):
        yield LedgerEntry(**found._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def newest_entry(
    session: Session, kind: str, *, since: datetime, correlation_prefix: str | None, user: str | None
) -> tuple[LedgerEntry | None, int]:
    """The newest row of a kind since a moment, of those with that prefix and that user; and how many are."""
    row: Any = LedgerEntryRow
    of = [row.kind == kind, row.created >= since]
    if correlation_prefix is not None:  # not LIKE, which takes "_" for anything and A for a
        of.append(func.substr(row.correlation_id, 1, len(correlation_prefix)) == correlation_prefix)
    if user is not None:
        of.append(row.user == user)
    found = session.scalar(columns(func.count()).select_from(LedgerEntryRow).where(*of))
    newest = session.execute(
        _entry_columns().where(*of).order_by(row.created.desc(), row.id.desc()).limit(1)
    ).first()
    return None if newest is None else LedgerEntry(**newest._mapping), found or 0  # noqa: SLF001 - its name


def balances(session: Session, *, settled: datetime) -> Balances:
    """The sums of all rows, of each user; below zero is who is so now and was at `settled`."""
    row: Any = LedgerEntryRow
    then = func.sum(case((row.created <= settled, row.credits), else_=0)).label("then")
    sums = columns(row.user, func.sum(row.credits).label("now"), then).group_by(row.user).subquery()
    users, groups = session.execute(columns(func.count(sums.c.user), func.count())).one()
    below = columns(sums.c.user).where(sums.c.now < 0, sums.c.then < 0, sums.c.user.is_not(None))
    return Balances(
        users=users,
        below=tuple(session.scalars(below.order_by(sums.c.user))),
        nameless=groups > users,
    )


def seen_objects(session: Session, kind: type[T], *, since: datetime | None) -> Iterator[tuple[datetime, T]]:
    """Every object of a kind that was read so from then on, with when; all where no moment is named."""
    row: Any = MoneyObjectRow
    query = columns(row.seen_at, row.content).where(row.kind == _name_of(kind), row.gone_at.is_(None))
    if since is not None:
        query = query.where(row.seen_at >= since)
    decode = msgspec.json.Decoder(kind).decode
    for found in session.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield found.seen_at, decode(found.content)


def gone_objects(session: Session, kind: type[StripeObject], *, since: datetime) -> tuple[str, ...]:
    """The ids of a kind that Stripe was seen to list no more from then on."""
    row: Any = MoneyObjectRow
    return tuple(session.scalars(columns(row.id).where(row.kind == _name_of(kind), row.gone_at >= since)))


def seen_entries(session: Session, *, since: datetime | None) -> Iterator[tuple[datetime, LedgerEntry]]:
    """Every row of the ledger that was read so from then on, with when; all where no moment is named."""
    row: Any = LedgerEntryRow
    query = _entry_columns().add_columns(row.seen_at)
    if since is not None:
        query = query.where(row.seen_at >= since)
    for found in session.execute(query, execution_options={"yield_per": _AT_ONCE}):
        told = dict(found._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        yield told.pop("seen_at"), LedgerEntry(**told)


def receipts(session: Session) -> Iterator[WebhookReceipt]:
    """Every receipt, oldest first."""
    row: Any = MoneyReceiptRow
    for found in session.exec(select(MoneyReceiptRow).order_by(row.received_at, row.event)):
        yield _receipt(found)


def notifications(session: Session, *, since: datetime) -> Iterator[NotificationDelivery]:
    """Every delivery of the notifying service since a moment, oldest first."""
    row: Any = NotificationRow
    query = columns(*(getattr(row, name) for name in NotificationDelivery.__struct_fields__))
    for found in session.execute(
        query.where(row.received_at >= since).order_by(row.received_at, row.id),
        execution_options={"yield_per": _AT_ONCE},
    ):
        yield NotificationDelivery(**found._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def denied_users(session: Session, *, since: datetime, purchase_kind: str) -> tuple[DeniedUser, ...]:
    """Who was turned away since a moment, the most often first. Who ever bought is paying."""
    row: Any = DenialRow
    entry: Any = LedgerEntryRow
    count = func.count()
    query = columns(row.user, count).where(row.created >= since).group_by(row.user)
    found = [(user, n) for user, n in session.execute(query.order_by(count.desc(), row.user))]
    bought = columns(entry.user).where(entry.kind == purchase_kind, entry.credits > 0).distinct()
    paying = {user for user in session.scalars(bought) if user is not None}
    return tuple(DeniedUser(user=user, denials=n, is_paying=user in paying) for user, n in found)


def undelivered(session: Session) -> tuple[UndeliveredEvent, ...]:
    """Every event that was ever seen undelivered, oldest first."""
    rows = session.exec(
        select(UndeliveredRow).order_by(col(UndeliveredRow.created), col(UndeliveredRow.event))
    )
    return tuple(map(_undelivered, rows))


def _is(row: Any, payment_intent: str) -> Any:
    return (row.kind == _name_of(PaymentIntent)) & (row.id == payment_intent)


def _objects(session: Session, *conditions: Any) -> list[_Seen]:
    row: Any = MoneyObjectRow
    query = columns(row.kind, row.content, row.first_seen_at).where(*conditions)
    return [(decoded(each.kind, each.content), each.first_seen_at) for each in session.execute(query)]


def _of(found: Sequence[StripeObject], kind: type[T], *, in_order: bool = True) -> tuple[T, ...]:
    these = [each for each in found if isinstance(each, kind)]
    return tuple(sorted(these, key=lambda each: (each.created, each.id)) if in_order else these)


def _entries_of(
    session: Session, payment_intent: str, intent: PaymentIntent | None
) -> dict[LedgerEntry, datetime]:
    """The rows, oldest first, each with when it was first seen."""
    row: Any = LedgerEntryRow
    belongs = row.payment_intent == payment_intent
    correlation = None if intent is None else intent.metadata.correlation_id
    if correlation is not None:
        belongs = or_(belongs, row.payment_intent.is_(None) & (row.correlation_id == correlation))
    query = _entry_columns().add_columns(row.first_seen_at.label(_SEEN)).where(belongs)
    rows = [dict(each) for each in session.execute(query.order_by(row.created, row.id)).mappings()]
    seen = [each.pop(_SEEN) for each in rows]
    return {LedgerEntry(**each): at for each, at in zip(rows, seen, strict=True)}


def _receipts_of(session: Session, events: Sequence[str]) -> tuple[WebhookReceipt, ...]:
    row: Any = MoneyReceiptRow
    query = select(MoneyReceiptRow).where(row.event.in_(events)).order_by(row.received_at, row.event)
    return tuple(map(_receipt, session.exec(query)))


def _undelivered_of(session: Session, events: Sequence[str]) -> tuple[UndeliveredEvent, ...]:
    query = select(UndeliveredRow).where(col(UndeliveredRow.event).in_(events))
    return tuple(map(_undelivered, session.exec(query)))


def _receipt(row: MoneyReceiptRow) -> WebhookReceipt:
    return WebhookReceipt(event=row.event or None, received_at=row.received_at, result=row.result)


def _undelivered(row: UndeliveredRow) -> UndeliveredEvent:
    return UndeliveredEvent(
        event=row.event, created=row.created, first_seen_at=row.first_seen_at, left_at=row.left_at
    )


def _entry_columns() -> Any:
    return columns(*(getattr(LedgerEntryRow, name) for name in LedgerEntry.__struct_fields__))


def _streamed(session: Session, query: Any) -> Iterator[str]:
    yield from session.scalars(query, execution_options={"yield_per": _AT_ONCE})


def _name_of(kind: type[StripeObject]) -> str:
    return next(name for name, each in STRIPE_KINDS.items() if each is kind)


def decoded(kind: str, content: str) -> StripeObject:
    """A stored object of this kind. Raises `StoreDamagedError`."""
    try:
        return msgspec.json.decode(content, type=STRIPE_KINDS[kind])
    except (msgspec.MsgspecError, KeyError) as error:
        raise StoreDamagedError(
            f"Got a stored {kind} that does not read as one ({type(error).__name__}), expected the content "
            "golive wrote; restore the database from a backup."
        ) from error
