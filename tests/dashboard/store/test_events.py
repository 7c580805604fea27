"""The log of a run only grows, without a gap, and of two who act at once only the first is heard."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard.launch.event import Draft, Event
from dashboard.store.errors import StoreError
from tests.dashboard.store.scene import Writing, at, drafted


def told(reason: str = "everybody is here") -> Draft:
    """A draft with everything that one may say."""
    return drafted(
        at=at(3),
        reason=reason,
        board_hash="b" * 64,
        evaluation=7,
        mark_s=60,
        until=at(900),
        risk="credits arrive late",
        control="a person reads the ledger every minute",
        about=3,
        pace=6,
        shift_ms=-600_000,
    )


def append(writer: Writing, draft: Draft, expected: int) -> Event | None:
    return writer.store.append_event(writer.run.id, draft, expected=expected, now=at(5))


def test_an_event_comes_back_as_it_was_told_with_its_number_and_both_times(writer: Writing) -> None:
    appended = append(writer, told(), 0)

    assert appended is not None
    assert [appended] == writer.store.events(writer.run.id)
    assert (1, at(3), at(5)) == (appended.seq, appended.event_at, appended.recorded_at)
    assert told() == Draft(**{field.name: getattr(appended, field.name) for field in fields(Draft)})


def test_who_acts_on_an_old_head_changes_nothing(writer: Writing) -> None:
    append(writer, told("first"), 0)

    assert append(writer, told("second"), 0) is None
    assert ["first"] == [event.reason for event in writer.store.events(writer.run.id)]


def test_of_many_who_act_at_once_one_is_heard(writer: Writing) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: append(writer, told(f"{n}"), 0), range(8)))

    heard = [outcome for outcome in outcomes if outcome is not None]
    assert 1 == len(heard)
    assert heard == writer.store.events(writer.run.id)


def test_events_after_a_number_are_the_newer_ones(writer: Writing) -> None:
    for number in range(3):
        append(writer, told(f"{number}"), number)

    assert ["2"] == [event.reason for event in writer.store.events(writer.run.id, after=2)]


def test_the_head_of_a_run_tells_its_newest_event(writer: Writing) -> None:
    before = writer.store.head(writer.run.id)
    append(writer, told(), 0)
    after = writer.store.head(writer.run.id)

    assert before is not None
    assert after is not None
    assert (0, 1) == (before.event_seq, after.event_seq)


@pytest.mark.parametrize(
    "statement", ["UPDATE golive_event SET reason = 'other'", "DELETE FROM golive_event"]
)
def test_an_event_cannot_be_changed_or_taken_away(writer: Writing, statement: str) -> None:
    append(writer, told(), 0)

    with pytest.raises((DBAPIError, StoreError), match="append-only"), writer.store._database.writing() as to:
        to.execute(text(statement))

    assert 1 == len(writer.store.events(writer.run.id))
