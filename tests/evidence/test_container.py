"""A bundle that is meant to harm is refused with a sentence, before anything of it is used."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.container import ContainerError, Limits, opened
from evidence.verification.procedure import verify
from evidence.verification.report import Exit
from tests.evidence.auditing import Auditor, written
from tests.evidence.sealed import Sealed

PREFIX = "golive-evidence/"


def _with(name: str, **changed: int) -> Callable[[Path], None]:
    def add(path: Path) -> None:
        with zipfile.ZipFile(path, "a") as bag:
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o100644 << 16
            for field, value in changed.items():
                setattr(member, field, value)
            bag.writestr(member, b"x" * 100_000)

    return add


def _twice(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as bag, pytest.warns(UserWarning, match="Duplicate name"):
        bag.writestr(PREFIX + "data/plan.json", b"{}")


def _cut(size: int) -> Callable[[Path], None]:
    return lambda path: _put(path, path.read_bytes()[:size])


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _appended(path: Path) -> None:
    _put(path, path.read_bytes() + b"more")


def _prepended(path: Path) -> None:
    _put(path, b"#!/bin/sh\n" + path.read_bytes())


def _hidden_between(path: Path) -> None:
    """Bytes between two files that no directory names."""
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    offset = data.rindex(b"PK\x05\x06") + 16
    _put(
        path,
        data[:start] + b"hidden" + data[start:offset] + struct.pack("<L", start + 6) + data[offset + 4 :],
    )


def _overlapping(path: Path) -> None:
    """A bomb of two names for the same bytes, as large together as one likes."""
    data = path.read_bytes()
    entry = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", entry + 4)
    _put(path, data[: second + 42] + bytes(4) + data[second + 46 :])


def _told_to_be_large(path: Path) -> None:
    """An entry that says of itself that its numbers are of 64 bits, which they are not."""
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 4] = data[entry + 6] = 45
    _put(path, bytes(data))


def _with_comment(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as bag:
        bag.comment = b"read me"


def _another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as bag:
        bag.writestr("notes.txt", b"")


def _without(name: str) -> Callable[[Path], None]:
    def drop(path: Path) -> None:
        with zipfile.ZipFile(path) as bag:
            files = {one: bag.read(one) for one in bag.namelist()}
        with zipfile.ZipFile(path, "w") as bag:
            for one, data in files.items():
                if one != PREFIX + name:
                    bag.writestr(one, data)

    return drop


REFUSED = {
    "another folder": (_with("evidence/data/plan.json"), "expected everything in the folder"),
    "no folder": (_with("plan.json"), "expected everything in the folder"),
    "a path that leads out": (_with(PREFIX + "data/../../../etc/passwd"), "leads out of the bundle"),
    "a backslash": (_with(PREFIX + "data\\plan.json"), "leads out of the bundle"),
    "a folder as an entry": (_with(PREFIX + "data/"), "expected files alone"),
    "a link": (_with(PREFIX + "data/view/x", external_attr=0o120777 << 16), "got the link"),
    "a file twice": (_twice, "got data/plan.json twice"),
    "an unknown path": (_with(PREFIX + "data/blobs/readme"), "which no bundle holds"),
    "an unknown file at the top": (_with(PREFIX + "setup.py"), "which no bundle holds"),
    "a compressed file": (
        _with(PREFIX + "data/view/x", compress_type=zipfile.ZIP_DEFLATED),
        "expected it stored",
    ),
    "two names for the same bytes": (_overlapping, "got another head of"),
    "cut off in its files": (_cut(3_000), "cut off, or no bundle at all"),
    "cut off in its directory": (_cut(-10), "cut off, or no bundle at all"),
    "empty": (_cut(0), "cut off, or no bundle at all"),
    "no ZIP at all": (lambda path: _put(path, b"%PDF-1.7 " * 99), "cut off, or no bundle at all"),
    "another ZIP": (_another_zip, "expected everything in the folder"),
    "no manifest": (_without("manifest-sha256.txt"), "got no manifest-sha256.txt"),
    "something behind it": (_appended, "cut off, or no bundle at all"),
    "something before it": (_prepended, "than golive writes"),
    "something between its files": (_hidden_between, "than golive writes"),
    "an entry of another version": (_told_to_be_large, "than golive writes"),
    "a comment": (_with_comment, "cut off, or no bundle at all"),
    "packed anew by another program": (_without("nothing"), "unpack it and verify the folder"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_container_that_is_not_safe_is_refused(launch: Sealed, bundle: Path, name: str) -> None:
    spoil, told = REFUSED[name]
    spoil(written(launch, bundle))

    with pytest.raises(ContainerError, match=told), opened(bundle):
        pass
    report = Auditor.of(launch).verify(bundle)
    assert [0] == [finding.step for finding in report.findings]
    assert Exit.FAILED == report.exit == Auditor.of(launch).verify_min(bundle)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(octets=1_000), "expected 1,000 at most"),
        (Limits(files=10), "expected 10 at most"),
    ],
)
def test_a_bundle_above_the_limits_is_refused(
    launch: Sealed, bundle: Path, limits: Limits, told: str
) -> None:
    written(launch, bundle)

    with pytest.raises(ContainerError, match=told), opened(bundle, limits):
        pass


def test_a_directory_that_would_fill_the_memory_is_refused(launch: Sealed, bundle: Path) -> None:
    data = written(launch, bundle).read_bytes()
    size = data.rindex(b"PK\x05\x06") + 12
    _put(bundle, data[:size] + struct.pack("<L", 1 << 30) + data[size + 4 :])

    with pytest.raises(ContainerError, match="a directory above"), opened(bundle):
        pass


@pytest.fixture
def folder(launch: Sealed, bundle: Path) -> Path:
    with zipfile.ZipFile(written(launch, bundle)) as bag:
        bag.extractall(bundle.parent / "unpacked")
    return bundle.parent / "unpacked"


@pytest.mark.parametrize("below", ["", "golive-evidence"])
def test_a_bundle_that_was_unpacked_is_verified_as_well(launch: Sealed, folder: Path, below: str) -> None:
    auditor = Auditor.of(launch)

    assert Exit.VERIFIED == auditor.verify(folder / below).exit == auditor.verify_min(folder / below)


def test_a_zip_and_its_folder_are_read_alike(bundle: Path, folder: Path) -> None:
    with opened(bundle) as one, opened(folder) as other:
        assert one.sizes == other.sizes
        for name in one.sizes:
            assert b"".join(one.chunks(name)) == b"".join(other.chunks(name)) == one.read(name)
            assert one.read(name, offset=3, length=5) == other.read(name, offset=3, length=5)
            assert one.read(name)[3:] == other.read(name, offset=3) == one.read(name, offset=3)


def test_a_folder_with_a_link_is_refused(launch: Sealed, folder: Path) -> None:
    (folder / "golive-evidence" / "data" / "view" / "x.html").symlink_to("/etc/passwd")

    with pytest.raises(ContainerError, match="got the link"), opened(folder):
        pass
    assert Exit.FAILED == Auditor.of(launch).verify_min(folder)


def test_a_folder_that_is_a_link_inside_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer" / "golive-evidence").symlink_to(folder / "golive-evidence")

    with pytest.raises(ContainerError, match="got the link"), opened(tmp_path / "outer"):
        pass


def test_a_folder_that_is_no_bundle_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ContainerError, match="no bundle at all"), opened(tmp_path):
        pass


def test_a_folder_above_the_limits_is_refused(folder: Path) -> None:
    with pytest.raises(ContainerError, match="more than 5 files"), opened(folder, Limits(files=5)):
        pass


def test_what_is_not_there_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "missing.zip", Auditor().trust)
