"""Whoever goes on with a run seals it once and in order, wherever it was stopped; and only who may."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.scene import Act
from dashboard.room import RefusedError
from dashboard.sealing.handover import handover
from dashboard.sealing.heads import signed_head
from dashboard.sealing.sealer import Sealer
from dashboard.store.errors import StoreFullError
from dashboard.wiring.sealing import sealer_of
from evidence.heads import HeadError, HeadSigner
from evidence.keys import LOG_FILE, RECORDER_FILE, KeyFileError, make_keys
from evidence.log import Appending, LogError, LogStore
from tests.dashboard.money_read import OURS
from tests.dashboard.sealing.scene import (
    CEO,
    COORDINATOR,
    Launch,
    launching,
)
from tests.dashboard.sealing.short import fails, short
from tests.dashboard.store.scene import opened


class PulledError(Exception):
    """The plug was pulled."""


@dataclass
class Plug:
    """Lets so many things be written; then nothing more is."""

    left: int = 1_000_000

    def pull(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise PulledError


@dataclass
class Pulled:
    """A log that stops at a record, as a kill would: what was put in the same go is not kept."""

    store: LogStore
    plug: Plug
    _appending: Appending | None = field(init=False, default=None)

    @contextmanager
    def appending(self) -> Iterator[Any]:
        with self.store.appending() as self._appending:
            yield self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._appending, name)

    def put(self, **values: Any) -> None:
        self.plug.pull()
        assert self._appending is not None
        self._appending.put(**values)


def plugged(launch: Launch, plug: Plug) -> Sealer:
    """A sealer that is stopped when the plug is pulled: at a record, or where a head is kept."""
    seal = launch.seal()
    sealer = sealer_of(seal, launch.store, launch.writer.run, OURS, launch.clock)
    sealer.log = replace(sealer.log, store=Pulled(sealer.log.store, plug))

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Heads(type(seal.heads(sealer.log.origin))):  # type: ignore[misc]  # whatever signs heads
        def sign(self, leaves: Any) -> bytes:
            plug.pull()
            note: bytes = super(Heads, self).sign(leaves)
            plug.pull()
            return note

    # The real figures are looked at elsewhere, and cost half a second each.
    sealer.handover = lambda at: handover(at=at, board=None, kpis=(), money="None here.")
    heads = sealer.heads
    sealer.heads = Heads(origin=heads.origin, key=heads.key, folder=heads.folder)
    sealer.resume()
    return sealer


def pulled_once(launch: Launch, at: int) -> bool:
    """Seal the short launch; the plug is pulled at that point, and whoever comes next goes on. False where
    nothing was left to pull at.
    """
    plug, sealer = Plug(left=at), None
    for _ in short(launch, ending="HOLD"):
        for _ in range(2):
            try:
                sealer = sealer or plugged(launch, plug)
                sealer.step()
                break
            except PulledError:
                plug.left, sealer = 1_000_000, None
    return plug.left > 900_000


def expected_keys(launch: Launch) -> list[str]:
    """What the short launch becomes when nobody pulls the plug."""
    sealer = launch.sealer()
    for _ in short(launch, ending="HOLD"):
        sealer.step()
    return launch.names()


def test_wherever_it_is_stopped_whoever_goes_on_seals_everything_once_and_in_order(
    ready: Path, tmp_path: Path
) -> None:
    with _fresh(ready, tmp_path / "whole") as launch:
        expected = expected_keys(launch)

    point = 0
    while True:
        with _fresh(ready, tmp_path / f"{point}") as launch:
            is_pulled = pulled_once(launch, point)
            assert expected == launch.names(), f"stopped at {point}"
            assert point % 7 or [] == fails(launch)
            heads = launch.store.evidence.heads(launch.writer.run.id)
            assert {1, len(expected)} <= set(heads)
        if not is_pulled:
            break
        point += 1
    assert point > len(expected)


@contextmanager
def _fresh(ready: Path, folder: Path) -> Iterator[Launch]:
    shutil.copytree(ready, folder)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}") as launch:
        yield launch


def test_an_event_and_its_decision_are_both_there_or_neither_is(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(CEO, Act.DECIDE, "HOLD", reason="one more look")
    plug = Plug(left=1)
    sealer.log = replace(sealer.log, store=Pulled(sealer.log.store, plug))

    with pytest.raises(PulledError):
        sealer.step()

    assert ["genesis"] == launch.names()
    launch.sealer().step()
    assert ["genesis", "event/1", "decision/1"] == launch.names()


def test_a_store_that_is_full_once_costs_nothing_but_time(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(CEO, Act.DECIDE, "HOLD", reason="one more look")
    good, full = sealer.log, Plug(left=1)

    def pull() -> None:
        full.left -= 1
        if full.left < 0:
            raise StoreFullError("Got 'full'.")

    full.pull = pull  # type: ignore[method-assign]  # this plug says something else
    sealer.log = replace(good, store=Pulled(good.store, full))
    with pytest.raises(StoreFullError):
        sealer.step()
    sealer.log = good
    sealer.step()

    assert ["genesis", "event/1", "decision/1"] == launch.names()


def test_what_was_sealed_is_not_sealed_again_by_a_second_sealer_beside_it(launch: Launch) -> None:
    first, second = launch.sealer(), launch.sealer()
    for _ in short(launch):
        first.step()
        second.step()

    keys = launch.names()
    assert len(set(keys)) == len(keys)
    assert [] == fails(launch)


def test_events_of_a_clock_that_was_set_back_keep_their_order(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.start()
    launch.judge(ledger=Verdict.NO_GO)
    launch.wait(-30)
    launch.judge()
    launch.act(COORDINATOR, Act.HOLD)
    plug = Plug(left=3)
    sealer.log = replace(sealer.log, store=Pulled(sealer.log.store, plug))
    with pytest.raises(PulledError):
        sealer.step()
    launch.sealer().step()

    keys = [each for each in launch.names() if not each.startswith("inputs/")]
    assert {"genesis", "event/1", "event/2", "flip/2/ledger", "flip/3/ledger"} == set(keys)
    assert keys.index("event/1") < keys.index("event/2")
    assert keys.index("flip/2/ledger") < keys.index("flip/3/ledger")


# ---------------------------------------------------------------- who may go on


def test_a_database_that_was_turned_back_is_refused(launch: Launch, folder: Path) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.start()
    sealer.step()
    with sqlite3.connect(folder / "golive.sqlite3") as now, sqlite3.connect(folder / "old.sqlite3") as old:
        now.backup(old)
    launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    sealer.step()

    with opened(f"sqlite:///{folder / 'old.sqlite3'}") as store:
        back = replace(launch, writer=replace(launch.writer, store=store))
        back.act(CEO, Act.DECIDE, "HOLD", reason="it never was")
        with pytest.raises(HeadError, match=r"turned back|rewritten"):
            back.sealer().step()
        with pytest.raises(RefusedError, match=r"turned back|rewritten"):
            back.bundle()


@pytest.mark.parametrize(("file", "error"), [(RECORDER_FILE, LogError), (LOG_FILE, KeyFileError)])
def test_a_key_that_the_log_did_not_begin_with_is_refused(
    launch: Launch, folder: Path, file: str, error: type[Exception]
) -> None:
    launch.sealer()
    launch.judge()
    launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    make_keys(folder / "other")
    shutil.copy(folder / "other" / file, folder / "keys" / file)

    with pytest.raises(error, match="got another"):
        launch.sealer().step()
    assert ["genesis"] == launch.names()


def test_no_head_is_signed_by_a_key_that_the_log_did_not_begin_with(launch: Launch, folder: Path) -> None:
    launch.sealer()
    other = make_keys(folder / "other")
    log = launch.room()._desk().log
    heads = HeadSigner(origin=log.origin, key=other.log, folder=folder / "other")

    with pytest.raises(HeadError, match="got another key than the one that the log"):
        signed_head(launch.store, launch.writer.run.id, heads)
    assert [1] == list(launch.store.evidence.heads(launch.writer.run.id))
