"""Drills: a fault put into a fresh world on purpose, and the flip that it must cause.

Each drill runs the real world as a process and the real collectors over HTTP, with the default plan at a
quicker interval. It first waits for GO: a fault can only be noticed by a board that was green before it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from collectors.masked import Masked
from dashboard.launch.board import Board, BoardVerdict, Verdict
from dashboard.launch.plan_file import LoadedPlan
from dashboard.launch.signals import WRITE_PROBE
from dashboard.room import Fault
from dashboard.settings import REHEARSAL_TOKEN, REHEARSAL_URL, Settings, read_settings
from dashboard.steady import Host, SteadyClock
from dashboard.store.store import Store
from dashboard.wiring.collect import collect
from dashboard.wiring.processes import Child, start_world
from dashboard.wiring.stores import open_environment_store
from dashboard.wiring.world import RehearsalWorld

INTERVAL_S = 1
STRIPE_INTERVAL_S = 5
"""Five questions to Stripe, and five about money, at no more than two a second."""

HEALTHY_WITHIN_S = 90.0
FLIP_WITHIN_S = 180.0
"""Refunds are read once a minute, and judged a grace after they were made."""

SETTLE_S = 6.0
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What one drill saw. `strayed` names every mandatory gate that fell without being named by the fault."""

    fault: str
    gate: str
    to: Verdict
    seen: Verdict | None
    seconds: float
    strayed: tuple[str, ...]
    trouble: str | None = None

    @property
    def passed(self) -> bool:
        """The gate flipped to what it must, and no other mandatory gate that was not named."""
        return self.trouble is None and self.seen is self.to and not self.strayed


class DrillError(Exception):
    """The rehearsal never became healthy, so that nothing can be drilled in it."""


async def drill(
    fault: str, loaded: LoadedPlan, environ: Mapping[str, str], *, flip_within_s: float = FLIP_WITHIN_S
) -> Drilled:
    """Drill one fault in a world of its own."""
    async with _rehearsal(loaded, environ) as rehearsal:
        try:
            await rehearsal.until(_is_go, HEALTHY_WITHIN_S)
        except TimeoutError:
            board = rehearsal.board()
            raise DrillError("nothing was judged" if board is None else board.sentence) from None
        found = await asyncio.to_thread(rehearsal.fault, fault)
        return await _put_in_and_watch(rehearsal, found, flip_within_s)


async def healthy(loaded: LoadedPlan, environ: Mapping[str, str]) -> tuple[Board | None, float]:
    """A world without faults, and one purchase: the board at GO, or after a while whatever it is."""
    started = time.perf_counter()
    async with _rehearsal(loaded, environ) as rehearsal:
        with suppress(TimeoutError):
            await rehearsal.until(_is_go, HEALTHY_WITHIN_S)
        return rehearsal.board(), time.perf_counter() - started


def quickened(loaded: LoadedPlan) -> LoadedPlan:
    """The same plan, asked more often."""
    plan = loaded.plan
    polling = msgspec.structs.replace(plan.polling, interval_s=INTERVAL_S)
    stripe = msgspec.structs.replace(plan.stripe, interval_s=STRIPE_INTERVAL_S)
    return replace(loaded, plan=msgspec.structs.replace(plan, polling=polling, stripe=stripe))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rehearsal:
    store: Store
    world: RehearsalWorld
    clock: SteadyClock

    def board(self) -> Board | None:
        run = self.store.newest_run()
        stored = None if run is None else self.store.board(run.id)
        return None if stored is None else stored.board

    def fault(self, name: str) -> Fault:
        return next(fault for fault in self.world.faults() if fault.id == name)

    def ask_for(self, probe: str) -> None:
        run = self.store.newest_run()
        if run is not None:
            now = self.clock.now()
            self.store.request_probe(run.id, probe, actor="drill", role="drill", identity="asserted", now=now)

    async def until(self, reached: Callable[[Board], bool], seconds: float) -> Board:
        async with asyncio.timeout(seconds):
            while True:
                board = await asyncio.to_thread(self.board)
                if board is not None and reached(board):
                    return board
                await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def _rehearsal(loaded: LoadedPlan, environ: Mapping[str, str]) -> AsyncIterator[_Rehearsal]:
    with tempfile.TemporaryDirectory(prefix="golive-drill-") as folder:
        data_dir = Path(folder)
        child, found = await asyncio.to_thread(start_world, data_dir, seed=0, faults=(), environ=environ)
        try:
            async with _collected(data_dir, quickened(loaded), found, child) as rehearsal:
                yield rehearsal
        finally:
            await asyncio.to_thread(child.stop)


