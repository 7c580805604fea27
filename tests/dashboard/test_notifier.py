"""What happens in a run reaches every channel once, whatever the others do, or is shown as not delivered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.channels import apprise_channels
from dashboard.deliveries import Deliveries
from dashboard.launch.announcing import Announcer
from dashboard.launch.board import Flip, Verdict
from dashboard.launch.scene import Act
from dashboard.notifier import Channel, Notifier
from dashboard.store.errors import LeaseLostError
from dashboard.store.values import COLLECTORS, Lease
from evidence.redaction import find_secret
from tests.cast import T0, answer, default_plan
from tests.collectors.loopback import Loopback, Reply, as_json
from tests.dashboard.desk import PROBE, Desk
from tests.dashboard.launch.hour import COORDINATOR, Hour, judged
from tests.dashboard.store.scene import Writing, opened, writing

TAKEN = as_json({})
PLAN = default_plan()


@dataclass(slots=True)
class Post:
    """A stored run, two receivers, and the clock in the test's hand."""

    writer: Writing
    receiver: Loopback
    now: datetime = T0
    hour: Hour = field(default_factory=Hour)
    evaluation: int = 0
    within_s: float = 30

    def notifier(self, *paths: str, channels: tuple[Channel, ...] = ()) -> Notifier:
        """A notifier as a process makes it when it starts, with a channel for each of these paths."""
        urls = [Masked(self.receiver.url(path).replace("http://", "json://")) for path in paths]
        made = apprise_channels(urls)
        for channel in made:
            channel.within_s = self.within_s
        return Notifier(
            store=self.writer.store,
            run=self.writer.run,
            lease=self.writer.lease,
            announcer=Announcer(plan=PLAN, environment=Environment.REHEARSAL, scan=find_secret),
            channels=(*made, *channels),
            clock=lambda: self.now,
            look_s=0.01,
        )

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def act(self, act: Act, reason: str = "because") -> None:
        """The coordinator does it, and it is recorded."""
        self.hour.now = self.now
        event = self.hour.do(act, COORDINATOR, reason=reason)
        run = self.writer.run.id
        assert self.writer.store.append_event(run, event, expected=event.seq - 1, now=self.now)

    def flip(self, gate: str) -> None:
        """A gate falls in the next evaluation."""
        self.evaluation += 1
        flip = Flip(
            evaluation=self.evaluation,
            at=self.now,
            gate=gate,
            before=Verdict.GO,
            after=Verdict.NO_GO,
            reason="as told",
            inputs=(),
        )
        board = judged(PLAN, at=self.now, evaluation=self.evaluation, **{gate: Verdict.NO_GO})
        self.writer.judged(replace(board, run=self.writer.run.id), flips=[flip])

    def heard(self, path: str = "/a") -> list[str]:
        """The notices that arrived there, without what all begin with."""
        texts = [json.loads(request.body)["message"] for request in self.receiver.asked(path)]
        return [text.removeprefix("REHEARSAL, First live dollar, ") for text in texts]

    def undelivered(self) -> tuple[str, ...]:
        """What the Control room says now."""
        head = self.writer.store.head(self.writer.run.id)
        assert head is not None
        deliveries = Deliveries(store=self.writer.store)
        deliveries.look(self.writer.run, head, self.now)
        return deliveries.undelivered(self.now)


async def settled(notifier: Notifier) -> None:
    """Let it do all that is due now."""
    await notifier.turn()
    while notifier._sending or notifier._unrecorded:
        await asyncio.gather(*notifier._sending.values())
        await notifier.turn()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield writing(store)


@pytest.fixture
async def post(writer: Writing) -> AsyncIterator[Post]:
    async with Loopback().running() as receiver:
        receiver.on("/a", TAKEN)
        receiver.on("/b", TAKEN)
        yield Post(writer, receiver)


