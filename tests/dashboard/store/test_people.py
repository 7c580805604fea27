"""What people ask for and do, on both databases: given once, and never lost."""

from __future__ import annotations

from dashboard.store.values import ProbeRequest, RecordedAction
from tests.dashboard.store.scene import T0, Writing, at


def test_a_request_is_given_to_the_collectors_once(writer: Writing) -> None:
    first = _requested(writer, "ledger.write")
    second = _requested(writer, "notification.smoke")

    taken = writer.store.take_requests(writer.run.id, now=at(1), lease=writer.lease)
    again = writer.store.take_requests(writer.run.id, now=at(2), lease=writer.lease)
    third = _requested(writer, "ledger.write")
    later = writer.store.take_requests(writer.run.id, now=at(3), lease=writer.lease)

    assert [first, second] == [request.id for request in taken]
    assert (
        ProbeRequest(
            id=first, probe="ledger.write", actor="Robin", role="lead", identity="asserted", requested_at=T0
        )
        == taken[0]
    )
    assert [] == again
    assert [third] == [request.id for request in later]


def test_actions_are_kept_in_the_order_they_were_done(writer: Writing) -> None:
    first = _acted(writer, "put a fault in", "ledger_500")
    second = _acted(writer, "take a fault out", "ledger_500")

    actions = writer.store.actions(writer.run.id)

    assert [first, second] == [action.id for action in actions]
    assert actions[0] == RecordedAction(
        id=first,
        actor="Robin",
        role="lead",
        identity="asserted",
        what="put a fault in",
        detail="ledger_500",
        at=T0,
    )


def _requested(writer: Writing, probe: str) -> int:
    return writer.store.request_probe(
        writer.run.id, probe, actor="Robin", role="lead", identity="asserted", now=T0
    )


def _acted(writer: Writing, what: str, detail: str) -> int:
    return writer.store.append_action(
        writer.run.id, actor="Robin", role="lead", identity="asserted", what=what, detail=detail, now=T0
    )
