"""A file that is cut off, damaged or meant to harm is refused before anything is written; and what interrupts
a restore leaves what was there.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import app
from dashboard.launch.event import What
from dashboard.store.copying import snapshot
from tests.dashboard.commands.conftest import ROOT, Golive
from tests.dashboard.sealed_run import sealed_run, with_items
from tests.dashboard.store.scene import T0, answer

MANIFEST = "manifest.json"
Members = dict[str, bytes]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup with nothing wrong in it."""
    folder = tmp_path_factory.mktemp("good")
    with sealed_run(folder / "old", with_items(""), now=T0) as sealed:
        sealed.happen(What.STARTED)
        sealed.happen(What.DECIDED, subject="GO", after="GO", role="ceo")
        told = CliRunner().invoke(app, ["backup", str(folder / "b.zip"), "--data-dir", str(folder / "old")])
    assert 0 == told.exit_code, told.stderr
    return folder / "b.zip"


@pytest.fixture
def members(good: Path) -> Members:
    with zipfile.ZipFile(good) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def restore(golive: Golive, tmp_path: Path) -> Callable[[Path], Result]:
    return lambda file: golive("restore", str(file), "--data-dir", str(tmp_path / "new"))


def packed(file: Path, members: Members, *more: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*members.items(), *more]:
            archive.writestr(name, data)
    return file


def summed(members: Members, **changed: Any) -> Members:
    """The same with a manifest that agrees, as somebody makes it who wants it to be believed."""
    manifest = json.loads(members[MANIFEST]) | changed
    files = {name: data for name, data in members.items() if name != MANIFEST}
    manifest["files"] = [
        {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()} for name, data in files.items()
    ]
    return {**files, MANIFEST: json.dumps(manifest).encode()}


def refused(told: Result, folder: Path, says: str) -> None:
    assert (3, "") == (told.exit_code, told.stdout), told.stdout
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    assert says in told.stderr
    assert not (folder / "rehearsal.sqlite3").exists()
    assert not list(folder.rglob("??/*"))


def test_a_file_that_is_cut_off_is_refused(
    good: Path, restore: Callable[[Path], Result], tmp_path: Path
) -> None:
    whole = good.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 100, len(whole) - 1):
        (tmp_path / "b.zip").write_bytes(whole[:length])

        refused(restore(tmp_path / "b.zip"), tmp_path / "new", "cut off or damaged, use another copy")


def test_a_byte_that_was_flipped_is_refused_or_changes_nothing(
    good: Path, members: Members, tmp_path: Path, golive: Golive
) -> None:
    whole, seen = good.read_bytes(), set()
    places = random.Random(7)
    for number in range(60):
        at = places.randrange(len(whole))
        (tmp_path / "b.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :])
        folder = tmp_path / f"new-{number}"
        told = golive("restore", str(tmp_path / "b.zip"), "--data-dir", str(folder))
        seen.add(told.exit_code)

        assert isinstance(told.exception, SystemExit | None), told.exception
        if told.exit_code == 0:  # a date in the ZIP, say: all that counts has its sum
            assert members["store/golive_sample.ndjson"].count(b"\n") - 1 == len(samples(folder))
        else:
            refused(told, folder, "")
    assert 3 in seen


def samples(folder: Path) -> list[Any]:
    with snapshot(f"sqlite:///{folder / 'rehearsal.sqlite3'}") as store:
        return list(store.rows("golive_sample"))


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        "/etc/evil",
        "blobs/../../evil",
        "blobs/" + "A" * 64,
        "store/golive_run.ndjson/../x",
        "heads/x.note",
        "store/sqlite_master.ndjson",
        "other.txt",
    ],
)
def test_a_name_that_no_backup_has_is_refused(
    members: Members, restore: Callable[[Path], Result], tmp_path: Path, name: str
) -> None:
    file = packed(tmp_path / "b.zip", summed({**members, name: b"x"}))

    refused(restore(file), tmp_path / "new", "which no backup holds")
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(
    members: Members, restore: Callable[[Path], Result], tmp_path: Path
) -> None:
    file = packed(tmp_path / "b.zip", members, ("store/golive_run.ndjson", b"[]\n"))

    refused(restore(file), tmp_path / "new", "expected each once")


