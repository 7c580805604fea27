"""A run is sealed as it goes, in order and once, and so is what a changed plan or another attempt makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.event import What
from dashboard.launch.plan_file import load_plan
from dashboard.launch.scene import Act, RefusedActError
from dashboard.sealing.report import HANDOVER
from dashboard.sealing.sealer import HEAD_EVERY
from evidence.canonical import read as read_json
from evidence.contents import Genesis, content
from evidence.record import Kind
from evidence.redaction import find_secret
from tests.dashboard.sealing.scene import (
    CEO,
    CHAIR,
    COORDINATOR,
    T_0,
    Launch,
    launching,
    whole,
)
from tests.dashboard.sealing.short import fails, short, told
from tests.dashboard.tower import LOADED

# ---------------------------------------------------------------- what is sealed, and in which order


def test_a_log_begins_with_the_genesis_and_its_head_is_signed_at_once(launch: Launch) -> None:
    launch.sealer()

    (genesis,) = launch.records()
    said = content(genesis.predicate.data, Genesis)
    assert (0, Kind.GENESIS, launch.writer.run.id) == (
        genesis.predicate.log.index,
        genesis.predicate.kind,
        said.run,
    )
    assert [1] == list(launch.store.evidence.heads(launch.writer.run.id))
    assert said.plan_sha256 == genesis.subject[0].digest.sha256
    plan = launch.room().blob(COORDINATOR, genesis.subject[1].digest.sha256)
    assert launch.loaded.text.encode() == plan


def test_events_flips_and_decisions_are_sealed_in_the_order_in_which_they_were_recorded(
    launch: Launch,
) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()

    keys = [each for each in launch.names() if not each.startswith(("inputs/", "item/"))]
    voters = [f"event/{number}" for number in range(3, 10)]
    assert [
        "genesis",
        "flip/2/ledger",
        "event/1",
        "flip/3/ledger",
        "event/2",
        "decision/2",
        "flip/4/cors",
        "flip/4/latency",
        "flip/5/cors",
        "flip/5/latency",
        *voters,
        "event/10",
        "decision/10",
        "event/11",
        "close/11",
    ] == keys


def test_a_decision_has_the_inputs_up_to_it_over_a_head_of_its_own_and_a_head_behind_it(
    launch: Launch,
) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()

    keys, records = launch.names(), launch.records()
    heads = launch.store.evidence.heads(launch.writer.run.id)
    for key in ("decision/2", "decision/10", "close/11"):
        index = keys.index(key)
        assert keys[index - 2].startswith("inputs/")
        assert told(records[index]).tree.size == index - 1
        assert {index - 1, index + 1} <= set(heads)
    assert [] == fails(launch)


def test_a_go_cites_what_proves_it_and_the_close_everything(launch: Launch) -> None:
    whole(launch)

    keys, records = launch.names(), launch.records()
    go, close = (told(each) for each in records if each.predicate.kind in {Kind.DECISION, Kind.CLOSE})
    assert (("GO", ()), ("CLOSED", ())) == ((go.verdict, go.unmet), (close.verdict, close.unmet))
    assert ["item/stripe_endpoint/1"] == [keys[each.index] for each in go.evidence]
    assert 6 == len(close.evidence)


def test_a_close_that_lacks_something_says_what(launch: Launch) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()

    assert ("stripe_page", "credits_page") == told(launch.records()[-1]).unmet


def test_the_close_ends_the_log_with_the_figures(launch: Launch) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()
    size = len(launch.names())
    launch.wait(60)
    launch.judge(ledger=Verdict.NO_GO)
    launch.act(COORDINATOR, Act.NEXT_ATTEMPT, reason="again")
    sealer.step()
    launch.sealer().step()

    close = launch.records()[-1]
    named = {each.name: each.digest.sha256 for each in close.subject}
    figures = read_json(launch.room().blob(COORDINATOR, named[HANDOVER]) or b"")
    assert size == len(launch.names())
    assert {"cut_off", "board", "kpis", "money"} == set(figures)
    assert ("GO", close.predicate.captured_at) == (figures["board"]["verdict"], figures["cut_off"])


def test_a_run_that_is_scrubbed_before_t_0_is_closed_too(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(COORDINATOR, Act.SCRUB, reason="no quorum")
    sealer.step()

    assert (["event/1", "close/1"], "SCRUBBED") == (launch.names()[-2:], told(launch.records()[-1]).verdict)
    assert [] == fails(launch)


def test_nobody_s_name_is_in_what_was_sealed(launch: Launch) -> None:
    whole(launch)

    assert b"Robin" not in launch.bundle().read_bytes()


def test_a_head_is_signed_after_so_many_records_without_a_decision(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.start()
    for _ in range(HEAD_EVERY):
        launch.judge(ledger=Verdict.NO_GO)
        launch.judge()
    sealer.step()

    assert len(launch.names()) in launch.store.evidence.heads(launch.writer.run.id)


# ---------------------------------------------------------------- plans and attempts


def test_a_plan_that_is_changed_under_way_leaves_the_log_its_first_plan(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.read_endpoint()
    sealer.step()
    launch.judge()
    launch.start()
    other = load_plan(
        LOADED.text.replace('title = "First live dollar"', 'title = "Second"'), scan=find_secret
    )
    launch.conductor().offer(other.sha256)
    launch.store.open_run(
        plan_id=other.plan.id, plan_sha256=other.sha256, plan_toml=other.text, now=launch.now
    )
    launch.act(COORDINATOR, Act.ASK_PLAN)
    launch.act(CHAIR, Act.ADOPT_PLAN)
    sealer.step()
    run = launch.store.run(launch.writer.run.id)
    assert run is not None
    launch.writer = replace(launch.writer, run=run)
    again = launch.sealer()
    launch.loaded = other
    launch.judge()
    launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    again.step()

    whats = [each.predicate.data["what"] for each in launch.records() if each.predicate.kind is Kind.EVENT]
    assert What.PLAN_CHANGED.value in whats
    genesis = content(launch.records()[0].predicate.data, Genesis)
    assert genesis.plan_sha256 == told(launch.records()[-1]).plan_sha256
    assert [] == fails(launch, is_open=True)


def test_the_next_attempt_begins_a_log_that_cites_the_head_before(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(COORDINATOR, Act.SCRUB, reason="no quorum")
    sealer.step()
    heads = launch.store.evidence.heads(launch.writer.run.id)
    origin = launch.store.evidence.origin(launch.writer.run.id)

    launch.next_attempt()

    run = launch.writer.run
    before = content(launch.records()[0].predicate.data, Genesis).before
    assert before is not None
    assert (2, origin, max(heads)) == (run.attempt, before.origin, before.size)
    assert origin != launch.store.evidence.origin(run.id)


def test_a_plan_that_wants_nothing_proven_is_sealed_all_the_same(folder: Path) -> None:
    text = LOADED.text[: LOADED.text.index("[evidence]")]
    bare = load_plan(text, scan=find_secret)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}", bare) as launch:
        sealer = launch.sealer()
        for _ in short(launch):
            sealer.step()

        assert () == told(launch.records()[-1]).unmet
        assert [] == fails(launch)


def test_two_people_cannot_override_what_is_not_proven(launch: Launch) -> None:
    launch.sealer().step()
    launch.judge(cors=Verdict.UNKNOWN)
    launch.act(CHAIR, Act.ASK_OVERRIDE)

    with pytest.raises(RefusedActError, match="not proven yet is “Stripe: the webhook endpoint”"):
        launch.act(CEO, Act.OVERRIDE)

    launch.read_endpoint()
    launch.sealer().step()
    assert "GO by override" == launch.act(CEO, Act.OVERRIDE).after


def test_no_go_is_taken_while_the_endpoint_is_not_proven(launch: Launch) -> None:
    launch.sealer()
    launch.now = T_0
    with pytest.raises(RefusedActError, match="Stripe: the webhook endpoint"):
        launch.go()


def test_no_go_is_taken_without_a_stamp_where_the_plan_wants_one(folder: Path) -> None:
    text = LOADED.text.replace("valid_for_s = 86400", "require_anchor_before_go = true")
    strict = load_plan(text, scan=find_secret)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}", strict) as launch:
        launch.sealer()
        launch.read_endpoint()
        launch.sealer().step()
        with pytest.raises(RefusedActError, match="stamp"):
            launch.go()
