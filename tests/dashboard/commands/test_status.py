"""`golive status`: the verdict as words and as an exit code, from what is stored, and never an old green."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

import pytest

from collectors.observation import Environment
from dashboard.conduct import Conductor
from dashboard.launch.announcing import Notice
from dashboard.launch.board import Board, BoardVerdict
from dashboard.launch.delivery import Attempt, Outcome
from dashboard.launch.plan_file import load_plan
from dashboard.steady import Host
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN
from tests.dashboard.commands.conftest import ROOT, Golive, Shell
from tests.dashboard.store.scene import at, board, opened, writing

LOADED = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret)
ESCAPE = "\x1b["

Judge = Callable[..., Board]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def judge(data_dir: Path) -> Judge:
    """Store one evaluation, judged so many seconds ago."""

    def stored(
        verdict: BoardVerdict, *, ago_s: float = 0, environment: Environment = Environment.REHEARSAL
    ) -> Board:
        with _opened(data_dir, environment) as store:
            writer = writing(store)
            now = datetime.now(UTC)
            run = store.open_run(
                plan_id=LOADED.plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=now
            )
            judged = replace(
                board(run, 1, environment=environment),
                evaluated_at=now - timedelta(seconds=ago_s),
                verdict=verdict,
                sentence=f"{verdict.value}: judged.",
            )
            replace(writer, run=run).judged(judged)
            return judged

    return stored


@pytest.mark.parametrize(
    ("verdict", "word", "code"),
    [(BoardVerdict.GO, "GO", 0), (BoardVerdict.NO_GO, "NO-GO", 1), (BoardVerdict.HOLD, "HOLD", 2)],
)
def test_the_exit_code_is_the_verdict(
    golive: Golive, judge: Judge, data_dir: Path, *, verdict: BoardVerdict, word: str, code: int
) -> None:
    judge(verdict)

    told = golive("status", "--data-dir", str(data_dir))

    assert (code, "") == (told.exit_code, told.stderr)
    assert ["REHEARSAL  First live dollar", word, f"{verdict.value}: judged."] == told.stdout.splitlines()[:3]
    assert "Would change it: one failing answer" in told.stdout
    assert "Judged at " in told.stdout


def test_json_is_the_board_with_what_is_shown_above_it(golive: Golive, judge: Judge, data_dir: Path) -> None:
    judged = judge(BoardVerdict.NO_GO)

    told = golive("status", "--data-dir", str(data_dir), "--json")

    document = json.loads(told.stdout)
    assert 1 == told.exit_code
    assert ("NO_GO", "rehearsal", None) == (document["verdict"], document["environment"], document["lost"])
    assert [kpi.id for kpi in LOADED.plan.kpis] == [kpi["id"] for kpi in document["kpis"]]
    assert {("not_known", None)} == {(kpi["state"], kpi["value"]) for kpi in document["kpis"][:6]}
    assert ("not_yet", 0, 1) == tuple(document["kpis"][6][key] for key in ("state", "k", "n"))
    assert (judged.hash, judged.plan_sha256) == (document["board"]["hash"], document["board"]["plan_sha256"])


def test_who_was_not_told_is_printed_and_in_the_json(golive: Golive, judge: Judge, data_dir: Path) -> None:
    judge(BoardVerdict.GO)
    now = datetime.now(UTC)
    with _opened(data_dir) as store:
        run = store.newest_run()
        lease = store.take_lease("another", "host:2", now=now, ttl_s=10)
        assert run is not None
        assert isinstance(lease, Lease)
        notice = Notice(key="event/1", at=now, text="held")
        store.put_notices(run.id, [notice], channels=["slack 1"], now=now, lease=lease)
        lost = Attempt(
            key="event/1", channel="slack 1", at=now, outcome=Outcome.GIVEN_UP, error="got HTTP 500"
        )
        store.record_attempts(run.id, [lost], lease=lease)

    told = golive("status", "--data-dir", str(data_dir))
    document = json.loads(golive("status", "--data-dir", str(data_dir), "--json").stdout)

    assert "Notifications: 1 notification was given up for slack 1, the last at " in told.stdout
    assert [True] == ["got HTTP 500" in line for line in document["undelivered"]]


@pytest.mark.parametrize("ago_s", [6, 3_600, -60])
def test_a_go_that_nobody_judged_lately_holds(
    golive: Golive, judge: Judge, data_dir: Path, ago_s: float
) -> None:
    judge(BoardVerdict.GO, ago_s=ago_s)

    told = golive("status", "--data-dir", str(data_dir))

    assert 2 == told.exit_code
    assert "HOLD" == told.stdout.splitlines()[1]
    assert "no heartbeat from the collectors since" in told.stdout


@pytest.mark.parametrize("by_s", [600, -600])
def test_the_collectors_clock_tells_how_old_a_board_is(
    golive: Golive, judge: Judge, data_dir: Path, by_s: int
) -> None:
    judge(BoardVerdict.GO, ago_s=-by_s)
    anchor = Host().anchor()
    told_by = replace(anchor, wall_ns=anchor.wall_ns + by_s * 1_000_000_000)
    with _opened(data_dir) as store:
        lease = store.take_lease(COLLECTORS, "host:2", now=at(3_600), ttl_s=10)
        run = store.newest_run()
        assert isinstance(lease, Lease)
        assert run is not None
        store.tell_time_base(lease, told_by, now=at(3_600), ttl_s=10, run_id=run.id)

    told = golive("status", "--data-dir", str(data_dir))

    assert 0 == told.exit_code, told.stdout
    assert f"Warning: the host's clock was moved by {-by_s:+d} s; golive goes on by its own." in told.stdout


def test_a_run_that_was_never_judged_holds(golive: Golive, data_dir: Path) -> None:
    with _opened(data_dir) as store:
        store.open_run(plan_id="p", plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=datetime.now(UTC))

    told = golive("status", "--data-dir", str(data_dir))

    assert 2 == told.exit_code
    assert "nothing has been judged yet" in told.stdout


def test_a_setting_that_neither_golive_nor_the_plan_names_is_refused_as_at_a_start(
    golive: Golive, data_dir: Path, judge: Judge
) -> None:
    judge(BoardVerdict.GO)

    told = golive("status", "--data-dir", str(data_dir), GOLIVE_FOO="1", GOLIVE_CLIENT_ID="x")
    start = golive("serve", "--data-dir", str(data_dir), GOLIVE_FOO="1")
    named = golive("status", "--data-dir", str(data_dir), GOLIVE_CLIENT_ID="x", GOLIVE_STRIPE_KEY="x")

    assert (3, 0) == (told.exit_code, named.exit_code)
    assert told.stderr.startswith("got the unknown setting GOLIVE_FOO; known are ")
    assert told.stderr == start.stderr


def test_before_the_first_run_no_setting_is_held_against_a_plan(golive: Golive, data_dir: Path) -> None:
    _opened(data_dir).close()

    told = golive("status", "--data-dir", str(data_dir), GOLIVE_CLIENT_ID="x")

    assert (3, "nothing has been collected yet; start golive and ask again\n") == (
        told.exit_code,
        told.stderr,
    )


def test_a_decision_is_told_in_the_words_of_the_board(golive: Golive, data_dir: Path, judge: Judge) -> None:
    judge(BoardVerdict.NO_GO)
    golive("act", "decide", "NO_GO", "--as", "ceo", "--reason", "it is red", "--data-dir", str(data_dir))

    told = golive("status", "--data-dir", str(data_dir))

    assert "Decided: NO-GO by CEO (asserted)." in told.stdout


def test_a_setting_of_the_plan_on_offer_is_not_refused(golive: Golive, data_dir: Path, judge: Judge) -> None:
    judge(BoardVerdict.GO)
    golive("act", "start", "--as", "coordinator", "--reason", "all here", "--data-dir", str(data_dir))
    text = LOADED.text.replace("GOLIVE_STRIPE_KEY", "GOLIVE_OTHER_KEY")
    other = load_plan(text, scan=find_secret)
    with _opened(data_dir) as store:
        now = datetime.now(UTC)
        run = store.open_run(plan_id=LOADED.plan.id, plan_sha256=other.sha256, plan_toml=text, now=now)
        Conductor(plan=LOADED.plan, store=store, run=run, clock=lambda: now).offer(other.sha256)

    told = golive("status", "--data-dir", str(data_dir), GOLIVE_OTHER_KEY="x", GOLIVE_STRIPE_KEY="x")

    assert LOADED.sha256 == run.plan_sha256
    assert (0, "") == (told.exit_code, told.stderr)


def test_a_missing_store_cannot_be_answered_and_none_is_made(golive: Golive, data_dir: Path) -> None:
    told = golive("status", "--data-dir", str(data_dir))

    assert (3, "") == (told.exit_code, told.stdout)
    assert "start `golive` once" in told.stderr
    assert not data_dir.exists()


def test_a_missing_live_store_names_the_command_that_makes_one(golive: Golive, data_dir: Path) -> None:
    told = golive("status", "--data-dir", str(data_dir), "--environment", "live")

    assert 3 == told.exit_code
    assert "start `golive serve` once" in told.stderr


def test_a_store_without_a_run_cannot_be_answered(golive: Golive, data_dir: Path) -> None:
    _opened(data_dir).close()

    told = golive("status", "--data-dir", str(data_dir))

    assert (3, "") == (told.exit_code, told.stdout)
    assert "nothing has been collected yet; start golive and ask again" in told.stderr


def test_a_file_that_is_no_database_cannot_be_answered(golive: Golive, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "rehearsal.sqlite3").write_text("this is no database, and long enough to be looked at")

    told = golive("status", "--data-dir", str(data_dir))

    assert (3, "", 1) == (told.exit_code, told.stdout, len(told.stderr.splitlines()))


def test_with_a_live_and_a_rehearsal_store_one_must_be_named(
    golive: Golive, judge: Judge, data_dir: Path
) -> None:
    judge(BoardVerdict.GO)
    judge(BoardVerdict.NO_GO, environment=Environment.LIVE)

    told = golive("status", "--data-dir", str(data_dir))

    assert (3, "") == (told.exit_code, told.stdout)
    assert "say --environment live or rehearsal" in told.stderr
    assert 0 == golive("status", "--data-dir", str(data_dir), "--environment", "rehearsal").exit_code
    live = golive("status", "--data-dir", str(data_dir), "--environment", "live")
    assert (1, "LIVE  First live dollar") == (live.exit_code, live.stdout.splitlines()[0])


def test_output_that_is_no_terminal_has_no_escape_codes(shell: Shell, judge: Judge, data_dir: Path) -> None:
    judge(BoardVerdict.NO_GO)

    told = shell("status", "--data-dir", str(data_dir), TERM="xterm-256color")

    assert told.stdout
    assert ESCAPE not in told.stdout + told.stderr


@pytest.mark.parametrize(("settings", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colour_unless_it_wants_none(
    judge: Judge, data_dir: Path, settings: dict[str, str], *, coloured: bool
) -> None:
    judge(BoardVerdict.NO_GO)

    told = _on_a_terminal("status", "--data-dir", str(data_dir), **settings)

    assert "First live dollar" in told
    assert coloured is bool(re.search(r"\x1b\[[0-9;]*3[0-7]m", told))


def _opened(data_dir: Path, environment: Environment = Environment.REHEARSAL) -> Store:
    return opened(f"sqlite:///{data_dir.resolve() / environment.value}.sqlite3", environment)


def _on_a_terminal(*arguments: str, **settings: str) -> str:
    """What golive writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    environ = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **settings}
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard", *arguments],
        env=environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            return _all_of(terminal).decode()


def _all_of(terminal: FileIO) -> bytes:
    said = b""
    while True:
        try:
            more = terminal.read(4_096)
        except OSError:  # the other end of a terminal is closed by an error
            return said
        if not more:
            return said
        said += more
