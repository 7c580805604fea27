"""A collector that stands by: when it takes over, whatever the clocks of the hosts say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.steady import SteadyClock
from dashboard.store.errors import StoreUnreachableError
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease
from dashboard.wiring.leasing import LEASE_S, LOOK_S, RENEW_S, SIGN_WITHIN, Taken, Waiting
from tests.dashboard.hosts import SetHost
from tests.dashboard.store.scene import opened, opened_run
from tests.silenced import Line

CLOCKS = pytest.mark.parametrize("by", [0, 600, -600], ids=["as ours", "10 min ahead", "10 min behind"])


@dataclass(slots=True)
class Pair:
    """Two hosts of one store: a collector works on `there` and another one stands by `here`."""

    store: Store
    here: SetHost = field(default_factory=SetHost)
    there: SetHost = field(default_factory=lambda: SetHost(boot="another host"))
    lease: Lease = field(init=False)
    waiting: Waiting = field(init=False)

    def begin(self) -> None:
        """The first one takes the lease, and the second one comes."""
        clock = SteadyClock(self.there.host())
        taken = self.store.take_lease(COLLECTORS, "there", now=clock.now(), ttl_s=LEASE_S)
        assert isinstance(taken, Lease)
        self.lease = taken
        self.store.tell_time_base(
            taken, clock.anchor, now=clock.now(), ttl_s=LEASE_S, run_id=opened_run(self.store).id
        )
        self.waiting = Waiting(store=self.store, clock=SteadyClock(self.here.host()), holder="here")

    def wait(self, seconds: float) -> None:
        """Time passes for both."""
        self.here.wait(seconds)
        self.there.wait(seconds)

    def renew(self) -> None:
        self.store.renew(self.lease, now=SteadyClock(self.there.host()).now(), ttl_s=LEASE_S)

    def until_taken(self) -> tuple[float, Taken]:
        """Look on and on; how many seconds it took."""
        waited = 0.0
        while (taken := self.waiting.look()) is None:
            self.wait(LOOK_S)
            waited += LOOK_S
        return waited, taken


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield Pair(store)


@CLOCKS
def test_a_living_holder_keeps_the_lease_whatever_its_clock_says(pair: Pair, by: int) -> None:
    pair.there.set_by(by)
    pair.begin()

    for _ in range(100):
        assert pair.waiting.look() is None
        pair.wait(RENEW_S)
        pair.renew()


@CLOCKS
def test_a_dead_holder_is_followed_within_the_time_of_a_lease(
    pair: Pair, by: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    pair.there.set_by(by)
    pair.begin()
    pair.waiting.look()
    pair.wait(RENEW_S)
    pair.renew()

    waited, taken = pair.until_taken()

    assert LEASE_S <= waited <= LEASE_S + 1
    assert "here" == taken.lease.holder
    assert timedelta(seconds=-by) == taken.ahead
    assert "this collector has the lease, and collects as here" in caplog.text


def test_of_a_holder_that_was_never_seen_alive_nothing_is_known(pair: Pair) -> None:
    pair.there.set_by(600)
    pair.begin()

    waited, taken = pair.until_taken()

    assert LEASE_S <= waited <= LEASE_S + 1
    assert taken.ahead is None


def test_on_the_same_host_a_lease_that_ran_out_before_we_came_is_free_at_once(pair: Pair) -> None:
    pair.there.boot = pair.here.boot
    pair.begin()
    pair.wait(LEASE_S)

    assert 0 == pair.until_taken()[0]


def test_who_was_quicker_is_not_taken_over(pair: Pair) -> None:
    pair.begin()
    pair.until_taken()
    gone = pair.store.lease(COLLECTORS)
    assert gone is not None
    quicker = pair.store.take_lease(COLLECTORS, "a third", now=pair.waiting.clock.now(), ttl_s=0, seen=gone)
    assert isinstance(quicker, Lease)

    late = pair.store.take_lease(COLLECTORS, "here", now=pair.waiting.clock.now(), ttl_s=LEASE_S, seen=gone)

    assert not isinstance(late, Lease)


@pytest.mark.postgres
def test_while_the_store_was_away_nobody_could_give_a_sign(far: Store, line: Line) -> None:
    pair = Pair(far)
    pair.begin()
    pair.waiting.look()
    line.silent.set()
    with pytest.raises(StoreUnreachableError):
        pair.waiting.look()
    line.silent.clear()
    pair.wait(60)

    assert pair.waiting.look() is None  # it is back, and the holder has had no time yet
    pair.wait(RENEW_S)
    pair.renew()
    pair.wait(SIGN_WITHIN.total_seconds())

    assert pair.waiting.look() is None
