"""A decision follows from what was there; what is missing, expired or erased never helps a GO."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from evidence.canonical import written as spelled
from evidence.contents import Cited, Head
from evidence.keys import Keys
from evidence.record import Kind
from evidence.verification.report import Code, Exit, Report, Severity
from tests.evidence.auditing import Auditor, written
from tests.evidence.authority import Authority
from tests.evidence.sealed import (
    APPROVER,
    CONTROLS,
    COORDINATOR,
    MACHINE,
    PNG,
    Sealed,
    balance,
    end,
    png,
)

Found = set[tuple[Severity, Code]]


@pytest.fixture
def sealed(keys: Keys, authorities: tuple[Authority, ...]) -> Sealed:
    fresh = Sealed(keys=keys, authorities=authorities)
    fresh.begin()
    return fresh


@pytest.fixture
def judged(bundle: Path) -> Callable[[Sealed], Report]:
    """What an auditor who brings everything is told, once the log is closed."""

    def close(sealed: Sealed) -> Report:
        charge = spelled({"id": "ch_1"})
        sealed.add(Kind.STRIPE_CHARGE, charge, controls=("GL-03",), actor=MACHINE)
        end(sealed, ())
        return Auditor.of(sealed).verify(written(sealed, bundle))

    return close


def _ledger(sealed: Sealed) -> int:
    return sealed.add(Kind.LEDGER_BALANCE, balance(1), controls=("GL-02",), actor=MACHINE)


def _shot(sealed: Sealed) -> int:
    return sealed.add(Kind.SCREENSHOT, png(), media=PNG, controls=("GL-01",))


def _found(report: Report) -> Found:
    return {(one.severity, one.code) for one in report.findings if one.step == 7}


def test_a_go_on_valid_reviewed_evidence_is_verified(
    sealed: Sealed, judged: Callable[[Sealed], Report]
) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.decide("GO", ledger, shot)

    assert (Exit.VERIFIED, set()) == ((report := judged(sealed)).exit, _found(report))


def test_a_no_go_needs_nothing_and_what_go_needed_is_a_gap(
    sealed: Sealed, judged: Callable[[Sealed], Report]
) -> None:
    sealed.decide("NO_GO", unmet=("GL-01", "GL-02"))

    assert (Exit.GAPS, {(Severity.GAP, Code.UNMET)}) == ((report := judged(sealed)).exit, _found(report))


def _nothing(sealed: Sealed) -> None:
    sealed.decide("GO")


def _not_cited(sealed: Sealed) -> None:
    shot = _shot(sealed)
    sealed.review(shot)
    _ledger(sealed)
    sealed.decide("GO", shot)


def _cited_for_nothing(sealed: Sealed) -> None:
    """A screenshot cannot stand for a ledger's balance, whatever it names."""
    shot = sealed.add(Kind.SCREENSHOT, png(), media=PNG, controls=("GL-01", "GL-02"))
    sealed.review(shot)
    sealed.decide("GO", shot)


def _not_reviewed(sealed: Sealed) -> None:
    sealed.decide("GO", _ledger(sealed), _shot(sealed))


def _reviewed_by_who_took_it(sealed: Sealed) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot, actor=COORDINATOR)
    sealed.decide("GO", ledger, shot)


def _refused_by_the_reviewer(sealed: Sealed) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot, accepted=False)
    sealed.decide("GO", ledger, shot)


def _refused_in_the_end(sealed: Sealed) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.review(shot, accepted=False)
    sealed.decide("GO", ledger, shot)


def _reviewed_too_late(sealed: Sealed) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.decide("GO", ledger, shot)
    sealed.review(shot)


def _reviewed_another(sealed: Sealed) -> None:
    ledger, shot, other = _ledger(sealed), _shot(sealed), _ledger(sealed)
    sealed.review(other)
    sealed.decide("GO", ledger, shot)


def _erased_before(sealed: Sealed) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.erase(ledger)
    sealed.decide("GO", ledger, shot)


