"""Every decision's receipt reaches every address, whatever fails meanwhile; no address is shown or kept."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from collectors.masked import Masked
from dashboard.launch.event import What
from dashboard.purchases import Ours
from dashboard.sealing.opening import genesis_draft
from dashboard.sealing.salted import Salt
from dashboard.sealing.sealer import Sealer
from dashboard.wiring.receipting import Course, Receipting, recipients_of
from dashboard.wiring.sealing import lockfile_sha256, sealer_of
from evidence.contents import Genesis, content
from evidence.receipt import parsed
from evidence.record import Kind
from tests.cast import default_plan
from tests.collectors.loopback import Loopback, Reply, as_json
from tests.dashboard.sealed_run import SealedRun, sealed_run

TAKEN = as_json({})
SALT = Salt(b"k" * 32)
WITHIN_S = 60


@pytest.fixture
async def receiver() -> AsyncIterator[Loopback]:
    async with Loopback().running() as server:
        server.on("/one", TAKEN)
        server.on("/two", TAKEN)
        yield server


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[SealedRun]:
    with sealed_run(tmp_path) as found:
        found.happen(What.STARTED)
        yield found


@dataclass(slots=True)
class Post:
    """A sealed run, and a receiver of receipts."""

    sealed: SealedRun
    receiver: Loopback

    def urls(self, *paths: str) -> list[Masked]:
        return [
            Masked(self.receiver.url(path).replace("http://", "json://golive:hunter2@")) for path in paths
        ]

    def receipting(self, *paths: str) -> Receipting:
        """As a process makes it when it starts."""
        sealer = self.sealed.sealer()
        return Receipting(
            store=self.sealed.store,
            courses=[Course(of=sealer.opening.of, log=sealer.log)],
            blobs=self.sealed.seal.blobs,
            recipients=recipients_of(self.urls(*paths), SALT),
            sent=self.sealed.data_dir / "receipts",
            clock=self.sealed.clock,
            look_s=0.01,
            again_s=(0.01,),
        )

    @asynccontextmanager
    async def sending(self, *paths: str) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(self.receipting(*paths).run_until(stop))
        yield
        stop.set()
        await asyncio.wait_for(running, WITHIN_S)

    async def arrived(self, path: str, count: int = 1) -> list[str]:
        """The texts that came in there, once there are so many."""
        await until(lambda: self.receiver.counts()[path] >= count)
        return [json.loads(each.body)["message"] for each in self.receiver.requests if each.path == path]

    async def sent_to(self, *paths: str) -> None:
        """Send until nothing is left to be sent there."""
        receipting = self.receipting(*paths)
        decided = len(receipting._decided())
        async with self.sending(*paths):
            await until(lambda: marks(self.sealed) >= decided * len(paths))

    def recorded(self) -> list[tuple[str, str, str]]:
        return [
            (
                each.predicate.data["decision"],
                each.predicate.data["channel"],
                each.predicate.data["address_sha256"],
            )
            for each in self.sealed.records(Kind.RECEIPT)
        ]


@pytest.fixture
def post(sealed: SealedRun, receiver: Loopback) -> Post:
    return Post(sealed, receiver)


def marks(sealed: SealedRun) -> int:
    return len(list((sealed.data_dir / "receipts").glob("*")))


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not met():  # noqa: ASYNC110 - another thread meets it
            await asyncio.sleep(0.01)


def go(sealed: SealedRun) -> None:
    sealed.happen(What.DECIDED, subject="GO", after="GO", role="ceo")


def close(sealed: SealedRun) -> None:
    sealed.happen(What.CLOSED, after="closed")


async def test_the_receipt_of_a_go_goes_to_every_address_and_into_the_log(post: Post) -> None:
    go(post.sealed)

    await post.sent_to("/one", "/two")

    (one,), (two,) = await post.arrived("/one"), await post.arrived("/two")
    told = parsed(one.encode())
    digests = [SALT.address(url.reveal()) for url in post.urls("/one", "/two")]
    assert one == two
    assert ("board", "GO") == (told.told["gate"], told.told["verdict"])
    assert told.note in post.sealed.store.evidence.heads(post.sealed.run.id).values()
    assert [("decision/2", "json 1", digests[0]), ("decision/2", "json 2", digests[1])] == sorted(
        post.recorded()
    )


async def test_every_decision_goes_in_its_order_and_the_close_too(post: Post) -> None:
    go(post.sealed)
    post.sealed.happen(What.DECIDED, subject="NO_GO", after="NO_GO", role="ceo")
    close(post.sealed)

    await post.sent_to("/one")

    texts = await post.arrived("/one", 3)
    assert ["GO", "NO-GO", "CLOSED"] == [parsed(each.encode()).told["verdict"] for each in texts]


async def test_after_the_close_nothing_is_appended_and_the_delivery_is_logged(
    post: Post, logged: StringIO
) -> None:
    close(post.sealed)
    size = len(post.sealed.records())

    await post.sent_to("/one")

    assert 1 == len(await post.arrived("/one"))
    assert size == len(post.sealed.records())
    assert "the receipt of close/2 went to json 1" in logged.getvalue()


async def test_what_went_is_not_sent_again_after_a_restart_nor_after_a_close(post: Post) -> None:
    go(post.sealed)
    await post.sent_to("/one")
    close(post.sealed)
    await post.sent_to("/one")

    async with post.sending("/one", "/two"):
        await post.arrived("/two", 2)

    assert 2 == post.receiver.counts()["/one"]


async def test_what_fails_is_sent_again_until_it_goes_and_holds_no_other_up(
    post: Post, logged: StringIO
) -> None:
    post.receiver.on("/fails", Reply(status=500), Reply(reset=True), TAKEN)
    go(post.sealed)

    await post.sent_to("/fails", "/one")

    assert [3, 1] == [post.receiver.counts()[path] for path in ("/fails", "/one")]
    assert "did not go to json 1 and is sent again: got HTTP 500" in logged.getvalue()
    assert 2 == len(post.recorded())


async def test_what_hangs_holds_no_other_up_nor_the_end(post: Post) -> None:
    goes_on = asyncio.Event()
    post.receiver.on("/hangs", Reply(wait=goes_on))
    go(post.sealed)

    async with post.sending("/hangs", "/one"):
        await until(lambda: marks(post.sealed) == 1)
    goes_on.set()

    assert ["json 2"] == [channel for _, channel, _ in post.recorded()]


async def test_no_address_is_logged_or_kept(
    post: Post, logged: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("dashboard").setLevel(logging.DEBUG)
    post.receiver.on("/hunter2", Reply(status=500), TAKEN)
    go(post.sealed)

    await post.sent_to("/hunter2")

    kept = [file for file in post.sealed.data_dir.rglob("*") if file.is_file()]
    texts = [file.read_bytes() for file in kept] + [str(kept).encode()]
    said = f"{logged.getvalue()} {capfd.readouterr()} {post.receipting('/hunter2')!r}"
    assert 2 == post.receiver.counts()["/hunter2"]
    assert not [text for text in [*texts, said.encode()] if b"hunter2" in text]


async def test_a_decision_whose_head_is_not_signed_yet_has_no_receipt(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipting = post.receipting("/one")
    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        kill_before_the_head(patched)
        go(post.sealed)
    assert [] == receipting._decided()
    assert 1 == len(post.sealed.records(Kind.DECISION))

    post.sealed.sealer()
    await post.sent_to("/one")

    assert 1 == len(await post.arrived("/one"))


def kill_before_the_head(patched: pytest.MonkeyPatch) -> None:
    """The sealer ends after the record of a decision, before the head over it."""
    signed: list[Sealer] = []
    sign = Sealer.sign_head

    def once(sealer: Sealer) -> object:
        signed.append(sealer)
        if len(signed) > 1:
            raise KeyboardInterrupt
        return sign(sealer)

    patched.setattr(Sealer, "sign_head", once)


async def test_a_log_that_is_closed_meanwhile_stops_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(post.sealed)
    before = post.sealed.store.evidence.tip(post.sealed.run.id)
    close(post.sealed)
    monkeypatch.setattr(post.sealed.store.evidence, "tip", lambda _: before)

    await post.sent_to("/one")

    assert 2 == len(await post.arrived("/one", 2))
    assert [] == post.recorded()


def genesis(sealed: SealedRun, receipts: Sequence[Masked] = (), salt: Salt | None = SALT) -> Genesis:
    """What a log begins with that is begun by these."""
    sealer = sealer_of(
        sealed.seal, sealed.store, sealed.run, Ours(), sealed.clock, salt=salt, receipts=receipts
    )
    return content(genesis_draft(sealer.opening, sealed.seal.blobs, sealed.now).data, Genesis)


def test_a_log_begins_with_who_gets_receipts_and_who_has_which_role_as_salted_digests(
    sealed: SealedRun,
) -> None:
    one, two = Masked("json://localhost/one"), Masked("json://localhost/two")

    both, turned, other = (genesis(sealed, each) for each in ([one, two], [two, one], [one]))

    assert both.receipts_sha256 == turned.receipts_sha256 != other.receipts_sha256
    assert SALT.roster(default_plan()) == both.roster_sha256
    assert Salt(b"x" * 32).roster(default_plan()) != both.roster_sha256
    assert genesis(sealed).receipts_sha256 is None
    assert (None, None) == (
        genesis(sealed, [one], None).receipts_sha256,
        genesis(sealed, salt=None).roster_sha256,
    )
    assert "localhost" not in f"{both!r} {SALT!r}"


def test_a_log_begins_with_the_versions_of_all_libraries_where_their_list_is_there(
    sealed: SealedRun, tmp_path: Path
) -> None:
    assert lockfile_sha256() == genesis(sealed).lockfile_sha256
    assert lockfile_sha256() is not None
    assert lockfile_sha256(tmp_path) is None
