"""What golive captures by itself: Stripe's charge and endpoint, the ledger's row and balance of the first
dollar, as they were read and decoded, the moment its trace gets there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from collectors.money import LedgerEntry, StripeObject
from collectors.money_window import MoneyList
from collectors.observation import Observation
from dashboard.launch.money.trace import HopState, Trace
from dashboard.launch.plan_evidence import EvidenceItem, ItemKind
from dashboard.purchases import BALANCE_PROBE, Purchases, endpoints_of
from dashboard.sealing.drafts import GOLIVE, TOOL, Of, json_subject, redaction
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.blobs import Blobs
from evidence.canonical import read
from evidence.intake import decoded_blob
from evidence.record import Draft, Kind, Method, MethodType, time_text

MONEY_POLICY: Final = "stripe-allow/1"
"""The allow-list is the shapes of `collectors.money`: no other field is ever decoded."""

_HOPS: Final = {ItemKind.STRIPE_CHARGE: 0, ItemKind.LEDGER_TRANSACTIONS: 3, ItemKind.LEDGER_BALANCE: 4}
"""Which hop of the trace must be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of an item: a JSON value, and where it is from."""

    value: Any
    ids: tuple[str, ...]
    system: str
    observed_at: datetime
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineItems:
    """Looks for what a run has to show by now. Raises `StoreError`."""

    store: Store
    run: Run
    purchases: Purchases
    ledger: str

    def seen(self, items: Sequence[EvidenceItem], now: datetime) -> Iterator[tuple[EvidenceItem, Seen]]:
        """Those of these items that there is something to show of."""
        if not items:
            return
        trace = self.purchases.first_dollar(self.run) if any(each.kind in _HOPS for each in items) else None
        for item in items:
            found = self._seen(item.kind, trace, now)
            if found is not None:
                yield item, found

    def _seen(self, kind: ItemKind, trace: Trace | None, now: datetime) -> Seen | None:
        if kind is ItemKind.STRIPE_ENDPOINT:
            return self._endpoint(now)
        if (
            trace is None
            or trace.payment_intent is None
            or trace.hops[_HOPS[kind]].state is not HopState.DONE
        ):
            return None
        if kind is ItemKind.LEDGER_BALANCE:
            return self._balance()
        stored = self.store.money.purchase(trace.payment_intent)
        told: Sequence[StripeObject | LedgerEntry] = (
            stored.charges if kind is ItemKind.STRIPE_CHARGE else stored.entries
        )
        if not told:
            return None
        of_stripe = kind is ItemKind.STRIPE_CHARGE
        name = MoneyList.CHARGES if of_stripe else MoneyList.LEDGER
        first = max(stored.first_seen[each.id] for each in told)
        return Seen(
            value=[_plain(each) for each in told],
            ids=tuple(each.id for each in told),
            system="Stripe" if of_stripe else self.ledger,
            observed_at=self._read_upto(name, now, first=first),
        )

    def _read_upto(self, name: MoneyList, now: datetime, first: datetime | None = None) -> datetime:
        """When the list that it is from was read last: so late it was still so. The source's clock may be
        ahead of ours.
        """
        read = self.store.money.reads().get(name)
        told = [each for each in (first, None if read is None else read.as_of) if each is not None]
        return min(max(told, default=now), now)

    def _endpoint(self, now: datetime) -> Seen | None:
        ours = self.purchases.ours.endpoint_url
        found = endpoints_of(self.store, self.store.money.reads()) or ()
        told = [each for each in found if ours is None or each.url == ours]
        if not told:
            return None
        ids = tuple(each.id for each in told)
        return Seen(
            value=[_plain(each) for each in told],
            ids=ids,
            system="Stripe",
            observed_at=self._read_upto(MoneyList.WEBHOOK_ENDPOINTS, now),
        )

    def _balance(self) -> Seen | None:
        newest = self.store.newest_of(self.run.id, BALANCE_PROBE, limit=1)
        sample = newest[0].sample if newest else None
        if not isinstance(sample, Observation) or sample.facts.get("balance") is None:
            return None
        value = {
            "asked": sample.asked,
            "observed_at": time_text(sample.observed_at),
            "status": sample.status,
            "facts": dict(sample.facts),
            "build": sample.build,
        }
        return Seen(
            value=value,
            ids=(f"sample/{newest[0].id}",),
            system=self.ledger,
            observed_at=sample.observed_at,
            url=sample.asked.partition(" ")[2].partition("?")[0],
        )


def item_draft(
    of: Of, item: EvidenceItem, seen: Seen, blobs: Blobs, *, number: int, valid_for_s: int
) -> Draft:
    """Keep what was seen, and the draft that vouches for it; `number` counts the captures of the item. Raises
    `BlobError`; and `WithheldError` or `NotCanonicalError` for what must not, or cannot, be kept.
    """
    blob = blobs.put(decoded_blob(seen.value))
    return Draft(
        key=f"item/{item.id}/{number}",
        kind=Kind(item.kind.value),
        subject=(json_subject(f"{item.id}.json", blob),),
        controls=(item.id,),
        actor=GOLIVE,
        method=Method(type=MethodType.EXAMINE, how="read, decoded by allow-list", tool=TOOL),
        source=of.source(seen.system, seen.url),
        captured_at=time_text(seen.observed_at),
        redaction=redaction(MONEY_POLICY),
        data={"ids": list(seen.ids), "count": len(seen.ids)},
        valid_for_s=valid_for_s,
    )


def _plain(told: msgspec.Struct) -> Any:
    # Through JSON, as it is kept and hashed elsewhere: dates as text, and no float.
    return read(msgspec.json.encode(told, order="sorted"))