def test_a_changed_row_without_its_sum_is_refused(
    members: Members, restore: Callable[[Path], Result], tmp_path: Path
) -> None:
    name = "store/golive_run.ndjson"
    changed = {**members, name: members[name].replace(b"first-live-dollar", b"first-life-dollar")}
    file = packed(tmp_path / "b.zip", changed)

    refused(restore(file), tmp_path / "new", f"another SHA-256 of {name}")


def test_a_record_that_was_changed_with_all_sums_is_refused(
    members: Members, restore: Callable[[Path], Result], tmp_path: Path
) -> None:
    name = "store/golive_evidence_record.ndjson"
    head, first, *rest = members[name].split(b"\n")
    row = json.loads(first)
    row[[column for column, _ in json.loads(head)].index("leaf")] = "0" * 64
    changed = b"\n".join([head, json.dumps(row).encode(), *rest])

    for data in (changed, b"\n".join([head, *rest])):
        file = packed(tmp_path / "b.zip", summed({**members, name: data}))
        refused(restore(file), tmp_path / "new", "not what its place and hash say")


def test_a_bomb_is_refused_by_what_it_would_be(
    members: Members, restore: Callable[[Path], Result], tmp_path: Path
) -> None:
    bomb = {**members, "blobs/" + "0" * 64: bytes(300 << 20)}  # 300 MB of nothing, 300 kB in the file
    line = {**members, "store/golive_run.ndjson": members["store/golive_run.ndjson"] + b" " * (70 << 20)}

    for data, says in ((bomb, "expected 268,435,456 at most"), (line, "a line of more than 67,108,864")):
        file = packed(tmp_path / "b.zip", summed(data))
        assert file.stat().st_size < 1 << 20
        refused(restore(file), tmp_path / "new", says)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"schema": "9999"}, "Got a backup of schema 9999, made by golive"),
        ({"schema": "../x"}, "a manifest that golive did not write"),
        ({"schema": "0000"}, "a manifest that golive did not write"),
        ({"format": "golive-backup/2"}, "expected golive-backup/1; restore it with a newer golive"),
        ({"environment": "live"}, "got rows of rehearsal, expected live alone"),
        ({"environment": "moon"}, "got rows of rehearsal, expected moon alone"),
        ({"sent": ["../../evil"]}, "a manifest that golive did not write"),
        ({"more": 1}, "does not read as one"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    members: Members, restore: Callable[[Path], Result], tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    file = packed(tmp_path / "b.zip", summed(members, **changed))

    refused(restore(file), tmp_path / "new", says)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("store/golive_run.ndjson", b"", "got no columns for golive_run"),
        ("store/golive_run.ndjson", b'[["id","float"]]\n', "got no columns for golive_run"),
        (
            "store/golive_sample.ndjson",
            b'[["id","int"]]\n["x"]\n',
            "got str in golive_sample.id, expected int",
        ),
        ("store/golive_sample.ndjson", b'[["id","int"]]\n[1]', "a last line without an end"),
        ("store/golive_sample.ndjson", b'[["id","int"]]\n[1,2]\n', "does not read as one"),
        ("store/golive_sample.ndjson", b'[["id","int"]]\n{}\n', "does not read as one"),
        ("store/golive_sample.ndjson", b'[["id","int"]]\n[9223372036854775808]\n', "golive_sample.id"),
        (
            "store/golive_identity.ndjson",
            b'[["id","int"]]\n',
            "expected rehearsal alone, as its manifest says",
        ),
        ("store/golive_more.ndjson", b'[["id","int"]]\n', "got golive_more on one side alone"),
    ],
)
def test_rows_that_golive_did_not_write_are_refused(
    members: Members, restore: Callable[[Path], Result], tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    file = packed(tmp_path / "b.zip", summed({**members, name: data}))

    told = restore(file)

    assert 3 == told.exit_code, told.exception
    assert says in told.stderr
    assert not (tmp_path / "new" / "rehearsal.sqlite3").exists()


def test_what_is_no_zip_is_refused(restore: Callable[[Path], Result], tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"SQLite format 3\x00" + bytes(5_000))

    refused(restore(tmp_path / "b.zip"), tmp_path / "new", "got no ZIP")
    refused(restore(packed(tmp_path / "c.zip", {"a": b""})), tmp_path / "new", "got no manifest.json")
    refused(restore(tmp_path / "none.zip"), tmp_path / "new", "No such file")


# ---------------------------------------------------------------- what interrupts it


@dataclass(frozen=True)
class Large:
    """A store that takes a while to copy: its folder, a backup of it, and one from before it was large."""

    folder: Path
    backup: Path
    before: Path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    folder = tmp_path_factory.mktemp("large")
    found = Large(folder / "old", folder / "large.zip", folder / "before.zip")

    def take(file: Path) -> None:
        told = CliRunner().invoke(app, ["backup", str(file), "--data-dir", str(found.folder)])
        assert 0 == told.exit_code, told.stderr

    with sealed_run(found.folder, with_items(""), now=T0) as sealed:
        take(found.before)
        for first in range(0, 30_000, 1_000):
            new = [answer(second=first + number) for number in range(1_000)]
            sealed.store.append_samples(sealed.run.id, new, lease=sealed.lease)
        take(found.backup)
    return found


def started(*words: str, largest: int | None = None) -> subprocess.Popen[str]:
    """The command in a process of its own, where no file may become larger than so many kilobytes: as where a
    disk is full.
    """
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}
    command = [sys.executable, "-m", "dashboard", *words]
    if largest is not None:
        limit = f"trap '' XFSZ; ulimit -f {largest * 2}; exec \"$@\""
        command = ["sh", "-c", limit, "sh", *command]
    return subprocess.Popen(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def there(large: Large, golive: Golive, tmp_path: Path) -> Path:
    """A folder with the store as it was before it was large."""
    assert 0 == golive("restore", str(large.before), "--data-dir", str(tmp_path / "there")).exit_code
    return tmp_path / "there"


def everything(folder: Path) -> dict[str, list[Any]]:
    with snapshot(f"sqlite:///{folder / 'rehearsal.sqlite3'}") as store:
        return {table.name: list(store.rows(table.name)) for table in store.tables()}


def _is_written(journal: Path) -> bool:
    """Whether the transaction has begun; the file comes and goes with it."""
    try:
        return journal.stat().st_size > 0
    except FileNotFoundError:
        return False


def test_a_restore_that_is_killed_in_the_middle_leaves_what_was_there_and_is_done_again(
    large: Large, there: Path, golive: Golive
) -> None:
    before, words = everything(there), ("restore", str(large.backup), "--data-dir", str(there), "--replace")
    journal = there / "rehearsal.sqlite3-journal"
    with started(*words) as child:
        while child.poll() is None and not _is_written(journal):
            time.sleep(0.001)
        child.kill()
    killed = everything(there)
    again = golive(*words)

    assert -signal.SIGKILL == child.returncode
    assert before == killed
    assert 0 == again.exit_code, again.stderr
    assert 30_000 == len(samples(there))


def test_where_the_disk_is_full_nothing_is_put_back(large: Large, there: Path) -> None:
    before, words = everything(there), ("restore", str(large.backup), "--replace", "--data-dir")
    with started(*words, str(there), largest=1_024) as child:
        _, said = child.communicate()
    with started(*words, str(there.parent / "new"), largest=1_024) as other:
        _, told = other.communicate()

    assert (3, 3) == (child.returncode, other.returncode), said + told
    assert "room" in said
    assert "Traceback" not in said + told
    assert before == everything(there)
    assert not (there.parent / "new" / "rehearsal.sqlite3").exists()


def test_where_the_disk_is_full_no_backup_is_left(large: Large, tmp_path: Path) -> None:
    words = ("backup", str(tmp_path / "b.zip"), "--data-dir", str(large.folder))
    with started(*words, largest=64) as child:
        _, said = child.communicate()

    assert 3 == child.returncode
    assert "File too large" in said
    assert "Traceback" not in said
    assert [] == list(tmp_path.glob("*b.zip*"))


def test_of_two_restores_at_once_one_is_refused(large: Large, tmp_path: Path) -> None:
    words = ("restore", str(large.backup), "--data-dir", str(tmp_path / "new"))
    children = [started(*words) for _ in range(2)]
    said = [child.communicate() for child in children]

    assert [0, 3] == sorted(child.returncode for child in children), said
    assert 30_000 == len(samples(tmp_path / "new"))
