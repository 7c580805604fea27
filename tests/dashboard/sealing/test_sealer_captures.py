"""What golive reads is captured by itself: in its window, once, and never with a secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.plan_file import load_plan
from dashboard.launch.scene import Act
from evidence.canonical import read as read_json
from evidence.redaction import find_secret
from tests.dashboard.launch.money.bought import after
from tests.dashboard.sealing.scene import (
    COORDINATOR,
    T_0,
    Launch,
    launching,
)
from tests.dashboard.tower import LOADED


def test_what_golive_reads_is_captured_when_the_trace_gets_there(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.start()
    launch.now = after(25)
    sealer.step()
    assert [] == _items(launch)

    launch.purchase()
    sealer.step()
    sealer.step()

    assert ["stripe_charge/1", "stripe_endpoint/1", "ledger_balance/1", "ledger_transactions/1"] == _items(
        launch
    )
    charge = next(each for each in launch.records() if each.predicate.key == "item/stripe_charge/1")
    (blob,) = read_json(launch.room().blob(COORDINATOR, charge.subject[0].digest.sha256) or b"")
    assert ("ch_1", 999, True) == (blob["id"], blob["amount"], blob["livemode"])
    assert ("2026-11-24T12:00:20Z", "2026-11-24T12:00:25Z") == (
        charge.predicate.captured_at,
        charge.predicate.recorded_at,
    )


def test_outside_its_window_nothing_is_captured(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = after(25 - 29 * 60)
    launch.start()
    launch.now = after(25)
    launch.purchase()
    sealer.step()
    assert ["stripe_endpoint/1"] == _items(launch)

    launch.wait(minutes=1)
    sealer.step()

    assert 4 == len(_items(launch))


def test_what_expired_is_captured_again_once_it_was_read_again(folder: Path) -> None:
    text = LOADED.text.replace("valid_for_s = 86400", "valid_for_s = 600")
    quick = load_plan(text, scan=find_secret)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}", quick) as launch:
        sealer = launch.sealer()
        launch.read_endpoint()
        sealer.step()
        launch.wait(601)
        for _ in range(3):
            sealer.step()
        assert ["stripe_endpoint/1"] == _items(launch)

        launch.read_endpoint()
        for _ in range(3):
            sealer.step()

        assert ["stripe_endpoint/1", "stripe_endpoint/2"] == _items(launch)


def test_what_was_undone_by_a_recycle_is_captured_again(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.start()
    launch.now = after(25)
    launch.purchase()
    sealer.step()
    launch.act(COORDINATOR, Act.RECYCLE, mark_s=20 * 60)
    sealer.step()
    assert 4 == len(_items(launch))

    launch.wait(minutes=11)
    launch.purchase()
    sealer.step()

    assert ["ledger_balance/2", "ledger_transactions/2", "stripe_charge/2"] == sorted(_items(launch)[4:])


def test_what_holds_a_secret_is_not_captured_and_nothing_else_stops(
    launch: Launch, caplog: pytest.LogCaptureFixture
) -> None:
    sealer = launch.sealer()
    launch.read_endpoint(id="sk_live_51N0aBcDeFgHiJkLmNoPq")
    launch.judge(ledger=Verdict.NO_GO)
    for _ in range(3):
        sealer.step()

    assert ["genesis", "flip/1/ledger"] == launch.names()
    assert ["stripe_endpoint"] == [each.getMessage().split()[0] for each in caplog.records]
    assert "sk_live" not in caplog.text


def _items(launch: Launch) -> list[str]:
    return [each.removeprefix("item/") for each in launch.names() if each.startswith("item/")]