async def test_a_start_a_flip_a_hold_and_a_late_task_reach_every_channel_once(post: Post) -> None:
    notifier = post.notifier("/a", "/b")
    post.act(Act.START, "everybody is here")
    await settled(notifier)
    post.wait(60)
    post.flip("stripe_live")
    await settled(notifier)
    post.wait(10 * 60)
    await settled(notifier)
    post.act(Act.HOLD, "a question")
    await settled(notifier)
    await settled(notifier)

    heard = post.heard()
    assert heard == post.heard("/b")
    assert [
        "T+00:00: Coordinator started the clock: everybody is here.",
        "T+01:00: “Stripe is live on every key” went from GO to NO-GO: as told.",
    ] == heard[:2]
    assert "T+11:00: Coordinator held the clock: a question." == heard[-1]
    assert all("late" in text for text in heard[2:-1])
    assert len(set(heard)) == len(heard) > 3
    assert () == post.undelivered()


async def test_what_fails_is_shown_tried_again_after_a_pause_and_forgotten_when_it_arrived(
    post: Post,
) -> None:
    post.receiver.on("/a", Reply(status=500), Reply(status=503), TAKEN)
    notifier = post.notifier("/a")
    post.act(Act.START)
    await settled(notifier)

    first = post.undelivered()
    post.wait(4.9)
    await settled(notifier)
    asked_early = len(post.receiver.requests)
    post.wait(0.1)
    await settled(notifier)
    second = post.undelivered()
    post.wait(10)
    await settled(notifier)

    one = "1 notification was not delivered by json 1: got HTTP"
    assert (f"{one} 500; tried once, next at 09:00:05 UTC",) == first
    assert 1 == asked_early
    assert (f"{one} 503; tried 2 times, next at 09:00:15 UTC",) == second
    assert () == post.undelivered()
    assert 3 == len(post.receiver.requests)


async def test_a_channel_that_hangs_holds_up_no_other(post: Post) -> None:
    goes_on = asyncio.Event()
    post.receiver.on("/a", Reply(wait=goes_on))
    notifier = post.notifier("/a", "/b")
    post.act(Act.START)
    await notifier.turn()
    post.act(Act.HOLD)
    await _until(lambda: "json 2" not in notifier._sending)
    await notifier.turn()
    await _until(lambda: len(post.heard("/b")) == 2)

    assert "json 1" in notifier._sending
    assert 2 == len(post.heard("/b"))
    goes_on.set()
    await settled(notifier)
    assert post.heard("/b") == post.heard("/a")


async def test_judging_goes_on_while_a_channel_hangs(desk: Desk) -> None:
    """Each later verdict comes of a sample that was taken while the channel had not answered."""
    goes_on = asyncio.Event()
    async with Loopback().running() as receiver:
        receiver.on("/a", Reply(wait=goes_on))
        writer = Writing(store=desk.store, run=desk.run, lease=desk.lease)
        post = Post(writer, receiver, within_s=600)
        post.act(Act.START)
        recorder, notifier, ended = desk.recorder(), post.notifier("/a?rto=60"), asyncio.Event()
        loops = asyncio.gather(recorder.run_until(ended), notifier.run_until(ended))
        await receiver.arrived.wait()
        for number in range(3):
            recorder.take(answer(PROBE, at=desk.now, ok=number % 2 == 0))
            await _until(lambda: desk.board().gates[0].rules[0].input == number + 1)  # noqa: B023 - awaited here

        assert ["json 1"] == list(notifier._sending)
        assert 1 == len(receiver.requests)
        goes_on.set()
        ended.set()
        await loops


async def test_after_a_restart_nothing_is_announced_twice_and_what_waited_is_delivered(post: Post) -> None:
    post.receiver.on("/b", Reply(status=500), TAKEN)
    post.act(Act.START)
    post.flip("stripe_live")
    await settled(post.notifier("/a", "/b"))
    post.wait(30)

    await settled(post.notifier("/a", "/b"))

    assert 2 == len(post.heard("/a"))
    assert 3 == len(post.heard("/b"))
    assert set(post.heard("/a")) == set(post.heard("/b"))


