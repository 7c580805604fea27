"""What each address tells of a launch that was judged, sealed and paid for, held against the document."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.money_window import MoneyList
from dashboard.access import Identity, script
from dashboard.api import answers, evidence_answer, trace_answer
from dashboard.api.addresses import ADDRESSES
from dashboard.api.guard import Guard
from dashboard.control import Control
from dashboard.launch.money.panel import Kept
from dashboard.launch.proof import ItemState
from dashboard.room import ControlRoom
from tests.dashboard.api.asking import PSEUDONYM, asking, bought, room_of
from tests.dashboard.api.described import document, faults
from tests.dashboard.launch.money.bought import intent, session
from tests.dashboard.money_read import read
from tests.dashboard.sealing.scene import Launch, launching
from tests.dashboard.store.scene import opened
from tests.dashboard.ui.standin import FAULTS, StandInRoom

READER = script(Identity.ASSERTED)
PEOPLE = ("Robin", "Noor", "u-1", PSEUDONYM)
CORRELATED = {"metadata": {"correlation_id": "order-17"}}
ASKED = ("/board", "/runs", "/flips", "/evidence", "/trace/pi_1", "/openapi.json")


async def ask(room: ControlRoom, path: str, at: datetime, status: int = 200, method: str = "GET") -> Any:
    """The answer, which is as the document says, and which nobody keeps."""
    async with asking(room, at) as client:
        told = await client.request(method, f"/api/v1{path}")

    assert (status, "no-store") == (told.status_code, told.headers["cache-control"]), told.text
    assert "application/json" == told.headers["content-type"]
    answer = told.json()
    if status != 405:
        assert [] == faults(_described(path), status, answer)
    return answer


def _described(path: str) -> str:
    bare = path.partition("?")[0]
    return "/api/v1/trace/{id}" if bare.startswith("/trace/") else f"/api/v1{bare}"


async def refusal(room: ControlRoom, path: str, status: int, launch: Launch) -> str:
    return str((await ask(room, path, launch.now, status))["error"])


# ------------------------------------------------------------ every address


@pytest.mark.parametrize("path", ASKED)
async def test_each_answer_is_as_the_document_says(room: Control, launch: Launch, path: str) -> None:
    answer = await ask(room, path, launch.now)

    assert answer


def test_every_address_was_asked() -> None:
    assert {f"/api/v1{each.path}" for each in ADDRESSES} == {_described(path) for path in ASKED}


@pytest.mark.parametrize("path", [path for path in ASKED if path not in {"/board", "/openapi.json"}])
async def test_no_answer_has_a_person_a_picture_or_a_secret(room: Control, launch: Launch, path: str) -> None:
    told = json.dumps(await ask(room, path, launch.now))

    assert PSEUDONYM in {each.predicate.actor.id for each in launch.records()}
    blobs = [file.name for file in launch.folder.joinpath("blobs").rglob("*") if file.is_file()]
    keys = [file.read_text() for file in launch.folder.joinpath("keys").rglob("*") if file.is_file()]
    secret = [line for key in keys if "PRIVATE KEY" in key for line in key.splitlines()]
    assert blobs
    assert secret
    assert [] == [each for each in (*PEOPLE, *blobs, *secret) if each in told]


@pytest.mark.parametrize("path", ["/runs", "/flips", "/evidence", "/trace/pi_1"])
async def test_each_answer_says_its_environment_and_its_moment(
    room: Control, launch: Launch, path: str
) -> None:
    answer = await ask(room, path, launch.now)

    assert ("rehearsal", launch.now) == (answer["environment"], datetime.fromisoformat(answer["told_at"]))


@pytest.mark.parametrize("path", ASKED)
async def test_what_an_address_does_not_take_is_refused(room: Control, launch: Launch, path: str) -> None:
    said = await refusal(room, f"{path}?who=ada", 400, launch)

    assert said.startswith("Got a parameter that this address does not have, expected ")
    assert "ada" not in said


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_an_address_is_only_read(room: Control, launch: Launch, path: str, method: str) -> None:
    async with asking(room, launch.now) as client:
        told = await client.request(method, f"/api/v1{path}")

    assert (405, "GET, HEAD") == (told.status_code, told.headers["allow"])
    assert {"error": "This address is only read; ask with GET."} == told.json()


@pytest.mark.parametrize("path", ASKED)
async def test_who_may_not_ask_learns_nothing_of_the_question(
    room: Control, launch: Launch, path: str
) -> None:
    async with asking(room, launch.now, Guard(), "192.0.2.7") as client:
        told = [await client.get(f"/api/v1{path}{query}") for query in ("", "?run=abc")]

    assert [403, 403] == [each.status_code for each in told]
    assert {"no-store"} == {each.headers["cache-control"] for each in told}
    assert 1 == len({each.text for each in told})


# ------------------------------------------------------------ the board and the document


async def test_the_board_is_that_of_the_room_whatever_it_shows() -> None:
    shown = StandInRoom(FAULTS)

    answer = await ask(shown, "/board", shown.view().drawn_at)

    assert ("NO_GO", shown.view().sentence) == (answer["verdict"], answer["sentence"])
    assert len(shown.plan.gates) == len(answer["board"]["gates"])
    assert any(kpi["n"] for kpi in answer["kpis"])


async def test_the_document_is_the_one_that_answers_are_held_against(room: Control, launch: Launch) -> None:
    assert document() == await ask(room, "/openapi.json", launch.now)


@pytest.mark.parametrize("below", ["", "/golive"])
async def test_the_document_says_where_the_addresses_are_on_a_host_that_is_shared(
    room: Control, launch: Launch, below: str
) -> None:
    async with asking(room, launch.now, below=below) as client:
        told = (await client.get(f"{below}/api/v1/openapi.json")).json()
        (server,) = [each["url"].removesuffix("/") for each in told["servers"]]
        asked = [await client.get(server + path.format(id="pi_1")) for path in told["paths"]]

    assert below == server
    assert [200] * len(ADDRESSES) == [each.status_code for each in asked]


# ------------------------------------------------------------ runs


async def test_runs_are_told_newest_first_and_page_by_page(tmp_path: Path) -> None:
    with bought(tmp_path) as launch:
        for number in range(4):
            launch.store.open_run(
                plan_id="other", plan_sha256=f"{number:064d}", plan_toml=f"id = {number}", now=launch.now
            )
        room = room_of(launch)
        whole = await ask(room, "/runs", launch.now)
        first = await ask(room, "/runs?limit=2", launch.now)
        rest = await ask(room, f"/runs?limit=200&before={first['next_before']}", launch.now)

    numbers = [run["id"] for run in whole["runs"]]
    assert sorted(numbers, reverse=True) == numbers
    assert whole["runs"] == first["runs"] + rest["runs"]
    assert (None, first["runs"][-1]["id"], None) == (
        whole["next_before"],
        first["next_before"],
        rest["next_before"],
    )
    assert launch.loaded.plan.title == whole["runs"][-1]["title"]


async def test_before_the_first_run_there_are_none(room: Control, launch: Launch) -> None:
    answer = await ask(room, "/runs?before=1", launch.now)

    assert ([], None) == (answer["runs"], answer["next_before"])


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=-1", "before=abc", "before=0", "before=1&before=2"]
)
async def test_a_page_of_another_size_is_refused(room: Control, launch: Launch, query: str) -> None:
    assert (await refusal(room, f"/runs?{query}", 400, launch)).startswith("Got ")


# ------------------------------------------------------------ flips


async def test_flips_are_those_that_were_recorded_newest_first(room: Control, launch: Launch) -> None:
    answer = await ask(room, "/flips", launch.now)

    recorded = launch.store.flips(launch.writer.run.id, 1_000)
    assert {1, 2, 3} == set(Counter(flip.evaluation for flip in recorded).values())
    assert [(flip.evaluation, flip.gate, flip.after.value) for flip in recorded] == [
        (flip["evaluation"], flip["gate"], flip["after"]) for flip in answer["flips"]
    ]
    assert (launch.writer.run.id, None) == (answer["run"]["id"], answer["next_before"])


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
async def test_flips_come_page_by_page_and_none_is_lost(room: Control, launch: Launch, limit: int) -> None:
    found: list[Any] = []
    before = ""
    while True:
        page = await ask(room, f"/flips?limit={limit}{before}", launch.now)
        found += page["flips"]
        if page["next_before"] is None:
            break
        before = f"&before={page['next_before']}"

    assert (await ask(room, "/flips", launch.now))["flips"] == found


def test_of_very_many_samples_behind_a_flip_the_newest_are_named(room: Control, launch: Launch) -> None:
    found = room.flips(READER, None, limit=1)
    many = replace(found, flips=(replace(found.flips[0], inputs=tuple(range(1, 54))),))

    (told,) = answers.flips(many, launch.now).flips

    assert (53, 4, 50, 3) == (told.inputs[0], told.inputs[-1], len(told.inputs), told.inputs_left_out)


async def test_flips_of_a_run_that_is_named_are_those_of_it(room: Control, launch: Launch) -> None:
    followed = await ask(room, "/flips", launch.now)

    assert followed == await ask(room, f"/flips?run={launch.writer.run.id}", launch.now)


async def test_a_run_that_there_is_not_is_said(room: Control, launch: Launch) -> None:
    assert "There is no run 4711." == await refusal(room, "/flips?run=4711", 404, launch)
    assert "There is no run 2147483647." == await refusal(room, "/flips?run=2147483647", 404, launch)


@pytest.mark.parametrize("run", ["abc", "-1", "0", "", "1.5", "2147483648", "%00", "9" * 100])
async def test_what_is_no_number_of_a_run_is_said(room: Control, launch: Launch, run: str) -> None:
    said = await refusal(room, f"/flips?run={run}", 400, launch)

    assert "Got something else as run, expected a whole number of 1 to 2147483647." == said


# ------------------------------------------------------------ evidence


async def test_evidence_says_how_each_item_and_the_log_stand(room: Control, launch: Launch) -> None:
    answer = await ask(room, "/evidence", launch.now)

    assert room.evidence is not None
    panel = room.evidence.panel(READER)
    assert panel.log is not None
    assert [(each.item.id, each.state.value) for each in panel.standings] == [
        (item["id"], item["state"]) for item in answer["items"]
    ]
    assert {ItemState.CAPTURED.value, ItemState.IN_REVIEW.value} <= {
        item["state"] for item in answer["items"]
    }
    ratio = answer["proven"]
    assert (panel.completeness.k, panel.completeness.n) == (ratio["k"], ratio["n"])
    assert ("from the opening of the run to its close", panel.log.origin) == (
        ratio["window"],
        ratio["source"],
    )
    head = answer["log"]["newest_head"]
    assert (panel.log.size, panel.log.heads[-1].size) == (answer["log"]["size"], head["size"])
    assert panel.log.heads[-1].root == head["root"]


async def test_of_very_many_items_what_is_not_proven_is_told(room: Control) -> None:
    assert room.evidence is not None
    panel = room.evidence.panel(READER)
    proven = next(each for each in panel.standings if each.counts)
    waiting = next(each for each in panel.standings if not each.counts)
    many = replace(panel, standings=(*[proven] * evidence_answer.MOST_ITEMS, waiting))

    told = evidence_answer.evidence(many)

    assert (evidence_answer.MOST_ITEMS, 1) == (len(told.items), told.left_out)
    assert waiting.item.id == told.items[0].id


async def test_before_anything_is_sealed_it_is_said(tmp_path: Path) -> None:
    with launching(tmp_path, f"sqlite:///{tmp_path / 'golive.sqlite3'}") as launch:
        said = await refusal(room_of(launch), "/evidence", 503, launch)

    assert "Nothing is sealed yet; start the collectors first." == said


# ------------------------------------------------------------ the trace


async def test_a_payment_is_traced_as_the_page_traces_it(room: Control, launch: Launch) -> None:
    answer = await ask(room, "/trace/pi_1", launch.now)

    panel = room.first_dollar(READER, "pi_1")
    assert [(hop.title, hop.state.value, hop.said) for hop in panel.trace.hops] == [
        (hop["title"], hop["state"], hop["said"]) for hop in answer["hops"]
    ]
    assert (999, "usd", 9_990) == tuple(answer["expected"][name] for name in ("cents", "currency", "credits"))
    assert ("pi_1", "cs_1", True) == (
        answer["payment_intent"],
        answer["checkout_session"],
        answer["is_first_dollar"],
    )
    assert [kept.sha256 for kept in panel.kept] == [kept["sha256"] for kept in answer["stands_on"]]
    assert panel.trace.total is not None
    assert round(panel.trace.total.total_seconds()) == answer["total_s"]


async def test_a_payment_goes_by_its_checkout_too(room: Control, launch: Launch) -> None:
    assert await ask(room, "/trace/pi_1", launch.now) == await ask(room, "/trace/cs_1", launch.now)


async def test_a_payment_goes_by_the_id_of_the_shop_and_others_of_it_are_named(tmp_path: Path) -> None:
    with bought(tmp_path) as launch:
        again = intent(id="pi_2", created=intent().created + 1, **CORRELATED)
        read(launch.writer, MoneyList.PAYMENT_INTENTS, intent(**CORRELATED), again)
        room = room_of(launch)
        answer = await ask(room, "/trace/order-17", launch.now)
        plain = await ask(room, "/trace/pi_1", launch.now)

    assert (["pi_2"], []) == (answer["others"], plain["others"])
    assert plain["hops"] == answer["hops"]


async def test_a_checkout_that_nobody_has_paid_waits(tmp_path: Path) -> None:
    with bought(tmp_path) as launch:
        unpaid = session(id="cs_2", status="open", payment_status="unpaid", payment_intent=None, **CORRELATED)
        read(launch.writer, MoneyList.CHECKOUT_SESSIONS, unpaid)
        room = room_of(launch)
        answer = await ask(room, "/trace/cs_2", launch.now)
        by_shop = await ask(room, "/trace/order-17", launch.now)

    assert (None, "cs_2", "WAITING") == (
        answer["payment_intent"],
        answer["checkout_session"],
        answer["hops"][0]["state"],
    )
    assert answer == by_shop


@pytest.mark.parametrize("name", ["pi_nope", "cs_nope", "order-4711", "ch_1", "evt_1", "tx_1", "PI_1"])
async def test_a_payment_that_is_not_known_is_said_where_payments_are_read(tmp_path: Path, name: str) -> None:
    with bought(tmp_path) as launch:
        assert "No payment is known by this id." == await refusal(
            room_of(launch), f"/trace/{name}", 404, launch
        )


async def test_a_payment_that_may_be_there_unread_is_not_called_unknown(
    room: Control, launch: Launch
) -> None:
    said = await refusal(room, "/trace/pi_nope", 503, launch)

    assert said.startswith(
        "No payment is known by this id, and there may be one: cannot be seen: nothing was read"
    )


@pytest.mark.parametrize(
    "name",
    ["%00", "a%20b", "%1b%5b2J", "ada%40example.com", "%F0%9F%92%B8", "a" * 121, "%ff", "pi_1%0a", "..;"],
)
async def test_what_is_no_id_is_refused_and_not_repeated(room: Control, launch: Launch, name: str) -> None:
    said = await refusal(room, f"/trace/{name}", 400, launch)

    assert "Got an id of another form, expected 1 to 120 of A-Z, a-z, 0-9 and _-:." == said


async def test_where_no_money_is_read_nothing_can_be_traced(launch: Launch) -> None:
    class Poor(StandInRoom):
        @property
        def plan(self) -> Any:
            return msgspec.structs.replace(super().plan, money=None)

    said = await refusal(Poor(), "/trace/pi_1", 503, launch)

    assert "The plan has no [money], so that no payment is read that could be traced." == said


def test_of_very_many_objects_the_first_are_told_and_the_others_counted(room: Control) -> None:
    panel = room.first_dollar(READER, "pi_1")
    kept: tuple[Kept, ...] = panel.kept[:1] * 103
    charge = replace(panel.trace.hops[0], ids=("ch_1",) * 101)
    many = replace(panel, kept=kept, trace=replace(panel.trace, hops=(charge, *panel.trace.hops[1:])))

    told = trace_answer.traced(many, room.view())

    assert (100, 3) == (len(told.stands_on), told.stands_on_left_out)
    assert (100, 1) == (len(told.hops[0].ids), told.hops[0].ids_left_out)


# ------------------------------------------------------------ when the store cannot be asked


@pytest.mark.parametrize("path", ["/runs", "/flips", "/evidence", "/trace/pi_1"])
async def test_a_store_that_is_away_is_no_empty_answer(tmp_path: Path, path: str) -> None:
    with (
        bought(tmp_path / "here") as launch,
        opened(f"sqlite:///{launch.folder / 'golive.sqlite3'}") as store,
    ):
        room = room_of(launch, store)
        store.close()
        shutil.move(tmp_path / "here", tmp_path / "away")
        try:
            async with asking(room, launch.now) as client:
                told = await client.get(f"/api/v1{path}")
            board = await ask(room, "/board", launch.now)
        finally:
            shutil.move(tmp_path / "away", tmp_path / "here")

    assert (503, "10") == (told.status_code, told.headers["retry-after"])
    assert "cannot be read" in told.json()["error"], told.text
    assert [] == faults(_described(path), 503, told.json())
    assert "HOLD" == board["verdict"]
