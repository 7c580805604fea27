"""Signs the head of a log as it is now, whoever else signs meanwhile."""

from __future__ import annotations

from dashboard.sealing.reading import genesis_of
from dashboard.store.store import Store
from evidence.checkpoint import log_key, parse
from evidence.contents import Head
from evidence.heads import HeadError, HeadSigner


def signed_head(store: Store, run_id: int, heads: HeadSigner) -> Head:
    """The head over all records, signed and kept. Raises `HeadError` where the log was turned back, and
    where its key is not the one that its first record names.
    """
    _refuse_foreign_key(store, run_id, heads)
    try:
        note = heads.sign(store.evidence.leaves(run_id))
    except HeadError:
        # Another process may have signed a longer one since these were read. A log that was turned back is
        # still shorter when it is read again.
        note = heads.sign(store.evidence.leaves(run_id))
    found = parse(note)
    store.evidence.keep_head(run_id, size=found.size, note=note)
    return Head(size=found.size, root=found.root.hex(), origin=found.origin)


def _refuse_foreign_key(store: Store, run_id: int, heads: HeadSigner) -> None:
    genesis = genesis_of(store, run_id)
    if genesis is None or genesis.vkey != log_key(heads.origin, heads.key).text():
        raise HeadError(
            f"got another key than the one that the log {heads.origin} began with, expected it; put its "
            "own log.pem back"
        )
