"""A short launch with a bit of everything, and what is read of what was sealed of it."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.launch.board import Verdict
from dashboard.launch.scene import Act
from evidence.contents import Decision, content
from evidence.record import Record
from evidence.verification.report import Severity
from tests.dashboard.launch.money.bought import after
from tests.dashboard.sealing.scene import (
    CEO,
    COORDINATOR,
    T_0,
    Launch,
)


def short(launch: Launch, *, ending: str = "GO") -> Iterator[None]:
    """A launch with a bit of everything, which stops wherever whoever seals it may look."""
    launch.read_endpoint()
    launch.judge()
    yield
    launch.now = T_0
    launch.sample()
    launch.judge(ledger=Verdict.NO_GO)
    launch.start()
    yield
    launch.wait(5)
    launch.judge()
    launch.act(CEO, Act.DECIDE, "HOLD", reason="one more look")
    launch.wait(5)
    launch.sample()
    launch.judge(latency=Verdict.UNKNOWN, cors=Verdict.NO_GO)
    yield
    launch.wait(90)
    launch.judge()
    if ending == "GO":
        launch.go()
    yield
    launch.now = after(25)
    launch.purchase()
    yield
    launch.wait(60)
    launch.judge()
    launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    yield


def told(record: Record) -> Decision:
    return content(record.predicate.data, Decision)


def fails(launch: Launch, *, is_open: bool = False) -> list[str]:
    return [str(each) for each in launch.verified(is_open=is_open).findings if each.severity is Severity.FAIL]
