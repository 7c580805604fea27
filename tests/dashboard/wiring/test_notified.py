"""In the world in small, a payment whose notification is lost is named on the Webhooks panel, alone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from collectors.asking import Asker
from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.launch.money.notifying import Notified
from dashboard.launch.plan import Plan
from dashboard.webhooks import Webhooks
from dashboard.wiring.money import money_of, ours_of
from dashboard.wiring.money_reading import MoneyReading
from dashboard.wiring.probes import probes_of
from dashboard.wiring.resolve import Resolver, resolve
from dashboard.wiring.world import RehearsalWorld
from tests.cast import default_plan
from tests.dashboard.store.scene import Writing, opened, writing

LONG_S = 60


@dataclass(frozen=True)
class Ground:
    world: RehearsalWorld
    resolver: Resolver
    writer: Writing

    def notified(self) -> Notified:
        webhooks = Webhooks(
            store=self.writer.store,
            plan=self.resolver.plan,
            ours=ours_of(self.resolver),
            clock=lambda: datetime.now(UTC),
        )
        return webhooks.panel().notified

    def paid(self) -> list[str]:
        """The payment of each purchase that has its credits, the oldest first."""
        journeys = [{hop.name: hop for hop in each.hops} for each in self.world.journeys()]
        credited = [hops for hops in journeys if hops["credits visible"].state == "done"]
        return [hops["paid"].detail for hops in reversed(credited)]


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """A world as a process, and a store; a payment is old enough after a second."""
    state = tmp_path / "world"
    command = [sys.executable, "-m", "rehearsal", "--state-dir", str(state), "--exit-with-stdin"]
    root = Path(__file__).parents[3]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process,
        opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        said = json.loads(process.stdout.readline())
        world = RehearsalWorld(url=said["control_url"], token=Masked(said["control_token"]))
        yield Ground(world, resolve(_impatient(default_plan()), said["environment"]), writing(store))
        process.stdin.close()


async def test_a_payment_whose_notification_was_refused_is_named_and_no_other(ground: Ground) -> None:
    await _buy(ground)
    ground.world.put_in("notify_secret_differs")
    await _buy(ground)
    async with Asker(environment=Environment.REHEARSAL) as asker:
        reading = _reading(ground, asker)
        async with asyncio.timeout(LONG_S):
            while (share := ground.notified().share).k is None or share.n < len(ground.paid()):
                await reading.round()

    found = ground.notified()

    first, second = ground.paid()
    assert (1, 2) == (found.share.k, found.share.n)
    assert [(second, None)] == [(each.payment_intent, each.result) for each in found.missing]
    assert first != second


async def _buy(ground: Ground) -> None:
    """Buy one more, and wait until it has its credits and the receipt had its chance."""
    before = len(ground.paid())
    ground.world.buy()
    async with asyncio.timeout(LONG_S):
        while len(ground.paid()) == before:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.1)


def _impatient(plan: Plan) -> Plan:
    assert plan.money is not None
    since = datetime.now(UTC) - timedelta(minutes=10)
    return structs.replace(plan, money=structs.replace(plan.money, grace_s=1, since=since))


def _reading(ground: Ground, asker: Asker) -> MoneyReading:
    probes = probes_of(ground.resolver, since=datetime.now(UTC), fingerprint_key=b"k" * 32, newest=dict)
    reading = money_of(
        ground.resolver,
        probes,
        store=ground.writer.store.money,
        run=ground.writer.run,
        lease=ground.writer.lease,
        asker=asker,
        clock=lambda: datetime.now(UTC),
    )
    assert reading is not None
    return reading
