"""A past that never happened: purchases as Stripe's books and the ledger would hold them by now.

Pure: the same generator and the same times give the same past. It is kept by whoever asked for it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from rehearsal import mix
from rehearsal.documents import Document
from rehearsal.ledger import Denial, Entry, Row, written_at
from rehearsal.mix import Way
from rehearsal.stripe_double import objects, reversals
from rehearsal.stripe_double.books import document
from rehearsal.stripe_double.effects import Effect, Object, Told
from rehearsal.stripe_double.payment import Moment, Terms, pay
from rehearsal.student_pilot import AMOUNT, CREDITS, CURRENCY, SKU

_TYPING_S = (20.0, 180.0)
_SETTLED_AFTER_S = 3.0
_CREDITED_AFTER_S = (0.3, 4.0)
_EVENTS_KEPT_S = 30 * 86_400
_SEEN_BY_THE_ENDPOINT = ("payment_intent.succeeded", "payment_intent.payment_failed")
_UNDELIVERED_TRIES = 16
_IDS_SHARING = 5000
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
_UNCREDITED = frozenset({Way.LOST_CREDIT, Way.UNDELIVERED, Way.NEVER_TOLD, Way.COUPON})


@dataclass(slots=True)
class Past:
    """What one purchase, or many, left behind."""

    documents: list[Document] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    denials: list[Denial] = field(default_factory=list)

    def add(self, other: Past) -> None:
        """Both together."""
        self.documents += other.documents
        self.rows += other.rows
        self.denials += other.denials


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where it is to have happened. `endpoint` is the id of the webhook endpoint, if there is one."""

    now: float
    shop: str
    api: str
    endpoint: str | None


