"""A log grows record by record: each once, in its place, by the key in force, until it is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.contents import Rotation, told
from evidence.envelope import opened
from evidence.keys import Keys, public_key
from evidence.log import Appended, Log, LogError
from evidence.record import Kind, Record, parsed
from evidence.tree import leaf_hash
from tests.evidence.drafts import draft
from tests.evidence.sealed import Memory

NOW = datetime(2026, 11, 21, 22, tzinfo=UTC)
GENESIS = draft(key="genesis", kind=Kind.GENESIS)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def log(memory: Memory, keys: Keys) -> Log:
    return Log(origin="golive.example/run", store=memory, keys=lambda: keys)


def _records(memory: Memory) -> list[Record]:
    return [parsed(opened(one.envelope).payload) for one in memory.kept]


def test_each_record_has_its_place_and_names_the_leaf_before(log: Log, memory: Memory) -> None:
    appended = log.append([GENESIS, draft(key="event/1"), draft(key="event/2")], NOW)

    assert tuple(Appended(index=index, is_new=True) for index in range(3)) == appended
    places = [record.predicate.log for record in _records(memory)]
    assert [0, 1, 2] == [place.index for place in places]
    leaves = [leaf_hash(one.envelope).hex() for one in memory.kept]
    assert leaves == [one.leaf for one in memory.kept]
    assert ["", *leaves[:2]] == [place.prev for place in places]


def test_every_record_is_signed_by_the_recorder(log: Log, memory: Memory, keys: Keys) -> None:
    log.append([GENESIS, draft()], NOW)

    for one in memory.kept:
        opened(one.envelope).check(public_key(keys.recorder_spki))


def test_the_same_draft_is_one_record(log: Log, memory: Memory) -> None:
    log.append([GENESIS, draft()], NOW)

    again = log.append([draft(data={"seq": 2}), draft(key="event/2")], NOW)

    assert (Appended(index=1, is_new=False), Appended(index=2, is_new=True)) == again
    assert {"seq": 1} == _records(memory)[1].predicate.data


def test_the_genesis_is_first_and_only_once(log: Log) -> None:
    with pytest.raises(LogError, match="expected the genesis first"):
        log.append([draft()], NOW)
    log.append([GENESIS], NOW)
    with pytest.raises(LogError, match="expected the genesis first, and once"):
        log.append([draft(key="another", kind=Kind.GENESIS)], NOW)


def test_nothing_follows_the_close(log: Log) -> None:
    log.append([GENESIS, draft(key="close", kind=Kind.CLOSE)], NOW)

    with pytest.raises(LogError, match=r"the log golive.example/run is closed"):
        log.append([draft()], NOW)


def test_what_is_refused_leaves_nothing_of_its_batch(log: Log, memory: Memory) -> None:
    log.append([GENESIS], NOW)

    with pytest.raises(LogError):
        log.append([draft(), draft(key="another", kind=Kind.GENESIS)], NOW)
    assert 1 == len(memory.kept)


def test_the_clock_of_a_log_never_goes_back(log: Log, memory: Memory) -> None:
    log.append([GENESIS], NOW)
    log.append([draft()], NOW - timedelta(hours=1))
    log.append([draft(key="event/2")], NOW + timedelta(seconds=1))

    times = [record.predicate.recorded_at for record in _records(memory)]
    assert ["2026-11-21T22:00:00Z", "2026-11-21T22:00:00Z", "2026-11-21T22:00:01Z"] == times


def test_another_key_than_the_one_in_force_is_refused(log: Log, other_keys: Keys) -> None:
    log.append([GENESIS], NOW)

    with pytest.raises(LogError, match="another recorder's key"):
        replace(log, keys=lambda: other_keys).append([draft()], NOW)


def test_a_rotation_is_signed_by_the_old_key_and_the_next_record_by_the_new_one(
    log: Log, memory: Memory, keys: Keys, other_keys: Keys
) -> None:
    rotation = told(Rotation(recorder=other_keys.recorder_spki))
    log.append([GENESIS, draft(key="rotate", kind=Kind.KEY_ROTATE, data=rotation)], NOW)

    with pytest.raises(LogError, match="another recorder's key"):
        log.append([draft()], NOW)
    replace(log, keys=lambda: other_keys).append([draft()], NOW)

    opened(memory.kept[1].envelope).check(public_key(keys.recorder_spki))
    opened(memory.kept[2].envelope).check(public_key(other_keys.recorder_spki))