@pytest.mark.parametrize(
    "told",
    [
        _nothing,
        _not_cited,
        _cited_for_nothing,
        _not_reviewed,
        _reviewed_by_who_took_it,
        _refused_by_the_reviewer,
        _refused_in_the_end,
        _reviewed_too_late,
        _reviewed_another,
        _erased_before,
    ],
)
def test_a_go_with_a_required_control_that_nothing_meets_fails(
    sealed: Sealed, judged: Callable[[Sealed], Report], told: Callable[[Sealed], None]
) -> None:
    told(sealed)

    report = judged(sealed)

    assert Exit.FAILED == report.exit
    assert (Severity.FAIL, Code.UNMET) in _found(report)


def test_a_go_that_says_itself_what_is_unmet_fails(
    sealed: Sealed, judged: Callable[[Sealed], Report]
) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.decide("GO", ledger, shot, unmet=("GL-09",))

    assert {(Severity.FAIL, Code.UNMET)} == _found(judged(sealed))


def test_what_the_close_admits_is_a_gap_even_where_there_is_evidence_of_it(
    sealed: Sealed, bundle: Path
) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.decide("GO", ledger, shot)
    place = sealed.close(unmet=("GL-01",))
    auditor = Auditor.of(sealed)

    report = auditor.verify(written(sealed, bundle))

    said = [(one.severity, one.text) for one in report.findings if one.record == place]
    assert (Severity.GAP, "GL-01 is UNMET: the close itself says so") in said


@pytest.mark.parametrize(("late_s", "codes"), [(0, set()), (1, {Code.UNMET})])
def test_evidence_holds_to_the_second(
    sealed: Sealed, judged: Callable[[Sealed], Report], late_s: int, codes: set[Code]
) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    captured_at = sealed.now - timedelta(seconds=28)
    sealed.review(shot)
    sealed.now = captured_at + timedelta(hours=1, seconds=late_s)
    sealed.decide("GO", ledger, shot)

    assert {(Severity.FAIL, code) for code in codes} == _found(judged(sealed))


def test_a_record_that_had_outlived_its_own_time_is_expired(
    sealed: Sealed, judged: Callable[[Sealed], Report]
) -> None:
    shot = _shot(sealed)
    sealed.review(shot)
    ledger = sealed.add(Kind.LEDGER_BALANCE, balance(1), controls=("GL-02",), actor=MACHINE, valid_for_s=27)
    sealed.decide("GO", ledger, shot)

    assert {(Severity.FAIL, Code.UNMET), (Severity.GAP, Code.EXPIRED)} == _found(judged(sealed))


def test_a_no_go_on_expired_evidence_is_a_gap(sealed: Sealed, judged: Callable[[Sealed], Report]) -> None:
    sealed.decide("NO_GO", sealed.add(Kind.COMMAND, b"ok\n", media="text/plain", valid_for_s=1))

    report = judged(sealed)

    assert Exit.GAPS == report.exit
    assert (Severity.GAP, Code.EXPIRED) in _found(report)


def test_what_was_erased_after_a_go_leaves_it_a_gap(
    sealed: Sealed, judged: Callable[[Sealed], Report]
) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.decide("GO", ledger, shot)
    sealed.erase(shot)

    report = judged(sealed)

    assert (Exit.GAPS, {(Severity.GAP, Code.UNMET)}) == (report.exit, _found(report))


def test_who_took_the_screenshot_may_not_decide_go_on_it(
    sealed: Sealed, judged: Callable[[Sealed], Report]
) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.decide("GO", ledger, shot, actor=COORDINATOR)

    assert {(Severity.FAIL, Code.SAME_PERSON)} == _found(judged(sealed))


def test_who_reviewed_it_may(sealed: Sealed, judged: Callable[[Sealed], Report]) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot, actor=APPROVER)
    sealed.decide("GO", ledger, shot)

    assert Exit.VERIFIED == judged(sealed).exit


