"""A small log as golive seals one, with a clock of its own: what the tests look at, and what they forge."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from PIL import Image

from evidence import controls, receipt
from evidence.bundle import Contents, program
from evidence.canonical import written
from evidence.checkpoint import Checkpoint, log_key, sign
from evidence.contents import Anchored, Cited, Decision, Erasure, Genesis, Head, Review, Rotation, told
from evidence.controls import Control, Controls
from evidence.envelope import opened
from evidence.keys import Keys
from evidence.log import Log
from evidence.record import (
    Actor,
    Digest,
    Draft,
    Environment,
    Kind,
    Method,
    MethodType,
    Redaction,
    Source,
    Subject,
    parsed,
    time_text,
)
from evidence.tree import leaf_hash, root_of
from tests.evidence.authority import Authority

START = datetime(2026, 11, 21, 22, tzinfo=UTC)
STEP_S = 20
ORIGIN = "golive.example/run-2026-11-x7"
COORDINATOR = Actor(id="u-3", role="coordinator")
FINANCE = Actor(id="u-4", role="finance")
APPROVER = Actor(id="u-9", role="approver")
MACHINE = Actor(id="golive", role="collector")
JSON = "application/json"
PNG = "image/png"
GATE = Redaction(policy="stripe-allow/1", gate="secrets/1")
SEEN = Method(type=MethodType.EXAMINE, how="upload", tool="dashboard/0.1.0")
CONTROLS = Controls(
    plan_id="launch",
    title="The launch",
    plan_sha256="0" * 64,
    controls=(
        Control(
            id="GL-01",
            title="Balances agree",
            kind=Kind.SCREENSHOT,
            required=True,
            before="go",
            valid_for_s=3_600,
            reviewed=True,
        ),
        Control(
            id="GL-02",
            title="The ledger's balance",
            kind=Kind.LEDGER_BALANCE,
            required=True,
            before="go",
            valid_for_s=None,
            reviewed=False,
        ),
        Control(
            id="GL-03",
            title="First purchase",
            kind=Kind.STRIPE_CHARGE,
            required=True,
            before="close",
            valid_for_s=None,
            reviewed=False,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record in the memory of a test; also the end of its log."""

    index: int
    key: str
    kind: str
    recorded_at: str
    leaf: str
    recorder: str
    envelope: bytes

    @property
    def is_closed(self) -> bool:
        """Whether nothing may follow."""
        return self.kind == Kind.CLOSE


@dataclass
class Memory:
    """Keeps the records of one log, for one process."""

    kept: list[Kept] = field(default_factory=list)

    @contextmanager
    def appending(self) -> Iterator[Memory]:
        """Keep all that is put, or nothing."""
        before = list(self.kept)
        try:
            yield self
        except BaseException:
            self.kept = before
            raise

    def end(self, key: str) -> tuple[Kept | None, int | None]:
        """The end, and where the record of this key is."""
        place = next((one.index for one in self.kept if one.key == key), None)
        return (self.kept[-1] if self.kept else None), place

    def put(self, **values: Any) -> None:
        """Keep one."""
        self.kept.append(Kept(**values))


