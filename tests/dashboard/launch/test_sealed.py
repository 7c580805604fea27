"""What was sealed is judged again: reproduced is said only of what was, and the first difference is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from collectors.observation import CollectorFailure, Observation
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.replay import Difference, Replayed
from dashboard.launch.sealed import SealedEvaluation, replay_sealed
from tests.cast import Bench, answer, gate
from tests.dashboard.desk import OK, PROBE

Sealed = tuple[SealedEvaluation, Inputs | None]


@dataclass
class Vault:
    """A bench, and what was sealed of each evaluation on it."""

    bench: Bench = field(default_factory=lambda: Bench(gate(OK)))
    sealed: list[Sealed] = field(default_factory=list)
    memories: list[bytes] = field(default_factory=list)

    def see(self, *samples: Observation | CollectorFailure) -> None:
        self.bench.now += timedelta(seconds=1)
        found = self.bench.see(*samples)
        newest = {each.sample.probe: each for each in self.bench.samples}
        self.memories.append(found.memory.encode())
        evaluation = SealedEvaluation(
            evaluation=found.board.evaluation,
            evaluated_at=self.bench.now,
            verdict=found.board.verdict.value,
            board_sha256=sha256(found.board.encode()).hexdigest(),
            memory_sha256=sha256(self.memories[-1]).hexdigest(),
            board=None,
            inputs=tuple(each.id for each in newest.values()),
        )
        windows = {
            probe: tuple(each for each in self.bench.samples if each.sample.probe == probe)
            for probe in newest
        }
        self.sealed.append((evaluation, Inputs(newest=newest, windows=windows)))

    def replayed(self, before: bytes | None = None, *, since: int = 1) -> Replayed:
        return replay_sealed([self.bench.policy], iter(self.sealed[since - 1 :]), before)

    def change(self, number: int, **changed: Any) -> None:
        evaluation, inputs = self.sealed[number - 1]
        self.sealed[number - 1] = replace(evaluation, **changed), inputs


def good() -> Observation:
    return answer(PROBE, ok=True)


def lived() -> Vault:
    """Green after three, red, and on the way back."""
    vault = Vault()
    for is_good in (True, True, True, True, False, True):
        vault.see(answer(PROBE, ok=is_good))
    return vault


def test_all_that_was_sealed_is_reproduced() -> None:
    assert Replayed(reproduced=6, unprovable=0, difference=None) == lived().replayed()


def test_nothing_sealed_reproduces_nothing() -> None:
    assert Replayed(reproduced=0, unprovable=0, difference=None) == Vault().replayed()


def test_from_the_middle_it_goes_on_with_what_was_remembered() -> None:
    vault = lived()

    assert Replayed(reproduced=3, unprovable=0, difference=None) == vault.replayed(vault.memories[2], since=4)


def test_from_the_middle_without_what_was_remembered_nothing_is_proven() -> None:
    vault = lived()

    assert Replayed(reproduced=0, unprovable=3, difference=None) == vault.replayed(since=4)
    assert Replayed(reproduced=0, unprovable=3, difference=None) == vault.replayed(b"nothing", since=4)


def test_another_memory_than_was_remembered_comes_to_something_else() -> None:
    vault = lived()

    found = vault.replayed(vault.memories[0], since=4)

    assert found.difference is not None
    assert (0, 4) == (found.reproduced, found.difference.evaluation)


def test_a_verdict_that_was_changed_is_named_with_both() -> None:
    vault = lived()
    vault.change(5, verdict="GO")

    said = "the verdict was recorded as GO and recomputed as NO_GO"
    assert (
        Replayed(reproduced=4, unprovable=0, difference=Difference(evaluation=5, what=said))
        == vault.replayed()
    )


def test_a_board_or_a_memory_that_was_changed_is_named_by_its_hash() -> None:
    vault = lived()
    vault.change(6, memory_sha256="0" * 64)
    memory = vault.replayed().difference
    vault.change(3, board_sha256="0" * 64)
    board = vault.replayed().difference

    assert memory is not None
    assert board is not None
    assert (6, 3) == (memory.evaluation, board.evaluation)
    assert memory.what.startswith("what judging remembers was recorded as another one")
    assert board.what.startswith("the board's hash was recorded as 000000000000 and recomputed as ")


def test_an_answer_that_was_changed_is_noticed_where_it_was_judged() -> None:
    vault = lived()
    evaluation, inputs = vault.sealed[4]
    assert inputs is not None
    mended = replace(inputs.newest[PROBE], sample=replace(good(), observed_at=vault.bench.now))
    vault.sealed[4] = evaluation, replace(inputs, newest={PROBE: mended}, windows={PROBE: (mended,)})

    found = vault.replayed()

    assert found.difference is not None
    assert (4, 5) == (found.reproduced, found.difference.evaluation)


def test_an_answer_of_the_same_value_and_another_hash_is_noticed() -> None:
    vault = lived()
    evaluation, inputs = vault.sealed[0]
    assert inputs is not None
    other: Input = replace(inputs.newest[PROBE], sha256="f" * 64)
    vault.sealed[0] = evaluation, replace(inputs, newest={PROBE: other})

    found = vault.replayed()

    assert found.difference is not None
    assert found.difference.what.startswith("the board's hash")


def test_an_evaluation_that_is_missing_or_stands_twice_is_named() -> None:
    missing, twice = lived(), lived()
    del missing.sealed[2]
    twice.sealed.insert(3, twice.sealed[2])

    gap, again = missing.replayed().difference, twice.replayed().difference

    assert (
        Difference(evaluation=4, what="evaluations 3 to 3 are missing and thinning did not take them") == gap
    )
    assert again is not None
    assert (3, "an evaluation is recorded twice or out of order; 4 was due") == (again.evaluation, again.what)


def test_after_inputs_that_are_gone_nothing_more_is_proven() -> None:
    vault = lived()
    vault.sealed[2] = vault.sealed[2][0], None

    assert Replayed(reproduced=2, unprovable=4, difference=None) == vault.replayed()


def test_each_evaluation_is_judged_by_whichever_plan_comes_to_it() -> None:
    vault = lived()
    other = replace(vault.bench.policy, plan_sha256="q" * 64)
    before, vault.bench.policy = vault.bench.policy, other
    vault.see(good())

    both = replay_sealed([before, other], iter(vault.sealed), None)
    one = replay_sealed([before], iter(vault.sealed), None)

    assert Replayed(reproduced=7, unprovable=0, difference=None) == both
    assert one.difference is not None
    assert 7 == one.difference.evaluation


def test_it_reads_no_further_than_the_first_difference() -> None:
    vault = lived()
    vault.change(1, verdict="GO")

    def read() -> Iterator[Sealed]:
        yield vault.sealed[0]
        raise AssertionError("it read on")

    assert replay_sealed([vault.bench.policy], read(), None).difference is not None