@asynccontextmanager
async def _collected(
    data_dir: Path, loaded: LoadedPlan, environ: Mapping[str, str], child: Child
) -> AsyncIterator[_Rehearsal]:
    settings = _settings(data_dir)
    stop = asyncio.Event()
    clock = SteadyClock(Host())
    asking = collect(settings, loaded, environ, stop, clock=clock)
    collecting = asyncio.create_task(asking, name=child.name)
    world = RehearsalWorld(url=environ[REHEARSAL_URL], token=Masked(environ[REHEARSAL_TOKEN]))
    try:
        with open_environment_store(settings, loaded, environ) as store:
            rehearsal = _Rehearsal(store=store, world=world, clock=clock)
            await rehearsal.until(lambda _: True, HEALTHY_WITHIN_S)
            await asyncio.to_thread(world.buy)
            yield rehearsal
    finally:
        stop.set()
        await collecting


def _settings(data_dir: Path) -> Settings:
    return read_settings({}, data_dir=data_dir)


async def _put_in_and_watch(rehearsal: _Rehearsal, fault: Fault, flip_within_s: float) -> Drilled:
    before = rehearsal.board()
    started = time.perf_counter()
    await asyncio.to_thread(rehearsal.world.put_in, fault.id)
    if fault.provoke == "purchase":
        await asyncio.to_thread(rehearsal.world.buy)
    elif fault.provoke == "write_probe":
        await asyncio.to_thread(rehearsal.ask_for, WRITE_PROBE)
    elif fault.provoke == "refund":
        await asyncio.to_thread(rehearsal.world.refund)
    elif fault.provoke == "usage":
        await asyncio.to_thread(rehearsal.world.use)
    with suppress(TimeoutError):
        await rehearsal.until(lambda board: _verdict(board, fault.gate) is fault.to, flip_within_s)
    seconds = time.perf_counter() - started
    with suppress(TimeoutError):  # what falls with it falls within two questions to the slowest source
        await rehearsal.until(lambda _: False, SETTLE_S)
    board = rehearsal.board()
    return Drilled(
        fault=fault.id,
        gate=fault.gate,
        to=fault.to,
        seen=None if board is None else _verdict(board, fault.gate),
        seconds=seconds,
        strayed=() if board is None or before is None else tuple(_strayed(before, board, fault)),
    )


def _strayed(before: Board, after: Board, fault: Fault) -> list[str]:
    were = {gate.id: gate.verdict for gate in before.gates}
    return [
        f"{gate.id} {gate.verdict.value}"
        for gate in after.gates
        if gate.mandatory
        and gate.id != fault.gate
        and gate.verdict is not were[gate.id]
        and not _is_named(fault, gate.id, gate.verdict)
    ]


def _is_named(fault: Fault, gate: str, verdict: Verdict) -> bool:
    named = fault.also.get(gate)
    return named is verdict or (named is Verdict.NO_GO and verdict is Verdict.UNKNOWN)


def _verdict(board: Board, gate: str) -> Verdict | None:
    return next((found.verdict for found in board.gates if found.id == gate), None)


def _is_go(board: Board) -> bool:
    return board.verdict is BoardVerdict.GO