@dataclass
class Sealed:
    """A log that is being made. Whoever holds the keys can make any other: the matrix does."""

    keys: Keys
    authorities: Sequence[Authority] = ()
    origin: str = ORIGIN
    now: datetime = START
    plan: Controls = CONTROLS
    log: Memory = field(default_factory=Memory)
    blobs: dict[str, bytes] = field(default_factory=dict)
    notes: dict[int, bytes] = field(default_factory=dict)
    tokens: dict[tuple[int, str], bytes] = field(default_factory=dict)
    receipts: list[bytes] = field(default_factory=list)
    stamped_later: timedelta = timedelta()
    """By how much the authorities' clocks are ahead of the one of this log."""

    def begin(self) -> None:
        """The genesis, its head and the tokens over it."""
        genesis = Genesis(
            vkey=self.vkey,
            recorder=self.keys.recorder_spki,
            plan_sha256=self.plan_sha256,
            app_version="0.1.0",
            lockfile_sha256=None,
            policies={"stripe": "stripe-allow/1"},
            tsas=tuple(one.name for one in self.authorities),
            roster_sha256=None,
            receipts_sha256=None,
            run=1,
        )
        self.add(Kind.GENESIS, written({"run": 1}), data=told(genesis), actor=MACHINE)
        self.anchor()

    @property
    def vkey(self) -> str:
        """What an auditor pins."""
        return log_key(self.origin, self.keys.log).text()

    @property
    def plan_json(self) -> bytes:
        """The controls."""
        return controls.written(self.plan)

    @property
    def plan_sha256(self) -> str:
        """What the genesis and every decision name."""
        return sha256(self.plan_json).hexdigest()

    @property
    def size(self) -> int:
        """How many records there are."""
        return len(self.log.kept)

    def leaves(self) -> list[bytes]:
        """The leaves of all records."""
        return [leaf_hash(one.envelope) for one in self.log.kept]

    def add(
        self,
        kind: Kind,
        blob: bytes,
        *,
        media: str = JSON,
        data: Mapping[str, Any] | None = None,
        actor: Actor = COORDINATOR,
        captured_s_ago: int = 8,
        gate: Redaction = GATE,
        environment: Environment = Environment.REHEARSAL,
        **more: Any,
    ) -> int:
        """Append one record that vouches for this blob; its place."""
        digest = sha256(blob).hexdigest()
        self.blobs[digest] = blob
        draft = Draft(
            key=f"{kind}/{self.size}",
            kind=kind,
            subject=(Subject(name=f"{kind}", mediaType=media, digest=Digest(sha256=digest)),),
            actor=actor,
            method=SEEN,
            source=Source(system="ledger", environment=environment),
            captured_at=time_text(self.now - timedelta(seconds=captured_s_ago)),
            redaction=gate,
            data=data or {},
            **more,
        )
        log = Log(origin=self.origin, store=self.log, keys=lambda: self.keys)
        (done,) = log.append([draft], self.now)
        self.now += timedelta(seconds=STEP_S)
        return done.index

    def head(self) -> bytes:
        """Sign the head."""
        head = Checkpoint(origin=self.origin, size=self.size, root=root_of(self.leaves()))
        self.notes[self.size] = sign(head, self.keys.log)
        return self.notes[self.size]

    def anchor(self, *, with_records: bool = True) -> None:
        """Sign the head, have it stamped by each authority, and say so in the log."""
        note, size = self.head(), self.size
        for authority in self.authorities:
            at = self.now + self.stamped_later
            token = authority.stamp(note, at)
            self.tokens[size, authority.name] = token
            if with_records:
                anchored = Anchored(
                    size=size,
                    tsa=authority.name,
                    note_sha256=sha256(note).hexdigest(),
                    gen_time=time_text(at),
                )
                self.add(
                    Kind.ANCHOR,
                    token,
                    media="application/timestamp-reply",
                    data=told(anchored),
                    actor=MACHINE,
                )

    def cited(self, *places: int) -> tuple[Cited, ...]:
        """These records, as a decision cites them."""
        return tuple(Cited(index=place, leaf=self.log.kept[place].leaf) for place in places)

    def review(self, place: int, *, actor: Actor = FINANCE, accepted: bool = True) -> int:
        """Somebody looks at a record."""
        seen = Review(of=self.cited(place)[0], accepted=accepted)
        return self.add(Kind.REVIEW, written(told(seen)), data=told(seen), actor=actor)

    def decide(
        self,
        verdict: str,
        *places: int,
        kind: Kind = Kind.DECISION,
        actor: Actor = APPROVER,
        **changed: Any,
    ) -> int:
        """Somebody decides, by the head that was signed last."""
        size = max(self.notes)
        decision = Decision(
            gate="board" if kind is Kind.DECISION else "close",
            verdict=verdict,
            plan_sha256=self.plan_sha256,
            tree=Head(size=size, root=root_of(self.leaves()[:size]).hex(), origin=self.origin),
            evidence=self.cited(*places),
            unmet=(),
            reason_code="",
            event={},
        )
        decision = msgspec.structs.replace(decision, **changed)
        return self.add(kind, self.plan_json, data=told(decision), actor=actor)

    def close(self, **changed: Any) -> int:
        """The end; its head is stamped, and no record says so."""
        place = self.decide("CLOSED", kind=Kind.CLOSE, **changed)
        self.anchor(with_records=False)
        return place

    def erase(self, place: int) -> int:
        """Delete what a record vouches for, lawfully."""
        digest = self.subject(place)
        del self.blobs[digest]
        erasure = Erasure(blob=digest, reason_code="subject-request")
        return self.add(Kind.ERASURE, written(told(erasure)), data=told(erasure))

    def rotate(self, keys: Keys) -> int:
        """The recorder's key is replaced; the log's stays."""
        rotation = Rotation(recorder=keys.recorder_spki)
        place = self.add(Kind.KEY_ROTATE, written(told(rotation)), data=told(rotation), actor=MACHINE)
        self.keys = Keys(recorder=keys.recorder, log=self.keys.log)
        return place

    def subject(self, place: int) -> str:
        """What a record vouches for."""
        return parsed(opened(self.log.kept[place].envelope).payload).subject[0].digest.sha256

    def fork(self, size: int) -> Sealed:
        """The same log up to there, to be told otherwise by whoever holds the keys."""
        return replace(
            self,
            log=Memory(kept=self.log.kept[:size]),
            blobs=dict(self.blobs),
            notes={one: note for one, note in self.notes.items() if one <= size},
            tokens={one: token for one, token in self.tokens.items() if one[0] <= size},
            receipts=[],
            now=datetime.strptime(self.log.kept[size].recorded_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        )

    def turn_back(self) -> None:
        """Make the log forget when its last record was made, as a host whose clock was set back would."""
        self.log.kept[-1] = replace(self.log.kept[-1], recorded_at="")

    def hand_over(self, gate: str = "board", verdict: str = "GO") -> bytes:
        """A receipt of the newest head, for somebody else to keep."""
        made = receipt.written(
            note=self.notes[max(self.notes)],
            gate=gate,
            verdict=verdict,
            at=time_text(self.now),
            vkey=self.vkey,
            minimal_sha256=sha256(program("verify_min.py")).hexdigest(),
        )
        self.receipts.append(made)
        return made

    def contents(self) -> Contents:
        """What goes into a bundle."""
        return Contents(
            records=[one.envelope for one in self.log.kept],
            blob=lambda digest: io.BytesIO(self.blobs[digest]) if digest in self.blobs else None,
            checkpoints=self.notes,
            anchors=self.tokens,
            plan=self.plan_json,
            view={"index.html": b"<!doctype html><title>Not verified</title>\n"},
        )


def png(colour: int = 0) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (4, 3), (colour, 80, 40)).save(out, "PNG")
    return out.getvalue()


