"""One changed byte anywhere in a bundle is found, and it is said where."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.keys import Keys
from evidence.layout import TOP
from evidence.verification.report import Exit
from tests.evidence.auditing import Auditor, written
from tests.evidence.authority import Authority
from tests.evidence.sealed import Sealed, tell

POSITIONS = 250


@pytest.fixture(scope="module")
def audited(
    keys: Keys, authorities: tuple[Authority, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Auditor, Path]:
    sealed = tell(Sealed(keys=keys, authorities=authorities[:1]))
    path = written(sealed, tmp_path_factory.mktemp("damage") / "bundle.zip")
    # Who pins no root asks no openssl: hundreds of bundles are verified here, and none of it is about time.
    return Auditor(vkey=sealed.vkey, receipts=sealed.receipts), path


def _positions(path: Path) -> Iterator[tuple[int, str]]:
    """Positions all over a ZIP, with the name of the file each belongs to; "" for what belongs to none."""
    rng = random.Random(11)
    with zipfile.ZipFile(path) as bag:
        spans = {
            one.filename: (one.header_offset + 30 + len(one.filename), one.file_size)
            for one in bag.infolist()
        }
    everywhere = [rng.randrange(path.stat().st_size) for _ in range(POSITIONS)]
    each = [start + rng.randrange(size) for start, size in spans.values()]
    end = [path.stat().st_size - back for back in range(1, 23)]
    for position in (*everywhere, *each, *end):
        inside = (name for name, (start, size) in spans.items() if start <= position < start + size)
        yield position, next(inside, "").removeprefix(TOP)


def test_one_changed_byte_anywhere_fails_and_is_named(audited: tuple[Auditor, Path], tmp_path: Path) -> None:
    auditor, path = audited
    whole, rng = path.read_bytes(), random.Random(5)
    changed = tmp_path / "changed.zip"

    for position, name in _positions(path):
        other = whole[position] ^ rng.randrange(1, 256)
        changed.write_bytes(whole[:position] + bytes([other]) + whole[position + 1 :])

        report = auditor.verify(changed)

        assert Exit.FAILED == report.exit, position
        assert any(name in finding.text for finding in report.findings), (position, name, report.text())


def test_every_byte_of_the_frame_counts(audited: tuple[Auditor, Path], tmp_path: Path) -> None:
    """All of the head of one file, all of its entry in the directory, and the end."""
    auditor, path = audited
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as bag:
        member = next(one for one in bag.infolist() if one.filename.endswith("plan.json"))
        length = len(member.filename)
    entry = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02"))
    while whole[entry + 46 : entry + 46 + length] != member.filename.encode():
        entry = whole.index(b"PK\x01\x02", entry + 4)
    head = range(member.header_offset, member.header_offset + 30 + length)
    changed = tmp_path / "changed.zip"

    for position in (*head, *range(entry, entry + 46 + length), *range(len(whole) - 22, len(whole))):
        for flip in (1, 0x80):
            changed.write_bytes(whole[:position] + bytes([whole[position] ^ flip]) + whole[position + 1 :])

            report = auditor.verify(changed)

            assert (Exit.FAILED, [0]) == (report.exit, [one.step for one in report.findings]), position


@pytest.mark.parametrize("name", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_a_list_that_says_the_same_in_other_words_fails(
    audited: tuple[Auditor, Path], tmp_path: Path, name: str
) -> None:
    auditor, path = audited
    with zipfile.ZipFile(path) as bag:
        bag.extractall(tmp_path)
    file = tmp_path / TOP / name
    file.write_bytes(file.read_bytes().replace(b"\n", b"\x0b"))

    report = auditor.verify(tmp_path)

    assert Exit.FAILED == report.exit
    assert any(name in finding.text and finding.step == 1 for finding in report.findings)


def test_a_bundle_that_is_cut_off_anywhere_fails(audited: tuple[Auditor, Path], tmp_path: Path) -> None:
    auditor, path = audited
    whole, rng = path.read_bytes(), random.Random(3)
    cut = tmp_path / "cut.zip"

    for size in (0, 1, 21, 22, *(rng.randrange(len(whole)) for _ in range(50)), len(whole) - 1):
        cut.write_bytes(whole[:size])

        assert (Exit.FAILED, "") == ((report := auditor.verify(cut)).exit, report.origin)
