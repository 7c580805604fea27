"""Notices in the rehearsal that a fault did what it must: the gate is proven, and that is recorded once.

A gate is proven when it changed to the verdict that an injected fault promises, after that fault was put in
and while the world says that it still is in. The world is asked, not what people recorded: a world that
began anew holds no fault, whatever was put in before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dashboard.launch.board import Flip
from dashboard.launch.scene import GOLIVE
from dashboard.room import Fault, RefusedError, World
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.store.values import RecordedAction, Run

LOG = logging.getLogger(__name__)
LOOK_S = 1.0
FLIPS = 100
"""How many of the newest flips are looked through, once a second."""

PROVEN = "gate proven"


def proven_by(actions: Iterable[RecordedAction]) -> frozenset[str]:
    """The gates that these records prove."""
    return frozenset(action.detail.split(" ", 1)[0] for action in actions if action.what == PROVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Looks from the world's faults to the run's flips. `run` is the run of the plan, if there is one."""

    store: Store
    world: World
    run: Callable[[], Run | None]
    clock: Callable[[], datetime]

    async def watch(self) -> None:
        """Look every second until cancelled. What cannot be asked now is asked again."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except (RefusedError, StoreError) as error:
                LOG.debug("no drill can be noticed now: %s", error)
            except Exception:
                LOG.exception("looking for proven gates failed")
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Record each gate that was proven since the last look. Raises `RefusedError` and `StoreError`."""
        active = [fault for fault in self.world.faults() if fault.since is not None]
        run = self.run() if active else None
        if run is None:
            return
        proven = proven_by(self.store.actions(run.id))
        flips = self.store.flips(run.id, FLIPS)
        for fault in active:
            caused = next((flip for flip in flips if _is_promised(flip, fault)), None)
            if caused is not None and fault.gate not in proven:
                self._record(run, fault, caused)
                proven |= {fault.gate}

    def _record(self, run: Run, fault: Fault, flip: Flip) -> None:
        self.store.append_action(
            run.id,
            actor=GOLIVE.name,
            role=GOLIVE.role,
            identity=GOLIVE.identity,
            what=PROVEN,
            detail=f"{fault.gate} {flip.after.value} in evaluation {flip.evaluation} under {fault.id}",
            now=self.clock(),
        )


def _is_promised(flip: Flip, fault: Fault) -> bool:
    since = fault.since
    return since is not None and flip.gate == fault.gate and flip.after is fault.to and flip.at >= since
