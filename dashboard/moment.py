"""One evaluation of a run, read with only what it was made from, however long the run is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.launch import replay_wording
from dashboard.launch.inputs import Inputs
from dashboard.launch.judge import Policy
from dashboard.launch.memory import Memory
from dashboard.launch.replay import Recorded, ruling
from dashboard.recorder import WINDOW_LIMIT, windows_of
from dashboard.store.store import Store
from dashboard.store.values import StoredEvaluation, StoredInput, ThinnedTo


@dataclass(frozen=True, slots=True, kw_only=True)
class Lone:
    """One evaluation by itself, and the plan it was judged by. `before` is the memory it was judged with, or
    None where thinning took that; `inputs` is how many samples it was made from, `newest` the last of them.
    `is_last` says that no later one up to the moment can have been thinned away.
    """

    policy: Policy
    recorded: Recorded
    before: Memory | bytes | None
    inputs: int
    newest: int
    is_last: bool

    @property
    def is_provable(self) -> bool:
        """Whether it can be recomputed, and is what stood at the moment."""
        return self.is_last and self.recorded.inputs is not None and self.before is not None


def evaluation_at(store: Store, policies: Sequence[Policy], moment: datetime) -> Lone | None:
    """The newest evaluation at or before this moment; None where nothing was judged until then."""
    stored = store.evaluation_at(policies[0].run, moment)
    if stored is None:
        return None
    policy = ruling(policies, stored.content.encode())
    thinned = store.thinned_to(policy.run)
    newest = store.verified(policy.run, stored.inputs)
    windows = _windows(store, policy, stored, {found.input.sample.probe for found in newest})
    used = {found.input.id: found for part in (newest, *windows.values()) for found in part}
    number = stored.evaluation
    before = _memory_before(store, policy.run, number)
    is_thinned = thinned.has_boards_gone(stored.evaluated_at)
    damage = next(
        (replay_wording.altered_sample(key) for key, found in sorted(used.items()) if found.altered), None
    )
    if before is None and not is_thinned:
        damage = replay_wording.missing_evaluations(number - 1, number - 1)
    inputs = Inputs(
        newest={found.input.sample.probe: found.input for found in newest},
        windows={probe: tuple(found.input for found in part) for probe, part in windows.items()},
    )
    is_whole = len(newest) == len(set(stored.inputs)) and not _has_thinned_window(policy, stored, thinned)
    recorded = Recorded(
        evaluation=number,
        evaluated_at=stored.evaluated_at,
        verdict=stored.verdict,
        hash=stored.hash,
        content=stored.content.encode(),
        memory=stored.memory,
        flips=store.flips_between(policy.run, number - 1, number).get(number, ()),
        inputs=inputs if is_whole else None,
        thinned_before=is_thinned,
        damage=damage,
    )
    return Lone(
        policy=policy,
        recorded=recorded,
        before=before,
        inputs=len(used),
        newest=max(stored.inputs, default=0),
        is_last=_is_last(store, policy.run, stored, moment, thinned),
    )


def _windows(
    store: Store, policy: Policy, stored: StoredEvaluation, asked: set[str]
) -> dict[str, list[StoredInput]]:
    """What the rules looked back on, of the probes that had been asked by then."""
    upto = max(stored.inputs, default=0)
    return {
        probe: store.verified_upto(
            policy.run,
            probe,
            since=stored.evaluated_at - timedelta(seconds=window_s),
            upto=upto,
            limit=WINDOW_LIMIT,
        )
        for probe, window_s in windows_of(policy).items()
        if probe in asked
    }


def _memory_before(store: Store, run_id: int, number: int) -> Memory | bytes | None:
    if number == 1:
        return Memory()
    last = store.evaluations_after(run_id, number - 2, limit=1)
    return last[0].memory if last and last[0].evaluation == number - 1 else None


def _is_last(
    store: Store, run_id: int, stored: StoredEvaluation, moment: datetime, thinned: ThinnedTo
) -> bool:
    if stored.evaluated_at == moment or not thinned.has_boards_gone(moment):
        return True
    following = store.evaluations_after(run_id, stored.evaluation, limit=1)
    return not following or following[0].evaluation == stored.evaluation + 1


def _has_thinned_window(policy: Policy, stored: StoredEvaluation, thinned: ThinnedTo) -> bool:
    longest = timedelta(seconds=max(windows_of(policy).values(), default=0))
    return thinned.has_samples_gone(stored.evaluated_at - longest)
