"""Step 3: the records in their order, each by itself, and what they vouch for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from securesystemslib.signer import SSlibKey

from evidence.checkpoint import CheckpointError, LogKey
from evidence.contents import SHAPES, Erasure, Genesis, Rotation, content
from evidence.envelope import Envelope, EnvelopeError, opened
from evidence.keys import KeyFileError, public_key
from evidence.layout import blob_name, blobs_of, record_name, records_of
from evidence.record import Environment, Kind, Record, RecordError, parsed, time_of
from evidence.tree import leaf_hash
from evidence.verification.case import Case, Seen
from evidence.verification.report import Code, Severity
from evidence.verification.signatures import Signatures

_STEP = 3
MOST = 1 << 22
"""No record is longer."""


def check_records(case: Case, signatures: Signatures) -> None:
    """3. Every record in its order:

    3.1 its number is its place, and none is missing;
    3.2 its bytes are one envelope of the one spelling;
    3.3 the recorder's key in force signed it: the genesis' at first, a rotation's from the record after it;
    3.4 its payload is one record of the one spelling, of golive's types, its data of the shape of its kind;
    3.5 it is of this log, at this place, after the record before it;
    3.6 the first is the genesis and no other is; all are of one environment; no key stands twice;
    3.7 every blob that it vouches for is there and is that blob, or was erased by a later record;
    3.8 no blob is there that none vouches for.

    The recorder's key is trusted only because the log's key signs the tree that the genesis is in: step 4.
    """
    names = records_of(case.container.sizes)
    if not names:
        case.found(_STEP, Code.INDEX, "got no record, expected the genesis at least")
        return
    reading = _Reading(case, signatures)
    for position, (number, name) in enumerate(names.items()):
        reading.take(position, number, name)
    _check_blobs(case)


@dataclass(slots=True)
class _Reading:
    """Reads on from record to record."""

    case: Case
    signatures: Signatures
    key: SSlibKey | None = None
    before: str = ""
    shift: int = 0
    """By how much the indices were off at the record before: what is missing is said once."""
    hole: int = 0
    origin: str = ""
    environment: Environment | None = None
    keys: set[str] = field(default_factory=set)

    def take(self, position: int, number: int, name: str) -> None:
        """One record."""
        # 3.1
        if number - position != self.hole:
            self.hole = number - position
            self.case.found(_STEP, Code.INDEX, f"got no {record_name(number - 1)} before it", record=position)
        data = self.case.container.read(name, length=MOST)
        leaf = leaf_hash(data)
        seen = self._seen(position, leaf, data)
        self.case.seen.append(seen)
        self.before = leaf.hex()

    def _seen(self, position: int, leaf: bytes, data: bytes) -> Seen:
        # 3.2
        try:
            envelope = opened(data)
        except EnvelopeError as error:
            self._fail(Code.ENVELOPE, str(error), position)
            return Seen(position=position, leaf=leaf, record=None)
        # 3.4
        try:
            record = parsed(envelope.payload)
            captured_at = _seconds(record.predicate.captured_at)
            recorded_at = _seconds(record.predicate.recorded_at)
        except RecordError as error:
            self._fail(Code.PARSE, str(error), position)
            return Seen(position=position, leaf=leaf, record=None)
        self._check_order(position, record)
        self._check_signed(position, envelope, record)
        return Seen(
            position=position,
            leaf=leaf,
            record=record,
            captured_at=captured_at,
            recorded_at=recorded_at,
        )

    def _check_order(self, position: int, record: Record) -> None:
        # 3.5
        told = record.predicate
        if not self.origin:
            self.origin = self.case.trust.key.origin if self.case.trust.key else told.log.origin
        if told.log.origin != self.origin:
            self._fail(
                Code.TYPE, f"got a record of the log {told.log.origin}, expected {self.origin}", position
            )
            self.origin = told.log.origin
        if told.log.index - position != self.shift:
            self.shift = told.log.index - position
            self._fail(Code.INDEX, f"got the index {told.log.index}, expected {position}", position)
        if told.log.prev != self.before:
            self._fail(Code.PREV, "does not follow the record before it: another hash of that", position)
        # 3.6
        if (told.kind is Kind.GENESIS) != (position == 0):
            self._fail(Code.TYPE, f"got a {told.kind} record, expected the genesis first, and once", position)
        if told.source.environment is not (self.environment or told.source.environment):
            self._fail(
                Code.TYPE, f"got {told.source.environment} among {self.environment}, expected one", position
            )
        self.environment = self.environment or told.source.environment
        if told.key in self.keys:
            self._fail(Code.TYPE, f"got the key {told.key} a second time, expected it once", position)
        self.keys.add(told.key)

    def _check_signed(self, position: int, envelope: Envelope, record: Record) -> None:
        told = record.predicate
        # 3.4
        try:
            shaped = content(told.data, SHAPES[told.kind]) if told.kind in SHAPES else None
        except RecordError as error:
            self._fail(Code.TYPE, str(error), position)
            shaped = None
        # 3.3
        if isinstance(shaped, Genesis) and position == 0:
            self._begin(shaped)
        if self.key is None:
            self._fail(Code.SIGNATURE, "no genesis says whose key it must be signed by", position)
            return
        if not isinstance(shaped, Genesis | Rotation | Erasure):
            self.signatures.later(position, envelope, self.key)
            return
        try:
            envelope.check(self.key)
        except EnvelopeError as error:
            self._fail(Code.SIGNATURE, str(error), position)
            return
        if isinstance(shaped, Rotation):
            self._key(shaped.recorder, position)
        if isinstance(shaped, Erasure):
            self.case.erased[shaped.blob] = position

    def _begin(self, genesis: Genesis) -> None:
        self.case.genesis = genesis
        self._key(genesis.recorder, 0)
        try:
            self.case.own_key = LogKey.parse(genesis.vkey)
        except CheckpointError as error:
            self._fail(Code.TYPE, f"{error}, in the genesis", 0)

    def _key(self, spki: str, position: int) -> None:
        try:
            self.key = public_key(spki)
        except KeyFileError as error:
            self._fail(Code.TYPE, str(error), position)

    def _fail(self, code: Code, text: str, position: int) -> None:
        self.case.found(_STEP, code, text, record=position)


@lru_cache(maxsize=64)
def _seconds(text: str) -> int:
    # Records that follow each other are of the same few seconds.
    return int(time_of(text).timestamp())


def check_signatures(case: Case, signatures: Signatures) -> None:
    """3.3 for all records that say nothing of keys and of what is gone, when all else was looked at."""
    for position, text in signatures.wrong():
        case.found(_STEP, Code.SIGNATURE, text, record=position)


def _check_blobs(case: Case) -> None:
    present = blobs_of(case.container.sizes)
    used: dict[str, int] = {}
    for seen, record in case.readable():
        for digest in dict.fromkeys(subject.digest.sha256 for subject in record.subject):
            used[digest] = seen.position
            # 3.7
            if digest in present:
                continue
            by = case.erased.get(digest, -1)
            if by > seen.position:
                text = f"its blob {digest[:12]}… was ERASED, as record {by} says"
                case.found(_STEP, Code.ERASED, text, record=seen.position, severity=Severity.NOTE)
            else:
                case.found(_STEP, Code.BLOB, f"got no blob {digest[:12]}…, expected it", record=seen.position)
    for digest in sorted(present):
        # 3.7
        if case.digests[blob_name(digest)] != digest:
            text = f"the blob {digest[:12]}… is another than its name says"
            case.found(_STEP, Code.BLOB, text, record=used.get(digest))
        elif case.erased.get(digest, -1) > used.get(digest, len(case.seen)):
            text = (
                f"the blob {digest[:12]}… is still there, and record {case.erased[digest]} says it is erased"
            )
            case.found(_STEP, Code.ERASED, text, severity=Severity.GAP)
        # 3.8
        if digest not in used:
            case.found(_STEP, Code.ORPHAN, f"no record vouches for the blob {digest[:12]}…")
