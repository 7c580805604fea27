"""A bundle is a bag that other people's programs read, the same each time, and written as a stream."""

from __future__ import annotations

import io
import shutil
import subprocess
import tracemalloc
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import bagit  # type: ignore[import-untyped]
import pytest

from evidence.bag import BagError, Part, write_bag
from evidence.bundle import BundleError, Contents, program, write_bundle
from evidence.container import opened as opened_container
from evidence.keys import Keys
from tests.evidence.auditing import unpacked, written
from tests.evidence.sealed import Sealed


@pytest.fixture
def folder(launch: Sealed, bundle: Path) -> Path:
    """The bundle, unpacked."""
    with zipfile.ZipFile(written(launch, bundle)) as bag:
        bag.extractall(bundle.parent / "unpacked")
    return bundle.parent / "unpacked" / "golive-evidence"


def test_two_bundles_of_one_log_are_identical(launch: Sealed, tmp_path: Path) -> None:
    one, other = written(launch, tmp_path / "one"), written(launch, tmp_path / "other")

    assert one.read_bytes() == other.read_bytes()


def test_a_bag_program_of_others_finds_it_valid(folder: Path) -> None:
    bag = bagit.Bag(str(folder))

    assert bag.validate()
    assert ("1.0", "sha256") == (".".join(map(str, bag.version_info)), *bag.algorithms)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
@pytest.mark.parametrize("name", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_sha256sum_finds_every_file_whole(folder: Path, name: str) -> None:
    said = subprocess.run(
        ["sha256sum", "--check", "--strict", name], cwd=folder, capture_output=True, text=True, check=False
    )

    assert (0, "") == (said.returncode, said.stderr)
    assert len((folder / name).read_text().splitlines()) == said.stdout.count(": OK\n")


def test_the_zip_says_nothing_of_when_by_whom_or_how(launch: Sealed, bundle: Path) -> None:
    with zipfile.ZipFile(written(launch, bundle)) as bag:
        members = bag.infolist()
        assert bag.testzip() is None

    assert sorted(member.filename for member in members) == [member.filename for member in members]
    assert {((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, 3, 0o100644)} == {
        (one.date_time, one.compress_type, one.create_system, one.external_attr >> 16) for one in members
    }


def test_it_holds_every_record_blob_head_and_token_and_how_to_check_them(
    launch: Sealed, bundle: Path
) -> None:
    files = unpacked(written(launch, bundle))

    assert [one.envelope for one in launch.log.kept] == [
        files[f"data/records/{index:06d}.dsse.json"] for index in range(launch.size)
    ]
    assert launch.blobs == {
        name.removeprefix("data/blobs/"): data for name, data in files.items() if "blobs/" in name
    }
    assert launch.notes[10] == files["data/checkpoints/000010.note"]
    assert launch.tokens[10, "first"] == files["data/anchors/000010.first.tsr"]
    assert launch.plan_json == files["data/plan.json"]
    for name in ("VERIFY.md", "verify_min.py"):
        assert program(name) == files[f"data/{name}"]


def test_how_to_check_it_says_what_it_does_not_prove() -> None:
    text = " ".join(program("VERIFY.md").decode().split())

    for sentence in (
        "A bundle alone proves nothing about its author.",
        "Only a receipt held by someone else stops the key holder from dropping the last record.",
        "not that the captured page was true",
    ):
        assert sentence in text


def test_an_erased_blob_is_left_out(launch: Sealed, bundle: Path) -> None:
    digest = launch.subject(3)
    del launch.blobs[digest]

    assert f"data/blobs/{digest}" not in unpacked(written(launch, bundle))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"records": []}, "got no record"),
        ({"records": [b"{}"]}, "got a record 0 that cannot be read"),
        ({"records": iter([])}, "gone through once"),
        ({"anchors": {(1, "../first"): b""}}, "got the file data/anchors"),
        ({"view": {"a/b.html": b""}}, "got the file data/view/a/b.html"),
        ({"checkpoints": {10_000_000: b""}}, "got the file data/checkpoints"),
    ],
)
def test_what_no_bundle_may_hold_is_refused(launch: Sealed, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(BundleError, match=told):
        write_bundle(replace(launch.contents(), **changed), io.BytesIO())


def test_a_damaged_blob_is_not_exported(launch: Sealed) -> None:
    launch.blobs[launch.subject(3)] = b"3 failed\n"

    with pytest.raises(BundleError, match="it is damaged"):
        write_bundle(launch.contents(), io.BytesIO())


def test_a_blob_that_is_erased_meanwhile_stops_the_export(launch: Sealed) -> None:
    digest, asked = launch.subject(3), []
    contents = launch.contents()

    def once(name: str) -> BinaryIO | None:
        asked.append(name)
        return None if asked.count(digest) > 1 and name == digest else contents.blob(name)

    with pytest.raises(BundleError, match="changed meanwhile"):
        write_bundle(replace(contents, blob=once), io.BytesIO())


def test_a_stream_without_places_is_refused() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(BagError, match="expected a file"):
        write_bag([Part.of("data/plan.json", b"{}")], Pipe())


class Zeros(io.RawIOBase):
    """A large blob that is nowhere."""

    def __init__(self, size: int) -> None:
        self._size, self._at = size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = {0: 0, 1: self._at, 2: self._size}[whence] + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self._size - self._at)
        buffer[:count] = bytes(count)
        self._at += count
        return count


def test_a_large_blob_is_never_held_whole(keys: Keys, bundle: Path) -> None:
    size = 64 << 20
    digest = sha256(bytes(size)).hexdigest()
    sealed = Sealed(keys=keys)
    sealed.begin()
    sealed.blobs.clear()
    contents = sealed.contents()
    subject = sealed.subject(0)
    record = sealed.log.kept[0].envelope
    large = replace(contents, records=[record], blob=lambda _: io.BufferedReader(Zeros(size)))

    tracemalloc.start()
    try:
        with bundle.open("wb") as out, pytest.raises(BundleError, match=subject[:12]):
            write_bundle(large, out)  # all of it is read, and is not what the record vouches for
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert digest != subject
    assert bundle.stat().st_size > size
    assert peak < size / 16


def test_contents_beyond_what_32_bits_count_are_written_and_read(tmp_path: Path) -> None:
    """More files than 16 bits count: the ZIP has to count them in 64."""
    names = [f"data/view/{number}" for number in range(70_000)]
    parts = [Part.of(name, b"") for name in (*names, "data/leaves.txt", "data/plan.json")]
    with (tmp_path / "many.zip").open("wb") as out:
        write_bag(parts, out)

    with opened_container(tmp_path / "many.zip") as container:
        assert 70_006 == len(container.sizes)


def test_contents_is_what_the_store_has_to_give() -> None:
    assert ["records", "blob", "checkpoints", "anchors", "plan", "view"] == list(Contents.__slots__)
