"""Who may see, hand in, review and take evidence away; each refusal is a sentence for that person."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from dashboard.access import ALLOWED, AccessDeniedError, Action, Person
from dashboard.evidence_room import EvidenceRoom
from dashboard.launch.plan import RoleKind
from dashboard.launch.proof import Capture
from dashboard.launch.scene import Act
from dashboard.room import RefusedError
from dashboard.sealing.commanding import Ran
from dashboard.sealing.desk import Shot
from evidence.checkpoint import LogKey, verified
from evidence.keys import make_keys
from evidence.receipt import parsed
from tests.cast import person
from tests.dashboard.sealing.scene import COORDINATOR, FINANCE, WHOLE, Launch, launching, png, whole
from tests.dashboard.store.scene import opened

PEOPLE = {kind: replace(person(kind.value, kind), title=kind.value.title()) for kind in RoleKind}
SHOT = Shot(png=png(), url="http://127.0.0.1/credits", status=200, http_date="", browser="", masked_regions=0)


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """T+46 of a launch in which a HOLD was decided and a picture waits for its review."""
    folder = tmp_path_factory.mktemp("room")
    make_keys(folder / "keys")
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}") as launch:
        sealer = launch.sealer()
        launch.at(0)
        launch.judge()
        launch.start()
        launch.act(PEOPLE[RoleKind.CEO], Act.DECIDE, "HOLD", reason="one more look")
        sealer.step()
        launch.at(46)
        yield launch


@pytest.fixture
def room(launch: Launch) -> EvidenceRoom:
    return replace(launch.room(), shoot=lambda _: SHOT)


def waiting(launch: Launch) -> Capture:
    """A picture of a system that nobody reviews for themselves."""
    launch.wait()
    return launch.hand_in("stripe_page", replace(COORDINATOR, role="someone"))


def refused_command(room: EvidenceRoom, who: Person) -> None:
    """This plan has no item that a command shows."""
    with pytest.raises(RefusedError):
        room.take_command(who, "receipt", ["true"], _never_run)


def _never_run(argv: Sequence[str]) -> Ran:
    raise AssertionError(argv)


METHODS: dict[str, tuple[Action, Callable[[EvidenceRoom, Launch, Person], object]]] = {
    "panel": (Action.SEE_EVIDENCE, lambda room, _, who: room.panel(who)),
    "record": (Action.SEE_EVIDENCE, lambda room, _, who: room.record(who, "0")),
    "run_number": (Action.SEE_EVIDENCE, lambda room, _, who: room.run_number(who)),
    "of": (Action.SEE_EVIDENCE, lambda room, launch, who: room.of(who, launch.writer.run.id)),
    "blob": (Action.SEE_EVIDENCE, lambda room, _, who: room.blob(who, "0" * 64)),
    "look_over": (Action.HAND_IN_EVIDENCE, lambda room, _, who: room.look_over(who, png())),
    "hand_in": (Action.HAND_IN_EVIDENCE, lambda room, _, who: room.hand_in(who, "receipt", png(), WHOLE)),
    "take_page": (Action.HAND_IN_EVIDENCE, lambda room, _, who: room.take_page(who, "credits_page")),
    "review": (
        Action.REVIEW_EVIDENCE,
        lambda room, launch, who: room.review(who, waiting(launch).index, accepted=True),
    ),
    "take_command": (Action.HAND_IN_EVIDENCE, lambda room, _, who: refused_command(room, who)),
    "erase": (
        Action.ERASE_EVIDENCE,
        lambda room, launch, who: room.erase(who, waiting(launch).blobs[0].sha256, "subject-request"),
    ),
    "receipt": (Action.TAKE_EVIDENCE, lambda room, _, who: room.receipt(who, "decision/2")),
    "printable": (Action.TAKE_EVIDENCE, lambda room, _, who: room.printable(who, "decision/2")),
    "bundle": (Action.TAKE_EVIDENCE, lambda room, _, who: room.bundle(who).close()),
}


@pytest.mark.parametrize(("method", "kind"), list(product(METHODS, RoleKind)))
def test_what_each_role_may_do(room: EvidenceRoom, launch: Launch, method: str, kind: RoleKind) -> None:
    action, ask = METHODS[method]
    before = launch.names()
    if kind in ALLOWED[action]:
        ask(room, launch, PEOPLE[kind])
        return
    with pytest.raises(AccessDeniedError) as caught:
        ask(room, launch, PEOPLE[kind])

    may = " or ".join(sorted(ALLOWED[action]))
    assert f"{kind.value.title()} may not {action.value}; a {may} may." == str(caught.value)
    if method not in {"review", "erase"}:  # which hand a picture in first
        assert before == launch.names()


def test_a_viewer_sees_and_takes_nothing_away() -> None:
    seen = {action for action, _ in METHODS.values() if RoleKind.VIEWER in ALLOWED[action]}

    assert {Action.SEE_EVIDENCE} == seen


def test_every_method_is_in_the_table() -> None:
    public = {name for name in vars(EvidenceRoom) if not name.startswith("_")}

    assert set(METHODS) == public - {"store", "run", "sealing", "clock", "shoot"}


def test_before_anything_is_sealed_it_says_what_to_do(tmp_path: Path) -> None:
    with launching(tmp_path, f"sqlite:///{tmp_path / 'golive.sqlite3'}") as launch:
        for room in (launch.room(), replace(launch.room(), run=lambda: None)):
            with pytest.raises(RefusedError, match=r"^Nothing is sealed yet; start the collectors first\.$"):
                room.panel(FINANCE)


def test_the_panel_says_how_everything_stands(launch: Launch, room: EvidenceRoom) -> None:
    panel = room.panel(FINANCE)

    assert panel.log is not None
    assert ("rehearsal", 6, 7) == (panel.environment, panel.completeness.n, len(panel.standings))
    assert (len(launch.names()), False, 0) == (panel.log.size, panel.log.is_closed, panel.log.unsealed)
    (held,) = panel.decisions
    assert ("decision/2", "HOLD", "ceo", 0) == (held.key, held.verdict, held.role, held.rests_on)
    assert ("stripe_endpoint",) == held.unmet
    assert {"genesis", "event", "decision"} <= set(dict(panel.log.counts))


def test_an_event_that_is_not_sealed_yet_is_counted(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    with launching(tmp_path, f"sqlite:///{tmp_path / 'golive.sqlite3'}") as launch:
        sealer = launch.sealer()
        launch.start()
        log = launch.room().panel(FINANCE).log
        sealer.step()
        after = launch.room().panel(FINANCE).log

        assert log is not None
        assert after is not None
        assert (1, 0) == (log.unsealed, after.unsealed)


def test_a_record_is_opened_by_its_number_or_its_key(launch: Launch, room: EvidenceRoom) -> None:
    index = launch.names().index("decision/2")

    by_number, by_key = room.record(FINANCE, f"{index}"), room.record(FINANCE, "decision/2")

    assert by_number == by_key
    assert by_key is not None
    assert (index, "ceo", "decision") == (by_key.index, by_key.role, by_key.kind)
    (before,) = launch.store.evidence.records(launch.writer.run.id, after=index - 2, limit=1)
    assert before.leaf == by_key.prev


@pytest.mark.parametrize("named", ["9999", "decision/999", "", "../etc", "12345678901234567890", "%"])
def test_a_record_that_is_not_there_is_none(room: EvidenceRoom, named: str) -> None:
    assert room.record(FINANCE, named) is None


@pytest.mark.parametrize("named", ["../../keys/log.pem", "0" * 63, "0" * 64 + "\n", "F" * 64, ""])
def test_a_blob_has_no_other_name_than_its_hash(room: EvidenceRoom, named: str) -> None:
    with pytest.raises(RefusedError, match="no SHA-256"):
        room.blob(FINANCE, named)


def test_a_receipt_is_of_a_decision_and_verifies_by_the_log_s_key(launch: Launch, room: EvidenceRoom) -> None:
    found = parsed(room.receipt(FINANCE, "decision/2"))

    told = verified(found.note, LogKey.parse(launch.vkey))
    assert launch.names().index("decision/2") + 1 == told.size
    assert ("board", "HOLD", launch.vkey) == (found.told["gate"], found.told["verdict"], found.told["vkey"])
    assert found.minimal_sha256 is not None
    for key in ("event/1", "decision/9", ""):
        with pytest.raises(RefusedError, match="There is no decision"):
            room.receipt(FINANCE, key)


def test_the_printed_receipt_is_whole_in_itself(room: EvidenceRoom) -> None:
    page = room.printable(FINANCE, "decision/2").decode()

    assert "<svg" in page
    assert "verdict: HOLD" in page
    assert [] == [each for each in ("<script", "src=", "href=", "https://", "url(") if each in page]


def test_two_bundles_of_one_head_are_the_same_to_the_byte(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    with launching(tmp_path, f"sqlite:///{tmp_path / 'golive.sqlite3'}") as launch:
        whole(launch)
        first = launch.bundle("first.zip").read_bytes()
        launch.wait(minutes=90)
        again = launch.bundle("second.zip").read_bytes()

        assert first == again


def test_a_bundle_holds_one_head_more_where_something_was_recorded_since(
    launch: Launch, room: EvidenceRoom
) -> None:
    with room.bundle(FINANCE) as stream:
        before = zipfile.ZipFile(io.BytesIO(stream.read())).namelist()
    launch.hand_in("receipt")
    with room.bundle(FINANCE) as stream:
        after = zipfile.ZipFile(io.BytesIO(stream.read())).namelist()

    size = len(launch.names())
    assert f"golive-evidence/data/checkpoints/{size:06}.note" in set(after) - set(before)
    assert set(before) < set(after)


def test_several_who_take_the_bundle_at_once_all_get_it(launch: Launch, room: EvidenceRoom) -> None:
    barrier = threading.Barrier(4)

    def take(_: int) -> int:
        barrier.wait()
        with room.bundle(FINANCE) as stream:
            return len(stream.read())

    for _ in range(3):
        launch.hand_in("receipt")
        launch.wait()
        with ThreadPoolExecutor(4) as pool:
            assert 1 == len(set(pool.map(take, range(4))))


def test_a_store_that_cannot_be_read_is_said_to_be(launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "golive.sqlite3"
    with opened(f"sqlite:///{file}") as store:
        room = replace(launch.room(), store=store)
        for name in ("", "-wal", "-shm"):
            Path(f"{file}{name}").write_bytes(b"no database at all" * 500)

        with pytest.raises(RefusedError, match="The store cannot be read or written"):
            room.panel(FINANCE)
