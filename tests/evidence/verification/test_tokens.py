"""A token holds by the roots that an auditor pinned alone, over one head, and two programs agree about it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from evidence.keys import Keys
from evidence.layout import token_name
from evidence.verification.report import Code, Exit
from evidence.verification.tokens import Asked, TokenError, gen_time, second_opinion
from tests.evidence.auditing import Auditor, packed, unpacked, written
from tests.evidence.authority import Authority
from tests.evidence.sealed import START, Sealed, tell

NOTE = b"golive.example/run\n1\nAAAA\n"
AT = datetime(2026, 11, 21, 23, 31, 40, tzinfo=UTC)
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

Made = Callable[[], tuple[bytes, list[x509.Certificate]]]


def _good() -> tuple[bytes, list[x509.Certificate]]:
    authority = Authority("good")
    return authority.stamp(NOTE, AT), [authority.root]


def _among_others() -> tuple[bytes, list[x509.Certificate]]:
    token, roots = _good()
    return token, [Authority("another").root, *roots]


def _before_one_of_its_name() -> tuple[bytes, list[x509.Certificate]]:
    token, roots = _good()
    return token, [*roots, Authority("good").root]


def _after_one_of_its_name() -> tuple[bytes, list[x509.Certificate]]:
    token, roots = _good()
    return token, [Authority("good").root, *roots]


def _wrong_root() -> tuple[bytes, list[x509.Certificate]]:
    return Authority("same").stamp(NOTE, AT), [Authority("same").root]


def _other_note() -> tuple[bytes, list[x509.Certificate]]:
    authority = Authority("good")
    return authority.stamp(b"another head", AT), [authority.root]


def _expired() -> tuple[bytes, list[x509.Certificate]]:
    authority = Authority("old", not_after=AT - timedelta(days=1))
    return authority.stamp(NOTE, AT), [authority.root]


def _expired_since() -> tuple[bytes, list[x509.Certificate]]:
    authority = Authority("then", not_after=datetime(2020, 6, 1, tzinfo=UTC))
    return authority.stamp(NOTE, datetime(2020, 5, 1, tzinfo=UTC)), [authority.root]


def _cut() -> tuple[bytes, list[x509.Certificate]]:
    token, roots = _good()
    return token[:-1], roots


def _flipped() -> tuple[bytes, list[x509.Certificate]]:
    token, roots = _good()
    return token[:-5] + bytes([token[-5] ^ 1]) + token[-4:], roots


@pytest.mark.parametrize(
    "made", [_good, _among_others, _before_one_of_its_name, _after_one_of_its_name, _expired_since]
)
def test_a_token_under_a_pinned_root_tells_its_time(made: Made) -> None:
    token, roots = made()

    assert gen_time(token, NOTE, roots).tzinfo is not None
    assert _openssl(token, roots, gen_time(token, NOTE, roots)) in {True, None}


@pytest.mark.parametrize("made", [_wrong_root, _other_note, _expired, _cut, _flipped])
def test_any_other_token_is_refused_by_both_programs(made: Made) -> None:
    token, roots = made()

    with pytest.raises(TokenError, match="does not hold by the pinned roots"):
        gen_time(token, NOTE, roots)
    assert _openssl(token, roots, AT) in {False, None}


@pytest.mark.parametrize("made", [_cut, _flipped, lambda: (b"", _good()[1])])
def test_what_is_wrong_with_a_token_is_said_in_words(made: Made) -> None:
    token, roots = made()

    with pytest.raises(TokenError) as caught:
        gen_time(token, NOTE, roots)

    assert [] == [each for each in ("ASN.1", "{", "::", "ParseError") if each in str(caught.value)]


def test_a_certificate_in_the_token_is_no_root() -> None:
    """A stranger's token carries its own certificate, which leads to its own root."""
    stranger = Authority("good", carries_root=True)
    token = stranger.stamp(NOTE, AT)

    assert AT == gen_time(token, NOTE, [stranger.root])
    with pytest.raises(TokenError):
        gen_time(token, NOTE, [Authority("good").root])
    assert _openssl(token, [Authority("good").root], AT) in {False, None}


def test_the_time_is_that_of_the_token() -> None:
    token, roots = _good()

    assert AT == gen_time(token, NOTE, roots)


