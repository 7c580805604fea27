"""What was judged and what came of it, as lines that are sealed: enough to judge every evaluation again.

Of a board and of what judging remembers the hash is sealed, not the text: whoever judges again from the
sealed inputs and the plan gets the text, and the hash says whether it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from dashboard.launch.inputs import Input
from dashboard.launch.sealed import SealedEvaluation
from dashboard.store.content import content_bytes, sample_from
from dashboard.store.store import Store
from dashboard.store.values import StoredEvaluation
from evidence.canonical import read, written

PAGE: Final = 500
LINES: Final = "application/x-ndjson"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upto:
    """How far samples and evaluations of a run have been sealed."""

    sample: int = 0
    evaluation: int = 0

    def key(self) -> str:
        """What names the record that sealed up to here."""
        return f"inputs/{self.sample}/{self.evaluation}"

    @classmethod
    def of_key(cls, key: str) -> Upto:
        """From what names the record."""
        _, sample, evaluation = key.split("/")
        return cls(sample=int(sample), evaluation=int(evaluation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What is sealed in one record."""

    lines: bytes
    upto: Upto
    samples: int
    evaluations: int
    first_evaluation: int


def segment(store: Store, run_id: int, since: Upto, *, older: Sequence[int] = ()) -> Segment | None:
    """All samples and evaluations after these, None where there is no evaluation; `older` are samples from
    before that the first evaluation was made from.
    """
    evaluations = list(_evaluations(store, run_id, since.evaluation))
    if not evaluations:
        return None
    samples = [each.input for each in store.verified(run_id, older)] if older else []
    samples += _samples(store, run_id, since.sample)
    last = evaluations[-1].evaluation
    flips = store.flips_between(run_id, since.evaluation, last)
    before = _memory_before(store, run_id, evaluations[0].evaluation)
    lines = [_sample_line(each) for each in samples]
    lines += [
        _evaluation_line(
            each, memory_before=before if number == 0 else None, flipped=each.evaluation in flips
        )
        for number, each in enumerate(evaluations)
    ]
    newest = max((each.id for each in samples), default=since.sample)
    return Segment(
        lines=b"".join(line + b"\n" for line in map(written, lines)),
        upto=Upto(sample=max(newest, since.sample), evaluation=last),
        samples=len(samples),
        evaluations=len(evaluations),
        first_evaluation=evaluations[0].evaluation,
    )


@dataclass(slots=True)
class SealedInputs:
    """Reads the lines of one record after the other, in their order."""

    samples: dict[int, Input] = field(default_factory=dict)
    evaluations: list[SealedEvaluation] = field(default_factory=list)
    memory_before: bytes | None = None

    def take(self, lines: bytes) -> None:
        """Take the next record. Raises `NotCanonicalError`, `StoreDamagedError` for an unreadable sample."""
        for line in lines.splitlines():
            said = read(line)
            if "sample" in said:
                self._take_sample(said)
            else:
                self._take_evaluation(said)

    def _take_sample(self, said: Mapping[str, Any]) -> None:
        content, number = said["content"], int(said["sample"])
        sha = sha256(content.encode()).hexdigest()
        self.samples[number] = Input(id=number, sample=sample_from(content), sha256=sha)

    def _take_evaluation(self, said: Mapping[str, Any]) -> None:
        if not self.evaluations:
            self.memory_before = said["memory_before"].encode() if said.get("memory_before") else None
        self.evaluations.append(
            SealedEvaluation(
                evaluation=said["evaluation"],
                evaluated_at=_EPOCH + said["evaluated_at"] * _MICROSECOND,
                verdict=said["verdict"],
                board_sha256=said["board_sha256"],
                memory_sha256=said["memory_sha256"],
                board=said["board"].encode() if "board" in said else None,
                inputs=tuple(said["inputs"]),
            )
        )


def _evaluations(store: Store, run_id: int, after: int) -> Iterator[StoredEvaluation]:
    while True:
        page = store.evaluations_after(run_id, after, limit=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].evaluation


def _samples(store: Store, run_id: int, after: int) -> Iterator[Input]:
    while True:
        page = store.samples_after(run_id, after, limit=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def _memory_before(store: Store, run_id: int, number: int) -> str | None:
    """What was remembered before an evaluation; nothing before the first, None where it was thinned away."""
    found = store.evaluations_after(run_id, number - 2, limit=1) if number > 1 else []
    return found[0].memory.decode() if found and found[0].evaluation == number - 1 else None


def _sample_line(found: Input) -> dict[str, Any]:
    return {"sample": found.id, "content": content_bytes(found.sample).decode()}


def _evaluation_line(stored: StoredEvaluation, *, memory_before: str | None, flipped: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "evaluation": stored.evaluation,
        "evaluated_at": (stored.evaluated_at - _EPOCH) // _MICROSECOND,
        "verdict": stored.verdict,
        "board_sha256": sha256(stored.content.encode()).hexdigest(),
        "memory_sha256": sha256(stored.memory).hexdigest(),
        "inputs": list(stored.inputs),
    }
    if memory_before is not None:
        line["memory_before"] = memory_before
    if flipped:
        line["board"] = stored.content
    return line
