"""A launch that is sealed as it goes: a real store, the default plan, a conductor, and a clock in hand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from collectors.money_window import MoneyList
from dashboard.access import Person
from dashboard.conduct import Conductor
from dashboard.evidence_room import EvidenceRoom
from dashboard.launch.board import Board, Flip, Verdict
from dashboard.launch.event import Event
from dashboard.launch.evidence_view import Attest
from dashboard.launch.plan import RoleKind
from dashboard.launch.plan_file import LoadedPlan
from dashboard.launch.proof import Capture
from dashboard.launch.scene import Act, Wish
from dashboard.sealing.completeness import missing_for_go
from dashboard.sealing.reading import record_of
from dashboard.sealing.sealer import Sealer
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease
from dashboard.wiring.anchoring import Anchoring
from dashboard.wiring.sealing import Seal, sealer_of
from evidence.anchor import Token
from evidence.blobs import FolderBlobs
from evidence.contents import Genesis, content
from evidence.keys import KeyRing
from evidence.record import Record
from evidence.verification.procedure import verify
from evidence.verification.report import Report
from evidence.verification.trust import trusted
from tests.cast import person
from tests.dashboard.launch.hour import judged
from tests.dashboard.launch.money.bought import after
from tests.dashboard.money_read import OURS, balances, endpoint, read, read_all
from tests.dashboard.store.scene import Writing, answer, failure, opened
from tests.dashboard.tower import LOADED
from tests.evidence.authority import Authority

BEGAN = after(-7_200)
T_0 = after(-2_100)
"""The checkout of `tests.dashboard.launch.money.bought` is opened at T+35:00."""

CEO = person("ceo", RoleKind.CEO)
CHAIR = replace(person("chair", RoleKind.CHAIR), name="Noor")
COORDINATOR = person()
FINANCE = person("finance", RoleKind.FINANCE)
VIEWER = person("viewer", RoleKind.VIEWER)
WHOLE = Attest(date_visible=True, system_visible=True, whole_screen=True, no_personal_data=True)
PICTURES = ("stripe_page", "credits_page")


@dataclass(slots=True, kw_only=True)
class Launch:
    """One run of the default plan, with keys and blobs in a folder of its own."""

    writer: Writing
    folder: Path
    loaded: LoadedPlan = LOADED
    authorities: tuple[Authority, ...] = ()
    now: datetime = BEGAN
    boards: list[Board] = field(default_factory=list)
    newest: dict[str, int] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.writer.store

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float = 1, *, minutes: float = 0) -> None:
        self.now += timedelta(seconds=0 if minutes else seconds, minutes=minutes)

    def at(self, minute: float) -> None:
        """T is so many minutes now."""
        self.now = T_0 + timedelta(minutes=minute)

    # ------------------------------------------------------------ what happens

    def sample(self, *probes: str) -> None:
        """Each of these answers now."""
        for probe in probes or ("ledger.balance",):
            (self.newest[probe],) = self.writer.samples(replace(answer(probe), observed_at=self.now))

    def fail(self, probe: str = "ledger.balance") -> None:
        (self.newest[probe],) = self.writer.samples(replace(failure(probe), observed_at=self.now))

    def judge(self, **gates: Verdict) -> Board:
        """One more evaluation is stored, with the flips that it makes."""
        before = {gate.id: gate.verdict for gate in self.boards[-1].gates} if self.boards else {}
        board = replace(
            judged(self.loaded.plan, at=self.now, evaluation=len(self.boards) + 1, **gates),
            run=self.writer.run.id,
            plan_sha256=self.writer.run.plan_sha256,
        )
        flips = [
            Flip(
                evaluation=board.evaluation,
                at=self.now,
                gate=gate.id,
                before=before.get(gate.id, Verdict.UNKNOWN),
                after=gate.verdict,
                reason="as told",
                inputs=tuple(self.newest.values()),
            )
            for gate in board.gates
            if gate.verdict is not before.get(gate.id, Verdict.GO)
        ]
        self.writer.judged(board, flips=flips, inputs=tuple(self.newest.values()))
        self.boards.append(board)
        return board

    def conductor(self) -> Conductor:
        return Conductor(
            plan=self.loaded.plan,
            store=self.store,
            run=self.writer.run,
            clock=self.clock,
            missing_for_go=missing_for_go(self.store, self.writer.run),
        )

    def act(self, who: Person, act: Act, subject: str = "", reason: str = "because", **more: Any) -> Event:
        """Somebody acts, looking at the newest board."""
        board = self.boards[-1] if self.boards else None
        wish = Wish(
            act=act,
            subject=subject,
            reason=reason,
            board_hash=None if board is None else board.hash,
            **more,
        )
        shown = None if board is None else board.evaluation
        return self.conductor().act(who, wish, board=board, evaluation=shown)

    def go(self) -> Event:
        """Everybody votes for it, and the CEO decides GO."""
        self.judge()
        poll = self.loaded.plan.hour.poll if self.loaded.plan.hour else None
        assert poll is not None
        self.act(CHAIR, Act.OPEN_POLL)
        for role in poll.voters:
            self.act(person(role, self.loaded.plan.roles[role].kind), Act.VOTE, "GO")
        self.act(CHAIR, Act.DECLARE, "GO")
        return self.act(CEO, Act.DECIDE, "GO")

    def start(self) -> Event:
        """T-0 is now, which is `T_0` unless the clock was moved elsewhere."""
        return self.act(COORDINATOR, Act.START)

    def read_endpoint(self, **changed: Any) -> None:
        """Stripe's endpoints are read now, of which ours is one."""
        seconds = (self.now - after(0)).total_seconds()
        read(self.writer, MoneyList.WEBHOOK_ENDPOINTS, endpoint(**changed), seconds=seconds)

    def next_attempt(self, *, is_sealed: bool = True) -> None:
        """The run that is over is followed by another, which begins with nothing, as collectors open it."""
        self.act(COORDINATOR, Act.NEXT_ATTEMPT, reason="again")
        self.wait()
        run = self.store.open_run(
            plan_id=self.loaded.plan.id,
            plan_sha256=self.loaded.sha256,
            plan_toml=self.loaded.text,
            now=self.now,
        )
        self.writer = replace(self.writer, run=run)
        self.boards, self.newest = [], {}
        if is_sealed:
            self.sealer()

    def purchase(self) -> None:
        """The first dollar was paid, delivered and credited, and all of it was read."""
        read_all(self.writer)
        balances(self.writer, s5=0, s14=9_990)

    # ------------------------------------------------------------ what is sealed

    @property
    def blobs(self) -> FolderBlobs:
        return FolderBlobs(self.folder / "blobs")

    def seal(self) -> Seal:
        return Seal(ring=KeyRing(self.folder / "keys"), blobs=self.blobs, authorities=())

    def sealer(self) -> Sealer:
        """As a process that collects makes it when it starts."""
        sealer = sealer_of(self.seal(), self.store, self.writer.run, OURS, self.clock)
        sealer.resume()
        return sealer

    def room(self) -> EvidenceRoom:
        return EvidenceRoom(
            store=self.store, run=lambda: self.writer.run, sealing=self.seal(), clock=self.clock
        )

    def records(self) -> list[Record]:
        run = self.writer.run.id
        return [record_of(each) for each in self.store.evidence.each(run, size=1_000_000)]

    def names(self) -> list[str]:
        """The keys of the records."""
        return [each.predicate.key for each in self.records()]

    def hand_in(self, item: str, who: Person = COORDINATOR) -> Capture:
        return self.room().hand_in(who, item, png(item), WHOLE)

    def stamp(self) -> None:
        """Every authority stamps the newest head, as `Anchoring` keeps it."""
        evidence, run = self.store.evidence, self.writer.run.id
        notes, log = evidence.heads(run), self.room()._desk().log
        anchoring = Anchoring(
            store=self.store,
            of=self.sealer().opening.of,
            log=log,
            blobs=self.blobs,
            authorities=(),
            clock=self.clock,
        )
        for authority in self.authorities:
            note = notes[max(notes)]
            token = Token(response=authority.stamp(note, self.now), gen_time=self.now)
            anchoring._keep(max(notes), note, authority.name, token)

    @property
    def vkey(self) -> str:
        return content(self.records()[0].predicate.data, Genesis).vkey

    def bundle(self, name: str = "bundle.zip") -> Path:
        file = self.folder / name
        with self.room().bundle(COORDINATOR) as stream:
            file.write_bytes(stream.read())
        return file

    def verified(self, *receipts: bytes, is_open: bool = False) -> Report:
        """What an auditor makes of the bundle who brings the key, the roots and these receipts."""
        given = trusted(
            vkey=self.vkey,
            roots={each.name: each.pem for each in self.authorities},
            receipts={f"{number}": each for number, each in enumerate(receipts)},
            is_open=is_open,
        )
        return verify(self.bundle(), given)


