"""One launch hour in a real browser, from preflight to GO and close; and one that ends NO-GO, rolled back."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from dashboard.ui import wording
from tests.whole.people import People, seated
from tests.whole.proving import prove, take_away
from tests.whole.running import House, clean_environment

pytestmark = pytest.mark.browser

SPEED = "60"
CHECKOUT = "Checkout and credit display are ready"
PURCHASE = "Buy the $9.99 Starter with a real card"
EVIDENCE = "Capture the evidence"
WEBHOOK_500 = "provider_register answers webhooks with 500"


@pytest.fixture(scope="module")
def launch(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A rehearsal of the hour, sixty times as fast, as a newcomer starts it."""
    house = House(folder=tmp_path_factory.mktemp("hour"), environ=clean_environment(compiled))
    house.start("rehearse", "--speed", SPEED).until_announced()
    yield house
    house.close()


@pytest.fixture(scope="module")
def people(chrome: Browser, launch: House) -> Iterator[People]:
    with seated(chrome, launch.started[0].url) as everybody:
        yield everybody


@pytest.fixture(scope="module")
def closed(people: People) -> People:
    """The hour that goes well, told to its end."""
    _preflight(people)
    _clock_is_started(people)
    _poll(people)
    _go(people)
    _execution(people)
    prove(people)
    _close(people)
    return people


def test_an_hour_goes_from_preflight_to_go_and_close_and_is_reproduced(closed: People, launch: House) -> None:
    for each in closed.all:
        each.opens(wording.CONTROL_ROOM).reads("closed at T+", "GO by CEO (asserted) at")

    told = launch.run("replay", "--data-dir", str(launch.data_dir))

    assert (0, "") == (told.returncode, told.stderr)
    assert told.stdout.startswith("run 1 reproduced, ")


def test_the_evidence_of_the_hour_is_verified_by_somebody_who_has_nothing_else(
    closed: People, launch: House, tmp_path: Path
) -> None:
    bundle, receipt, vkey = take_away(closed.coordinator, tmp_path)
    (root,) = launch.data_dir.glob("world/**/tsa-root.pem")
    trust = ["--vkey", vkey, "--tsa-root", str(root), "--receipt", str(receipt)]

    told = launch.run("verify", str(bundle), *trust)
    minimal = _verified_by_the_small_program(bundle, vkey, root, receipt)
    alone = launch.run("verify", str(bundle))
    replayed = launch.run("replay", "--bundle", str(bundle))

    assert (0, "VERIFIED") == (told.returncode, _verdict(told.stdout))
    assert (0, "") == (minimal.returncode, minimal.stderr)
    assert (3, "CONSISTENT-ONLY") == (alone.returncode, _verdict(alone.stdout))
    assert 0 == replayed.returncode
    assert re.match(r"run 1 reproduced, \d+ evaluations", replayed.stdout)


def test_one_byte_of_the_bundle_that_was_changed_is_found_and_named(
    closed: People, launch: House, tmp_path: Path
) -> None:
    bundle, receipt, vkey = take_away(closed.coordinator, tmp_path)
    (root,) = launch.data_dir.glob("world/**/tsa-root.pem")
    with zipfile.ZipFile(bundle) as container:
        entry = container.getinfo("golive-evidence/data/records/000003.dsse.json")
    changed = bytearray(bundle.read_bytes())
    changed[entry.header_offset + 200] ^= 1
    bundle.write_bytes(changed)

    told = launch.run(
        "verify", str(bundle), "--vkey", vkey, "--tsa-root", str(root), "--receipt", str(receipt)
    )

    assert (1, "FAILED") == (told.returncode, _verdict(told.stdout))
    assert "records/000003.dsse.json" in told.stdout


def _verified_by_the_small_program(
    bundle: Path, vkey: str, root: Path, receipt: Path
) -> subprocess.CompletedProcess[str]:
    with zipfile.ZipFile(bundle) as container:
        program = bundle.parent / "verify_min.py"
        program.write_bytes(container.read("golive-evidence/data/verify_min.py"))
    command = [sys.executable, "-I", str(program), str(bundle), vkey, str(root), str(receipt)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=bundle.parent)


def _verdict(said: str) -> str:
    return next(line.partition(":")[0] for line in said.splitlines() if re.match("[A-Z-]+: golive/", line))


def _preflight(people: People) -> None:
    people.ceo.reads_verdict("HOLD").reads("a purchase proves it")
    people.payments.buys()
    for each in people.some:
        each.opens(wording.CONTROL_ROOM).reads_verdict("GO").reads(
            "mandatory gates are GO in this evaluation"
        )


def _clock_is_started(people: People) -> None:
    people.frontend.opens(wording.TIMELINE)
    coordinator = people.coordinator.opens(wording.TIMELINE).reads("T-clock not started")
    coordinator.presses(wording.START_CLOCK).reads("To start the clock needs a reason; blank text is none.")
    coordinator.gives("all seven are in the call").presses(wording.START_CLOCK).reads(
        "Recorded: clock started"
    )

    people.frontend.presses(f"{wording.TICK} {CHECKOUT}").reads(
        "Recorded: task ticked (Checkout and credit display are ready)"
    )
    people.frontend.reads_row(CHECKOUT, "Frontend lead · Done")
    coordinator.reads_row("Put Stripe into live mode", "Payments lead · Done, auto")
    coordinator.reads_row("Rotate the notification secret", "Comms lead · Done, auto")
    coordinator.reads_row("Align issuer, JWKS and base addresses", "API lead · Done, auto")
    coordinator.reads_row("Smoke test and health of all services", "Comms lead · Done, auto")
    coordinator.reads_row("Ledger path and refusals", "API lead · Done, auto")
    coordinator.gives("we stop for the poll").presses(wording.HOLD_CLOCK).reads("The clock: HOLD at T+")


