"""The same of a run always becomes the same record, and nobody's name is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from collectors.observation import Environment
from dashboard.launch.event import Event, What
from dashboard.sealing.drafts import (
    CONTROLS,
    DECISIONS,
    ENDS,
    Of,
    decision_draft,
    event_data,
    event_draft,
    flip_data,
    flip_draft,
    verdict_of,
)
from evidence.canonical import read, written
from evidence.contents import Decision, Head, content
from evidence.record import Draft, Kind, Place, parsed, payload_of, placed
from tests.cast import T0
from tests.dashboard.launch.hour import recorded
from tests.dashboard.store.scene import drafted, flip

OF = Of(run=1, environment=Environment.REHEARSAL, plan_sha256="a" * 64)
PLACE = Place(origin="golive/1", index=3, prev="b" * 64)
HEAD = Head(size=3, root="c" * 64, origin="golive/1")
BLOB = "d" * 64


def event(what: What = What.DECIDED, **told: object) -> Event:
    """An event with every field filled."""
    full = drafted(
        what,
        actor="Zebediah Quux",
        subject="GO",
        after="GO",
        board_hash="e" * 64,
        evaluation=9,
        mark_s=60,
        until=T0 + timedelta(minutes=30, microseconds=5),
        risk="a page fails",
        control="a person looks",
        about=2,
    )
    return recorded(replace(full, **told), 7, T0 + timedelta(microseconds=900_000))  # type: ignore[arg-type]  # fields of a draft


def payload(draft: Draft) -> bytes:
    return payload_of(placed(draft, PLACE, "2026-11-22T09:00:00Z"))


def decided(happened: Event) -> Draft:
    return decision_draft(OF, happened, {CONTROLS: BLOB}, head=HEAD, standings=())


@pytest.mark.parametrize("what", list(What))
def test_the_same_event_is_the_same_bytes_and_reads_as_a_record(what: What) -> None:
    one, other = (event_draft(OF, event(what), BLOB) for _ in range(2))

    assert payload(one) == payload(other)
    record = parsed(payload(one))
    assert ("event/7", Kind.EVENT, what.value) == (
        record.predicate.key,
        record.predicate.kind,
        record.predicate.data["what"],
    )


def test_an_event_says_all_that_it_says_in_the_log_of_the_run_and_no_name() -> None:
    said = read(written(event_data(event())))

    assert {"actor"} == set(Event.__dataclass_fields__) - set(said)
    assert ("decided", "2026-11-22T09:30:00Z", 9, 60, 2, 7) == (
        said["what"],
        said["until"],
        said["evaluation"],
        said["mark_s"],
        said["about"],
        said["seq"],
    )


@pytest.mark.parametrize("what", sorted(DECISIONS | ENDS))
def test_nobody_s_name_is_sealed_and_their_role_is(what: What) -> None:
    for draft in (event_draft(OF, event(what), BLOB), decided(event(what))):
        assert b"Zebediah" not in payload(draft)
        assert ("coordinator", "coordinator", "asserted") == (
            draft.actor.id,
            draft.actor.role,
            draft.actor.identity,
        )


@pytest.mark.parametrize("what", sorted(DECISIONS | ENDS))
def test_a_decision_reads_as_one_and_names_its_head_and_plan(what: What) -> None:
    record = parsed(payload(decided(event(what))))

    told = content(record.predicate.data, Decision)
    is_end = what in ENDS
    assert ("close" if is_end else "board", HEAD, BLOB) == (told.gate, told.tree, told.plan_sha256)
    assert (Kind.CLOSE if is_end else Kind.DECISION) is record.predicate.kind
    assert what.value == told.reason_code


@pytest.mark.parametrize(
    ("happened", "verdict"),
    [
        (event(after="GO"), "GO"),
        (event(subject="NO_GO", after="NO_GO"), "NO-GO"),
        (event(subject="HOLD", after=""), "HOLD"),
        (event(What.ROLLED_BACK, subject="NO_GO", after="rolled back"), "ROLL-BACK"),
        (event(What.CLOSED, after="closed"), "CLOSED"),
        (event(What.SCRUBBED, after="scrubbed"), "SCRUBBED"),
        (event(What.OVERRIDDEN, after="GO by override"), "GO"),
    ],
)
def test_what_a_decision_came_to_is_one_word(happened: Event, verdict: str) -> None:
    assert verdict == verdict_of(happened)


def test_a_flip_says_all_in_its_blob_and_little_in_its_record() -> None:
    data = flip_data(flip(4, (1, 2)))
    record = parsed(payload(flip_draft(OF, flip(4, (1, 2)), data, BLOB)))

    assert {"evaluation": 4, "inputs": [1, 2], "reason": "the ledger answered 500"}.items() <= data.items()
    assert ("flip/4/ledger", {"reason", "inputs"}) == (
        record.predicate.key,
        set(data) - set(record.predicate.data),
    )


def test_a_long_address_is_cut_to_what_a_record_takes() -> None:
    address = "https://ledger.example/" + "x" * 500

    assert address[:200] == OF.source("ledger", address).url