@contextmanager
def launching(folder: Path, url: str, loaded: LoadedPlan = LOADED) -> Iterator[Launch]:
    """A launch in this store, before anything of it was sealed."""
    with opened(url) as store:
        lease = store.take_lease(COLLECTORS, "host:1", now=BEGAN, ttl_s=86_400)
        assert isinstance(lease, Lease)
        run = store.open_run(
            plan_id=loaded.plan.id, plan_sha256=loaded.sha256, plan_toml=loaded.text, now=BEGAN
        )
        yield Launch(writer=Writing(store=store, run=run, lease=lease), folder=folder, loaded=loaded)


def png(text: str = "") -> bytes:
    """A small picture, another one for each text."""
    out = io.BytesIO()
    shade = sum(text.encode()) % 256
    Image.new("RGB", (8, 6), (shade, 80, 40)).save(out, "PNG")
    return out.getvalue()


def under_way(launch: Launch) -> Sealer:
    """A launch at T+46: what golive captures is there, and one picture waits for a second person."""
    sealer = launch.sealer()
    launch.read_endpoint()
    launch.judge()
    sealer.step()
    launch.at(0)
    launch.go()
    launch.start()
    launch.now = after(25)
    launch.purchase()
    launch.sample()
    launch.judge()
    sealer.step()
    launch.at(46)
    launch.hand_in(PICTURES[0])
    sealer.step()
    return sealer


def whole(launch: Launch) -> Sealer:
    """A launch in which everything that is required was proven in time, sealed step by step, and closed."""
    sealer = launch.sealer()
    launch.stamp()
    launch.read_endpoint()
    for _ in range(3):
        launch.wait()
        launch.sample()
        launch.judge()
        sealer.step()
    launch.at(0)
    launch.stamp()
    launch.go()
    launch.start()
    sealer.step()
    launch.stamp()
    launch.now = after(25)
    launch.purchase()
    launch.sample()
    launch.judge()
    sealer.step()
    launch.at(46)
    for item in PICTURES:
        taken = launch.hand_in(item)
        launch.wait(30)
        launch.room().review(FINANCE, taken.index, accepted=True)
    launch.judge()
    sealer.step()
    launch.at(59)
    launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    sealer.step()
    launch.stamp()
    return sealer
