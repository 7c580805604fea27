"""`golive`, from the first line it prints to the Ctrl-C that ends it, as its operator sees it."""

from __future__ import annotations

import json
import re
import signal
import subprocess

from tests.cast import default_plan
from tests.whole.running import House, Running, get, left_of, until, verdicts


def test_a_start_says_where_the_board_is_and_nothing_else(golive: Running) -> None:
    assert f"golive REHEARSAL: {golive.url} (Ctrl-C ends it)\n" == golive.out()
    assert "" == golive.err()


def test_health_is_answered_without_a_login(golive: Running) -> None:
    # A dashboard that has just started holds until it has heard the collectors itself.
    answered = until(lambda: one if (one := get(f"{golive.url}/healthz")) and one.is_success else None)

    assert "ok" == answered.json()["status"]


def test_without_a_purchase_the_board_holds(held: subprocess.CompletedProcess[str]) -> None:
    lines = held.stdout.splitlines()

    assert ["REHEARSAL  First live dollar", "HOLD"] == lines[:2]
    assert lines[2].startswith("HOLD — “Webhooks reach provider_register, and by its log none failed”")
    assert "Would change it: stripe.deliveries.judged reaching 1 (a purchase proves it)." == lines[3]


def test_a_purchase_in_a_healthy_world_makes_it_go(bought: House) -> None:
    told = bought.until_status(0)

    assert "GO" == told.stdout.splitlines()[1]
    mandatory = sum(gate.mandatory for gate in default_plan().gates)
    assert f"GO — all {mandatory} mandatory gates are GO in this evaluation." == told.stdout.splitlines()[2]
    assert "" == told.stderr


def test_the_command_and_the_api_give_the_same_document(bought: House, golive: Running) -> None:
    told = json.loads(bought.status("--json").stdout)
    answered = until(lambda: get(f"{golive.url}/api/v1/board")).json()

    assert _shape(told) == _shape(answered)
    assert ("GO", "rehearsal", None) == (told["verdict"], told["environment"], told["lost"])
    assert verdicts(told).keys() == verdicts(answered).keys()
    assert told["board"]["plan_sha256"] == answered["board"]["plan_sha256"]


def test_a_fault_makes_it_no_go_and_names_the_owner(bought: House) -> None:
    bought.world().put_in("publishable_key_test")
    told = bought.until_status(1)
    bought.world().take_all_out()

    assert "NO-GO" == told.stdout.splitlines()[1]
    assert '“Stripe is live on every key” fails: student_pilot.page.kind is "pk_test"' in told.stdout
    assert "(owner: Payments lead)" in told.stdout


def test_all_that_was_judged_since_the_start_is_reproduced(bought: House) -> None:
    told = bought.run("replay", "--data-dir", str(bought.data_dir))

    assert "" == told.stderr
    assert 0 == told.returncode, told.stdout
    assert re.fullmatch(r"run 1 reproduced, \d+ evaluations\n", told.stdout)


def test_a_port_in_use_is_said_in_one_line_with_the_mend(house: House, golive: Running) -> None:
    second = house.start(data_dir=house.folder / "second", port=golive.port)

    assert 3 == second.process.wait(timeout=60)
    assert "" == second.out()
    assert 1 == len(second.err().splitlines())
    assert f"--port {golive.port + 1}" in second.err()
    assert not (house.folder / "second").exists()


def test_a_killed_collector_is_started_again(house: House, golive: Running) -> None:
    killed = until(lambda: golive.child("--only", "collector"))
    with house.store() as store:
        run = store.newest_run()
        assert run is not None
        killed.kill()
        left_of([killed])
        after = house.evaluation()

        until(lambda: house.evaluation() > after)

        assert run == store.newest_run()
    assert killed.pid != until(lambda: golive.child("--only", "collector")).pid
    assert "the collector ended with code -9 and is started again" in golive.err()


def test_an_unknown_fault_is_said_with_the_known_ones(own_house: House) -> None:
    told = own_house.run("--fault", "webhok_500", "--data-dir", str(own_house.data_dir), "--no-browser")

    assert (3, "") == (told.returncode, told.stdout)
    assert 1 == len(told.stderr.splitlines())
    assert "webhok_500" in told.stderr
    assert "did you mean webhook_500?" in told.stderr
    assert not own_house.data_dir.exists()


def test_however_golive_ends_nothing_is_left_and_the_next_start_goes_on(own_house: House) -> None:
    first = own_house.start().until_announced()
    until(own_house.evaluation)
    family = first.family()
    assert 4 == len(family)  # the parent, the world, the collector, the dashboard

    first.end(signal.SIGKILL)
    assert [] == left_of(family)

    before = own_house.evaluation()
    second = own_house.start().until_announced()
    until(lambda: own_house.evaluation() > before)
    family = second.family()
    with own_house.store() as store:
        run = store.newest_run()
        assert run is not None
        assert (1, 1) == (run.id, run.attempt)

    assert 0 == second.end(signal.SIGINT)
    assert [] == left_of(family)
    assert "" == second.err()


def _shape(value: object) -> object:
    """The names and kinds in a document, without its values."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return type(value).__name__ if not isinstance(value, str | None) else "text or nothing"