@needs_openssl
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_token_of_openssls_own_authority_holds(tmp_path: Path, *, is_ours: bool) -> None:
    token, root = _stamped_by_openssl(tmp_path, NOTE)
    roots = [root if is_ours else Authority("another").root]

    if is_ours:
        at = gen_time(token, NOTE, roots)
        assert _openssl(token, roots, at)
        assert abs(at.timestamp() - (tmp_path / "answer.tsr").stat().st_mtime) < 60
    else:
        with pytest.raises(TokenError):
            gen_time(token, NOTE, roots)


@needs_openssl
def test_an_answer_to_another_question_of_openssls_authority_is_refused(tmp_path: Path) -> None:
    token, root = _stamped_by_openssl(tmp_path, b"another head")

    with pytest.raises(TokenError, match="Mismatch between messages"):
        gen_time(token, NOTE, [root])


def test_where_openssl_is_missing_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    token, roots = _good()

    with second_opinion({(1, "good"): Asked(token=token, note=NOTE, at=AT)}, roots) as answers:
        assert {} == answers


def test_a_token_that_openssl_alone_refuses_fails(
    launch: Sealed, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "openssl").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "openssl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    report = Auditor.of(launch).verify(written(launch, bundle))

    assert Exit.FAILED == report.exit
    assert {(6, Code.TOKEN)} == {(one.step, one.code) for one in report.findings if one.severity == "FAIL"}
    assert "openssl refuses" in report.text()


def test_without_openssl_the_result_is_the_same(
    launch: Sealed, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(launch, bundle)
    monkeypatch.setenv("PATH", "")

    assert Exit.VERIFIED == Auditor.of(launch).verify(bundle).exit


def test_one_pinned_root_is_enough_to_verify_and_the_tokens_of_the_other_fail(
    launch: Sealed, bundle: Path
) -> None:
    """Who pins one of two roots learns that the tokens of the other do not hold by it."""
    auditor = replace(Auditor.of(launch), authorities=launch.authorities[:1])

    report = auditor.verify(written(launch, bundle))

    assert Exit.FAILED == report.exit == auditor.verify_min(bundle)
    assert all("second.tsr" in one.text for one in report.findings if one.severity == "FAIL")


def test_a_token_over_a_head_that_is_not_there_fails(launch: Sealed, bundle: Path) -> None:
    files = unpacked(written(launch, bundle))
    files[token_name(5, "first")] = launch.authorities[0].stamp(b"", launch.now)

    report = Auditor.of(launch).verify(packed(files, bundle))

    assert Exit.FAILED == report.exit


def test_a_log_whose_authority_has_expired_since_is_verified(keys: Keys, bundle: Path) -> None:
    authority = Authority("then", not_after=datetime(2021, 1, 1, tzinfo=UTC))
    sealed = tell(Sealed(keys=keys, authorities=[authority], now=datetime(2020, 5, 1, tzinfo=UTC)))
    auditor = Auditor.of(sealed)

    assert Exit.VERIFIED == auditor.verify(written(sealed, bundle)).exit == auditor.verify_min(bundle)


def test_a_log_whose_authority_had_expired_is_not(keys: Keys, bundle: Path) -> None:
    authority = Authority("old", not_after=START - timedelta(days=1))
    sealed = tell(Sealed(keys=keys, authorities=[authority]))
    auditor = Auditor.of(sealed)

    assert Exit.FAILED == auditor.verify(written(sealed, bundle)).exit == auditor.verify_min(bundle)


def _openssl(token: bytes, roots: list[x509.Certificate], at: datetime) -> bool | None:
    with second_opinion({(1, "x"): Asked(token=token, note=NOTE, at=at)}, roots) as answers:
        return answers[1, "x"].result() if answers else None


CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = root of openssl
[leaf]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./leaf.pem
signer_key = ./leaf.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


def _stamped_by_openssl(folder: Path, note: bytes) -> tuple[bytes, x509.Certificate]:
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    (folder / "note").write_bytes(note)
    fresh = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config tsa.cnf"
    issued = "-CA root.pem -CAkey root.key -CAcreateserial -extfile tsa.cnf -extensions leaf"
    for words in (
        f"req -x509 {fresh} -keyout root.key -out root.pem",
        f"req {fresh} -keyout leaf.key -out leaf.csr -subj /CN=tsa",
        f"x509 -req -in leaf.csr {issued} -out leaf.pem",
        "ts -query -data note -sha256 -cert -out query.tsq",
        "ts -reply -config tsa.cnf -queryfile query.tsq -out answer.tsr",
    ):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
    root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
    return (folder / "answer.tsr").read_bytes(), root
