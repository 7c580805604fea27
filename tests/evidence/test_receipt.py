"""A receipt is the note that counts, with lines above it for its reader."""

from __future__ import annotations

import pytest

from evidence.receipt import MOST, ReceiptError, parsed, written
from tests.evidence.sealed import Sealed

TOLD = {"gate": "board", "verdict": "GO", "at": "2026-11-21T23:31:40Z", "minimal_sha256": "a" * 64}


@pytest.fixture
def note(launch: Sealed) -> bytes:
    return launch.notes[10]


@pytest.fixture
def receipt(launch: Sealed, note: bytes) -> bytes:
    return written(note=note, vkey=launch.vkey, **TOLD)


def test_a_receipt_is_read_as_it_was_written(launch: Sealed, receipt: bytes, note: bytes) -> None:
    found = parsed(receipt)

    assert (note, 10, "a" * 64) == (found.note, found.checkpoint.size, found.minimal_sha256)
    assert {
        "gate": "board",
        "verdict": "GO",
        "at": "2026-11-21T23:31:40Z",
        "origin": launch.origin,
        "vkey": launch.vkey,
        "verify_min.py sha256": "a" * 64,
    } == found.told


def test_it_is_lines_then_the_note_to_the_byte(receipt: bytes, note: bytes) -> None:
    head, _, tail = receipt.partition(b"\n\n")

    assert note == tail
    assert b"gate: board" == head.split(b"\n")[0]


def test_a_bare_note_is_a_receipt(note: bytes) -> None:
    assert (note, {}) == (parsed(note).note, parsed(note).told)


def test_what_mail_does_to_line_ends_is_mended(receipt: bytes, note: bytes) -> None:
    for sent in (receipt.replace(b"\n", b"\r\n"), receipt + b"\n\r\n", receipt.rstrip(b"\n")):
        assert note == parsed(sent).note


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "got no receipt"),
        (b"gate: board\n", "got no receipt"),
        (b"\xff" * 99, "got no receipt"),
        (b"x" * (MOST + 1), "no more than"),
    ],
)
def test_what_is_no_receipt_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(ReceiptError, match=told):
        parsed(data)


@pytest.mark.parametrize("line", [b"gate: another", b"no colon", b"Gate: board"])
def test_a_line_that_is_none_or_stands_twice_is_refused(receipt: bytes, line: bytes) -> None:
    with pytest.raises(ReceiptError, match="each once"):
        parsed(receipt.replace(b"\nat: ", b"\n" + line + b"\nat: "))


def test_a_value_of_two_lines_is_not_written(launch: Sealed, note: bytes) -> None:
    with pytest.raises(ReceiptError, match="expected one line"):
        written(note=note, vkey=launch.vkey, **{**TOLD, "gate": "board\nverdict: GO"})


def test_a_receipt_of_no_head_is_not_written(launch: Sealed) -> None:
    with pytest.raises(ReceiptError, match="expected a signed head"):
        written(note=b"", vkey=launch.vkey, **TOLD)