def _poll(people: People) -> None:
    people.on_the_control_room()
    people.ceo.is_not_offered(wording.GO)
    people.ceo.reads("No poll is open; the chair opens one, everybody votes, and the chair declares it.")
    people.chair.gives("the gates were read out").presses(wording.OPEN_POLL).reads("Recorded: poll opened")

    people.api.gives("the ledger team is not here yet").presses("Vote NO-GO")
    for each in people.some:
        each.reads("API lead did not say GO", "the ledger team is not here yet")
    people.chair.is_not_offered(wording.DECLARE_GO)
    for voter in people.voters:
        voter.presses("Vote GO").reads("Recorded: voted (GO)")
    people.chair.reads("Every vote is GO; the chair has still to declare it.").presses(wording.DECLARE_GO)
    for each in people.some:
        each.reads("The poll is GO: every vote is GO, and the chair declared it.")


def _go(people: People) -> None:
    people.ceo.presses(wording.GO).reads("GO binds board", "Nothing is waived.", "The poll is GO: every vote")
    people.ceo.presses(wording.GO_ASK).reads("Recorded: decided (GO)")
    expect(people.ceo.button(wording.GO_ASK)).to_be_hidden()  # what was asked once is closed
    for each in people.all:
        each.reads("GO by CEO (asserted) at")


def _execution(people: People) -> None:
    people.frontend.buys().opens(wording.TIMELINE).presses(f"{wording.TICK} {PURCHASE}")
    people.frontend.reads_row(PURCHASE, "Frontend lead · Done")
    coordinator = people.coordinator.opens(wording.TIMELINE)
    coordinator.gives("the first dollar was paid").presses(wording.RESUME_CLOCK)
    coordinator.reads_row(
        "The webhook reached provider_register and the ledger", "Payments lead · Done, auto"
    )
    coordinator.presses(f"{wording.TICK} {EVIDENCE}").reads_row(EVIDENCE, "Coordinator · Done")


def _close(people: People) -> None:
    coordinator = people.coordinator
    coordinator.gives("the first dollar is in").presses(wording.CLOSE).reads("Recorded: run closed")


def test_a_failing_webhook_ends_no_go_and_rolled_back(closed: People) -> None:
    people = closed
    _next_attempt(people)
    _red(people)
    _rollback(people)
    _no_go(people)

    for each in people.some:
        each.opens(wording.CONTROL_ROOM).reads("NO-GO by CEO (asserted) at", "closed at T+")


def _next_attempt(people: People) -> None:
    coordinator = people.coordinator.opens(wording.TIMELINE)
    coordinator.gives("once more, with a fault").presses(wording.NEXT_ATTEMPT)
    for each in people.some:
        each.opens(wording.CONTROL_ROOM).reads("Nothing has been decided yet.").reads_no("No vote")
        each.reads("T-clock not started")
    people.payments.buys()
    coordinator.opens(wording.CONTROL_ROOM).reads_verdict("GO")
    coordinator.opens(wording.TIMELINE).gives("all seven are in the call").presses(wording.START_CLOCK)
    coordinator.reads("Recorded: clock started")
    people.on_the_control_room()
    people.chair.gives("the gates were read out").presses(wording.OPEN_POLL)
    for voter in people.voters[:3]:
        voter.presses("Vote GO").reads("Recorded: voted (GO)")


def _red(people: People) -> None:
    people.frontend.opens(wording.REHEARSAL)
    row = people.frontend.page.locator("[class*=st-key-fault_row_]").filter(has_text=WEBHOOK_500)
    row.get_by_role("button", name=wording.PUT_IN).click()
    people.frontend.reads(f"{WEBHOOK_500}: put in.").presses(wording.START_PURCHASE).reads("was started.")
    people.frontend.opens(wording.CONTROL_ROOM)
    for each in people.some:
        each.reads_verdict("NO-GO").reads("no vote that counts from Payments lead, Comms lead, API lead")
        each.reads("has stopped being GO since")
    people.ceo.is_not_offered(wording.GO)
    people.ceo.reads("GO is not offered while the board says NO-GO.", wording.ACKNOWLEDGE)


def _rollback(people: People) -> None:
    people.payments.presses(wording.ROLL_BACK).presses(wording.ROLL_BACK_ASK)
    for each in people.some:
        each.reads_verdict("NO-GO").reads("by Payments lead; the reason is still to be given")
        each.reads("Payments in flight", ", read at ", "Buyers to compensate")
    coordinator = people.coordinator.opens(wording.TIMELINE)
    coordinator.gives("we stop here").presses(wording.CLOSE)
    coordinator.reads("A rollback waits for its reason; give that first.")
    people.payments.gives("webhooks are answered with 500").presses(wording.EXPLAIN)
    people.payments.reads("Recorded: rollback explained")


def _no_go(people: People) -> None:
    people.ceo.gives("buyers would pay and get nothing").presses(wording.NO_GO)
    people.chair.reads("NO-GO by CEO (asserted) at")
    people.coordinator.gives("we stop here").presses(wording.CLOSE).reads("Recorded: run closed")