@pytest.mark.parametrize("index", [99, 0])
def test_a_decision_on_what_is_not_there_fails(
    sealed: Sealed, judged: Callable[[Sealed], Report], index: int
) -> None:
    sealed.decide("NO_GO", evidence=(Cited(index=index, leaf="a" * 64),))

    assert (Severity.FAIL, Code.CITED) in _found(judged(sealed))


def test_a_decision_on_a_later_record_fails(sealed: Sealed, judged: Callable[[Sealed], Report]) -> None:
    place = sealed.size
    sealed.decide("NO_GO", evidence=(Cited(index=place + 1, leaf="a" * 64),))

    assert (Severity.FAIL, Code.CITED) in _found(judged(sealed))


@pytest.mark.parametrize(
    "head", [Head(size=2, root="a" * 64), Head(size=1, root="a" * 64), Head(size=99, root="a" * 64)]
)
def test_a_decision_by_a_head_that_was_not_signed_before_fails(
    sealed: Sealed, judged: Callable[[Sealed], Report], head: Head
) -> None:
    sealed.decide("NO_GO", tree=head)

    assert (Severity.FAIL, Code.HEAD) in _found(judged(sealed))


def test_a_decision_by_another_plan_fails(sealed: Sealed, judged: Callable[[Sealed], Report]) -> None:
    sealed.decide("NO_GO", plan_sha256="a" * 64)

    assert (Severity.FAIL, Code.PLAN) in _found(judged(sealed))


def test_a_go_for_which_nothing_was_required_is_a_gap(
    keys: Keys, authorities: tuple[Authority, ...], judged: Callable[[Sealed], Report]
) -> None:
    sealed = Sealed(keys=keys, authorities=authorities, plan=msgspec.structs.replace(CONTROLS, controls=()))
    sealed.begin()
    sealed.decide("GO")

    assert {(Severity.GAP, Code.UNMET)} == _found(judged(sealed))


def test_what_is_required_before_the_close_is_a_gap_where_it_is_missing(sealed: Sealed, bundle: Path) -> None:
    ledger, shot = _ledger(sealed), _shot(sealed)
    sealed.review(shot)
    sealed.decide("GO", ledger, shot)
    end(sealed, ())

    report = Auditor.of(sealed).verify(written(sealed, bundle))

    assert (Exit.GAPS, {(Severity.GAP, Code.UNMET)}) == (report.exit, _found(report))
    assert "GL-03 is UNMET: no evidence of it" in report.text()


def test_a_decision_that_no_receipt_covers_is_named(launch: Sealed, bundle: Path) -> None:
    auditor = replace(Auditor.of(launch), receipts=launch.receipts[:1])

    report = auditor.verify(written(launch, bundle))

    assert Exit.GAPS == report.exit == auditor.verify_min(bundle)
    assert [16, 19] == [one.record for one in report.findings if one.code is Code.UNCOVERED]


@pytest.mark.parametrize(("is_open", "expected"), [(False, Exit.FAILED), (True, Exit.VERIFIED)])
def test_a_log_without_a_close_fails_unless_it_may_be_open(
    launch: Sealed, bundle: Path, *, is_open: bool, expected: Exit
) -> None:
    early = launch.fork(10)
    auditor = replace(Auditor.of(launch), receipts=launch.receipts[:1], is_open=is_open)

    assert expected == auditor.verify(written(early, bundle)).exit == auditor.verify_min(bundle)


def test_nothing_follows_a_close(launch: Sealed, bundle: Path) -> None:
    """The log refuses it; whoever holds the keys need not."""
    kept = launch.log.kept[-1]
    launch.log.kept[-1] = replace(kept, kind=Kind.EVENT)
    launch.add(Kind.EVENT, spelled({"what": "after"}))
    launch.log.kept[-2] = kept
    launch.anchor(with_records=False)
    launch.hand_over()
    auditor = Auditor.of(launch)

    report = auditor.verify(written(launch, bundle))

    assert Exit.FAILED == report.exit == auditor.verify_min(bundle)
    assert {(Severity.FAIL, Code.CLOSE)} == _found(report)
