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
from tests.evidence.auditing import Auditor, packed, unpacked, written
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


@pytest.mark.parametrize(
    "name", ["data/records/000003.dsse.json", "data/view/index.html", "data/VERIFY.md", "data/plan.json"]
)
def test_the_small_program_names_the_file_that_was_changed_and_no_other(
    audited: tuple[Auditor, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    folder = _extracted(audited[1], tmp_path)
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")

    assert _both_fail(audited[0], folder)
    told = capsys.readouterr().out.splitlines()
    assert f"FAIL step 1: manifest-sha256.txt is not that of these files; they differ in {name}" in told
    assert [] == [line for line in told if "tagmanifest" in line]


def test_the_small_program_names_the_first_few_of_many(
    audited: tuple[Auditor, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _extracted(audited[1], tmp_path)
    for number in range(5):
        (folder / f"data/records/{number:06}.dsse.json").write_bytes(b"{}")
    with (folder / "manifest-sha256.txt").open("a") as listed:
        listed.write(f"{'0' * 64}  data/\x1b[2J\n")

    assert _both_fail(audited[0], folder)
    told = capsys.readouterr().out
    assert "they differ in 'data/\\x1b[2J', data/records/000000.dsse.json, " in told
    assert "data/records/000001.dsse.json and 3 more\n" in told
    assert "tagmanifest-sha256.txt is not that of these files; they differ in manifest-sha256.txt" in told


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("data/records/000003.dsse.json", (b'{"payload":"', b'{"payload":"A')),
        ("data/records/000003.dsse.json", (b'"sig":"', b'"sig":1,"was":"')),
        ("data/checkpoints/000001.note", (b"\n1\n", b"\none\n")),
    ],
)
def test_the_small_program_names_the_file_that_cannot_be_read(
    audited: tuple[Auditor, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    change: tuple[bytes, bytes],
) -> None:
    auditor, path = audited
    files = unpacked(path)
    files[name] = files[name].replace(*change, 1)

    assert _both_fail(auditor, packed(files, tmp_path / "forged.zip"))
    assert f"FAIL step 0: {name} cannot be read: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pae", "step 0: a file that no bundle holds: 'pae'"),
        (f"data/blobs/{'0' * 64}", f"step 3: a blob of no record: data/blobs/{'0' * 64}"),
    ],
)
def test_the_small_program_names_a_file_too_many(
    audited: tuple[Auditor, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    folder = _extracted(audited[1], tmp_path)
    (folder / name).write_bytes(b"more")

    assert _both_fail(audited[0], folder)
    assert f"FAIL {said}\n" in capsys.readouterr().out


def _extracted(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as bag:
        bag.extractall(folder)
    return folder / TOP


def _both_fail(auditor: Auditor, bundle: Path) -> bool:
    return Exit.FAILED == auditor.verify(bundle).exit == auditor.verify_min(bundle)
