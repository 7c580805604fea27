"""Tells how the log of a run stands, and opens one record of it. Reads alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from dashboard.launch.evidence_view import Decided, LogState, OpenedRecord, StampedHead
from dashboard.launch.plan import Plan
from dashboard.launch.proof import Blob, Known
from dashboard.sealing.reading import genesis_of, record_of
from dashboard.store.evidence import StoredRecord, StoredToken
from dashboard.store.store import Store
from evidence.canonical import written
from evidence.checkpoint import parse
from evidence.contents import Decision, content
from evidence.record import Kind, time_of

DECISIONS = (Kind.DECISION.value, Kind.CLOSE.value)


def log_state(store: Store, run_id: int) -> LogState | None:
    """How the log stands, None before it has begun. Raises `StoreError`."""
    origin, tip = store.evidence.origin(run_id), store.evidence.tip(run_id)
    genesis = genesis_of(store, run_id)
    if origin is None or tip is None or genesis is None:
        return None
    tokens = store.evidence.tokens(run_id)
    heads = tuple(_stamped(size, note, tokens) for size, note in store.evidence.heads(run_id).items())
    newest = {tsa for tsa, _ in heads[-1].stamps} if heads else set()
    sealed = store.evidence.newest_key(run_id, "event/")
    head = store.head(run_id)
    events = 0 if head is None else head.event_seq
    return LogState(
        origin=origin,
        vkey=genesis.vkey,
        size=tip.index + 1,
        is_closed=tip.is_closed,
        heads=heads,
        pending=tuple(tsa for tsa in genesis.tsas if tsa not in newest),
        unsealed=0 if tip.is_closed else events - (0 if sealed is None else int(sealed.split("/")[1])),
        counts=tuple(sorted(store.evidence.counts(run_id).items())),
    )


def decisions(store: Store, run_id: int) -> tuple[Decided, ...]:
    """Every decision that was sealed, oldest first. Raises `StoreError`."""
    sizes = sorted(store.evidence.heads(run_id))
    return tuple(_decided(each, sizes) for each in store.evidence.of_kinds(run_id, DECISIONS))


def opened_record(store: Store, run_id: int, named: str, plan: Plan, known: Known) -> OpenedRecord | None:
    """The record of this number or key, None where there is none. Raises `StoreError`."""
    stored = _named(store, run_id, named)
    if stored is None:
        return None
    said = record_of(stored).predicate
    tokens = store.evidence.tokens(run_id)
    before = [time_of(each.gen_time) for each in tokens if each.size <= stored.index]
    after = [time_of(each.gen_time) for each in tokens if each.size > stored.index]
    items = () if plan.evidence is None else plan.evidence.items
    return OpenedRecord(
        run=run_id,
        index=stored.index,
        key=stored.key,
        kind=stored.kind,
        proves=" ".join(each.proves for each in items if each.id in said.controls),
        by=said.actor.id,
        role=said.actor.role,
        identity=said.actor.identity,
        captured_at=time_of(said.captured_at),
        recorded_at=time_of(said.recorded_at),
        not_before=max(before, default=None),
        not_after=min(after, default=None),
        system=said.source.system,
        environment=said.source.environment.value,
        url=said.source.url,
        method=f"{said.method.type.value}: {said.method.how}",
        tool=said.method.tool,
        gate=said.redaction.gate,
        leaf=stored.leaf,
        prev=said.log.prev,
        data=written(dict(said.data)).decode(),
        blobs=tuple(_blobs(stored)),
        erased=known.erased,
        cited_by=tuple(_citing(store, run_id, stored.index)),
        review=(known.reviews or {}).get(stored.index),
    )


def _named(store: Store, run_id: int, named: str) -> StoredRecord | None:
    if not named.isdecimal():
        return store.evidence.record(run_id, named)
    found = store.evidence.records(run_id, after=int(named[:9]) - 1, limit=1)
    return found[0] if found and found[0].index == int(named[:9]) else None


def _stamped(size: int, note: bytes, tokens: Sequence[StoredToken]) -> StampedHead:
    stamps = tuple((each.tsa, time_of(each.gen_time)) for each in tokens if each.size == size)
    return StampedHead(size=size, root=parse(note).root.hex(), stamps=stamps)


def _decided(stored: StoredRecord, sizes: Sequence[int]) -> Decided:
    said = record_of(stored).predicate
    decision = content(said.data, Decision)
    recorded_at: datetime = time_of(said.recorded_at)
    return Decided(
        index=stored.index,
        key=stored.key,
        verdict=decision.verdict,
        gate=decision.gate,
        role=said.actor.role,
        recorded_at=recorded_at,
        rests_on=len(decision.evidence),
        unmet=decision.unmet,
        size=next((size for size in sizes if size > stored.index), None),
    )


def _citing(store: Store, run_id: int, index: int) -> Iterator[Decided]:
    sizes = sorted(store.evidence.heads(run_id))
    for each in store.evidence.of_kinds(run_id, DECISIONS, after=index):
        decision = content(record_of(each).predicate.data, Decision)
        if any(cited.index == index for cited in decision.evidence):
            yield _decided(each, sizes)


def _blobs(stored: StoredRecord) -> Iterator[Blob]:
    for subject in record_of(stored).subject:
        yield Blob(name=subject.name, media_type=subject.mediaType, sha256=subject.digest.sha256)
