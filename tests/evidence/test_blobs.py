"""A blob that is there is whole; one that cannot be kept is not acknowledged."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from evidence.blobs import BlobError, FolderBlobs

DATA = b"what was seen"
DIGEST = sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def test_a_blob_is_kept_under_its_hash_and_read_from_there(blobs: FolderBlobs) -> None:
    assert DIGEST == blobs.put(DATA) == blobs.put(DATA)
    opened = blobs.open(DIGEST)
    assert opened is not None
    with opened:
        assert DATA == opened.read()
    assert len(DATA) == blobs.size(DIGEST)


def test_nothing_else_lies_beside_it(blobs: FolderBlobs) -> None:
    blobs.put(DATA)

    assert [DIGEST] == [file.name for file in blobs.folder.rglob("*") if file.is_file()]


def test_what_is_not_there_is_said_to_be_missing(blobs: FolderBlobs) -> None:
    assert blobs.open(DIGEST) is None
    assert blobs.size(DIGEST) is None
    assert not blobs.erase(DIGEST)


def test_what_was_erased_is_gone(blobs: FolderBlobs) -> None:
    blobs.put(DATA)

    assert blobs.erase(DIGEST)
    assert blobs.open(DIGEST) is None


def test_a_damaged_blob_is_named(blobs: FolderBlobs) -> None:
    blobs.put(b"whole")
    blobs.put(DATA)
    (blobs.folder / DIGEST[:2] / DIGEST).write_bytes(b"another")
    (blobs.folder / DIGEST[:2] / ".new-left-behind").write_bytes(b"")

    assert [DIGEST] == list(blobs.damaged())


def test_where_there_is_no_room_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where the folder should be")

    with pytest.raises(BlobError, match="nothing was kept"):
        FolderBlobs(tmp_path / "blobs").put(DATA)


def test_no_half_of_a_blob_is_left_where_writing_it_failed(blobs: FolderBlobs) -> None:
    (blobs.folder / DIGEST[:2] / DIGEST / "in the way").mkdir(parents=True)
    target = blobs.folder / DIGEST[:2] / DIGEST
    target.rename(target.with_name("aside"))
    target.symlink_to(target)  # a link to itself: it does not exist, and cannot be replaced by nothing

    assert DIGEST == blobs.put(DATA)
    assert {DIGEST, "aside"} == {file.name for file in (blobs.folder / DIGEST[:2]).iterdir()}


def test_what_cannot_be_read_is_no_missing_blob(blobs: FolderBlobs) -> None:
    (blobs.folder / DIGEST[:2] / DIGEST).mkdir(parents=True)

    with pytest.raises(BlobError, match="expected a blob"):
        blobs.open(DIGEST)
    with pytest.raises(BlobError, match="when erasing"):
        blobs.erase(DIGEST)
