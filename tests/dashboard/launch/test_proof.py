"""What must be proven stands as the log says at that moment; evidence that was lost never counts again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dashboard.launch.clock import TClock
from dashboard.launch.plan_evidence import Evidence, EvidenceItem, ItemKind
from dashboard.launch.proof import (
    Blob,
    Capture,
    Completeness,
    ItemState,
    Known,
    Reviewed,
    Standing,
    completeness,
    standings,
    unmet,
)
from tests.cast import T0

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MICRO = timedelta(microseconds=1)
HOLDS_S = 3_600
STARTED = (TClock().start(T0),)
PICTURE = EvidenceItem(
    id="page",
    title="The page",
    kind=ItemKind.SCREENSHOT,
    proves="It is there.",
    system="shop",
    owner="coordinator",
    from_min=10,
    to_min=20,
)
CHARGE = structs.replace(PICTURE, id="charge", kind=ItemKind.STRIPE_CHARGE)
FROM_THE_START = structs.replace(CHARGE, id="endpoint", from_min=None, before="go")


def capture(at: datetime, index: int = 7, item: str = "page", by: str = "coordinator") -> Capture:
    """What was captured at that moment, as the log has it: in whole seconds."""
    whole = at.replace(microsecond=0)
    return Capture(
        index=index,
        leaf=f"{index:064x}",
        item=item,
        kind="screenshot",
        captured_at=whole,
        recorded_at=whole,
        by=by,
        role=by,
        how="upload",
        system="shop",
        blobs=(Blob(name="page.png", media_type="image/png", sha256=f"{index:064x}"),),
        valid_for_s=HOLDS_S,
    )


def review(of: int = 7, *, accepted: bool = True, by: str = "finance") -> Reviewed:
    return Reviewed(of=of, accepted=accepted, by=by, role=by, reason="", recorded_at=T0 + 16 * MINUTE)


def stands(
    item: EvidenceItem,
    *captures: Capture,
    reviews: Sequence[Reviewed] = (),
    erased: Sequence[str] = (),
    clocks: Sequence[TClock] = STARTED,
    now: datetime = T0 + 16 * MINUTE,
) -> Standing:
    """How this item alone stands."""
    known = Known(captures=captures, reviews={each.of: each for each in reviews}, erased=frozenset(erased))
    (found,) = standings(Evidence(items=(item,), valid_for_s=HOLDS_S), known, clocks, now)
    return found


def state(item: EvidenceItem, at: datetime, clocks: Sequence[TClock] = STARTED) -> ItemState:
    """How an item stands that was captured at that moment, just then."""
    return stands(item, capture(at, item=item.id), reviews=[review()], clocks=clocks, now=at).state


# ---------------------------------------------------------------- the states


def test_nothing_was_captured_and_it_is_missing_outside_its_window_and_open_inside() -> None:
    before, first, last, after = (
        stands(PICTURE, now=T0 + 10 * MINUTE - MICRO),
        stands(PICTURE, now=T0 + 10 * MINUTE),
        stands(PICTURE, now=T0 + 20 * MINUTE),
        stands(PICTURE, now=T0 + 20 * MINUTE + MICRO),
    )

    assert [(ItemState.MISSING, False), (ItemState.OPEN, True), (ItemState.OPEN, True)] == [
        (each.state, each.is_open) for each in (before, first, last)
    ]
    assert (ItemState.MISSING, False, None) == (after.state, after.is_open, after.capture)


def test_what_may_be_captured_from_the_opening_is_open_before_t_0_and_the_rest_is_not() -> None:
    assert ItemState.OPEN is stands(FROM_THE_START, clocks=()).state
    assert ItemState.MISSING is stands(PICTURE, clocks=()).state


def test_a_picture_counts_once_somebody_else_accepted_it() -> None:
    taken = capture(T0 + 15 * MINUTE)

    assert ItemState.IN_REVIEW is stands(PICTURE, taken).state
    assert ItemState.CAPTURED is stands(PICTURE, taken, reviews=[review()]).state
    assert ItemState.REFUSED is stands(PICTURE, taken, reviews=[review(accepted=False)]).state


def test_a_word_of_whoever_captured_it_is_no_review() -> None:
    own = stands(PICTURE, capture(T0 + 15 * MINUTE), reviews=[review(by="coordinator")])

    assert (ItemState.IN_REVIEW, False) == (own.state, own.counts)


def test_what_golive_captured_needs_no_review() -> None:
    taken = capture(T0 + 15 * MINUTE, item="charge", by="golive")

    assert ItemState.CAPTURED is stands(CHARGE, taken).state


@pytest.mark.parametrize("reviews", [(), (review(),), (review(accepted=False),)])
def test_what_was_erased_counts_for_nothing_whatever_was_said_of_it(reviews: tuple[Reviewed, ...]) -> None:
    taken = capture(T0 + 15 * MINUTE)

    assert ItemState.ERASED is stands(PICTURE, taken, reviews=reviews, erased=[taken.blobs[0].sha256]).state


def test_a_capture_counts_to_the_last_second_of_its_time_and_not_beyond() -> None:
    taken = capture(T0 + 15 * MINUTE)
    ends = taken.captured_at + timedelta(seconds=HOLDS_S)

    assert ItemState.CAPTURED is stands(PICTURE, taken, reviews=[review()], now=ends).state
    assert ItemState.EXPIRED is stands(PICTURE, taken, reviews=[review()], now=ends + MICRO).state


def test_its_time_runs_from_when_it_was_captured_and_not_from_when_that_was_recorded() -> None:
    taken = replace(capture(T0 + 15 * MINUTE), captured_at=T0 + 5 * MINUTE)
    ends = T0 + 5 * MINUTE + timedelta(seconds=HOLDS_S)

    assert ItemState.CAPTURED is stands(PICTURE, taken, reviews=[review()], now=ends).state
    assert ItemState.EXPIRED is stands(PICTURE, taken, reviews=[review()], now=ends + MICRO).state


def test_what_holds_for_ever_never_expires() -> None:
    taken = replace(capture(T0 + 15 * MINUTE), valid_for_s=None)

    assert stands(PICTURE, taken, reviews=[review()], now=T0 + timedelta(days=4_000)).counts


# ---------------------------------------------------------------- the edges of a window


def test_a_window_holds_from_its_first_second_to_its_last_and_no_further() -> None:
    edges = {
        T0 + 10 * MINUTE - SECOND: ItemState.EARLY,
        T0 + 10 * MINUTE: ItemState.CAPTURED,
        T0 + 20 * MINUTE: ItemState.CAPTURED,
        T0 + 20 * MINUTE + SECOND: ItemState.LATE,
    }

    assert edges == {at: state(PICTURE, at) for at in edges}


def test_a_record_of_whole_seconds_is_given_the_part_of_a_second_that_it_lost() -> None:
    started = (TClock().start(T0 + SECOND - MICRO),)
    opens = T0 + 10 * MINUTE + SECOND - MICRO

    assert ItemState.CAPTURED is state(PICTURE, opens, started)  # its record says: a second before the window
    assert ItemState.EARLY is state(PICTURE, opens - SECOND, started)
    assert ItemState.CAPTURED is state(PICTURE, T0 + 20 * MINUTE + timedelta(milliseconds=900))
    assert ItemState.LATE is state(PICTURE, T0 + 20 * MINUTE + timedelta(milliseconds=1_000))


def test_before_t_0_it_is_early_where_the_window_begins_after_it_and_counts_where_it_does_not() -> None:
    assert ItemState.EARLY is state(PICTURE, T0 - MINUTE)
    assert ItemState.CAPTURED is state(FROM_THE_START, T0 - MINUTE)
    assert ItemState.LATE is state(FROM_THE_START, T0 + 20 * MINUTE + SECOND)


def test_what_came_too_early_is_in_nobodys_way_once_the_window_is_open() -> None:
    early = capture(T0 + 5 * MINUTE)

    before = stands(PICTURE, early, now=T0 + 9 * MINUTE)
    inside = stands(PICTURE, early, now=T0 + 12 * MINUTE)
    over = stands(PICTURE, early, now=T0 + 21 * MINUTE)

    assert (ItemState.EARLY, early) == (before.state, before.capture)
    assert (ItemState.OPEN, None, (early,)) == (inside.state, inside.capture, inside.others)
    assert ItemState.EARLY is over.state


def test_a_hold_makes_a_window_wait() -> None:
    held = (STARTED[0], STARTED[0].hold(T0 + 5 * MINUTE))

    assert ItemState.EARLY is state(PICTURE, T0 + 15 * MINUTE, held)
    assert ItemState.OPEN is stands(FROM_THE_START, clocks=held, now=T0 + 999 * MINUTE).state


def test_what_was_captured_before_the_clock_was_set_back_is_undone() -> None:
    back = STARTED[0].recycle(T0 + 18 * MINUTE, 5 * 60)
    clocks = (*STARTED, back)
    first, again = capture(T0 + 15 * MINUTE, item="charge"), capture(T0 + 24 * MINUTE, 8, "charge")

    undone = stands(CHARGE, first, clocks=clocks, now=T0 + 24 * MINUTE)
    assert (ItemState.OPEN, None, (first,)) == (undone.state, undone.capture, undone.others)
    found = stands(CHARGE, first, again, clocks=clocks, now=T0 + 25 * MINUTE)
    assert (ItemState.CAPTURED, again, (first,)) == (found.state, found.capture, found.others)


def test_what_has_no_beginning_is_not_undone_by_setting_the_clock_back() -> None:
    clocks = (*STARTED, STARTED[0].recycle(T0 + 18 * MINUTE, 5 * 60))

    assert ItemState.CAPTURED is stands(FROM_THE_START, capture(T0, item="endpoint"), clocks=clocks).state


def test_in_the_second_in_which_the_clock_was_set_back_into_the_window_it_is_not_late() -> None:
    back_at = T0 + 70 * MINUTE + timedelta(milliseconds=300)
    clocks = (*STARTED, STARTED[0].recycle(back_at, 15 * 60))
    taken = capture(back_at + timedelta(milliseconds=200), item="charge")

    found = stands(CHARGE, taken, clocks=clocks, now=back_at + SECOND)

    assert (True, ItemState.CAPTURED) == (found.is_open, found.state)


# ---------------------------------------------------------------- several captures, several reviews


def test_the_first_that_counts_is_the_proof_and_the_others_are_kept_beside_it() -> None:
    early, good, more = (capture(T0 + minute * MINUTE, minute) for minute in (9, 15, 16))

    found = stands(PICTURE, early, good, more, reviews=[review(15), review(16)])

    assert (ItemState.CAPTURED, good, (early, more)) == (found.state, found.capture, found.others)
    assert {early, good, more} == set(found.captures)


def test_while_none_counts_the_newest_that_waits_for_a_review_is_shown() -> None:
    first, waiting, late = (capture(T0 + minute * MINUTE, minute) for minute in (11, 12, 25))

    found = stands(PICTURE, first, waiting, late, reviews=[review(11, accepted=False)])
    refused = stands(PICTURE, first, reviews=[review(11, accepted=False)])

    assert (ItemState.IN_REVIEW, waiting, None) == (found.state, found.capture, found.review)
    assert refused.review is not None
    assert not refused.review.accepted


def test_a_capture_for_another_item_says_nothing_of_this_one() -> None:
    assert ItemState.OPEN is stands(PICTURE, capture(T0 + 15 * MINUTE, item="charge")).state


# ---------------------------------------------------------------- how complete it is


def test_completeness_counts_what_is_required_alone() -> None:
    optional = structs.replace(CHARGE, id="receipt", required=False)
    evidence = Evidence(items=(PICTURE, FROM_THE_START, optional))
    known = Known(captures=(capture(T0, 1, "endpoint"), capture(T0 + 15 * MINUTE, 2, "receipt")))

    found = standings(evidence, known, STARTED, T0 + 16 * MINUTE)

    assert ["page", "endpoint", "receipt"] == [each.item.id for each in found]
    assert Completeness(k=1, n=2, left=1) == completeness(found)
    assert (("page",), (), ("page",)) == (unmet(found), unmet(found, "go"), unmet(found, "close"))


def test_what_is_not_proven_still_can_be_until_its_window_is_over_and_then_by_a_review_alone() -> None:
    taken, late = capture(T0 + 15 * MINUTE), T0 + 21 * MINUTE
    no = [review(accepted=False)]

    assert [True, True, True, False] == [
        stands(PICTURE, clocks=(), now=T0).still_can,
        stands(PICTURE, now=T0 + 20 * MINUTE).still_can,
        stands(PICTURE, taken, now=late).still_can,
        stands(PICTURE, now=late).still_can,
    ]
    assert [True, False] == [stands(PICTURE, taken, reviews=no, now=at).still_can for at in (T0, late)]
    assert not stands(PICTURE, taken, reviews=[review()], now=late).still_can


def test_before_a_go_only_what_is_needed_for_it_is_unmet() -> None:
    found = standings(Evidence(items=(PICTURE, FROM_THE_START)), Known(), STARTED, T0)

    assert (("page", "endpoint"), ("endpoint",)) == (unmet(found), unmet(found, "go"))


def test_where_nothing_is_required_nothing_is_complete() -> None:
    optional = structs.replace(CHARGE, required=False)
    taken = capture(T0 + 15 * MINUTE, item="charge")

    found = stands(optional, taken)

    assert (True, Completeness(k=0, n=0)) == (found.counts, completeness([found]))
    assert ((), ()) == (unmet([found]), unmet([stands(optional)]))


# ---------------------------------------------------------------- losing never proves

ITEMS = (PICTURE, CHARGE, FROM_THE_START)
captured = st.builds(
    lambda item, minute, by, index: capture(T0 + minute * MINUTE, index, item.id, by),
    st.sampled_from(ITEMS),
    st.integers(-5, 30),
    st.sampled_from(["golive", "coordinator", "finance"]),
    st.integers(0, 9),
)
reviewed = st.builds(
    lambda of, accepted, by: review(of, accepted=accepted, by=by),
    st.integers(0, 9),
    st.booleans(),
    st.sampled_from(["coordinator", "finance"]),
)
ruling = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 20)), max_size=2).map(
    lambda marks: (
        *STARTED,
        *(STARTED[0].recycle(T0 + at * MINUTE, mark * 60) for at, mark in sorted(marks)),
    )
)


def counted(known: Known, clocks: Sequence[TClock], now: datetime) -> set[str]:
    found = standings(Evidence(items=ITEMS), known, clocks, now)
    return {each.item.id for each in found if each.counts}


@given(
    captures=st.lists(captured, max_size=6, unique_by=lambda each: each.index),
    reviews=st.lists(reviewed, max_size=6),
    clocks=ruling,
    minutes=st.tuples(st.integers(26, 60), st.integers(0, 200)),
    lost=st.integers(0, 9),
)
def test_erasing_refusing_and_time_never_make_an_item_count_that_did_not(
    captures: list[Capture],
    reviews: list[Reviewed],
    clocks: tuple[TClock, ...],
    minutes: tuple[int, int],
    lost: int,
) -> None:
    now, later = T0 + minutes[0] * MINUTE, T0 + sum(minutes) * MINUTE
    told = {each.of: each for each in reviews}
    known = Known(captures=tuple(captures), reviews=told, erased=frozenset({f"{3:064x}"}))
    before = counted(known, clocks, now)

    assert before >= counted(known, clocks, later)
    assert before >= counted(replace(known, erased=known.erased | {f"{lost:064x}"}), clocks, now)
    refused = told | {lost: review(lost, accepted=False, by="ceo")}
    assert before >= counted(replace(known, reviews=refused), clocks, now)
