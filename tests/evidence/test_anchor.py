"""A token is believed only where it answers this very question, about this very note."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Certificate
from hypothesis import given
from hypothesis import strategies as st
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from evidence.anchor import LONGEST_REPLY, AnchorError, Question, answered, request_for
from tests.evidence.openssl_authority import Authority, authority, needs_openssl

NOTE = b"golive.example/run\n7\nO5aBcdALuL4ayM7V/nHlzNa5GnjcvHfurEXr+M7OqlY=\n\n\xe2\x80\x94 x y\n"

pytestmark = needs_openssl


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("stranger"))


def _roots(tsa: Authority) -> list[Certificate]:
    return [tsa.root]


def test_the_whole_note_is_stamped_and_the_answer_is_kept_byte_for_byte(tsa: Authority) -> None:
    question = request_for(NOTE)
    before = datetime.now(UTC).replace(microsecond=0)
    response = tsa.reply(question.request)

    token = answered(question, response, _roots(tsa))

    assert response == token.response
    assert before <= token.gen_time <= before + timedelta(minutes=5)
    assert token.gen_time.utcoffset() == timedelta(0)


def test_openssl_accepts_the_token_over_the_note(tsa: Authority, tmp_path: Path) -> None:
    question = request_for(NOTE)
    (tmp_path / "note").write_bytes(NOTE)
    (tmp_path / "tsr").write_bytes(answered(question, tsa.reply(question.request)).response)

    assert "Verification: OK" in tsa.verified(tmp_path / "note", tmp_path / "tsr")


def test_only_a_sha256_leaves_with_a_nonce_of_its_own_and_the_certificate_asked_for() -> None:
    first, second = request_for(NOTE), request_for(NOTE)

    assert sha256(NOTE).digest() == first.imprint
    assert first.imprint in first.request
    assert first.nonce != second.nonce
    assert first.request.endswith(b"\x01\x01\xff"), "certReq TRUE is the last field of the request"
    assert b"golive" not in first.request


def test_an_answer_to_an_earlier_question_about_the_same_note_is_refused(tsa: Authority) -> None:
    replayed = tsa.reply(request_for(NOTE).request)

    with pytest.raises(AnchorError, match="nonce differs"):
        answered(request_for(NOTE), replayed, _roots(tsa))


def test_a_token_of_another_note_is_refused(tsa: Authority) -> None:
    other = request_for(NOTE + b"x")
    asked = Question(imprint=sha256(NOTE).digest(), nonce=other.nonce, request=other.request)

    with pytest.raises(AnchorError, match="another note"):
        answered(asked, tsa.reply(other.request))


def test_a_token_by_another_hash_is_refused(tsa: Authority) -> None:
    other = TimestampRequestBuilder(data=NOTE, hash_algorithm=HashAlgorithm.SHA512).build()
    assert other.nonce is not None
    asked = Question(imprint=sha256(NOTE).digest(), nonce=other.nonce, request=b"")

    with pytest.raises(AnchorError, match="SHA-256"):
        answered(asked, tsa.reply(other.as_bytes()))


def test_a_token_without_a_certificate_is_refused_since_nobody_could_check_it(tsa: Authority) -> None:
    bare = TimestampRequestBuilder(
        data=NOTE, hash_algorithm=HashAlgorithm.SHA256, nonce=True, cert_req=False
    ).build()
    assert bare.nonce is not None
    asked = Question(imprint=sha256(NOTE).digest(), nonce=bare.nonce, request=b"")

    with pytest.raises(AnchorError, match="certificate"):
        answered(asked, tsa.reply(bare.as_bytes()))


def test_a_refusal_says_its_status_and_what_the_authority_said(tsa: Authority) -> None:
    with pytest.raises(AnchorError, match=r"status rejection \('Bad request format or system error\.'\)"):
        answered(request_for(NOTE), tsa.reply(b"nonsense"))


def test_a_strangers_token_is_refused_by_our_roots_and_read_without_any(
    tsa: Authority, stranger: Authority
) -> None:
    question = request_for(NOTE)
    theirs = stranger.reply(question.request)

    with pytest.raises(AnchorError, match="none of the 1 trusted roots"):
        answered(question, theirs, _roots(tsa))
    assert answered(question, theirs, [*_roots(tsa), stranger.root]) == answered(question, theirs)


def test_a_root_is_found_among_others_of_its_name(tsa: Authority) -> None:
    question = request_for(NOTE)
    decoys = [_self_signed(tsa.root.subject) for _ in range(12)]

    response = tsa.reply(question.request)

    assert response == answered(question, response, [*decoys, tsa.root, *decoys]).response
    with pytest.raises(AnchorError, match="none of the 12 trusted roots"):
        answered(question, response, decoys)


def _self_signed(name: x509.Name) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    built = built.not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
    return built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )


def test_an_altered_signature_is_refused(tsa: Authority) -> None:
    question = request_for(NOTE)
    response = bytearray(tsa.reply(question.request))
    response[-1] ^= 1

    with pytest.raises(AnchorError, match="none of the 1 trusted roots"):
        answered(question, bytes(response), _roots(tsa))


def test_a_certificate_that_had_ended_before_it_stamped_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rehearsal.tsa._NOT_AFTER", datetime(2020, 1, 2, tzinfo=UTC))
    ended, question = authority(tmp_path), request_for(NOTE)

    with pytest.raises(AnchorError, match="none of the 1 trusted roots"):
        answered(question, ended.reply(question.request), _roots(ended))


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (b"", "no time-stamp answer"),
        (b"<html>", "no time-stamp answer"),
        (b"0" * LONGEST_REPLY, "no time-stamp answer"),
        (b"0" * (LONGEST_REPLY + 1), f"expected at most {LONGEST_REPLY}"),
    ],
    ids=["nothing", "a page", "the longest", "longer"],
)
def test_what_is_no_answer_is_refused_with_the_mend(response: bytes, said: str) -> None:
    with pytest.raises(AnchorError, match=rf"{said}.*; mend") as caught:
        answered(request_for(NOTE), response)

    assert "ParseError" not in str(caught.value)


def test_nothing_after_an_answer_is_passed_over(tsa: Authority) -> None:
    question = request_for(NOTE)

    with pytest.raises(AnchorError, match="no time-stamp answer"):
        answered(question, tsa.reply(question.request) + b"x")


def test_an_empty_note_is_not_asked_about() -> None:
    with pytest.raises(AnchorError, match="empty note"):
        request_for(b"")


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 10_000))
def test_whatever_is_altered_is_refused_by_our_own_error_or_changes_no_claim(
    tsa: Authority, place: int, byte: int, cut: int
) -> None:
    question = request_for(NOTE)
    response = bytearray(tsa.reply(question.request))
    whole = answered(question, bytes(response), _roots(tsa))
    response[place % len(response)] = byte
    del response[cut + len(response) // 2 :]

    try:
        token = answered(question, bytes(response), _roots(tsa))
    except AnchorError:
        return
    assert whole.gen_time == token.gen_time
