"""The records were made when they say, by somebody else's clock, to the second that two clocks may differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from evidence.canonical import written as spelled
from evidence.keys import Keys
from evidence.record import Kind
from evidence.verification.procedure import verify
from evidence.verification.report import Code, Exit, Report, Severity
from evidence.verification.times import LATEST_S, SKEW_S
from tests.evidence.auditing import Auditor, written
from tests.evidence.authority import Authority
from tests.evidence.sealed import MACHINE, START, STEP_S, Sealed, end, tell_on

Judge = Callable[[Sealed], Report]


@pytest.fixture
def sealed(keys: Keys, authorities: tuple[Authority, ...]) -> Sealed:
    return Sealed(keys=keys, authorities=authorities)


@pytest.fixture
def judged(bundle: Path) -> Judge:
    """What an auditor is told; the small program must agree."""

    def judge(sealed: Sealed) -> Report:
        auditor = Auditor.of(sealed)
        report = auditor.verify(written(sealed, bundle))
        assert report.exit == auditor.verify_min(bundle)
        return report

    return judge


def _found(report: Report) -> set[tuple[Severity, Code]]:
    return {(one.severity, one.code) for one in report.findings if one.step == 6}


@pytest.mark.parametrize(("late_s", "is_late"), [(0, False), (1, True)])
def test_a_record_is_proven_within_a_day(
    sealed: Sealed, judged: Judge, late_s: int, *, is_late: bool
) -> None:
    sealed.begin()
    made = START + timedelta(seconds=STEP_S)  # the record of the first token, over which there is none yet
    sealed.now = made + timedelta(seconds=LATEST_S + SKEW_S + late_s)
    sealed.anchor()
    tell_on(sealed)

    assert is_late == ((Severity.FAIL, Code.LATE) in _found(judged(sealed)))


@pytest.mark.parametrize(("early_s", "found"), [(0, set()), (1, {(Severity.FAIL, Code.POSTDATED)})])
def test_a_record_is_not_of_after_the_token_over_it(
    sealed: Sealed, judged: Judge, early_s: int, found: set[tuple[Severity, Code]]
) -> None:
    sealed.stamped_later = timedelta(seconds=-STEP_S)
    sealed.begin()
    sealed.add(Kind.EVENT, spelled({"what": "x"}))
    sealed.stamped_later = timedelta(seconds=-SKEW_S - STEP_S - early_s)
    sealed.anchor()
    sealed.stamped_later = timedelta()
    tell_on(sealed)

    assert found == {one for one in _found(judged(sealed)) if one[1] is not Code.BACKWARDS}


@pytest.mark.parametrize(("ahead_s", "exit_code"), [(SKEW_S, Exit.VERIFIED), (SKEW_S + 1, Exit.FAILED)])
def test_nothing_is_of_before_a_token_that_is_in_the_log_already(
    sealed: Sealed, judged: Judge, ahead_s: int, exit_code: Exit
) -> None:
    sealed.stamped_later = timedelta(seconds=STEP_S + ahead_s)
    sealed.begin()
    sealed.stamped_later = timedelta()

    report = judged(tell_on(sealed))

    assert exit_code == report.exit
    assert {(Severity.FAIL, Code.BACKDATED)} >= _found(report)


@pytest.mark.parametrize(("ago_s", "exit_code"), [(SKEW_S, Exit.VERIFIED), (SKEW_S + 1, Exit.FAILED)])
def test_nothing_is_recorded_before_it_is_captured(
    sealed: Sealed, judged: Judge, ago_s: int, exit_code: Exit
) -> None:
    sealed.begin()
    sealed.add(Kind.EVENT, spelled({"what": "x"}), captured_s_ago=-ago_s)

    assert exit_code == judged(tell_on(sealed)).exit


def test_a_claim_of_long_before_is_a_gap(sealed: Sealed, judged: Judge) -> None:
    sealed.begin()
    sealed.add(Kind.EVENT, spelled({"what": "x"}), captured_s_ago=2 * LATEST_S)

    report = judged(tell_on(sealed))

    assert (Exit.GAPS, {(Severity.GAP, Code.CLAIM)}) == (report.exit, _found(report))


def test_a_head_whose_token_is_of_before_the_last_ones_fails(sealed: Sealed, judged: Judge) -> None:
    sealed.begin()
    sealed.add(Kind.EVENT, spelled({"what": "x"}))
    sealed.stamped_later = timedelta(hours=-1)
    sealed.anchor()
    sealed.stamped_later = timedelta()

    assert (Severity.FAIL, Code.BACKWARDS) in _found(judged(tell_on(sealed)))


def test_records_that_no_token_is_over_are_a_gap(sealed: Sealed, judged: Judge) -> None:
    sealed.begin()
    authorities, sealed.authorities = sealed.authorities, ()
    end(sealed, ("NO_GO",))
    sealed.authorities = authorities

    report = judged(sealed)

    assert Exit.GAPS == report.exit
    assert [1] == [one.record for one in report.findings if one.code is Code.UNANCHORED]


def test_the_longest_time_without_a_token_is_told(sealed: Sealed, judged: Judge) -> None:
    sealed.begin()
    sealed.now += timedelta(hours=3)

    report = judged(tell_on(sealed))

    assert report.unanchored_s is not None
    assert 3 * 60 * 60 < report.unanchored_s < 3 * 60 * 60 + 10 * STEP_S


def test_each_record_is_told_with_the_first_time_that_is_proven(launch: Sealed, judged: Judge) -> None:
    lines = judged(launch).records

    assert ("2026-11-21T22:00:00Z", "2026-11-21T22:00:20Z") == (lines[0].recorded_at, lines[0].proven_by)
    assert all(line.recorded_at <= line.proven_by for line in lines)


def test_an_anchor_that_tells_another_time_than_its_token_fails(sealed: Sealed, judged: Judge) -> None:
    sealed.begin()
    tell_on(sealed)
    size, name = 7, "first"
    sealed.tokens[size, name] = sealed.authorities[0].stamp(sealed.notes[size], START)

    assert {(Severity.FAIL, Code.TOKEN)} <= _found(judged(sealed))


@pytest.mark.parametrize(("off_s", "exit_code"), [(0, Exit.VERIFIED), (SKEW_S + 1, Exit.FAILED)])
@pytest.mark.parametrize("sign", [1, -1])
def test_stripes_clock_is_a_second_one(
    sealed: Sealed, bundle: Path, off_s: int, sign: int, exit_code: Exit
) -> None:
    sealed.begin()
    told = format_datetime(sealed.now + timedelta(seconds=sign * off_s), usegmt=True)
    data = {"date": told}
    sealed.add(Kind.STRIPE_CHARGE, spelled({"id": "ch_2"}), data=data, actor=MACHINE, captured_s_ago=0)
    tell_on(sealed)

    assert exit_code == Auditor.of(sealed).verify(written(sealed, bundle)).exit


@pytest.mark.parametrize("told", ["yesterday", "2026-11-21T22:00:00Z", 7])
def test_a_clock_of_stripes_that_cannot_be_read_fails(sealed: Sealed, bundle: Path, told: object) -> None:
    sealed.begin()
    sealed.add(Kind.STRIPE_CHARGE, spelled({"id": "ch_2"}), data={"date": told}, actor=MACHINE)
    tell_on(sealed)

    report = Auditor.of(sealed).verify(written(sealed, bundle))

    assert {(Severity.FAIL, Code.CLAIM)} == _found(report)


@pytest.mark.parametrize(
    ("since_s", "until_s", "expected"),
    [
        (SKEW_S, 0, Exit.VERIFIED),
        (SKEW_S + 1, 0, Exit.FAILED),
        (0, -SKEW_S, Exit.VERIFIED),
        (0, -SKEW_S - 1, Exit.FAILED),
    ],
)
def test_nothing_is_of_outside_the_span_that_the_auditor_names(
    launch: Sealed, bundle: Path, since_s: int, until_s: int, expected: Exit
) -> None:
    last = datetime.strptime(launch.log.kept[-1].recorded_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    span = replace(
        Auditor.of(launch).trust,
        since=START + timedelta(seconds=since_s),
        until=last + timedelta(seconds=until_s),
    )

    assert expected == verify(written(launch, bundle), span).exit
