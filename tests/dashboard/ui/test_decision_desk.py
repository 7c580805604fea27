"""Poll, GO, waiver, override and rollback, as each role reads and presses them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.access import signed_in
from dashboard.launch.binding import Vote
from dashboard.launch.board import Verdict
from dashboard.launch.run import Stage
from dashboard.launch.scene import Act, Wish
from dashboard.ui import wording
from dashboard.ui.room import install, uninstall
from tests.dashboard.launch.hour import Hour, staged
from tests.dashboard.ui.conducted import ConductedRoom
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.standin import Published

VOTERS = ("payments_lead", "comms_lead", "api_lead", "frontend_lead", "coordinator")


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def opened_room(hour: Hour) -> ConductedRoom:
    room = ConductedRoom(hour)
    install(room, Published())
    return room


@pytest.fixture
def green() -> Iterator[ConductedRoom]:
    yield opened_room(staged(Stage.COUNTING))
    uninstall()


@pytest.fixture
def unknown(green: ConductedRoom) -> ConductedRoom:
    green.hour.see(cors=Verdict.UNKNOWN)
    return green


def press(app: AppTest, key: str, reason: str = "") -> AppTest:
    if reason:
        app.text_input(key="golive.reason").set_value(reason).run()
    return app.button(key=key).click().run()


def test_five_vote_the_chair_declares_and_the_ceo_says_go(green: ConductedRoom, opened: Open) -> None:
    app = opened(None, "ceo")
    assert wording.GO_ASK not in labels(app)
    assert "No poll is open; the chair opens one" in " ".join(each.value for each in app.caption)

    press(opened(None, "chair"), "open_poll")
    for voter in VOTERS:
        press(opened(None, voter), "vote_go")
    assert "Every vote is GO; the chair has still to declare it." in screen(opened(None, "viewer"))
    press(opened(None, "chair"), "declare_go")
    press(opened(None, "ceo"), "decide_go")

    assert ("decided", "ceo", "GO") == green.last()
    assert "GO by CEO (asserted) at" in screen(opened(None, "viewer"))


def test_after_a_go_the_death_of_the_votes_is_said_not_to_undo_it(green: ConductedRoom, opened: Open) -> None:
    assert wording.GO_STANDS not in screen(opened(None, "viewer"))
    press(opened(None, "chair"), "open_poll")
    for voter in VOTERS:
        press(opened(None, voter), "vote_go")
    press(opened(None, "chair"), "declare_go")
    press(opened(None, "ceo"), "decide_go")

    green.hour.see(cors=Verdict.UNKNOWN)

    assert wording.GO_STANDS in screen(opened(None, "viewer"))
    press(opened(None, "ceo"), "roll_back")
    assert wording.GO_STANDS not in screen(opened(None, "viewer"))


@pytest.mark.usefixtures("green")
def test_who_has_not_voted_is_read_by_everybody(opened: Open) -> None:
    assert "No poll is open; the chair opens one" in screen(opened(None, "coordinator"))
    press(opened(None, "chair"), "open_poll")
    press(opened(None, "api_lead"), "vote_go")

    shown = screen(opened(None, "auditor"))

    assert "no vote that counts from Payments lead, Comms lead, Frontend lead, Coordinator." in shown
    assert 4 == shown.count(wording.NO_VOTE)
    assert "until 09:20:00 UTC" in shown


def test_a_no_go_vote_needs_a_reason_and_shows_it(green: ConductedRoom, opened: Open) -> None:
    press(opened(None, "chair"), "open_poll")
    app = press(opened(None, "api_lead"), "vote_no_go")
    assert "To vote needs a reason; blank text is none." == app.error[0].value

    press(app, "vote_no_go", "the issuer is slow")

    assert ("voted", "api_lead", "NO_GO") == green.last()
    assert "the issuer is slow" in screen(opened(None, "viewer"))


def test_two_votes_of_one_person_are_seen_to_be_one_person_s(green: ConductedRoom, opened: Open) -> None:
    roles, shown = green.plan.roles, green.view().board
    assert shown is not None
    press(opened(None, "chair"), "open_poll")
    for voter in ("api_lead", "comms_lead"):
        wish = Wish(act=Act.VOTE, subject=Vote.GO.value, board_hash=shown.hash)
        green.act(signed_in(voter, roles[voter], "5ad1eb2c" * 8), wish, evaluation=shown.evaluation)

    read = screen(opened(None, "viewer"))

    assert "API lead 5ad1eb" in read
    assert "Comms lead 5ad1eb" in read


@pytest.mark.usefixtures("green")
def test_the_timeline_says_who_has_not_voted(opened: Open) -> None:
    assert wording.POLL not in screen(opened("timeline", "coordinator"))
    press(opened(None, "chair"), "open_poll")
    press(opened(None, "api_lead"), "vote_go")

    shown = screen(opened("timeline", "coordinator"))

    assert "no vote that counts from Payments lead, Comms lead, Frontend lead, Coordinator." in shown


@pytest.mark.usefixtures("green")
def test_who_may_not_vote_has_no_ballot(opened: Open) -> None:
    press(opened(None, "chair"), "open_poll")

    for role in ("ceo", "chair", "finance", "auditor", "viewer"):
        assert not {label for label in labels(opened(None, role)) if label.startswith("Vote")}


def test_go_shows_what_it_binds_before_it_is_pressed(unknown: ConductedRoom, opened: Open) -> None:
    hour = unknown.hour
    ask_for_a_waiver(opened)
    press(opened(None, "ceo"), f"grant_waiver_{hour.events[-1].seq}")
    hour.declare()

    shown = screen(opened(None, "ceo"))

    assert hour.board is not None
    assert f"GO binds board {hour.board.hash[:12]} (evaluation {hour.board.evaluation})" in shown
    assert "Waived: “" in shown
    assert "Unproven: all 14 mandatory gates; no drill is recorded here." in shown
    assert "The poll is GO: every vote is GO, and the chair declared it." in shown


def ask_for_a_waiver(opened: Open) -> AppTest:
    app = opened(None, "api_lead")
    app.selectbox(key="golive.waiver_gate").set_value("cors").run()
    app.text_input(key="golive.waiver_risk").set_value("a page fails").run()
    app.text_input(key="golive.waiver_control").set_value("a person looks").run()
    app.number_input(key="golive.waiver_minutes").set_value(30).run()
    return press(app, "ask_waiver", "one origin is missing")


def test_a_waiver_is_asked_for_granted_by_another_and_shown_on_its_gate(
    unknown: ConductedRoom, opened: Open
) -> None:
    ask_for_a_waiver(opened)
    assert ("waiver asked for", "api_lead", "cors") == unknown.last()
    assert unknown.hour.now + timedelta(minutes=30) == unknown.until()
    assert "Risk: a page fails. Instead: a person looks." in screen(opened(None, "viewer"))

    press(opened(None, "ceo"), f"grant_waiver_{unknown.hour.events[-1].seq}")

    shown = screen(opened(None, "viewer"))
    assert f"{wording.WAIVED} until 09:40:00 UTC, UNKNOWN underneath" in shown
    assert "is waived until 09:40:00 UTC, UNKNOWN underneath." in shown
    unknown.hour.wait(30)
    unknown.hour.see(cors=Verdict.UNKNOWN)
    assert wording.WAIVED not in screen(opened(None, "viewer"))


def test_a_waiver_without_an_end_is_refused_with_one_sentence(unknown: ConductedRoom, opened: Open) -> None:
    app = opened(None, "api_lead")
    app.text_input(key="golive.waiver_risk").set_value("a page fails").run()
    app.text_input(key="golive.waiver_control").set_value("a person looks").run()
    app = press(app, "ask_waiver", "one origin is missing")

    assert "A waiver needs an end, later than now and within 60 minutes." == app.error[0].value
    assert "clock started" == unknown.last()[0]


def test_what_cannot_be_waived_is_not_offered(green: ConductedRoom, opened: Open) -> None:
    green.hour.see(ledger=Verdict.NO_GO)

    assert [] == [box for box in opened(None, "api_lead").selectbox if box.key == "golive.waiver_gate"]


def test_an_override_takes_two_and_is_marked(unknown: ConductedRoom, opened: Open) -> None:
    press(opened(None, "chair"), "ask_override", "looked at by hand")
    assert wording.OVERRIDE not in labels(opened(None, "chair"))
    assert "asks for an override: looked at by hand" in " ".join(
        each.value for each in opened(None, "viewer").caption
    )

    press(opened(None, "ceo"), "override")

    assert ("override granted", "ceo", "GO") == unknown.last()
    shown = screen(opened(None, "viewer"))
    assert "GO (GO by override) by CEO (asserted)" in shown
    assert '<span class="gl-word">HOLD</span>' in shown


def test_one_press_rolls_back_and_the_reason_is_asked_afterwards(green: ConductedRoom, opened: Open) -> None:
    app = press(opened(None, "payments_lead"), "roll_back")

    shown = screen(app)
    assert ("rolled back", "payments_lead", "NO_GO") == green.last()
    assert "the reason is still to be given" in shown
    press(app, "explain", "double credits")
    assert "Rolled back at 09:10:00 UTC by Payments lead: double credits." in screen(opened(None, "viewer"))


@pytest.mark.usefixtures("green")
def test_a_no_go_shows_what_to_look_after_and_never_a_nought(opened: Open) -> None:
    assert wording.CONCERNS not in screen(opened(None, "viewer"))
    press(opened(None, "coordinator"), "roll_back")

    shown = screen(opened(None, "viewer"))

    assert wording.CONCERNS in shown
    assert 3 == shown.count("unknown: nothing was counted yet")
    assert "keep the webhook endpoint provider_register/" in shown
    assert "Payments in flight</strong>: 0" not in shown


@pytest.mark.usefixtures("green")
def test_after_the_run_is_closed_nobody_votes_or_decides(opened: Open) -> None:
    opened_room(staged(Stage.CLOSED))

    assert {wording.ROLL_BACK_ASK} == labels(opened(None, "ceo"))
    assert set() == labels(opened(None, "viewer"))


@pytest.mark.parametrize(("verdict", "word"), [(Verdict.NO_GO, "NO-GO"), (Verdict.UNKNOWN, "HOLD")])
def test_go_is_not_offered_on_a_board_that_says_otherwise(
    green: ConductedRoom, opened: Open, verdict: Verdict, word: str
) -> None:
    green.hour.declare()
    green.hour.see(cors=verdict)
    app = opened(None, "ceo")

    assert wording.GO_ASK not in labels(app)
    assert {"NO-GO", "HOLD"} <= labels(app)
    assert wording.GO_NOT_OFFERED.format(word=word) in [caption.value for caption in app.caption]


def test_a_latched_no_go_is_shown_to_all_and_acknowledged_with_a_reason(
    green: ConductedRoom, opened: Open
) -> None:
    green.hour.see(ledger=Verdict.NO_GO)
    green.hour.latch()
    green.hour.see()
    assert "and not acknowledged yet" in screen(opened(None, "viewer"))
    assert wording.GO_ASK not in labels(opened(None, "ceo"))

    press(opened(None, "chair"), "acknowledge", "the ledger was restarted")

    assert ("NO-GO acknowledged", "chair", "ledger") == green.last()
    assert "and not acknowledged yet" not in screen(opened(None, "viewer"))


@pytest.mark.parametrize("role", ["finance", "auditor", "viewer"])
def test_who_only_looks_decides_nothing_and_reads_the_decision(
    green: ConductedRoom, opened: Open, role: str
) -> None:
    green.hour.declare()
    press(opened(None, "ceo"), "decide_go")
    app = opened(None, role)

    assert set() == labels(app)
    assert "GO by CEO (asserted) at" in screen(app)


@pytest.mark.parametrize(
    ("but", "says"),
    [
        (1, "Unproven: 1 of 14 mandatory gates, never seen to fall under a fault: “"),
        (0, "All 14 mandatory gates were seen to fall under a fault."),
        (14, "Unproven: none of the 14 mandatory gates was seen to fall under a fault."),
    ],
)
def test_go_names_the_gates_that_no_fault_ever_made_fall(
    green: ConductedRoom, opened: Open, but: int, says: str
) -> None:
    mandatory = [gate.id for gate in green.hour.plan.gates if gate.mandatory]
    green.proven = frozenset(mandatory[but:])
    green.hour.declare()

    assert says in screen(opened(None, "ceo"))
