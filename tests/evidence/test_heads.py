"""No head is signed that does not go on from the last one: a log turned back or rewritten is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.checkpoint import Checkpoint, log_key, verified
from evidence.heads import HeadError, HeadSigner
from evidence.keys import Keys
from evidence.tree import leaf_hash, root_of

ORIGIN = "golive.example/run"
LEAVES = [leaf_hash(str(number).encode()) for number in range(7)]


@pytest.fixture
def signer(keys: Keys, tmp_path: Path) -> HeadSigner:
    return HeadSigner(origin=ORIGIN, key=keys.log, folder=tmp_path / "heads")


def test_a_head_is_over_all_records_and_verifies(signer: HeadSigner, keys: Keys) -> None:
    note = signer.sign(LEAVES)

    expected = Checkpoint(origin=ORIGIN, size=7, root=root_of(LEAVES))
    assert expected == verified(note, log_key(ORIGIN, keys.log)) == signer.last()


def test_a_head_that_goes_on_is_signed_and_the_same_one_is_the_same_note(signer: HeadSigner) -> None:
    assert signer.last() is None
    for size in (1, 3, 3, 7):
        assert signer.sign(LEAVES[:size]) == signer.sign(LEAVES[:size])


def test_a_log_that_was_turned_back_is_refused(signer: HeadSigner) -> None:
    signer.sign(LEAVES)

    with pytest.raises(HeadError, match="got 6 records, expected at least the 7"):
        signer.sign(LEAVES[:6])


def test_a_log_that_was_rewritten_is_refused(signer: HeadSigner) -> None:
    signer.sign(LEAVES[:3])

    with pytest.raises(HeadError, match="rewritten"):
        signer.sign([LEAVES[0], LEAVES[2], LEAVES[1], *LEAVES[3:]])


def test_a_start_anew_does_not_forget(signer: HeadSigner, keys: Keys, tmp_path: Path) -> None:
    signer.sign(LEAVES)

    again = HeadSigner(origin=ORIGIN, key=keys.log, folder=tmp_path / "heads")
    with pytest.raises(HeadError, match="turned back"):
        again.sign(LEAVES[:6])


def test_each_log_is_remembered_by_itself(signer: HeadSigner, keys: Keys, tmp_path: Path) -> None:
    signer.sign(LEAVES)

    other = HeadSigner(origin="golive.example/other", key=keys.log, folder=tmp_path / "heads")
    assert b"\n1\n" in other.sign(LEAVES[:1])


def test_a_memory_that_cannot_be_read_is_no_fresh_start(signer: HeadSigner) -> None:
    signer.sign(LEAVES[:1])
    (file,) = signer.folder.iterdir()
    file.write_text("no note")

    with pytest.raises(HeadError, match="expected the note that was signed last"):
        signer.sign(LEAVES)
