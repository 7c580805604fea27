"""What is announced: one sentence each, with no secret and no typed name in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from collectors.observation import Environment
from dashboard.launch.announcing import LONGEST_REASON, Announcer, Notice
from dashboard.launch.board import Flip, Verdict
from dashboard.launch.event import Draft, What
from dashboard.launch.plan import Plan
from dashboard.launch.scene import Act
from evidence.redaction import find_secret
from tests.cast import T0, default_plan
from tests.dashboard.launch.hour import CEO, COORDINATOR, FRONTEND, Hour

PLAN = default_plan()


def announcer(plan: Plan = PLAN, environment: Environment = Environment.REHEARSAL) -> Announcer:
    return Announcer(plan=plan, environment=environment, scan=find_secret)


def flip(
    gate: str, reason: str = "stripe.balance.livemode is false, must be true", minutes: float = 5
) -> Flip:
    return Flip(
        evaluation=7,
        at=T0 + timedelta(minutes=minutes),
        gate=gate,
        before=Verdict.GO,
        after=Verdict.NO_GO,
        reason=reason,
        inputs=(1,),
    )


def of_events(hour: Hour, after: int = 0) -> list[Notice]:
    return list(announcer(hour.plan).of_events(hour.events, after=after))


def of_tasks(hour: Hour) -> dict[str, str]:
    return {notice.key: notice.text for notice in announcer(hour.plan).of_tasks(hour.events, hour.now)}


def started(minutes: float = 0) -> Hour:
    hour = Hour()
    hour.start()
    hour.wait(minutes)
    return hour


def test_a_flip_says_where_when_which_gate_and_why() -> None:
    hour = started()

    (notice,) = announcer().of_flips([flip("stripe_live")], hour.events)

    assert (
        "REHEARSAL, First live dollar, T+05:00: “Stripe is live on every key” went from GO to NO-GO: "
        "stripe.balance.livemode is false, must be true."
    ) == notice.text
    assert ("flip/7/stripe_live", T0 + timedelta(minutes=5)) == (notice.key, notice.at)


def test_a_flip_to_go_needs_no_reason() -> None:
    back = replace(flip("stripe_live", "holds"), before=Verdict.NO_GO, after=Verdict.GO)

    (notice,) = announcer().of_flips([back], [])

    assert notice.text.endswith("“Stripe is live on every key” went from NO-GO to GO.")


def test_live_is_named_first() -> None:
    (notice,) = announcer(environment=Environment.LIVE).of_flips([flip("stripe_live")], [])

    assert notice.text.startswith("LIVE, First live dollar, T-0 not set: ")


def test_a_flip_of_an_advisory_gate_or_of_no_gate_is_not_announced() -> None:
    advisory = [gate.id for gate in PLAN.gates if not gate.mandatory]

    assert advisory
    assert [] == list(announcer().of_flips([flip(advisory[0]), flip("a_gate_of_before")], []))


def test_a_hold_names_the_role_and_never_the_typed_name() -> None:
    hour = started(12)
    hour.do(Act.HOLD, COORDINATOR, reason="the ledger is slow.")

    notice = of_events(hour, after=1)[0]

    title = PLAN.roles["coordinator"].title
    assert (
        f"REHEARSAL, First live dollar, T+12:00: {title} held the clock: the ledger is slow." == notice.text
    )
    assert "event/2" == notice.key


def test_a_decision_is_told_in_its_word() -> None:
    hour = started(1)
    hour.do(Act.DECIDE, CEO, "NO_GO", "the ledger is behind")

    assert of_events(hour, after=1)[0].text.endswith("T+01:00: CEO decided NO-GO: the ledger is behind.")


def test_what_golive_did_itself_is_said_of_golive() -> None:
    hour = started(1)
    hour.see(stripe_live=Verdict.NO_GO)
    hour.latch()

    text = of_events(hour, after=1)[0].text

    assert "golive latched a NO-GO (Stripe is live on every key), which forbids GO" in text


def test_a_tick_is_not_announced() -> None:
    hour = started(1)
    hour.do(Act.TICK, FRONTEND, "checkout_ready")

    assert [] == of_events(hour, after=1)


@pytest.mark.parametrize("what", [What.WAIVED, What.OVERRIDDEN, What.ROLLED_BACK, What.DECLARED])
def test_kinds_of_decision_that_a_gate_or_nothing_is_the_subject_of_are_announced(what: What) -> None:
    hour = started(1)
    told = Draft(
        what=what,
        event_at=hour.now,
        actor="Ada",
        role="ceo",
        identity="asserted",
        subject="stripe_live",
        before="",
        after="",
        reason="we know why",
        attempt=1,
        plan_sha256="p" * 64,
    )
    hour.record(told)

    assert ": CEO " in of_events(hour, after=1)[0].text
    assert "Ada" not in of_events(hour, after=1)[0].text


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("ask buyer@example.com", "e-mail address"),
        ("the key is rk_live_51abcdefghijk", "Stripe key"),
        ("the pass\nword: password = hunter2canary", "password"),
        ("card 4242 4242 4242 4242", "card number"),
    ],
)
def test_a_secret_or_an_address_in_a_reason_is_withheld(typed: str, kind: str) -> None:
    hour = started(1)
    hour.do(Act.HOLD, COORDINATOR, reason=typed)

    text = of_events(hour, after=1)[0].text

    assert text.endswith(f"held the clock (the reason is withheld, it held what looks like: {kind}).")


def test_a_secret_that_only_the_whole_sentence_holds_withholds_the_sentence() -> None:
    """A kind of event whose wording and reason together look like a secret must not slip through."""
    seen = Announcer(
        plan=PLAN,
        environment=Environment.REHEARSAL,
        scan=lambda text: "password" if "held the clock: hunter2" in text else None,
    )
    hour = started(1)
    hour.do(Act.HOLD, COORDINATOR, reason="hunter2")

    (notice,) = seen.of_events(hour.events, after=1)

    assert "hunter2" not in notice.text
    assert notice.text.startswith("REHEARSAL, First live dollar, T+01:00: something happened")


def test_a_long_reason_is_cut_and_stays_on_one_line() -> None:
    hour = started(1)
    hour.do(Act.HOLD, COORDINATOR, reason="first line\nsecond " + "x" * 1_000)

    text = of_events(hour, after=1)[0].text

    assert "first line second xxx" in text
    assert text.endswith("x….")
    assert len(text) < LONGEST_REASON + 100


@pytest.mark.parametrize(
    ("minutes", "keys"),
    [
        (7.9, set()),
        (8, {"soon/checkout_ready/0"}),
        (10, {"soon/checkout_ready/0"}),
        (10.1, {"late/checkout_ready/0"}),
    ],
)
def test_a_task_is_announced_two_minutes_before_it_is_late_and_when_it_is(
    minutes: float, keys: set[str]
) -> None:
    found = of_tasks(started(minutes))

    assert keys == {key for key in found if "checkout_ready" in key}


def test_a_late_task_is_told_with_its_owner_and_when_it_was_due() -> None:
    text = of_tasks(started(11))["late/checkout_ready/0"]

    owner = PLAN.roles["frontend_lead"].title
    assert (
        f"REHEARSAL, First live dollar, T+11:00: “{_title()}” ({owner}) is late, it was due at T+10:00."
        == text
    )


def test_a_notice_of_lateness_is_of_the_moment_at_which_it_began() -> None:
    hour = started(25)
    found = {notice.key: notice for notice in announcer().of_tasks(hour.events, hour.now)}

    assert T0 + timedelta(minutes=10) == found["late/checkout_ready/0"].at


def test_nothing_is_late_on_hold_nor_when_it_is_done() -> None:
    done = started(11)
    done.do(Act.TICK, FRONTEND, "checkout_ready")
    held = started(7)
    held.do(Act.HOLD, COORDINATOR, reason="a question")
    held.wait(30)

    assert "late/checkout_ready/0" not in of_tasks(done)
    assert {} == of_tasks(held)


def test_after_a_recycle_a_task_that_is_late_once_more_is_news_once_more() -> None:
    hour = started(11)
    hour.do(Act.RECYCLE, COORDINATOR, reason="again", mark_s=0)
    hour.wait(11)

    assert "late/checkout_ready/2" in of_tasks(hour)


def test_a_plan_without_an_hour_has_no_late_tasks() -> None:
    assert {} == of_tasks(Hour(plan=msgspec.structs.replace(PLAN, hour=None)))


def _title() -> str:
    assert PLAN.hour is not None
    return next(task.title for task in PLAN.hour.tasks if task.id == "checkout_ready")