class Fabricator:
    """Makes purchases of the past, one by one, all from one generator."""

    def __init__(self, rng: random.Random, stage: Stage) -> None:
        self._rng = rng
        self._stage = stage
        self._made = 0
        self._shared = ""

    def purchase(self, way: Way, *, at: float, user: str) -> Past:
        """Everything that a purchase of that way at that time left behind until now."""
        if way is Way.ORPHAN:
            return Past(rows=[self._credit(self._id("pi_3"), self._metadata(user), at=at)])
        metadata = self._metadata(user)
        intent, effect = self._paid(metadata, mix.TERMS.get(way, Terms()), at=at, livemode=True)
        past = Past()
        if way is Way.TEST_TWIN:
            _, twin = self._paid(metadata, Terms(), at=at, livemode=False)
            past.documents += self._documents(twin, way, at=at)
        if intent is not None and way not in _UNCREDITED:
            past.rows += self._credits(way, self._credit(intent, metadata, at=at, way=way))
        later = self._rng.uniform(at, self._stage.now)
        effect = effect.then(self._reversed(way, effect, past, at=later))
        past.documents += self._documents(effect, way, at=at)
        self._used(way, user, past, at=later)
        return past

    def _paid(
        self, metadata: Mapping[str, str], terms: Terms, *, at: float, livemode: bool
    ) -> tuple[str | None, Effect]:
        order = objects.Order(
            amount=AMOUNT,
            currency=CURRENCY,
            success_url=f"{self._stage.shop}/?paid=1",
            client_reference_id=metadata["correlation_id"],
            metadata=metadata,
            payment_metadata=metadata,
        )
        name = self._id("cs_live_" if livemode else "cs_test_", 58)
        opened = int(at - self._rng.uniform(*_TYPING_S))
        unpaid = objects.session(name, order, created=opened, livemode=livemode, base=self._stage.api)
        unpaid["_payment_metadata"] = dict(metadata)
        return pay(unpaid, terms, Moment(now=at, settled_at=at + _SETTLED_AFTER_S), new_id=self._id)

    def _reversed(self, way: Way, paid: Effect, past: Past, *, at: float) -> Effect:
        charges = [made.object for made in paid.made if made.object["object"] == "charge"]
        if way in mix.REFUNDS:
            charge = charges[-1]
            back = reversals.refund(
                charge, charge["amount_captured"], mix.REFUNDS[way], now=at, new_id=self._id
            )
            if way in mix.DEBITED_REFUNDS:
                past.rows.append(self._debited(past.rows[0].entry, back.made[0].object, at=at))
            return back
        if way in mix.DISPUTES:
            return reversals.dispute(charges[-1], mix.DISPUTES[way], now=at, new_id=self._id)
        return Effect()

    def _documents(self, effect: Effect, way: Way, *, at: float) -> list[Document]:
        kept: dict[str, Document] = {}
        for made in effect.made:
            listed_at = at if made.listed_at is None else made.listed_at
            kept[made.object["id"]] = document(made.object, livemode=made.livemode, listed_at=listed_at)
        for changed in effect.changed:
            before = kept.get(changed["id"])
            livemode = changed["livemode"] if before is None else before["livemode"]
            kept[changed["id"]] = document(changed, livemode=livemode, listed_at=at)
        events = [self._event(told, way) for told in effect.told if self._is_kept(told, way)]
        return [*kept.values(), *events]

    def _is_kept(self, told: Told, way: Way) -> bool:
        """Of each purchase only what the endpoint hears; what Stripe has forgotten by now is not made."""
        if told.at < self._stage.now - _EVENTS_KEPT_S or told.at > self._stage.now:
            return False
        if told.kind in _SEEN_BY_THE_ENDPOINT:
            return way is not Way.NEVER_TOLD
        return told.about["object"] in {"refund", "dispute"} or told.kind == "charge.refunded"

    def _event(self, told: Told, way: Way) -> Document:
        made = objects.event(self._id("evt_3"), told)
        kept = document(made, livemode=made["livemode"], listed_at=told.at)
        if told.kind in _SEEN_BY_THE_ENDPOINT and made["livemode"] and self._stage.endpoint is not None:
            kept["deliveries"] = [self._delivery(told.at, failed=way is Way.UNDELIVERED)]
        return kept

    def _delivery(self, at: float, *, failed: bool) -> dict[str, Any]:
        moment = datetime.fromtimestamp(at, UTC).isoformat()
        tries = [{"at": moment, "answer": "500" if failed else "200"}]
        return {
            "endpoint": self._stage.endpoint,
            "attempts": tries * _UNDELIVERED_TRIES if failed else tries,
            "next_at": None,
            "delivered_at": None if failed else moment,
            "withheld": False,
        }

    def _credit(self, intent: str, metadata: Mapping[str, str], *, at: float, way: Way = Way.PLAIN) -> Row:
        entry = Entry(
            id=self._id("tx_", 20),
            user=metadata["account_id"],
            kind="purchase",
            credits=999 if way is Way.WRONG_CREDITS else CREDITS,
            usd_cents={Way.WRONG_CENTS: AMOUNT - 1, Way.PARTIAL: 500}.get(way, AMOUNT),
            currency="eur" if way is Way.WRONG_CURRENCY else CURRENCY,
            payment_intent=intent,
            correlation_id=metadata["correlation_id"],
            created_at=_text(min(at + self._rng.uniform(*_CREDITED_AFTER_S), self._stage.now)),
        )
        return Row(entry=entry, once=f"purchase:{intent}")

    def _credits(self, way: Way, row: Row) -> list[Row]:
        if way is not Way.DOUBLE_CREDIT:
            return [row]
        return [row, Row(entry=replace(row.entry, id=self._id("tx_", 20)), once=None)]

    def _debited(self, credited: Entry, back: Object, *, at: float) -> Row:
        entry = replace(
            credited,
            id=self._id("tx_", 20),
            kind="refund",
            credits=-credited.credits,
            usd_cents=-back["amount"],
            created_at=_text(at),
        )
        return Row(entry=entry, once=f"refund:{back['id']}")

    def _used(self, way: Way, user: str, past: Past, *, at: float) -> None:
        name = self._id("job_", 16)
        if way is Way.DEBITED:
            entry = replace(
                past.rows[0].entry,
                id=self._id("tx_", 20),
                kind="debit",
                credits=-self._rng.randrange(10, CREDITS),
                usd_cents=0,
                payment_intent=None,
                correlation_id=name,
                created_at=_text(at),
            )
            past.rows.append(Row(entry=entry, once=None))
        if way is Way.DENIED:
            denial = Denial(id=self._id("den_", 20), user=user, created_at=_text(at), reason="rate_limited")
            past.denials.append(denial)

    def _metadata(self, user: str) -> dict[str, str]:
        return {
            "correlation_id": f"corr_{lettered(self._id('', 20))}",
            "account_id": user,
            "sku": SKU,
            "credits": str(CREDITS),
        }

    def _id(self, prefix: str, length: int = 24) -> str:
        # Ids of one time share a beginning, so that an index takes them in one place: it halves the making of
        # a crowd. They say nothing of the order in time, as Stripe's do not.
        if self._made % _IDS_SHARING == 0:
            self._shared = f"{self._rng.getrandbits(32):08x}"
        self._made += 1
        rest = length - len(self._shared)
        return f"{prefix}{self._shared}{self._rng.getrandbits(4 * rest):0{rest}x}"


def lettered(digits: str) -> str:
    """Hexadecimal digits in letters alone: an id with a run of digits might pass for a phone number."""
    return digits.translate(_LETTERS)


def _text(at: float) -> str:
    return written_at(datetime.fromtimestamp(at, UTC))
