"""Takes the evidence of a run out: the bundle, and the receipts of what was decided.

The same head always gives the same bundle, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from dashboard.launch.evidence_view import Decided
from dashboard.sealing.heads import signed_head
from dashboard.sealing.reading import genesis_of
from dashboard.sealing.report import report_of
from dashboard.sealing.showing import decisions
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.blobs import BlobError, Blobs
from evidence.bundle import BundleError, Contents, program, write_bundle
from evidence.heads import HeadSigner
from evidence.receipt import written as receipt_written
from evidence.record import time_text

VIEW = "index.html"


class ExportError(Exception):
    """The evidence cannot be taken out: one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    """The envelopes of the first `size` records, as often as they are gone through."""

    store: Store
    run_id: int
    size: int

    def __iter__(self) -> Iterator[bytes]:
        return (each.envelope for each in self.store.evidence.each(self.run_id, size=self.size))


def export(store: Store, run: Run, blobs: Blobs, heads: HeadSigner, out: BinaryIO) -> int:
    """Write the bundle of a run as far as its log goes now, under a head that is signed for it; the number of
    records in it. Raises `ExportError`, `StoreError`, `HeadError`, `KeyFileError` and `BlobError`.
    """
    size = signed_head(store, run.id, heads).size
    tokens = store.evidence.tokens(run.id)
    contents = Contents(
        records=_Records(store=store, run_id=run.id, size=size),
        blob=blobs.open,
        checkpoints={at: note for at, note in store.evidence.heads(run.id).items() if at <= size},
        anchors={(each.size, each.tsa): each.token for each in tokens if each.size <= size},
        plan=_controls(store, run.id, blobs),
        view={VIEW: report_of(store, run, blobs, size)},
    )
    try:
        write_bundle(contents, out)
    except BundleError as error:
        raise ExportError(str(error)) from error
    return size


def receipt_of(store: Store, run_id: int, key: str) -> bytes:
    """The receipt of a decision, by the key of its record. Raises `ExportError`."""
    found = next((each for each in decisions(store, run_id) if each.key == key), None)
    if found is None or found.size is None:
        raise ExportError(f'There is no decision "{key}" under a signed head.')
    return receipt(store, run_id, found)


def receipt(store: Store, run_id: int, decided: Decided) -> bytes:
    """The text of a receipt: the head that pins the decision, for somebody else to keep."""
    genesis = genesis_of(store, run_id)
    if decided.size is None or genesis is None:
        raise ExportError("No head is signed behind this decision yet.")
    note = store.evidence.heads(run_id)[decided.size]
    return receipt_written(
        note=note,
        gate=decided.gate,
        verdict=decided.verdict,
        at=time_text(decided.recorded_at),
        vkey=genesis.vkey,
        minimal_sha256=sha256(program("verify_min.py")).hexdigest(),
    )


def _controls(store: Store, run_id: int, blobs: Blobs) -> bytes:
    genesis = genesis_of(store, run_id)
    if genesis is None:
        raise ExportError("The log has no record yet, so there is nothing to take out; start `golive run`.")
    digest = genesis.plan_sha256
    stream = blobs.open(digest)
    if stream is None:
        raise BlobError(f"got no blob {digest}, expected plan.json; restore the evidence folder")
    with stream:
        return stream.read()
