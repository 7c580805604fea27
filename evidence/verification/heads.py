"""Steps 4 and 5: the heads that the log's key signed, and those that somebody else kept."""

from __future__ import annotations

from evidence.checkpoint import Checkpoint, CheckpointError, LogKey, verified
from evidence.layout import LEAVES, MINIMAL, note_name, notes_of
from evidence.tree import Tree
from evidence.verification.case import Case
from evidence.verification.report import Code, Severity, Used

_TREE, _RECEIPTS = 4, 5
_MOST_NOTE = 1 << 16
_LEAF_LINE = 65


def check_tree(case: Case) -> None:
    """4. The heads are of these records:

    4.1 `leaves.txt` lists the leaf of every record;
    4.2 the pinned key signed each head, for the size that its name says;
    4.3 the root of so many records is the one that was signed;
    4.4 the newest head is over all records;
    4.5 the genesis names the pinned key.

    A bundle holds all leaves, so no proof is needed.
    """
    # 4.1
    told = case.container.read(LEAVES, length=_LEAF_LINE * (len(case.seen) + 1))
    if told != "".join(f"{seen.leaf.hex()}\n" for seen in case.seen).encode():
        case.found(_TREE, Code.LEAVES, f"{LEAVES} does not list the leaves of these records")
    names = notes_of(case.container.sizes)
    case.notes = {size: case.container.read(name, length=_MOST_NOTE) for size, name in names.items()}
    case.roots = _roots(case)
    # 4.2
    for size, note in case.notes.items():
        _check_note(case, size, note)
    # 4.4
    newest = max(case.notes, default=0)
    if newest != len(case.seen):
        text = f"got a newest head over {newest} records, expected one over all {len(case.seen)}"
        case.found(_TREE, Code.CHECKPOINT, text)
    # 4.5
    if case.own_key is not None and case.own_key != case.key:
        text = f"the genesis names another log key, of {case.own_key.origin}, than the pinned one"
        case.found(_TREE, Code.CHECKPOINT, text, record=0)


def check_receipts(case: Case) -> None:
    """5. Each head that somebody else kept is a head of these records:

    5.1 the pinned key signed it;
    5.2 there are at least as many records as it is over, or the log was truncated;
    5.3 so many of them have its root, or they were rewritten.
    """
    for name, receipt in (case.trust.receipts or {}).items():
        # 5.1
        try:
            held = _checked(receipt.note, case.key)
        except CheckpointError as error:
            case.found(_RECEIPTS, Code.RECEIPT, f"{name}: {error}")
            continue
        # 5.2
        if held.size > len(case.seen):
            text = f"TRUNCATED: {name} is over {held.size} records, and {len(case.seen)} are left"
            case.found(_RECEIPTS, Code.TRUNCATED, text)
            continue
        # 5.3
        if case.roots[held.size] != held.root:
            text = f"REWRITTEN: the first {held.size} records are others than those that {name} is over"
            case.found(_RECEIPTS, Code.REWRITTEN, text)
            continue
        case.receipts.append(Used(name=name, size=held.size, at=receipt.told.get("at", "")))
        case.covered = max(case.covered, held.size)
        if receipt.minimal_sha256 not in {None, case.digests.get(MINIMAL)}:
            text = f"{name} names another verify_min.py than lies in the bundle: use the receipt's"
            case.found(_RECEIPTS, Code.RECEIPT, text, severity=Severity.NOTE)


def _check_note(case: Case, size: int, note: bytes) -> None:
    name = note_name(size)
    try:
        checkpoint = _checked(note, case.key)
    except CheckpointError as error:
        case.found(_TREE, Code.CHECKPOINT, f"{name}: {error}")
        return
    if checkpoint.size != size:
        case.found(_TREE, Code.CHECKPOINT, f"{name}: it is over {checkpoint.size} records")
        return
    # 4.3
    if size > len(case.seen):
        case.found(_TREE, Code.ROOT, f"{name}: it is over more records than the {len(case.seen)} there are")
    elif case.roots[size] != checkpoint.root:
        case.found(_TREE, Code.ROOT, f"{name}: the first {size} records have another root")
    else:
        case.genuine[size] = checkpoint


def _checked(note: bytes, key: LogKey | None) -> Checkpoint:
    if key is None:
        raise CheckpointError("got no key of the log, neither pinned nor in the genesis")
    return verified(note, key)


def _roots(case: Case) -> dict[int, bytes]:
    """The roots of all sizes that a head, a receipt or a decision names."""
    wanted = {receipt.checkpoint.size for receipt in (case.trust.receipts or {}).values()}
    wanted |= {0, len(case.seen), *case.notes}
    tree, roots = Tree(), {}
    for size in range(len(case.seen) + 1):
        if size in wanted:
            roots[size] = tree.root()
        if size < len(case.seen):
            tree.add(case.seen[size].leaf)
    return roots
