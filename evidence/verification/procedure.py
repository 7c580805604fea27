"""Verifies a bundle: the nine steps in their order, and the report.

It asks no network and no clock, and trusts nothing but what the auditor hands over.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from evidence.container import Container, ContainerError, Limits, opened
from evidence.layout import records_of
from evidence.record import time_text
from evidence.verification.case import Case, Seen
from evidence.verification.fixity import check_fixity
from evidence.verification.heads import check_receipts, check_tree
from evidence.verification.meaning import check_meaning
from evidence.verification.privacy import check_privacy
from evidence.verification.records import check_records, check_signatures
from evidence.verification.report import Code, Finding, Line, Report, Severity, Used
from evidence.verification.signatures import Signatures, begun_signatures
from evidence.verification.times import begun_tokens, check_times
from evidence.verification.trust import Trust


def verify(path: Path, trust: Trust, limits: Limits | None = None) -> Report:
    """Verify the bundle at this path, a ZIP or a folder. Raises `OSError` where it cannot be read.

    0. The container is a safe one that holds known paths alone. If not, the procedure ends here.
    1. Fixity: every file is what the manifests say.
    2. Trust: what the auditor did not hand over caps the result at CONSISTENT-ONLY.
    3. Records: each is signed, in its place, and what it vouches for is there. Without any, it ends here.
    4. Tree: the heads are signed by the pinned key, and are of these records.
    5. Receipts: the heads that others kept are of these records.
    6. Time: the records were made when they say, by the clocks of the pinned authorities.
    7. Meaning: each decision follows from what was there.
    8. Privacy: nothing was kept that must not be.
    9. The report.
    """
    # 0.
    try:
        with opened(path, limits) as container:
            return _verified(container, trust)
    except ContainerError as error:
        finding = Finding(step=0, code=Code.CONTAINER, text=str(error), severity=Severity.FAIL)
        return Report(origin="", size=0, root="", findings=(finding,))


def _verified(container: Container, trust: Trust) -> Report:
    case = Case(container=container, trust=trust)
    with begun_signatures(len(records_of(container.sizes))) as signatures:
        _take_steps(case, signatures)
        # 3.3
        check_signatures(case, signatures)
    # 9.
    return _report(case)


def _take_steps(case: Case, signatures: Signatures) -> None:
    # 1.
    check_fixity(case)
    # 2.
    _check_trust(case)
    with begun_tokens(case) as tokens:
        # 3.
        check_records(case, signatures)
        if case.seen:
            # 4.
            check_tree(case)
            # 5.
            check_receipts(case)
            # 6.
            check_times(case, tokens)
            # 7.
            check_meaning(case)
            # 8.
            check_privacy(case)


def _check_trust(case: Case) -> None:
    trust = case.trust
    missing = (
        (trust.key is None, Code.NO_KEY, "no log key was pinned (--vkey): anybody could have signed this"),
        (not trust.roots, Code.NO_ROOT, "no authority's root was pinned (--tsa-root): no time is proven"),
        (
            not trust.receipts,
            Code.NO_RECEIPT,
            "no receipt was handed over (--receipt): the end may be cut off, or all of it another log",
        ),
    )
    for is_missing, code, text in missing:
        if is_missing:
            case.found(2, code, text, severity=Severity.CAP)


def _report(case: Case) -> Report:
    key = case.key
    root = case.roots.get(len(case.seen), b"")
    mildest_first = sorted(case.findings, key=lambda one: one.severity is Severity.FAIL)
    wrong = {one.record: one.severity for one in mildest_first if one.record is not None}
    return Report(
        origin="" if key is None else key.origin,
        size=len(case.seen),
        root=root.hex(),
        findings=tuple(sorted(case.findings, key=_place)),
        receipts=tuple(case.receipts),
        tokens=tuple(
            Used(name=token.tsa, size=token.size, at=time_text(token.gen_time)) for token in case.tokens
        ),
        records=tuple(_line(case, seen, wrong.get(seen.position)) for seen in case.seen),
        unanchored_s=case.unanchored_s,
    )


def _place(finding: Finding) -> tuple[int, int]:
    """By step; what is said of single records in their order, after what is said of all."""
    return finding.step, -1 if finding.record is None else finding.record


def _line(case: Case, seen: Seen, wrong: Severity | None) -> Line:
    told = None if seen.record is None else seen.record.predicate
    at = case.proven[seen.position] if case.proven else None
    proven_by = "" if at is None else _time_text(at)
    return Line(
        index=seen.position,
        kind="?" if told is None else told.kind.value,
        recorded_at="" if told is None else told.recorded_at,
        proven_by=proven_by,
        role="" if told is None else told.actor.role,
        controls=() if told is None else tuple(told.controls),
        leaf=seen.leaf.hex(),
        state="ok" if wrong is None else wrong.value,
    )


@lru_cache(maxsize=8)
def _time_text(at: int) -> str:
    # Many records that follow each other are first proven by one token.
    return time_text(datetime.fromtimestamp(at, UTC))
