"""What is followed beside a board is what the store holds, however it came to be known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard import recent
from dashboard.launch.inputs import Input
from dashboard.recent import Recent
from dashboard.store.errors import StoreLockedError
from tests.dashboard.store.scene import T0, answer, at
from tests.dashboard.tower import Tower

LEDGER, OTHER = "ledger.balance", "scholarship_api.ready"


def _recent(tower: Tower, window_s: int = 60, least: int = 2) -> Recent:
    windows = {LEDGER: window_s, OTHER: 0}
    return Recent(store=tower.store, run_id=tower.writer.run.id, windows_s=windows, least=least)


def _away(*_: object, **__: object) -> list[Input]:
    raise StoreLockedError("got no answer from the store")


def _seconds(found: tuple[Input, ...] | list[Input]) -> list[float]:
    return [(each.sample.observed_at - T0).total_seconds() for each in found]


def test_a_window_and_the_newest_follow_the_store(tower: Tower) -> None:
    followed = _recent(tower)
    tower.writer.samples(answer(second=0), answer(OTHER, 1), answer("another.probe", 2))
    followed.read(at(2))
    tower.writer.samples(answer(second=50), answer(second=70))
    followed.read(at(70))

    assert [50, 70] == _seconds(followed.inputs().windows[LEDGER])
    assert {LEDGER: 70, OTHER: 1} == {
        probe: _seconds([found])[0] for probe, found in followed.inputs().newest.items()
    }
    assert [1] == _seconds(followed.newest(OTHER, 9))
    assert [70, 50] == _seconds(followed.newest(LEDGER, 9))


def test_who_begins_late_knows_what_who_was_there_knows(tower: Tower) -> None:
    early = _recent(tower)
    early.read(T0)
    for second in range(0, 200, 10):
        tower.writer.samples(answer(second=second), answer(OTHER, second))
        early.read(at(second))
    late = _recent(tower)
    late.read(at(190))

    assert early.inputs() == late.inputs()
    assert list(range(130, 191, 10)) == _seconds(late.inputs().windows[LEDGER])
    assert [190, 180] == _seconds(late.newest(OTHER, 9))


def test_however_old_they_are_the_newest_are_kept(tower: Tower) -> None:
    followed = _recent(tower)
    tower.writer.samples(answer(second=0), answer(second=1), answer(second=2))

    followed.read(at(9_000))

    assert [1, 2] == _seconds(followed.inputs().windows[LEDGER])


def test_more_than_one_query_takes_is_read_in_several(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "AT_ONCE", 3)
    followed = _recent(tower)
    followed.read(T0)
    tower.writer.samples(*(answer(second=second) for second in range(10)))

    followed.read(at(9))

    assert list(range(10)) == _seconds(followed.inputs().windows[LEDGER])


def test_a_store_that_could_not_be_read_for_a_while_costs_no_sample(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = _recent(tower)
    tower.writer.samples(answer(second=0))
    followed.read(T0)
    tower.writer.samples(answer(second=1))
    with monkeypatch.context() as away:
        away.setattr(tower.store, "samples_after", _away)
        with pytest.raises(StoreLockedError):
            followed.read(at(1))
    tower.writer.samples(answer(second=2))

    followed.read(T0 + timedelta(seconds=2))

    assert [0, 1, 2] == _seconds(followed.inputs().windows[LEDGER])
