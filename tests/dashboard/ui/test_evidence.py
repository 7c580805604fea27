"""The Evidence page, over a launch that is really sealed: what each role reads, hands in and takes away."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.launch.proof import ItemState
from dashboard.launch.scene import Act
from dashboard.ui import evidence_wording as words
from dashboard.ui import wording
from evidence.checkpoint import parse
from tests.cast import default_plan
from tests.dashboard.sealing.scene import COORDINATOR, FINANCE, Launch, launching, png, under_way, whole
from tests.dashboard.ui.conftest import Open, screen
from tests.dashboard.ui.standin import LOST, LOST_SENTENCE, StandInRoom
from tests.evidence.authority import Authority

ROLES = tuple(default_plan().roles)
DOWNLOAD = re.compile(r'class="gl-download"[^>]*>([^<]*)<')
STRIPE_PAGE = "Stripe Dashboard: the live charge succeeded"


def read(app: AppTest) -> str:
    """What stands on the page, without its markup."""
    shown = re.sub(r'<span class="gl-word-lost">[^<]*</span>', "", screen(app))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def in_window(launch: Launch) -> None:
    """The hour is at T+46: pictures may be handed in."""
    launch.at(0)
    launch.act(COORDINATOR, Act.START)
    launch.at(46)


def button(app: AppTest, name: str) -> AppTest:
    found = next(each for each in app.button if each.label.startswith(name))
    return found.click().run()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_what_must_be_proven(role: str, launch: Launch, opened: Open) -> None:
    shown = read(opened("evidence", role))

    assert "Not complete 0 of 6 required items are proven" in shown
    for item in (launch.loaded.plan.evidence or pytest.fail("no evidence")).items:
        assert item.title in shown
    assert "T+45:00 to T+60:00" in shown


def test_it_says_when_golive_is_not_alive(launch: Launch, room: StandInRoom, opened: Open) -> None:
    in_window(launch)
    room.show(LOST)
    shown = read(opened("evidence"))

    assert f"{wording.NOT_ALIVE}." in shown
    assert LOST_SENTENCE in shown


def test_without_a_log_it_says_that_nothing_is_sealed(room: StandInRoom, opened: Open) -> None:
    app = opened("evidence")

    assert room.desk is None
    assert [words.NO_LOG] == [info.value for info in app.info]


def test_before_anything_is_sealed_it_says_what_to_do(
    room: StandInRoom, opened: Open, tmp_path: Path
) -> None:
    with launching(tmp_path, f"sqlite:///{tmp_path / 'golive.sqlite3'}") as launch:
        room.desk = launch.room()

        app = opened("evidence")

        assert ["Nothing is sealed yet; start the collectors first."] == [info.value for info in app.info]


def test_a_window_that_is_open_says_so_and_what_is_handed_in_waits_for_somebody_else(
    launch: Launch, opened: Open
) -> None:
    in_window(launch)
    before = read(opened("evidence"))
    launch.hand_in("stripe_page")

    own, others = read(opened("evidence", "coordinator")), read(opened("evidence", "finance"))

    assert f"{STRIPE_PAGE} {words.STATE_WORD[ItemState.OPEN]}" in before
    assert f"{STRIPE_PAGE} {words.STATE_WORD[ItemState.IN_REVIEW]}" in own
    assert words.REVIEWS not in own
    assert words.REVIEWS in others


def test_a_second_person_accepts_and_then_it_counts(launch: Launch, opened: Open) -> None:
    in_window(launch)
    launch.hand_in("stripe_page")

    app = button(opened("evidence", "finance"), words.ACCEPT)

    assert ["Record 1 is accepted."] == [done.value for done in app.success]
    shown = read(app)
    assert "1 of 6 required items are proven" in shown
    assert "by Coordinator looked at by Finance record 1" in shown


def test_to_refuse_a_picture_needs_a_reason_that_is_then_read(launch: Launch, opened: Open) -> None:
    in_window(launch)
    launch.hand_in("stripe_page")
    app = button(opened("evidence", "finance"), words.REFUSE)
    without = [trouble.value for trouble in app.error]
    app.text_input(key="golive.refusal.1").set_value("the date is cut off").run()

    shown = read(button(app, words.REFUSE))

    assert ["To refuse a picture needs a reason."] == without
    assert f"{STRIPE_PAGE} Refused" in shown
    assert "refused by Finance: the date is cut off" in shown


def test_a_reason_with_a_secret_in_it_is_refused_and_not_repeated(launch: Launch, opened: Open) -> None:
    in_window(launch)
    launch.hand_in("stripe_page")
    app = opened("evidence", "finance")
    app.text_input(key="golive.refusal.1").set_value("paid by buyer@example.com").run()

    app = button(app, words.REFUSE)

    (trouble,) = (each.value for each in app.error)
    assert "e-mail address" in trouble
    assert "buyer@example.com" not in trouble
    assert 2 == len(launch.records())


def test_an_upload_is_shown_back_and_recorded_only_when_all_is_attested(launch: Launch, opened: Open) -> None:
    in_window(launch)
    app = opened("evidence", "coordinator")
    app.file_uploader[0].set_value(("whatever it was called.png", png("x"), "image/png")).run()
    shown = read(app)
    before = next(each for each in app.button if each.label == words.HAND_IN).disabled
    for box in app.checkbox:
        box.check()
    app.run()

    app = button(app, words.HAND_IN)

    assert "This will be recorded: 8 × 6 pixels, for “Stripe Dashboard: the live charge succeeded”" in shown
    assert before
    assert ["Recorded as record 1. It counts once somebody else has looked at it."] == [
        done.value for done in app.success
    ]
    assert "whatever it was called" not in str(launch.records())


def test_what_is_no_picture_is_refused_in_a_sentence(launch: Launch, opened: Open) -> None:
    in_window(launch)
    app = opened("evidence", "coordinator")

    app.file_uploader[0].set_value(("a.png", b"%PDF-1.7 and so on", "image/png")).run()

    assert [True] == ["PDF" in each.value for each in app.error]
    assert 1 == len(launch.records())


@pytest.mark.parametrize("role", ["viewer", "auditor", "ceo"])
def test_who_may_not_hand_in_is_not_offered_it(role: str, launch: Launch, opened: Open) -> None:
    in_window(launch)

    app = opened("evidence", role)

    assert [] == list(app.file_uploader)
    assert words.ADD not in read(app)


def test_a_decision_shows_what_it_rests_on_and_offers_its_receipt(launch: Launch, opened: Open) -> None:
    whole(launch)

    app = opened("evidence", "auditor")

    shown = read(app)
    assert "6 of 6 required items are proven" in shown
    assert "CLOSED" in shown
    assert words.CLOSED_LOG in shown
    labels = DOWNLOAD.findall(screen(app))
    assert [True, True] == [
        any(each.startswith(f"Receipt {word}, ") for each in labels) for word in ("GO", "CLOSED")
    ]
    assert words.DOWNLOAD in labels


def test_a_head_without_a_stamp_is_under_the_next_that_has_one(launch: Launch, opened: Open) -> None:
    launch.authorities = (Authority("first"),)
    in_window(launch)
    for stamp in (False, True, False):
        launch.hand_in("stripe_page")
        launch.bundle()
        if stamp:
            launch.stamp()

    shown = read(opened("evidence", "auditor"))

    heads = launch.store.evidence.heads(launch.writer.run.id)
    unstamped, stamped, waiting = (f" {at} {parse(note).root.hex()[:16]}…" for at, note in heads.items())
    assert f"{unstamped} under the one over {list(heads)[1]}" in shown
    assert f"{stamped} first " in shown
    assert f"{waiting} not yet" in shown


def test_a_viewer_takes_nothing_away(launch: Launch, opened: Open) -> None:
    whole(launch)

    assert [] == DOWNLOAD.findall(screen(opened("evidence", "viewer")))


def test_one_record_is_opened_by_its_number_or_its_key(launch: Launch, opened: Open) -> None:
    whole(launch)
    item = next(each.predicate for each in launch.records() if each.predicate.key == "item/stripe_charge/1")

    for named in (str(item.log.index), item.key):
        shown = read(_at(opened, named))
        assert f"Record {item.log.index}: stripe.charge" in shown
        assert "Stripe's own record of the charge: live, succeeded, captured, 999 cents." in shown
        assert "Relied on by CLOSED record" in shown
        assert "after " in shown


@pytest.mark.usefixtures("launch")
def test_a_record_that_there_is_not_is_said_not_to_be(opened: Open) -> None:
    for named in ("flip/7/<script>", "999999", "9" * 400):
        app = _at(opened, named)

        assert [words.NO_RECORD] == [info.value for info in app.info]


def test_somebody_who_reviewed_is_named_by_role_and_never_twice_asked(launch: Launch, opened: Open) -> None:
    in_window(launch)
    launch.room().review(FINANCE, launch.hand_in("stripe_page").index, accepted=True)

    assert words.REVIEWS not in read(opened("evidence", "finance"))


def test_a_picture_is_looked_at_beside_what_golive_read_by_itself(launch: Launch, opened: Open) -> None:
    under_way(launch)

    app = opened("evidence", "finance")

    assert f"{words.READINGS} Stripe: the charge · Stripe: the webhook endpoint · Ledger" in read(app)
    assert f"evidence?run={launch.writer.run.id}&amp;record=" in screen(app)


def test_a_record_says_who_looked_at_it(launch: Launch, opened: Open) -> None:
    in_window(launch)
    index = launch.hand_in("stripe_page").index
    before = read(_at(opened, f"{index}"))

    launch.room().review(FINANCE, index, accepted=True)

    assert f"A second person {words.NOT_LOOKED_AT}" in before
    assert "A second person looked at by Finance" in read(_at(opened, f"{index}"))


def test_what_counts_for_nothing_can_be_opened_too(launch: Launch, opened: Open) -> None:
    in_window(launch)
    launch.at(20)
    early = launch.hand_in("stripe_page").index
    launch.at(46)
    launch.hand_in("stripe_page")

    shown = screen(opened("evidence"))

    leads = (
        f'<a href="evidence?run={launch.writer.run.id}&amp;record={early}" target="_self">record {early}</a>'
    )
    assert f"1 more kept, which count for nothing: {leads}" in shown


def test_outside_its_window_it_is_said_that_a_picture_counts_for_nothing(
    launch: Launch, opened: Open
) -> None:
    in_window(launch)
    inside = opened("evidence", "coordinator").warning

    launch.at(20)

    (said,) = (each.value for each in opened("evidence", "coordinator").warning)
    assert [] == list(inside)
    assert "What is recorded now counts for nothing: it counts from T+45:00 to T+60:00." == said


def test_the_evidence_of_an_earlier_run_stays_at_hand_as_it_was_left(launch: Launch, opened: Open) -> None:
    whole(launch)
    first = launch.writer.run.id
    record = next(each.predicate.log.index for each in launch.records() if each.predicate.kind == "decision")
    launch.next_attempt()

    now = opened("evidence", "coordinator")
    earlier = _at(opened, "", run=f"{first}", role="coordinator")

    assert f"{words.EARLIER} run {first}" in read(now)
    assert words.NO_DECISIONS in read(now)
    assert words.EARLIER_NOTE in read(earlier)
    assert {f"Receipt GO, record {record}", words.DOWNLOAD} <= set(DOWNLOAD.findall(screen(earlier)))
    assert f"run={first}&amp;decision=" in screen(earlier)
    assert (words.ADD in read(now), words.ADD in read(earlier)) == (True, False)
    assert f"Record {record}: decision" in read(_at(opened, f"{record}", run=f"{first}"))
    assert f"Record {record}: decision" not in read(_at(opened, f"{record}"))


def test_the_evidence_of_an_earlier_run_is_at_hand_before_the_new_one_has_any(
    launch: Launch, opened: Open
) -> None:
    whole(launch)
    first = launch.writer.run.id
    launch.next_attempt(is_sealed=False)

    assert words.DOWNLOAD in DOWNLOAD.findall(screen(_at(opened, "", run=f"{first}")))
    assert "Record 0: genesis" in read(_at(opened, "0", run=f"{first}"))


@pytest.mark.usefixtures("launch")
def test_of_a_run_that_there_is_not_there_is_no_evidence(opened: Open) -> None:
    assert ["There is no run 99 here."] == [info.value for info in _at(opened, "", run="99").info]


def _at(opened: Open, record: str, *, run: str = "", role: str = "auditor") -> AppTest:
    app = opened("evidence", role)
    app.query_params["record"], app.query_params["run"] = record, run
    return app.run()
