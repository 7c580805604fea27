"""What an auditor brings is read before anything else, and what is missing caps what can be said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from evidence import verify_min
from evidence.keys import Keys
from evidence.verification.report import Code, Exit, Finding, Report, Severity, Status
from evidence.verification.trust import TrustError, trusted
from tests.evidence.auditing import Auditor, written
from tests.evidence.sealed import Sealed


@pytest.mark.parametrize(
    ("missing", "code"),
    [({"vkey": None}, Code.NO_KEY), ({"authorities": ()}, Code.NO_ROOT), ({"receipts": ()}, Code.NO_RECEIPT)],
)
def test_what_is_not_brought_caps_the_result(
    launch: Sealed, bundle: Path, missing: dict[str, Any], code: Code
) -> None:
    auditor = replace(Auditor.of(launch), **missing)

    report = auditor.verify(written(launch, bundle))

    assert [(2, code, Severity.CAP)] == [(one.step, one.code, one.severity) for one in report.findings]
    assert Exit.CONSISTENT == report.exit == auditor.verify_min(bundle)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"vkey": "no key"}, "--vkey: got no Ed25519 note key"),
        ({"roots": {"root.pem": b"no PEM"}}, "--tsa-root root.pem: got no certificate"),
        ({"receipts": {"receipt.txt": b"no receipt"}}, "--receipt receipt.txt: got no receipt"),
    ],
)
def test_what_is_not_what_it_is_given_for_is_refused(given: dict[str, object], told: str) -> None:
    nothing: dict[str, object] = {"vkey": None, "roots": {}, "receipts": {}}

    with pytest.raises(TrustError, match=told):
        trusted(**{**nothing, **given})  # type: ignore[arg-type]


def test_a_receipt_by_another_key_fails(launch: Sealed, bundle: Path, other_keys: Keys) -> None:
    own = Keys(recorder=launch.keys.recorder, log=other_keys.log)
    forged = replace(launch, keys=own, receipts=[], notes={})
    forged.head()
    auditor = replace(Auditor.of(launch), receipts=[forged.hand_over()])

    report = auditor.verify(written(launch, bundle))

    assert Exit.FAILED == report.exit == auditor.verify_min(bundle)
    assert [(5, Code.RECEIPT)] == [(one.step, one.code) for one in report.findings if one.severity == "FAIL"]


def test_a_bare_note_is_a_receipt_as_well(launch: Sealed, bundle: Path) -> None:
    auditor = replace(Auditor.of(launch), receipts=[launch.notes[20]])

    assert Exit.VERIFIED == auditor.verify(written(launch, bundle)).exit == auditor.verify_min(bundle)


def test_a_receipt_that_names_another_small_program_is_noted(launch: Sealed, bundle: Path) -> None:
    receipts = [launch.receipts[1].replace(b"verify_min.py sha256: ", b"verify_min.py sha256: 0")]
    auditor = replace(Auditor.of(launch), receipts=receipts)

    report = auditor.verify(written(launch, bundle))

    assert [(Severity.NOTE, Code.RECEIPT)] == [(one.severity, one.code) for one in report.findings]
    assert Exit.VERIFIED == report.exit


def test_a_report_tells_what_was_used_and_what_it_does_not_prove(launch: Sealed, bundle: Path) -> None:
    report = Auditor.of(launch).verify(written(launch, bundle))

    document = msgspec.json.decode(msgspec.json.encode(report.document()))
    assert ("VERIFIED", 0, 20) == (document["status"], document["exit"], document["size"])
    assert [10, 20] == [used["size"] for used in document["receipts"]]
    assert 12 == len(document["tokens"])
    assert launch.log.kept[7].leaf == document["records"][7]["leaf"]
    for told in (report.text(), " ".join(document["read"])):
        assert "A bundle alone proves nothing about its author." in told
    assert "nobody was asked whether a certificate had been revoked" in report.text()


@pytest.mark.parametrize(
    ("severities", "status"),
    [
        ((), Status.VERIFIED),
        ((Severity.NOTE,), Status.VERIFIED),
        ((Severity.GAP, Severity.NOTE), Status.GAPS),
        ((Severity.GAP, Severity.CAP), Status.CONSISTENT),
        ((Severity.CAP, Severity.GAP, Severity.FAIL), Status.FAILED),
    ],
)
def test_the_worst_finding_decides(severities: tuple[Severity, ...], status: Status) -> None:
    findings = [Finding(step=1, code=Code.BLOB, text="", severity=one) for one in severities]

    assert status is Report(origin="", size=0, root="", findings=findings).status


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["b.zip"], ["b.zip", "--vkey", "line", "--tsa-root", "root.pem"]]
)
def test_the_small_program_says_how_it_is_called_to_whoever_calls_it_otherwise(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = verify_min.main(words)

    said = capsys.readouterr()
    assert (2, "") == (code, said.out)
    assert "python verify_min.py BUNDLE VKEY TSA_ROOT.pem RECEIPT... [--open]" in said.err
