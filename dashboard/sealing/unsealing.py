"""Judges a run again from its bundle alone: from the inputs and the plans that were sealed, and no store.

It verifies nothing: whether the bundle is what was sealed is told by `evidence.verification`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from collectors.observation import Environment
from dashboard.followed import Followed
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.judge import Policy
from dashboard.launch.plan_file import PlanError, load_plan
from dashboard.launch.replay import Replayed
from dashboard.launch.sealed import SealedEvaluation, replay_sealed
from dashboard.recorder import all_windows
from dashboard.sealing.drafts import PLAN_TEXT
from dashboard.sealing.inputs import SealedInputs
from dashboard.store.errors import StoreDamagedError
from evidence.canonical import NotCanonicalError
from evidence.container import Container, ContainerError, opened
from evidence.contents import Genesis, content
from evidence.envelope import EnvelopeError
from evidence.envelope import opened as envelope_of
from evidence.layout import blob_name, record_name, records_of
from evidence.record import Kind, Record, RecordError, parsed
from evidence.redaction import find_secret

_NOWHERE: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UnsealError(Exception):
    """Nothing can be judged again from this bundle: got, expected, the mend."""


class AlteredError(Exception):
    """What is in the bundle is not what its own records vouch for: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """What came of a bundle: of which run it is, and what judging again came to. `held` are the numbers of
    the first and the last evaluation in it, None where there is none.
    """

    run: int
    environment: str
    outcome: Replayed
    held: tuple[int, int] | None


def replay_bundle(file: Path) -> Unsealed:
    """Recompute every evaluation that was sealed. Raises `UnsealError`, `AlteredError` and `OSError`."""
    try:
        with opened(file) as container:
            return _Reading(container).replayed()
    except ContainerError as error:
        raise UnsealError(f"{error}; golive verify says more") from error
    except (EnvelopeError, RecordError, NotCanonicalError, StoreDamagedError, PlanError) as error:
        raise AlteredError(f"{error}; golive verify says where") from error


@dataclass(slots=True)
class _Reading:
    """One bundle, its records read once in their order."""

    container: Container
    _genesis: Genesis | None = field(init=False, default=None)
    _environment: Environment = field(init=False, default=Environment.REHEARSAL)
    _plans: dict[str, str] = field(init=False, default_factory=dict)
    _sealed: SealedInputs = field(init=False, default_factory=SealedInputs)
    _gone: list[range] = field(init=False, default_factory=list)

    def replayed(self) -> Unsealed:
        for number in records_of(self.container.sizes):
            record = parsed(envelope_of(self.container.read(record_name(number))).payload)
            self._take(number, record)
        if self._genesis is None:
            raise UnsealError("got a bundle without a genesis, expected one; golive verify says more")
        policies = self._policies(self._genesis)
        outcome = replay_sealed(policies, self._followed(policies), self._sealed.memory_before)
        return Unsealed(
            run=self._genesis.run,
            environment=self._environment.value,
            outcome=outcome,
            held=self._held(),
        )

    def _held(self) -> tuple[int, int] | None:
        numbers = [each.evaluation for each in self._sealed.evaluations]
        numbers += [number for each in self._gone for number in (each.start, each.stop - 1)]
        return (min(numbers), max(numbers)) if numbers else None

    def _take(self, number: int, record: Record) -> None:
        told = record.predicate
        if told.kind is Kind.GENESIS:
            self._genesis = content(told.data, Genesis)
            self._environment = Environment(told.source.environment.value)
        elif told.kind is Kind.INPUTS:
            self._take_inputs(number, record)
        for subject in record.subject:
            if subject.name == PLAN_TEXT:
                text = self._blob(number, subject.digest.sha256)
                if text is None:
                    raise UnsealError(f"got no plan for record {number}, expected its text; it was erased")
                self._plans[subject.digest.sha256] = text.decode()

    def _take_inputs(self, number: int, record: Record) -> None:
        lines, told = self._blob(number, record.subject[0].digest.sha256), record.predicate.data
        try:
            if lines is None:
                self._gone.append(range(told["first_evaluation"], told["last_evaluation"] + 1))
            else:
                self._sealed.take(lines)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise AlteredError(
                f"got inputs in record {number} that do not read as such, expected golive's; golive verify "
                "says more"
            ) from error

    def _blob(self, number: int, digest: str) -> bytes | None:
        """What a record vouches for; None where it is not there."""
        name = blob_name(digest)
        if name not in self.container.sizes:
            return None
        data = self.container.read(name)
        if sha256(data).hexdigest() != digest:
            raise AlteredError(
                f"got another blob than record {number} vouches for, expected {digest[:12]}…; golive verify "
                "says where"
            )
        return data

    def _policies(self, genesis: Genesis) -> tuple[Policy, ...]:
        loaded = [load_plan(text, scan=find_secret) for text in self._plans.values()]
        if not loaded:
            raise UnsealError("got a bundle without a plan's text, expected one; golive verify says more")
        return tuple(
            Policy.of(
                each.plan,
                plan_sha256=each.sha256,
                run=genesis.run,
                attempt=genesis.attempt,
                environment=self._environment,
            )
            for each in loaded
        )

    def _followed(self, policies: Sequence[Policy]) -> Iterator[tuple[SealedEvaluation, Inputs | None]]:
        """Every evaluation with what it was made from, None where that is not in the bundle any more."""
        followed, waiting = Followed(all_windows(policies)), _Waiting(self._sealed.samples)
        gone = sorted(self._gone, key=lambda each: each.start)
        for each in self._sealed.evaluations:
            while gone and gone[0].start < each.evaluation:
                yield from ((_unknown(number), None) for number in gone.pop(0))
            for found in waiting.upto(max(each.inputs, default=0)):
                followed.keep(found)
            yield each, followed.inputs(each.inputs)
        for left in gone:
            yield from ((_unknown(number), None) for number in left)


class _Waiting:
    """Samples in the order of their ids, each handed out once."""

    def __init__(self, samples: dict[int, Input]) -> None:
        self._left = iter([samples[number] for number in sorted(samples)])
        self._next = next(self._left, None)

    def upto(self, number: int) -> Iterator[Input]:
        """The next ones up to this id."""
        while self._next is not None and self._next.id <= number:
            yield self._next
            self._next = next(self._left, None)


def _unknown(number: int) -> SealedEvaluation:
    """Of an evaluation whose line is gone its number alone is known."""
    return SealedEvaluation(
        evaluation=number,
        evaluated_at=_NOWHERE,
        verdict="",
        board_sha256="",
        memory_sha256="",
        board=None,
        inputs=(),
    )
