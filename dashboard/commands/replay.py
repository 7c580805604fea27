"""`golive replay`: judges a run again, from the store or a bundle, and says whether it comes to the same."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from collectors.observation import Environment
from dashboard.commands.terminal import ERR, OUT, Exit, explained
from dashboard.frozen import frozen_policies
from dashboard.launch.replay import Replayed, replay
from dashboard.playback import Playback
from dashboard.sealing.unsealing import AlteredError, UnsealError, replay_bundle
from dashboard.settings import Settings
from dashboard.store.errors import StoreMissingError
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.wiring.stores import open_existing_store

GONE = "thinning took what they stood on"
GONE_FROM_BUNDLE = "what they stood on was erased, or is missing"
HELD = (
    "the bundle holds evaluations {first} to {last}: from an hour before T-0 until the run ended or the "
    "bundle was taken; the store may hold more before and after them"
)
NOT_VERIFIED = (
    "judged again from what is in the bundle; whether that is what was sealed, `golive verify {file}` tells"
)


def replay_run(
    settings: Settings, *, environment: Environment | None, run_id: int | None, as_json: bool
) -> Exit:
    """Replay one run, or the newest. 0: everything that could be recomputed was reproduced, and something
    could; 1: one evaluation differs; 3: nothing could be recomputed.
    """
    with explained(), open_existing_store(settings, environment) as store:
        run = _run(store, run_id)
        policies = frozen_policies(store, run)
        outcome = replay(policies, Playback(store=store, run_id=run.id, policies=policies).recorded())
    return _told(run.id, outcome, GONE, as_json=as_json)


def replay_sealed_bundle(file: Path, *, as_json: bool) -> Exit:
    """Replay the run of a bundle, from that alone. The same codes; 1 also where the bundle's own records do
    not vouch for what is in it. Nothing is verified.
    """
    try:
        with explained():
            found = replay_bundle(file)
    except UnsealError as error:
        ERR.print(str(error), markup=False)
        return Exit.UNANSWERED
    except AlteredError as error:
        ERR.print(str(error), markup=False)
        return Exit.NO_GO
    ended = _told(found.run, found.outcome, GONE_FROM_BUNDLE, as_json=as_json)
    if found.held is not None:
        ERR.print(HELD.format(first=found.held[0], last=found.held[1]), markup=False)
    ERR.print(NOT_VERIFIED.format(file=file), markup=False)
    return ended


def _told(run_id: int, outcome: Replayed, gone: str, *, as_json: bool) -> Exit:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode({"run": run_id, **msgspec.to_builtins(outcome)}) + b"\n")
    else:
        OUT.print(_sentence(run_id, outcome, gone), markup=False)
    if outcome.difference is not None:
        return Exit.NO_GO
    if outcome.reproduced == 0:
        ERR.print("nothing could be recomputed, so nothing is proven", markup=False)
        return Exit.UNANSWERED
    return Exit.GO


def _run(store: Store, run_id: int | None) -> Run:
    run = store.newest_run() if run_id is None else store.run(run_id)
    if run is None:
        got = "no run at all" if run_id is None else f"no run {run_id}"
        raise StoreMissingError(
            f"got {got} in {store.called}, expected one; start golive, or name another run"
        )
    return run


def _sentence(run_id: int, outcome: Replayed, gone: str) -> str:
    counted = f"{outcome.reproduced} evaluation{'' if outcome.reproduced == 1 else 's'}"
    if outcome.difference is not None:
        differs = f"evaluation {outcome.difference.evaluation}: {outcome.difference.what}"
        return f"run {run_id} is NOT reproduced. {differs} (after {counted} reproduced)"
    left = ""
    if outcome.unprovable:
        left = f"; {outcome.unprovable} more could not be recomputed, {gone}"
    return f"run {run_id} reproduced, {counted}{left}"
