"""Records in their order: whose key is in force, why a blob may be missing, what no honest log holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import read
from evidence.canonical import written as spelled
from evidence.envelope import opened, seal
from evidence.keys import Keys
from evidence.record import Environment, Kind
from evidence.tree import leaf_hash
from evidence.verification import records
from evidence.verification.report import Code, Exit, Report, Severity
from evidence.verification.signatures import MANY
from tests.evidence.auditing import Auditor, packed, unpacked, written
from tests.evidence.authority import Authority
from tests.evidence.sealed import MACHINE, Sealed, tell, tell_on


@pytest.fixture
def sealed(keys: Keys, authorities: tuple[Authority, ...]) -> Sealed:
    fresh = Sealed(keys=keys, authorities=authorities)
    fresh.begin()
    return fresh


def _failures(report: Report) -> set[tuple[int, Code, int | None]]:
    return {(one.step, one.code, one.record) for one in report.findings if one.severity is Severity.FAIL}


def test_an_honest_log_is_verified_by_both_programs(launch: Sealed, bundle: Path) -> None:
    auditor = Auditor.of(launch)

    report = auditor.verify(written(launch, bundle))

    assert (Exit.VERIFIED, ()) == (report.exit, tuple(report.findings))
    assert 0 == auditor.verify_min(bundle)
    assert ["ok"] * launch.size == [line.state for line in report.records]


def test_a_rotation_changes_the_key_from_the_next_record_on(
    sealed: Sealed, other_keys: Keys, bundle: Path
) -> None:
    sealed.rotate(other_keys)
    auditor = Auditor.of(tell_on(sealed))

    assert Exit.VERIFIED == auditor.verify(written(sealed, bundle)).exit == auditor.verify_min(bundle)


def test_the_old_key_is_refused_after_a_rotation(sealed: Sealed, other_keys: Keys, bundle: Path) -> None:
    own = sealed.keys
    place = sealed.rotate(other_keys)
    sealed.keys = own
    sealed.log.kept[-1] = replace(sealed.log.kept[-1], recorder=own.recorder_spki)
    auditor = Auditor.of(tell_on(sealed))

    report = auditor.verify(written(sealed, bundle))

    assert Exit.FAILED == report.exit == auditor.verify_min(bundle)
    assert (3, Code.SIGNATURE, place + 1) in _failures(report)
    assert (3, Code.SIGNATURE, place) not in _failures(report)


def test_a_rotation_that_the_new_key_signs_itself_is_refused(
    sealed: Sealed, other_keys: Keys, bundle: Path
) -> None:
    place = sealed.size
    own = sealed.keys
    sealed.keys = Keys(recorder=other_keys.recorder, log=own.log)
    sealed.log.kept[-1] = replace(sealed.log.kept[-1], recorder=other_keys.recorder_spki)
    sealed.rotate(other_keys)
    auditor = Auditor.of(tell_on(sealed))

    report = auditor.verify(written(sealed, bundle))

    assert Exit.FAILED == report.exit == auditor.verify_min(bundle)
    assert (3, Code.SIGNATURE, place) in _failures(report)


def test_a_blob_that_is_missing_before_its_erasure_was_recorded_is_lost(sealed: Sealed, bundle: Path) -> None:
    """An erasure covers what was recorded before it; what is recorded again afterwards must be there."""
    sealed.erase(sealed.add(Kind.COMMAND, b"4 passed\n", media="text/plain"))
    again = sealed.add(Kind.COMMAND, b"4 passed\n", media="text/plain")
    sealed.blobs.pop(sealed.subject(again))
    auditor = Auditor.of(tell_on(sealed))

    report = auditor.verify(written(sealed, bundle))

    assert Exit.FAILED == report.exit == auditor.verify_min(bundle)
    assert {(3, Code.BLOB, again)} == _failures(report)


def test_a_blob_that_is_still_there_after_its_erasure_is_a_gap(sealed: Sealed, bundle: Path) -> None:
    place = sealed.add(Kind.COMMAND, b"4 passed\n", media="text/plain")
    sealed.erase(place)
    sealed.blobs[sealed.subject(place)] = b"4 passed\n"
    report = Auditor.of(tell_on(sealed)).verify(written(sealed, bundle))

    assert [(Severity.GAP, Code.ERASED)] == [(one.severity, one.code) for one in report.findings]


def test_a_blob_that_no_record_vouches_for_fails(launch: Sealed, bundle: Path) -> None:
    files = unpacked(written(launch, bundle))
    files[f"data/blobs/{sha256(b'more').hexdigest()}"] = b"more"
    auditor = Auditor.of(launch)

    report = auditor.verify(packed(files, bundle))

    assert Exit.FAILED == report.exit == auditor.verify_min(bundle)
    assert {(3, Code.ORPHAN, None)} == _failures(report)


def test_a_rehearsals_record_among_live_ones_fails(sealed: Sealed, bundle: Path) -> None:
    place = sealed.add(Kind.EVENT, spelled({"what": "x"}), environment=Environment.LIVE)

    report = Auditor.of(tell_on(sealed)).verify(written(sealed, bundle))

    assert {(3, Code.TYPE, place)} == _failures(report)


def test_a_record_that_is_too_long_is_not_read(
    sealed: Sealed, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sealed.add(Kind.EVENT, spelled({"what": "x"}), data={"text": "x" * 9_000})
    monkeypatch.setattr(records, "MOST", 8_000)

    report = Auditor.of(tell_on(sealed)).verify(written(sealed, bundle))

    assert (3, Code.ENVELOPE, place) in _failures(report)


Forge = Callable[[dict[str, Any]], None]


def _genesis_twice(told: dict[str, Any]) -> None:
    told["predicate"]["kind"] = "genesis"


def _no_such_day(told: dict[str, Any]) -> None:
    told["predicate"]["recorded_at"] = "2026-02-30T10:00:00Z"


def _another_type(told: dict[str, Any]) -> None:
    told["predicateType"] = "https://slsa.dev/provenance/v1"


def _one_more_field(told: dict[str, Any]) -> None:
    told["predicate"]["name"] = "Ada Lovelace"


def _key_of_another(told: dict[str, Any]) -> None:
    told["predicate"]["key"] = "genesis/0"


def _review_of_nothing(told: dict[str, Any]) -> None:
    told["predicate"]["kind"] = "review"


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (_genesis_twice, Code.TYPE),
        (_no_such_day, Code.PARSE),
        (_another_type, Code.PARSE),
        (_one_more_field, Code.PARSE),
        (_key_of_another, Code.TYPE),
        (_review_of_nothing, Code.TYPE),
    ],
)
def test_whoever_holds_the_keys_cannot_write_what_is_no_record(
    keys: Keys, bundle: Path, forge: Forge, code: Code
) -> None:
    sealed = tell(Sealed(keys=keys))
    place = sealed.size - 3
    told = read(opened(sealed.log.kept[place].envelope).payload)
    forge(told)
    _put(sealed, place, seal(spelled(told), keys.recorder))
    for later in range(place + 1, sealed.size):
        told = read(opened(sealed.log.kept[later].envelope).payload)
        told["predicate"]["log"]["prev"] = sealed.log.kept[later - 1].leaf
        _put(sealed, later, seal(spelled(told), keys.recorder))
    sealed.head()

    report = Auditor.of(sealed).verify(
        written(sealed, bundle) if code is Code.TYPE else _packed(sealed, bundle)
    )

    assert (3, code, place) in _failures(report)


@pytest.mark.parametrize("field", ["recorder", "vkey"])
def test_a_genesis_without_a_key_proves_nothing(keys: Keys, bundle: Path, field: str) -> None:
    sealed = tell(Sealed(keys=keys))
    told = read(opened(sealed.log.kept[0].envelope).payload)
    told["predicate"]["data"][field] = "no key"
    _put(sealed, 0, seal(spelled(told), keys.recorder))

    for auditor in (Auditor.of(sealed), Auditor()):
        report = auditor.verify(written(sealed, bundle))

        assert Exit.FAILED == report.exit
        assert (3, Code.TYPE, 0) in _failures(report)


def test_one_signature_of_another_among_very_many_is_named(
    sealed: Sealed, other_keys: Keys, bundle: Path
) -> None:
    while sealed.size < MANY:
        sealed.add(Kind.INPUTS, b"{}", actor=MACHINE)
    place = MANY - 1
    _put(sealed, place, seal(opened(sealed.log.kept[place].envelope).payload, other_keys.recorder))
    sealed.head()

    report = Auditor.of(sealed).verify(_packed(sealed, bundle))

    wrong = [each.record for each in report.findings if each.code is Code.SIGNATURE]
    assert [place] == wrong


def _put(sealed: Sealed, place: int, envelope: bytes) -> None:
    leaf = leaf_hash(envelope).hex()
    sealed.log.kept[place] = replace(sealed.log.kept[place], envelope=envelope, leaf=leaf)


def _packed(sealed: Sealed, bundle: Path) -> Path:
    """A bundle that golive itself would not write."""
    honest = unpacked(written(tell(Sealed(keys=sealed.keys)), bundle))
    files = {name: data for name, data in honest.items() if not name.startswith("data/checkpoints/")}
    files |= {f"data/records/{one.index:06d}.dsse.json": one.envelope for one in sealed.log.kept}
    files |= {f"data/blobs/{digest}": data for digest, data in sealed.blobs.items()}
    files |= {f"data/checkpoints/{size:06d}.note": note for size, note in sealed.notes.items()}
    return packed(files, bundle)
