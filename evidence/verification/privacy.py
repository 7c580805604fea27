"""Step 8: whether anything was kept that must never be: secrets in texts, words beside an image's pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evidence.layout import blob_name
from evidence.record import Subject
from evidence.redaction import GATE_VERSION, GATES
from evidence.verification.case import Case
from evidence.verification.report import Code, Severity

_STEP = 8
MOST_TEXT = 1 << 24
_PNG = "image/png"
_NO_TEXT = {_PNG, "application/timestamp-reply"}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_HEAD = 8
_CHECKSUM = 4


class _Blob(NamedTuple):
    digest: str
    media: str
    gate: str


def check_privacy(case: Case) -> None:
    """8. What was kept went through the gate that its record names:

    8.1 that gate, of that version, finds nothing in any text; what a newer one finds is a warning, or old
        bundles would turn red;
    8.2 an image is a PNG with no other chunks than those that hold pixels.

    Names and addresses, and words in pixels, no pattern finds.
    """
    blobs: dict[_Blob, int] = {}
    for position, subject, gate in _subjects(case):
        blob = _Blob(subject.digest.sha256, subject.mediaType, gate)
        if blob_name(blob.digest) in case.container.sizes:
            blobs.setdefault(blob, position)
    before = len(case.findings)
    for blob in sorted(blobs):  # as they lie in the bundle
        position = blobs[blob]
        if blob.media.startswith("image/"):
            _check_image(case, blob, position)
        elif blob.media not in _NO_TEXT:
            _check_text(case, blob, position)
    case.findings[before:] = sorted(case.findings[before:], key=lambda one: one.record or 0)


def _subjects(case: Case) -> Iterator[tuple[int, Subject, str]]:
    for seen, record in case.readable():
        for subject in record.subject:
            yield seen.position, subject, record.predicate.redaction.gate


def _check_text(case: Case, blob: _Blob, position: int) -> None:
    # 8.1
    name = blob_name(blob.digest)
    if case.container.sizes[name] > MOST_TEXT:
        text = f"the blob {blob.digest[:12]}… is too long to be gone through"
        case.found(_STEP, Code.GATE, text, record=position, severity=Severity.GAP)
        return
    try:
        told = case.container.read(name).decode()
    except UnicodeDecodeError:
        text = f"the blob {blob.digest[:12]}… ({blob.media}) is no text, and no gate looks into it"
        case.found(_STEP, Code.GATE, text, record=position, severity=Severity.GAP)
        return
    find = GATES.get(blob.gate)
    if find is None:
        text = f"this golive does not have the gate {blob.gate!r} that it went through"
        case.found(_STEP, Code.GATE, text, record=position, severity=Severity.GAP)
    elif (kind := find(told)) is not None:
        text = f"the blob {blob.digest[:12]}… holds a {kind}"
        case.found(_STEP, Code.SECRET, text, record=position)
        return
    if blob.gate != GATE_VERSION and (kind := GATES[GATE_VERSION](told)) is not None:
        text = f"the newer gate {GATE_VERSION} finds a {kind} in the blob {blob.digest[:12]}…"
        case.found(_STEP, Code.SECRET, text, record=position, severity=Severity.NOTE)


def _check_image(case: Case, blob: _Blob, position: int) -> None:
    # 8.2
    if blob.media != _PNG:
        text = f"the blob {blob.digest[:12]}… is an {blob.media}, expected {_PNG} alone"
        case.found(_STEP, Code.CHUNK, text, record=position)
        return
    wrong = _wrong_chunk(case, blob_name(blob.digest))
    if wrong is not None:
        case.found(_STEP, Code.CHUNK, f"the image {blob.digest[:12]}… {wrong}", record=position)


def _wrong_chunk(case: Case, name: str) -> str | None:
    size = case.container.sizes[name]
    if case.container.read(name, length=len(_SIGNATURE)) != _SIGNATURE:
        return "is no PNG"
    at, kind, first = len(_SIGNATURE), b"", True
    while at < size and kind != b"IEND":
        head = case.container.read(name, offset=at, length=_HEAD)
        kind = head[4:]
        if kind not in _CHUNKS or first != (kind == b"IHDR"):
            return f"holds {kind!r} at byte {at:,}, expected pixels alone"
        at += _HEAD + int.from_bytes(head[:4]) + _CHECKSUM
        first = False
    if kind != b"IEND" or at != size:
        return "does not end with its last chunk: something hides behind it, or is cut off"
    return None
