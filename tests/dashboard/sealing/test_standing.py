"""What is kept of the items between looks is what folding all of them anew would say, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.launch.clock import TClock
from dashboard.launch.plan_evidence import Evidence, EvidenceItem, ItemKind
from dashboard.launch.proof import Blob, Capture, Known, Reviewed, standings
from dashboard.sealing.standing import KeptStandings
from tests.dashboard.sealing.scene import T_0

EVIDENCE = Evidence(
    items=tuple(
        EvidenceItem(
            id=name,
            title=name,
            kind=kind,
            proves="it",
            system="Stripe",
            owner="coordinator",
            from_min=start,
            to_min=60,
        )
        for name, kind, start in (
            ("early", ItemKind.STRIPE_ENDPOINT, None),
            ("charge", ItemKind.STRIPE_CHARGE, 30),
            ("page", ItemKind.SCREENSHOT, 45),
            ("other", ItemKind.SCREENSHOT, 45),
        )
    )
)
NAMES = tuple(item.id for item in EVIDENCE.items)
SECONDS = st.sampled_from([0, 1, 59, 60, 599, 600, 1_799, 1_800, 2_700, 3_600])
STEPS = st.one_of(
    st.tuples(st.just("capture"), st.sampled_from((*NAMES, "unknown")), st.sampled_from([None, 60, 600])),
    st.tuples(st.just("review"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("erase"), st.integers(0, 9), st.none()),
    st.tuples(st.just("wait"), SECONDS, st.none()),
    st.tuples(st.just("back"), SECONDS, st.none()),
    st.tuples(st.just("clock"), st.sampled_from(["start", "hold", "resume", "recycle"]), st.none()),
)


@given(st.lists(STEPS, max_size=25))
def test_what_is_kept_is_what_is_folded_anew(steps: list[tuple[str, object, object]]) -> None:
    kept, known, now = KeptStandings(EVIDENCE), Known(reviews={}), T_0
    clocks: tuple[TClock, ...] = (TClock(),)
    for what, which, more in steps:
        if what == "wait":
            now += timedelta(seconds=int(str(which)))
        elif what == "back":
            now -= timedelta(seconds=int(str(which)))
        elif what == "clock":
            clocks = (*clocks, _turned(clocks[-1], str(which), now))
        else:
            known = _told(known, what, which, more, now)

        assert standings(EVIDENCE, known, clocks, now) == kept.of(known, clocks, now)


def _turned(clock: TClock, how: str, now: datetime) -> TClock:
    if how == "start":
        return clock.start(now, 6)
    if how == "recycle":
        return clock.recycle(now, 0)
    return clock.hold(now) if how == "hold" else clock.resume(now)


def _told(known: Known, what: str, which: object, more: object, now: datetime) -> Known:
    if what == "capture":
        index = len(known.captures)
        capture = Capture(
            index=index,
            leaf=f"{index:064x}",
            item=str(which),
            kind="screenshot",
            captured_at=now,
            recorded_at=now,
            by="coordinator",
            role="coordinator",
            how="upload",
            system="Stripe",
            blobs=(Blob(name="a", media_type="image/png", sha256=f"{index:064x}"),),
            valid_for_s=more,  # type: ignore[arg-type]
        )
        return replace(known, captures=(*known.captures, capture))
    index = int(str(which))
    if what == "erase":
        return replace(known, erased=known.erased | {f"{index:064x}"})
    if index >= len(known.captures):
        return known
    review = Reviewed(
        of=index,
        accepted=bool(more),
        by="finance",
        role="finance",
        reason="",
        recorded_at=now,
    )
    return replace(known, reviews={**(known.reviews or {}), index: review})
