"""`golive evidence export` and `receipt`: what leaves can be verified, by the line that is printed."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from dashboard.launch.event import What
from dashboard.store.evidence import StoredToken
from evidence.receipt import parsed
from rehearsal.tsa import Authority
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.sealed_run import SealedRun, sealed_run, with_items

Evidence = Callable[..., Result]


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[SealedRun]:
    """A launch that ended."""
    with sealed_run(tmp_path, with_items(""), now=datetime.now(UTC)) as found:
        found.happen(What.STARTED)
        found.happen(What.DECIDED, subject="GO", after="GO", role="ceo")
        found.happen(What.DECIDED, subject="HOLD", after="HOLD", role="ceo")
        yield found


@pytest.fixture
def evidence(golive: Golive, tmp_path: Path) -> Evidence:
    return lambda *words, **settings: golive("evidence", *words, "--data-dir", str(tmp_path), **settings)


def verified(golive: Golive, exported: Result, *words: str) -> Result:
    """What the printed line says, run as it is."""
    (line,) = (line for line in exported.stdout.splitlines() if line.startswith("Verify: golive "))
    return golive(*shlex.split(line)[2:], *words)


def test_the_line_that_is_printed_verifies_the_bundle(
    sealed: SealedRun, golive: Golive, evidence: Evidence, tmp_path: Path
) -> None:
    sealed.happen(What.CLOSED, after="closed")
    file = tmp_path / "it's evidence.zip"

    exported = evidence("export", "-o", str(file), "--wait", "0")
    (tmp_path / "receipt.txt").write_bytes(evidence("receipt").stdout_bytes)
    told = verified(golive, exported, "--receipt", str(tmp_path / "receipt.txt"))

    assert (0, "") == (exported.exit_code, exported.stderr)
    assert f"vkey: {sealed.sealer().opening.vkey}\n" in exported.stdout
    assert 3 == told.exit_code  # nobody stamped it
    assert "CONSISTENT-ONLY" in told.stdout
    assert "no authority's root was pinned" in told.stdout
    assert not list(tmp_path.glob(".it's*"))


@pytest.mark.usefixtures("sealed")
def test_of_an_open_log_the_line_says_so(evidence: Evidence, tmp_path: Path) -> None:
    told = evidence("export", "1", "-o", str(tmp_path / "e.zip"), "--wait", "0")

    assert 0 == told.exit_code
    assert "e.zip: rehearsal, run 1, " in told.stdout
    assert " --open\n" in told.stdout


@pytest.mark.usefixtures("sealed")
def test_in_the_rehearsal_the_root_of_its_authority_is_named(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    root = Authority.in_folder(tmp_path / "world" / "tsa").root_file

    told = evidence("export", "-o", str(tmp_path / "e.zip"), "--wait", "0")

    assert f"root of the rehearsal's authority: {root}\n" in told.stdout
    assert f"--tsa-root {root}" in told.stdout


@pytest.fixture
def stamped(tmp_path: Path) -> Iterator[SealedRun]:
    """A run whose log names an authority, which stamps nothing by itself."""
    with sealed_run(tmp_path, environ={"GOLIVE_TSA_URLS": "first=http://127.0.0.1:1/tsr"}) as found:
        yield found


@pytest.mark.usefixtures("stamped")
def test_an_authority_that_does_not_answer_is_named_and_holds_nothing_up(
    evidence: Evidence, tmp_path: Path
) -> None:
    told = evidence("export", "-o", str(tmp_path / "e.zip"), "--wait", "0.3")

    assert 0 == told.exit_code
    assert told.stderr.startswith("no time stamp of the newest head from first: ")


def test_a_time_stamp_that_comes_meanwhile_is_waited_for(
    stamped: SealedRun, evidence: Evidence, tmp_path: Path
) -> None:
    stamped.happen(What.STARTED)

    def stamp() -> None:
        while 2 not in stamped.store.evidence.heads(stamped.run.id):
            continue
        token = StoredToken(size=2, tsa="first", gen_time="2026-11-22T09:00:02Z", token=b"token")
        stamped.store.evidence.keep_token(stamped.run.id, token)

    authority = threading.Thread(target=stamp)
    authority.start()
    told = evidence("export", "-o", str(tmp_path / "e.zip"), "--wait", "60")
    authority.join()

    assert (0, "") == (told.exit_code, told.stderr)


def test_a_bundle_that_cannot_be_written_leaves_the_one_before(
    sealed: SealedRun, evidence: Evidence, tmp_path: Path
) -> None:
    file = tmp_path / "e.zip"
    file.write_bytes(b"the one before")
    plan = sealed.records()[0].subject[1].digest.sha256
    sealed.blobs._file(plan).write_bytes(b"damaged")

    told = evidence("export", "-o", str(file), "--wait", "0")

    assert (1, "") == (told.exit_code, told.stdout)
    assert "damaged, or was changed meanwhile" in told.stderr
    assert b"the one before" == file.read_bytes()
    assert [file] == list(tmp_path.glob("*e.zip*"))


@pytest.mark.parametrize(("words", "says"), [(("7",), "got no run 7"), ((), "expected a golive database")])
def test_what_is_not_there_cannot_be_exported(
    evidence: Evidence, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    if words:
        with sealed_run(tmp_path):
            pass

    told = evidence("export", *words, "-o", str(tmp_path / "e.zip"))

    assert 3 == told.exit_code
    assert says in told.stderr
    assert not (tmp_path / "e.zip").exists()


def test_unless_named_the_receipt_is_of_the_newest_go_or_close(sealed: SealedRun, evidence: Evidence) -> None:
    go = parsed(evidence("receipt").stdout_bytes)
    hold = parsed(evidence("receipt", "decision/3").stdout_bytes)
    sealed.happen(What.CLOSED, after="closed")
    close = parsed(evidence("receipt").stdout_bytes)

    assert [("board", "GO"), ("board", "HOLD"), ("close", "CLOSED")] == [
        (each.told["gate"], each.told["verdict"]) for each in (go, hold, close)
    ]
    assert go.checkpoint.size < hold.checkpoint.size < close.checkpoint.size == len(sealed.records())


@pytest.mark.parametrize("words", [("receipt", "--run", "1"), ("list", "1")])
def test_a_run_is_named_by_its_number(sealed: SealedRun, evidence: Evidence, words: tuple[str, ...]) -> None:
    assert evidence(words[0]).stdout == evidence(*words).stdout

    other = evidence(*words[:-1], f"{sealed.run.id + 1}")

    assert (3, "") == (other.exit_code, other.stdout)
    assert "got no run 2 in" in other.stderr


@pytest.mark.usefixtures("sealed")
def test_a_receipt_can_be_printed_with_a_code(evidence: Evidence) -> None:
    page = evidence("receipt", "--html").stdout

    assert page.startswith("<!doctype html>")
    assert "<svg" in page
    assert "Receipt: GO" in page


@pytest.mark.parametrize(
    ("words", "says"),
    [(("decision/9",), 'There is no decision "decision/9"'), ((), "Nobody has decided GO or closed the run")],
)
def test_a_receipt_of_nothing_is_refused(
    evidence: Evidence, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    with sealed_run(tmp_path):
        told = evidence("receipt", *words)

    assert (1, "") == (told.exit_code, told.stdout)
    assert says in told.stderr