def noise(side: int, seed: int) -> bytes:
    """A square picture that cannot be made smaller, of about three bytes for each of its pixels."""
    out = io.BytesIO()
    pixels = random.Random(seed).randbytes(3 * side * side)
    Image.frombytes("RGB", (side, side), pixels).save(out, "PNG", compress_level=0)
    return out.getvalue()


def balance(cents: int) -> bytes:
    """What a ledger says."""
    return written({"cents": cents, "currency": "usd"})


def tell(sealed: Sealed, *, ending: Sequence[str] = ("NO_GO",), cents: int = 4_200) -> Sealed:
    """A whole launch: evidence, a GO on it, a purchase, what was decided afterwards, the close."""
    sealed.begin()
    return tell_on(sealed, ending=ending, cents=cents)


def tell_on(sealed: Sealed, *, ending: Sequence[str] = ("NO_GO",), cents: int = 4_200) -> Sealed:
    """The same from after the genesis on."""
    sealed.add(Kind.COMMAND, b"3 passed\n", media="text/plain", actor=MACHINE)
    ledger = sealed.add(Kind.LEDGER_BALANCE, balance(cents), controls=("GL-02",), actor=MACHINE)
    shot = sealed.add(Kind.SCREENSHOT, png(), media=PNG, controls=("GL-01",), valid_for_s=86_400)
    sealed.review(shot)
    sealed.anchor()
    sealed.decide("GO", ledger, shot)
    sealed.anchor()
    sealed.hand_over()
    sealed.add(Kind.STRIPE_CHARGE, written({"id": "ch_1", "cents": 999}), controls=("GL-03",), actor=MACHINE)
    sealed.add(Kind.EVENT, written({"what": "started"}))
    sealed.anchor()
    return end(sealed, ending)


def end(sealed: Sealed, ending: Sequence[str]) -> Sealed:
    """These decisions, and the close."""
    for verdict in ending:
        sealed.decide(verdict)
        sealed.anchor()
    sealed.close()
    sealed.hand_over("close", "CLOSED")
    return sealed
