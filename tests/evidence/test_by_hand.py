"""What VERIFY.md tells an auditor to type works on a bundle, and leaves its folder as it was."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.bundle import program
from evidence.keys import Keys
from evidence.verification.report import Exit
from tests.evidence.auditing import Auditor, written
from tests.evidence.sealed import Sealed

TOOLS = ("bash", "jq", "openssl", "sha256sum", "python3")
HEAD = 10
"""How many records the head over the GO is over, of which there is a receipt."""

pytestmark = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"one of {TOOLS} is not installed")


@pytest.fixture
def folder(launch: Sealed, bundle: Path) -> Path:
    """The bundle, unpacked, with what the auditor brought beside it."""
    with zipfile.ZipFile(written(launch, bundle)) as bag:
        bag.extractall(bundle.parent)
    (bundle.parent / "root.pem").write_bytes(launch.authorities[0].pem)
    (bundle.parent / "receipt.txt").write_bytes(launch.receipts[0].replace(b"\n", b"\r\n"))
    return bundle.parent / "golive-evidence"


def by_hand(folder: Path, vkey: str, **changed: str) -> tuple[str, list[str]]:
    """All that it says, and the lines on standard output, without the names behind hashes."""
    brought = {"LINE": vkey, "root.pem": "../root.pem", "receipt.txt": "../receipt.txt"}
    values: Mapping[str, str] = {**brought, "NAME": "first", "000001": f"{HEAD:06}", **changed}
    text = program("VERIFY.md").decode().partition("## By hand")[2]
    script = "".join(f"{line}\n" for line in text.splitlines() if line.startswith("    "))
    for name, value in values.items():
        script = script.replace(name, value)
    said = subprocess.run(["bash"], input=script, cwd=folder, capture_output=True, text=True, check=False)
    return said.stdout + said.stderr, [line.removesuffix("  -") for line in said.stdout.splitlines()]


def test_each_command_says_that_it_holds(launch: Sealed, folder: Path) -> None:
    _, lines = by_hand(folder, launch.vkey)

    leaves, note = (folder / "data/leaves.txt").read_text().split(), launch.notes[HEAD].decode().splitlines()
    assert [] == [line for line in lines if line.endswith(": FAILED")]
    assert ["Verified OK", "Verification: OK"] == [line for line in lines if line.startswith("Verifi")]
    assert [leaves[3], leaves[3], leaves[2], leaves[2]] == [line for line in lines if line in leaves]
    assert ["Signature Verified Successfully"] == [line for line in lines if line.startswith("Signature")]
    assert [note[2], note[2]] == [line for line in lines if line == note[2]]
    assert f"data/checkpoints/{HEAD:06}.note" == lines[-1]


def test_the_folder_is_still_what_was_packed(launch: Sealed, folder: Path) -> None:
    auditor = replace(Auditor.of(launch), authorities=launch.authorities)

    by_hand(folder, launch.vkey)

    assert Exit.VERIFIED == auditor.verify(folder).exit == auditor.verify_min(folder)


def test_they_find_a_changed_record_a_stranger_s_key_and_a_receipt_of_another_head(
    other_keys: Keys, folder: Path
) -> None:
    record, receipt = folder / "data/records/000003.dsse.json", folder.parent / "receipt.txt"
    record.write_bytes(record.read_bytes().replace(b'"sig":"ME', b'"sig":"MF'))
    receipt.write_bytes(receipt.read_bytes().replace(f"\n{HEAD}\r".encode(), f"\n{HEAD + 1}\r".encode()))

    said, lines = by_hand(folder, Sealed(keys=other_keys).vkey)

    leaves = (folder / "data/leaves.txt").read_text().split()
    assert "data/records/000003.dsse.json: FAILED" in lines
    assert "Verified OK" not in lines
    assert [leaves[3], leaves[2], leaves[2]] == [line for line in lines if line in leaves]
    assert "Signature Verification Failure" in said
    assert f"data/checkpoints/{HEAD:06}.note" != lines[-1]


def test_they_find_a_stamp_over_another_head(launch: Sealed, folder: Path) -> None:
    note = folder / f"data/checkpoints/{HEAD:06}.note"
    note.write_bytes(launch.notes[1])

    said, _ = by_hand(folder, launch.vkey)

    assert "Verification: OK" not in said
    assert "Verification: FAILED" in said
