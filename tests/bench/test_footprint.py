from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from tests.bench.footprint import Footprint, footprint, growth, left_behind


def held(rss: int = 200_000_000, threads: int = 8, sockets: int = 40, files: int = 10) -> Footprint:
    return Footprint(rss=rss, threads=threads, sockets=sockets, files=files)


def holds(early: Sequence[Footprint], late: Sequence[Footprint]) -> tuple[bool, ...]:
    return tuple(each.holds for each in growth("dashboard", early, late, "after ten minutes"))


def test_memory_may_grow_by_a_tenth_and_no_further() -> None:
    assert (True, True) == holds([held()], [held(rss=220_000_000)])
    assert (False, True) == holds([held()], [held(rss=220_000_001)])


@pytest.mark.parametrize(
    "later", [held(threads=9), held(sockets=41), held(files=11), held(threads=9, sockets=20)]
)
def test_one_more_of_anything_does_not_hold_even_if_there_is_less_of_something_else(later: Footprint) -> None:
    assert (True, False) == holds([held()], [later])


def test_what_comes_and_goes_is_no_leak() -> None:
    assert (True, True) == holds([held()] * 3, [held(), held(), held(threads=12, sockets=44)])


def test_one_viewer_on_their_way_is_no_leak_and_two_are() -> None:
    (_, five) = growth("dashboard", [held()], [held(sockets=44, files=11)], "then", may_differ=5)
    (_, six) = growth("dashboard", [held()], [held(sockets=44, files=12)], "then", may_differ=5)

    assert (True, False) == (five.holds, six.holds)


def test_what_viewers_leave_open_does_not_hold() -> None:
    assert left_behind(held(sockets=3), held(sockets=3, threads=12), "dashboard").holds
    assert not left_behind(held(sockets=3), held(sockets=4), "dashboard").holds


def test_a_file_that_viewers_leave_open_is_named(tmp_path: Path) -> None:
    process = psutil.Process(os.getpid())
    before = footprint(process)
    with (tmp_path / "golive.db").open("w"):
        left = left_behind(before, footprint(process), "dashboard")

    assert "one more of golive.db" == left.how.rpartition("; ")[2]


def test_a_socket_and_a_file_are_counted_as_what_they_are(tmp_path: Path) -> None:
    process = psutil.Process(os.getpid())
    before = footprint(process)
    with socket.socket(), (tmp_path / "one").open("w"), (tmp_path / "two").open("w"):
        during = footprint(process)

    assert (1, 2) == (during.sockets - before.sockets, during.files - before.files)
    assert before == Footprint(
        rss=before.rss, threads=before.threads, sockets=during.sockets - 1, files=during.files - 2
    )