async def test_what_happened_while_nobody_collected_is_announced_at_the_next_start(post: Post) -> None:
    post.act(Act.START)
    await settled(post.notifier("/a"))
    post.wait(120)
    post.act(Act.HOLD)
    post.wait(60)

    await settled(post.notifier("/a"))

    assert ["T+00:00", "T+02:00"] == [text[:7] for text in post.heard()]


async def test_what_is_older_than_ten_minutes_is_given_up_and_shown_as_that(post: Post) -> None:
    post.act(Act.START)
    await settled(post.notifier("/a"))
    post.wait(60)
    post.act(Act.HOLD)
    post.wait(601)

    await settled(post.notifier("/a"))

    assert 1 == len(post.heard())
    assert (
        "1 notification was given up for json 1, the last at 09:11:01 UTC: not tried in time",
    ) == post.undelivered()


async def test_a_channel_that_was_taken_out_is_given_up_too(post: Post) -> None:
    post.receiver.on("/a", Reply(status=500))
    post.act(Act.START)
    await settled(post.notifier("/a"))
    post.wait(601)

    await settled(post.notifier())

    assert ("1 notification was given up for json 1, the last at 09:10:01 UTC: got HTTP 500",) == (
        post.undelivered()
    )


async def test_what_was_over_before_anybody_listened_is_no_news(post: Post) -> None:
    post.act(Act.START)
    post.flip("stripe_live")
    post.wait(601)
    post.act(Act.HOLD)

    await settled(post.notifier("/a"))

    assert ["T+10:01: Coordinator held the clock: because."] == post.heard()
    assert () == post.undelivered()


async def test_a_secret_in_a_reason_leaves_in_no_message(post: Post) -> None:
    post.act(Act.START, "the key is rk_live_51canary0123 and the buyer is buyer@example.com")

    await settled(post.notifier("/a"))

    withheld = "the reason is withheld, it held what looks like: Stripe key"
    assert [f"T+00:00: Coordinator started the clock ({withheld})."] == post.heard()
    assert all(b"canary" not in request.body for request in post.receiver.requests)


async def test_no_record_holds_an_address(post: Post, tmp_path: Path) -> None:
    post.receiver.on("/hunter2", Reply(status=500))
    post.act(Act.START)
    await settled(post.notifier("/hunter2"))
    post.writer.store.close()

    stored = _bytes_in(tmp_path)
    assert b"got HTTP 500" in stored
    assert b"hunter2" not in stored


@dataclass(slots=True)
class Broken:
    """A channel with a bug whose words would show an address."""

    name: str = "broken 1"

    async def send(self, text: str) -> None:
        raise KeyError(f"json://hunter2 {text}")


async def test_a_bug_in_a_channel_is_shown_and_harms_no_other(post: Post) -> None:
    post.act(Act.START)

    await settled(post.notifier("/a", channels=(Broken(),)))

    (said,) = post.undelivered()
    assert said.startswith("1 notification was not delivered by broken 1: a fault of golive (KeyError)")
    assert 1 == len(post.heard())


async def test_losing_the_lease_ends_the_announcing(post: Post) -> None:
    post.act(Act.START)
    post.writer.store.release(post.writer.lease)
    assert isinstance(
        post.writer.store.take_lease(COLLECTORS, "host, process 2", now=post.now, ttl_s=10), Lease
    )

    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(post.notifier("/a").run_until(asyncio.Event()), timeout=30)

    assert [] == post.heard()


async def test_a_delivery_under_way_is_still_recorded_when_golive_ends(post: Post) -> None:
    goes_on, ended = asyncio.Event(), asyncio.Event()
    post.receiver.on("/a", Reply(wait=goes_on))
    post.act(Act.START)
    running = asyncio.create_task(post.notifier("/a").run_until(ended))
    await post.receiver.arrived.wait()

    ended.set()
    goes_on.set()
    await running

    assert () == post.writer.store.waiting_notices(post.writer.run.id)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - what is waited for is seen from outside, in a store or a server
            await asyncio.sleep(0.01)


def _bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())
