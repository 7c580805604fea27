"""`golive backup` and `golive restore`: all of it or nothing, and no log is ever turned back."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from collectors.observation import Environment
from dashboard.launch.event import What
from dashboard.store.copying import snapshot
from dashboard.wiring.lock import holding
from evidence.heads import remembered
from evidence.record import Kind
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.sealed_run import SealedRun, sealed_run, with_items
from tests.dashboard.store.scene import opened
from tests.evidence.sealed import png

ITEMS = """
[evidence]

[[evidence.items]]
id = "page"
title = "The page"
kind = "screenshot"
proves = "It is there."
system = "student_pilot"
owner = "coordinator"
to_min = 60
"""
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

Ask = Callable[..., Result]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "old"


@pytest.fixture
def sealed(old: Path) -> Iterator[SealedRun]:
    """A run that goes on, with a decision and a picture."""
    with sealed_run(old, with_items(ITEMS), now=NOW) as found:
        found.happen(What.STARTED)
        found.happen(What.DECIDED, subject="GO", after="GO", role="ceo")
        yield found


@pytest.fixture
def backup(golive: Golive, old: Path, tmp_path: Path) -> Callable[[str], Path]:
    def take(name: str) -> Path:
        told = golive("backup", str(tmp_path / name), "--data-dir", str(old))
        assert (0, "") == (told.exit_code, told.stderr)
        return tmp_path / name

    return take


@pytest.fixture
def restore(golive: Golive) -> Ask:
    return lambda file, folder, *words, **settings: golive(
        "restore", str(file), "--data-dir", str(folder), *words, **settings
    )


def rows(folder: Path) -> dict[str, list[Any]]:
    url = f"sqlite:///{folder / 'rehearsal.sqlite3'}"
    with snapshot(url) as store:
        found = {table.name: list(store.rows(table.name)) for table in store.tables()}
    del found["golive_lease"]
    return found


def blobs(folder: Path) -> dict[str, str]:
    """What is kept, by its name and by what it is."""
    files = (folder / "evidence" / "rehearsal").glob("??/*")
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in files}


def keep_keys(old: Path, new: Path) -> None:
    """What the operator keeps apart: the keys, and not what was signed."""
    shutil.copytree(old / "keys", new / "keys", ignore=lambda *_: ["heads"])


def let_go(sealed: SealedRun) -> None:
    sealed.store.close()


# ---------------------------------------------------------------- there and back


def test_everything_is_there_again_in_another_folder(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, old: Path, tmp_path: Path
) -> None:
    (old / "receipts" / "rehearsal").mkdir(parents=True)
    (old / "receipts" / "rehearsal" / ("a" * 64)).touch()
    file = backup("b.zip")

    told = restore(file, tmp_path / "new")

    assert (0, "") == (told.exit_code, told.stderr)
    assert "Not in it, and to be put back before the next start: the keys in " in told.stdout
    assert rows(old) == rows(tmp_path / "new")
    assert blobs(old) == blobs(tmp_path / "new")
    assert remembered(old / "keys/rehearsal/heads") == remembered(tmp_path / "new/keys/rehearsal/heads")
    assert ["a" * 64] == [each.name for each in (tmp_path / "new/receipts/rehearsal").iterdir()]
    assert sealed.store.newest_run() is not None  # it went on meanwhile


def test_the_run_goes_on_without_a_gap_and_its_bundle_verifies_by_the_old_receipt(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, golive: Golive, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    receipt = tmp_path / "receipt.txt"
    receipt.write_bytes(golive("evidence", "receipt", "--data-dir", str(old)).stdout_bytes)
    size = len(sealed.records())
    file = backup("b.zip")
    let_go(sealed)
    keep_keys(old, new)
    assert 0 == restore(file, new, "--receipt", str(receipt)).exit_code

    where = ("--data-dir", str(new))
    with sealed_run(new, with_items(ITEMS), now=NOW + timedelta(minutes=5)) as found:
        assert sealed.run.id == found.run.id
        found.happen(What.CLOSED, after="closed")
        told = golive("evidence", "export", "-o", str(tmp_path / "e.zip"), "--wait", "0", *where)
        indexes = [each.predicate.log.index for each in found.records()]
    line = next(line for line in told.stdout.splitlines() if line.startswith("vkey: "))
    bundle = str(tmp_path / "e.zip")
    verified = golive("verify", bundle, "--vkey", line.removeprefix("vkey: "), "--receipt", str(receipt))

    assert list(range(len(indexes))) == indexes
    assert size < len(indexes)
    assert 3 == verified.exit_code, verified.stdout  # nobody stamped it
    assert "CONSISTENT-ONLY" in verified.stdout


def test_no_key_and_no_secret_is_in_it(sealed: SealedRun, golive: Golive, old: Path, tmp_path: Path) -> None:
    (old / "fingerprint.key").write_bytes(b"f" * 32)
    words = ("backup", str(tmp_path / "b.zip"), "--data-dir", str(old))
    told = golive(*words, GOLIVE_KEY_PASSPHRASE="hunter2", GOLIVE_API_TOKEN="t0ken")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())

    assert 0 == told.exit_code, told.stderr
    assert sealed.seal.ring.folder.exists()
    assert not [part for part in (b"PRIVATE KEY", b"f" * 32, b"hunter2", b"t0ken") if part in whole]
    assert 0o600 == (tmp_path / "b.zip").stat().st_mode & 0o777


@pytest.mark.usefixtures("sealed")
def test_it_is_told_what_was_written_and_put_back(
    golive: Golive, restore: Ask, old: Path, tmp_path: Path
) -> None:
    taken = json.loads(golive("backup", str(tmp_path / "b.zip"), "--data-dir", str(old), "--json").stdout)
    done = json.loads(restore(tmp_path / "b.zip", tmp_path / "new", "--json").stdout)

    assert ("rehearsal", "sqlite", 1, []) == (
        taken["environment"],
        taken["database"],
        taken["runs"],
        taken["missing"],
    )
    assert (taken["rows"], taken["blobs"]) == (done["rows"], done["blobs_put_back"])
    assert {log["origin"]: log["size"] for log in taken["logs"]} == done["logs"]


@pytest.mark.usefixtures("sealed")
def test_a_file_that_is_there_is_never_written_over(golive: Golive, old: Path) -> None:
    before = (old / "rehearsal.sqlite3").read_bytes()

    told = golive("backup", str(old / "rehearsal.sqlite3"), "--data-dir", str(old))

    assert 3 == told.exit_code
    assert "expected a new name" in told.stderr
    assert before == (old / "rehearsal.sqlite3").read_bytes()


def test_where_there_is_no_store_there_is_no_backup(golive: Golive, tmp_path: Path) -> None:
    told = golive("backup", str(tmp_path / "b.zip"), "--data-dir", str(tmp_path / "none"))

    assert (3, "") == (told.exit_code, told.stdout)
    assert "got no store" in told.stderr
    assert [] == list(tmp_path.glob("*b.zip*"))


# ---------------------------------------------------------------- who may be replaced


def test_a_store_with_runs_is_replaced_only_if_that_is_asked_for(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, old: Path
) -> None:
    file = backup("b.zip")
    let_go(sealed)
    before = rows(old)

    told, asked = restore(file, old), restore(file, old, "--replace")

    assert (3, 0) == (told.exit_code, asked.exit_code), asked.stderr
    assert "got a store with a run at" in told.stderr
    assert "--replace" in told.stderr
    assert before == rows(old)


def test_while_golive_has_the_store_open_it_is_not_replaced(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, old: Path
) -> None:
    told = restore(backup("b.zip"), old, "--replace")

    assert (3, "") == (told.exit_code, told.stdout)
    assert "somebody else has open" in told.stderr
    assert sealed.records()


@pytest.mark.parametrize("what", ["rehearsal", "launch"])
@pytest.mark.usefixtures("sealed")
def test_while_golive_runs_in_the_folder_nothing_is_put_there(
    backup: Callable[[str], Path], restore: Ask, tmp_path: Path, what: str
) -> None:
    file = backup("b.zip")
    with holding(tmp_path / "new", what):
        told = restore(file, tmp_path / "new")

    assert 3 == told.exit_code
    assert f"a {what} already runs in" in told.stderr
    assert "end it, and do it again" in told.stderr
    assert not (tmp_path / "new" / "rehearsal.sqlite3").exists()


@pytest.mark.usefixtures("sealed")
def test_a_rehearsal_is_never_put_in_the_place_of_a_launch(
    backup: Callable[[str], Path], restore: Ask, tmp_path: Path
) -> None:
    file, live = backup("b.zip"), f"sqlite:///{tmp_path / 'any.sqlite3'}"
    opened(live, Environment.LIVE).close()

    by_name = restore(file, tmp_path / "new", "--environment", "live")
    by_store = restore(file, tmp_path / "new", "--replace", GOLIVE_DATABASE_URL=live)

    assert (3, 3) == (by_name.exit_code, by_store.exit_code)
    assert "got a backup of rehearsal, expected one of live" in by_name.stderr
    assert "a backup of rehearsal for a store of live" in " ".join(by_store.stderr.split())
    opened(live, Environment.LIVE, create=False).close()


# ---------------------------------------------------------------- no log is turned back


def test_a_backup_behind_what_was_signed_last_here_is_refused(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, old: Path
) -> None:
    file, size = backup("b.zip"), len(sealed.records())
    sealed.happen(What.DECIDED, subject="HOLD", after="HOLD", role="ceo")
    let_go(sealed)
    for each in old.glob("rehearsal.sqlite3*"):
        each.unlink()  # the disk with the store is lost, that with the keys is not

    told = restore(file, old)

    assert (3, "") == (told.exit_code, told.stdout)
    assert f"got {size} records of the log golive/rehearsal/" in told.stderr
    assert (
        "what was signed last here knows of: the log would be turned back; use a newer backup" in told.stderr
    )
    assert not (old / "rehearsal.sqlite3").exists()


def test_a_backup_behind_the_store_that_is_there_is_refused(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, old: Path
) -> None:
    file = backup("b.zip")
    sealed.happen(What.DECIDED, subject="HOLD", after="HOLD", role="ceo")
    let_go(sealed)
    shutil.rmtree(old / "keys/rehearsal/heads")
    before = rows(old)

    told = restore(file, old, "--replace")

    assert 3 == told.exit_code
    assert "that the store that is there knows of" in told.stderr
    assert before == rows(old)


def test_a_backup_behind_a_receipt_is_refused(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, golive: Golive, old: Path, tmp_path: Path
) -> None:
    file = backup("b.zip")
    earlier, later = tmp_path / "earlier.txt", tmp_path / "later.txt"
    earlier.write_bytes(golive("evidence", "receipt", "--data-dir", str(old)).stdout_bytes)
    sealed.happen(What.CLOSED, after="closed")
    later.write_bytes(golive("evidence", "receipt", "--data-dir", str(old)).stdout_bytes)

    told = restore(file, tmp_path / "new", "--receipt", str(earlier), "--receipt", str(later))
    asked = restore(file, tmp_path / "new", "--receipt", str(earlier))

    assert (3, 0) == (told.exit_code, asked.exit_code), asked.stderr
    assert f"that the receipt {later} knows of: the log would be turned back" in told.stderr


def test_a_receipt_of_another_log_or_by_another_key_is_refused(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, golive: Golive, old: Path, tmp_path: Path
) -> None:
    file, receipt = backup("b.zip"), tmp_path / "receipt.txt"
    genuine = golive("evidence", "receipt", "--data-dir", str(old)).stdout_bytes
    with sealed_run(tmp_path / "another", with_items(ITEMS), now=NOW) as another:
        another.happen(What.DECIDED, subject="GO", after="GO", role="ceo")
    others = golive("evidence", "receipt", "--data-dir", str(tmp_path / "another")).stdout_bytes
    origin = next(iter(remembered(sealed.seal.ring.folder / "heads")))

    for data, says in [
        (others, "got a backup without the log"),
        (genuine[:-20] + b"A" * 19 + b"\n", f"the receipt {receipt}: got"),
        (b"no receipt", "got no receipt"),
    ]:
        receipt.write_bytes(data)
        told = restore(file, tmp_path / "new", "--receipt", str(receipt))

        assert 3 == told.exit_code
        assert says in told.stderr
    assert origin.startswith("golive/rehearsal/")
    assert not (tmp_path / "new" / "rehearsal.sqlite3").exists()


def test_a_backup_behind_a_record_that_is_in_no_head_yet_is_refused(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, old: Path
) -> None:
    file = backup("b.zip")
    heads = remembered(old / "keys/rehearsal/heads")
    sealed.happen(What.HELD, after="holding")
    size = len(sealed.records())
    let_go(sealed)
    before = rows(old)

    told = restore(file, old, "--replace")

    assert heads == remembered(old / "keys/rehearsal/heads")
    assert 3 == told.exit_code
    assert f"expected at least the {size} that the store that is there knows of" in told.stderr
    assert before == rows(old)


def test_what_was_erased_since_does_not_come_back(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, golive: Golive, old: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "page.png"
    picture.write_bytes(png())
    where = ("--data-dir", str(old))
    golive("evidence", "add", "page", str(picture), "--as", "coordinator", "--attest", *where)
    shown = sealed.records(Kind.SCREENSHOT)[0].subject[0].digest.sha256
    before = backup("before.zip")
    golive("evidence", "erase", shown, "--as", "coordinator", "--reason", "subject-request", *where)
    after = backup("after.zip")
    let_go(sealed)

    told = restore(before, old, "--replace")
    again = restore(after, tmp_path / "new")

    assert 3 == told.exit_code
    assert "that the store that is there knows of" in told.stderr
    assert (0, "") == (again.exit_code, again.stderr)
    assert shown not in blobs(old) | blobs(tmp_path / "new")
    with zipfile.ZipFile(after) as archive:
        assert f"blobs/{shown}" not in archive.namelist()


def test_a_blob_that_is_missing_or_damaged_is_told_and_the_rest_is_kept(
    sealed: SealedRun, golive: Golive, restore: Ask, old: Path, tmp_path: Path
) -> None:
    gone, damaged = sorted(blobs(old))[:2]
    sealed.blobs._file(gone).unlink()
    sealed.blobs._file(damaged).write_bytes(b"another")

    told = golive("backup", str(tmp_path / "b.zip"), "--data-dir", str(old))
    back = restore(tmp_path / "b.zip", tmp_path / "new")

    assert (1, 1) == (told.exit_code, back.exit_code)
    for one in (told, back):
        assert f"missing: the blob {gone}" in one.stderr
        assert f"missing: the blob {damaged}" in one.stderr
    assert rows(old) == rows(tmp_path / "new")


def test_a_damaged_blob_is_mended_by_a_restore(
    sealed: SealedRun, backup: Callable[[str], Path], restore: Ask, old: Path
) -> None:
    file, before = backup("b.zip"), blobs(old)
    let_go(sealed)
    sealed.blobs._file(min(before)).write_bytes(b"another")

    told = restore(file, old, "--replace")

    assert 0 == told.exit_code, told.stderr
    assert before == blobs(old)
