"""A head is a C2SP note: the golden one verifies, the golden key signs it, nothing else passes for either."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.checkpoint import Checkpoint, CheckpointError, LogKey, log_key, parse, sign, verified
from evidence.tree import leaf_hash, root_of

NOTE = """golive.example/run-2026-11
7
O5aBcdALuL4ayM7V/nHlzNa5GnjcvHfurEXr+M7OqlY=

— golive.example/run-2026-11 r5cFIwIqPPSVkvRco2AFDLmWCQFueZiIRyhlQlAih15+ZeWHO27cIPV9gl/Hhx/jQzcIOFjdDJqQzHBQxlgb2L7hPQU=
""".encode()  # noqa: E501
VKEY = "golive.example/run-2026-11+af970523+AZM9NPOH7NjqabD2OIaDDbE0lFBg67OxP3IvpjB03izc"
SEED_VKEY = "golive.example/vector+dff964e8+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
ROOT = base64.b64decode("O5aBcdALuL4ayM7V/nHlzNa5GnjcvHfurEXr+M7OqlY=")


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_the_golden_note_is_whole_and_verifies_by_its_key() -> None:
    head = verified(NOTE, LogKey.parse(VKEY))

    assert (199, "9b645ea7dd37d059") == (len(NOTE), sha256(NOTE).hexdigest()[:16])
    assert Checkpoint(origin="golive.example/run-2026-11", size=7, root=ROOT) == head


def test_the_golden_key_signs_the_golden_note(key: Ed25519PrivateKey) -> None:
    root = root_of(leaf_hash(str(number).encode()) for number in range(7))
    head = Checkpoint(origin="golive.example/vector", size=7, root=root)

    assert SEED_VKEY == log_key("golive.example/vector", key).text()
    assert sha256(sign(head, key)).hexdigest().startswith("794ffb4197ced0ab")


def test_a_key_is_read_from_its_line_and_written_as_it(key: Ed25519PrivateKey) -> None:
    assert VKEY == LogKey.parse(f" {VKEY}\n").text()
    assert log_key("golive.example/vector", key) == LogKey.parse(SEED_VKEY)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "no Ed25519 note key"),
        ("golive.example/vector", "no Ed25519 note key"),
        (SEED_VKEY.replace("AQOh", "A*Oh"), "no base64"),
        (SEED_VKEY.replace("AQOh", "é"), "no base64"),
        (SEED_VKEY.replace("AQOh", "AgOh"), "no Ed25519 note key"),
        (SEED_VKEY.replace("vector", "another"), "got the key hash dff964e8"),
        (SEED_VKEY.replace("dff964e8", "dff964e9"), "got the key hash dff964e9"),
        (SEED_VKEY[:-4], "no Ed25519 note key"),
        (SEED_VKEY.replace("golive.example", "golive example"), "no Ed25519 note key"),
    ],
)
def test_a_line_that_is_no_key_is_refused(line: str, told: str) -> None:
    with pytest.raises(CheckpointError, match=told):
        LogKey.parse(line)


def test_a_log_has_no_name_with_a_plus(key: Ed25519PrivateKey) -> None:
    with pytest.raises(CheckpointError, match="without a space or a plus"):
        log_key("golive+1", key)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((b"\n7\n", b"\n8\n"), "the pinned log key did not make"),
        ((b"O5aB", b"O5aC"), "the pinned log key did not make"),
        ((b"r5cFI", b"r5cFJ"), "no signature by the pinned log key"),
        ((b"run-2026-11\n7", b"run-2026-12\n7"), "expected golive.example/run-2026-11"),
        ((b"hPQU=", b"hPQV="), "another spelling"),
        ((b"hPQU=\n", b"hPQU="), "without signature lines"),
        ((b"\n\n", b"\n"), "without signature lines"),
        ("\u2014".encode(), b"-"),
        ((b"\n7\n", b"\n07\n"), "expected a whole number"),
        ((b"\n7\n", b"\n-7\n"), "expected a whole number"),
        ((b"\n7\n", b"\n7\nextension\n"), "another shape"),
        ((b"O5aBcdALuL4ayM7V/nHlzNa5GnjcvHfurEXr+M7OqlY=", b"O5aB"), "a root of 3 bytes"),
        ((b"O5aB", b"O*aB"), "no base64"),
        ((b"golive.example/run-2026-11\n7", b"\xff\n7"), "no UTF-8"),
    ],
)
def test_a_changed_note_is_refused(change: tuple[bytes, bytes], told: str | bytes) -> None:
    if isinstance(told, bytes):
        change, told = (change, told), "a signature line of another shape"  # type: ignore[assignment]

    with pytest.raises(CheckpointError, match=str(told)):
        verified(NOTE.replace(*change), LogKey.parse(VKEY))


def test_lines_of_other_signers_are_passed_over() -> None:
    witness = "\u2014 witness.example " + base64.b64encode(bytes(68)).decode() + "\n"
    head, _, tail = NOTE.decode().partition("\n\n")

    assert parse(NOTE) == verified(f"{head}\n\n{witness}{tail}".encode(), LogKey.parse(VKEY))


def test_another_key_under_the_same_name_is_refused(key: Ed25519PrivateKey) -> None:
    head = Checkpoint(origin="golive.example/run-2026-11", size=7, root=ROOT)

    with pytest.raises(CheckpointError, match="no signature by the pinned log key"):
        verified(sign(head, key), LogKey.parse(VKEY))


def test_a_signature_is_over_the_name_too(key: Ed25519PrivateKey) -> None:
    head = Checkpoint(origin="golive.example/vector", size=7, root=ROOT)

    assert sign(head, key) != sign(replace(head, origin="golive.example/other"), key)
