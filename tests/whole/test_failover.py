"""Any one part of a team's golive dies or hangs: the others go on, nothing acknowledged is lost."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from dashboard.signin import page as sign_in_page
from dashboard.ui import wording
from tests.postgres import Postgres, postgres
from tests.whole.conftest import beside_a_world
from tests.whole.people import WITHIN_MS, Someone
from tests.whole.running import DATABASE_URL, Running, clean_environment, collector, is_held_by, until
from tests.whole.team import Team, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.endurance]


@pytest.fixture(scope="module")
def team(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """At GO: a purchase has proven everything."""
    folder, environ = tmp_path_factory.mktemp("team"), clean_environment(compiled)
    with postgres() as database, beside_a_world(folder, environ) as house:
        house.environ[DATABASE_URL] = database.url
        team = Team(house=house, database=database)
        with team.provider():
            team.collector()
            house.world().buy()
            team.dashboards()
            house.until_status(0)
            yield team


@pytest.fixture
def robin(team: Team, chrome: Browser) -> Iterator[tuple[Someone, Someone]]:
    """The coordinator, at both dashboards."""
    with signed_in(chrome, team, "robin", "Coordinator") as tabs:
        yield tabs


@pytest.fixture
def database(team: Team) -> Iterator[Postgres]:
    """The database, to be broken at GO; whatever a test did to it, it answers afterwards."""
    team.collector()
    team.house.until_status(0)
    yield team.database
    team.database.answer_again()
    team.database.start()


def test_what_is_done_at_one_dashboard_is_seen_at_the_other_and_either_may_die(
    team: Team, robin: tuple[Someone, Someone]
) -> None:
    here, there = (each.opens(wording.TIMELINE) for each in robin)
    _let_it_count(here)
    there.button(wording.HOLD_CLOCK).wait_for()
    _presses(there, wording.HOLD_CLOCK, "we look")
    here.button(wording.RESUME_CLOCK).wait_for()

    team.kill(team.dashboards()[0])

    _presses(there, wording.RESUME_CLOCK, "we go on")
    there.reads("we go on")
    expect(here.page.locator("#golive-lost-banner")).to_contain_text("HOLD - connection lost")
    team.dashboards()
    here.reads("we go on")
    expect(here.page.locator("#golive-lost-banner")).to_be_hidden(timeout=WITHIN_MS)


def test_who_signs_out_at_one_dashboard_is_out_at_the_other(team: Team, chrome: Browser) -> None:
    with signed_in(chrome, team, "ada", "CEO") as (here, there):
        there.button(f"CEO · {wording.SIGNED_IN}").click()
        there.presses(wording.SIGN_OUT)

        expect(here.page.get_by_text(sign_in_page.WHY)).to_be_visible(timeout=WITHIN_MS)  # by itself


def test_a_second_collector_takes_over_and_the_first_writes_nothing_more(team: Team) -> None:
    first = team.collector()
    second = collector(team.house)
    until(lambda: "another collector holds the lease" in second.err())

    first.process.send_signal(signal.SIGSTOP)

    _takes_over(team, second)
    first.process.send_signal(signal.SIGCONT)
    until(lambda: "Got a write by" in first.err() and "another collector holds the lease" in first.err())
    assert is_held_by(team.house.head(), second)

    team.kill(second)

    _takes_over(team, first)
    _is_gapless(team)


def test_a_database_that_is_killed_holds_the_board_and_all_goes_on_by_itself(
    team: Team, database: Postgres, robin: tuple[Someone, Someone]
) -> None:
    here, there = (each.opens(wording.TIMELINE) for each in robin)
    _let_it_count(here)
    _presses(here, wording.HOLD_CLOCK, "said before it was killed")
    here.reads("said before it was killed")
    here.opens(wording.CONTROL_ROOM).reads_verdict("GO")
    before, judged = _running(team), team.house.evaluation()

    database.kill()

    here.reads_verdict("HOLD").reads("The store cannot be read", "The store being read again")
    _presses(there, wording.RESUME_CLOCK, "said to nobody")
    there.reads("The store cannot be")
    database.start()
    here.reads_verdict("GO")
    there.reads("said before it was killed").reads_no("said to nobody")
    _presses(there, wording.RESUME_CLOCK, "it is back")
    there.reads("it is back")
    assert before == _running(team)
    until(lambda: team.house.evaluation() > judged)
    _is_gapless(team)


def test_a_database_that_hangs_holds_the_board_and_all_goes_on_by_itself(
    team: Team, database: Postgres, robin: tuple[Someone, Someone]
) -> None:
    here, there = robin
    there.opens(wording.TIMELINE)
    _let_it_count(there)
    here.reads_verdict("GO")
    before = _running(team)

    database.stop_answering()

    here.reads_verdict("HOLD").reads("The store has not answered for 5 s")
    _presses(there, wording.HOLD_CLOCK, "said to nobody")
    there.reads("The store cannot be")
    database.answer_again()
    here.reads_verdict("GO")
    there.reads_no("said to nobody")
    assert before == _running(team)
    _is_gapless(team)


def test_what_was_sealed_through_all_that_is_verified(team: Team, tmp_path: Path) -> None:
    bundle, receipt, where = (
        tmp_path / "bundle.zip",
        tmp_path / "receipt.txt",
        ("--data-dir", str(team.house.data_dir)),
    )
    team.collector()
    for what in ("start", "close"):  # it may have been started by whatever came before
        team.house.run("act", what, "--as", "coordinator", "--reason", "the test is over", *where)
    told = until(lambda: team.house.run("evidence", "receipt", *where).stdout)
    receipt.write_text(told)

    exported = team.house.run("evidence", "export", "-o", str(bundle), *where)
    (line,) = re.findall(r"golive (verify .*)", exported.stdout)
    verified = team.house.run(*shlex.split(line), "--receipt", str(receipt))
    replayed = team.house.run("replay", *where)

    # Nobody has handed pictures in: that is unmet, and nothing else is found.
    gaps = re.findall(r"^GAP step \d+ (\w+)", verified.stdout, re.MULTILINE)
    assert (4, 1) == (verified.returncode, verified.stdout.count("VERIFIED-WITH-GAPS: golive/rehearsal/"))
    assert {"UNMET"} == set(gaps), verified.stdout
    assert (0, "") == (replayed.returncode, replayed.stderr)


def _let_it_count(coordinator: Someone) -> None:
    """The clock counts, whatever was before."""
    for name in (wording.START_CLOCK, wording.RESUME_CLOCK):
        if coordinator.button(name).count():
            _presses(coordinator, name, "for the test")
    coordinator.button(wording.HOLD_CLOCK).wait_for()


def _presses(someone: Someone, name: str, reason: str) -> None:
    someone.gives(reason).presses(name)


def _takes_over(team: Team, running: Running) -> None:
    before = team.house.evaluation()
    until(lambda: is_held_by(team.house.head(), running) and team.house.evaluation() > before + 1)


def _running(team: Team) -> list[int]:
    """Every process that this test did not start."""
    alive = (*team.dashboards(), team.collector())
    return [each.process.pid for each in alive]


def _is_gapless(team: Team) -> None:
    """Every judgement and every event has the number after the one before, and is sealed once."""
    with team.house.store() as store:
        run = store.newest_run()
        assert run is not None
        records = until(lambda: _all_sealed(team))
        judged = [each.evaluation for each in store.evaluations_after(run.id, 0, limit=100_000)]
        events = [each.seq for each in store.events(run.id)]
    assert list(range(1, len(judged) + 1)) == judged
    assert list(range(1, len(events) + 1)) == events
    assert len(records) == len(set(records))


def _all_sealed(team: Team) -> list[str] | None:
    """The keys of all records, once there is one of the newest event."""
    with team.house.store() as store:
        run = store.newest_run()
        assert run is not None
        log = store.evidence.records(run.id, limit=100_000)
        newest = len(store.events(run.id))
    assert list(range(len(log))) == [each.index for each in log]
    keys = [each.key for each in log]
    return keys if newest == 0 or f"event/{newest}" in keys else None
