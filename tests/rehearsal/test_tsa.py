"""The rehearsal's time-stamping authority answers as one on the internet does, and stays itself."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerifierBuilder,
    decode_timestamp_response,
)

from rehearsal.places import Place
from tests.evidence.openssl_authority import needs_openssl
from tests.rehearsal.visitor import Visitor, served

NOTE = b"a head"
QUERY = {"Content-Type": "application/timestamp-query"}


def _asked(visitor: Visitor) -> httpx.Response:
    request = TimestampRequestBuilder(data=NOTE, hash_algorithm=HashAlgorithm.SHA256).build()
    name, _, url = visitor.environment["GOLIVE_TSA_URLS"].partition("=")
    assert "rehearsal" == name
    return visitor.http.post(url, content=request.as_bytes(), headers=QUERY)


def _stamp(visitor: Visitor) -> TimeStampResponse:
    answer = _asked(visitor)
    assert (200, "application/timestamp-reply") == (answer.status_code, answer.headers["content-type"])
    return decode_timestamp_response(answer.content)


def _root(visitor: Visitor) -> bytes:
    return Path(visitor.environment["GOLIVE_TSA_ROOTS"]).read_bytes()


@needs_openssl
def test_a_stamp_stands_by_the_root_that_the_environment_names(visitor: Visitor) -> None:
    root = x509.load_pem_x509_certificate(_root(visitor))

    assert VerifierBuilder(roots=[root]).build().verify_message(_stamp(visitor), NOTE)


@needs_openssl
def test_a_restart_keeps_the_address_the_root_and_the_count_of_stamps(tmp_path: Path) -> None:
    with served(tmp_path) as visitor:
        before = visitor.environment["GOLIVE_TSA_URLS"], _root(visitor)
        first = _stamp(visitor).tst_info.serial_number

    with served(tmp_path) as visitor:
        assert before == (visitor.environment["GOLIVE_TSA_URLS"], _root(visitor))
        assert first + 1 == _stamp(visitor).tst_info.serial_number


@needs_openssl
def test_stamps_that_are_asked_for_at_once_have_a_number_each(visitor: Visitor) -> None:
    with ThreadPoolExecutor(8) as several:
        numbers = list(several.map(lambda _: _stamp(visitor).tst_info.serial_number, range(24)))

    assert 24 == len(set(numbers))


def test_two_worlds_have_a_root_each_and_a_key_that_is_private(tmp_path: Path) -> None:
    with served(tmp_path / "one") as one, served(tmp_path / "two") as two:
        assert _root(one) != _root(two)
    assert 0o600 == stat.S_IMODE((tmp_path / "one" / "tsa" / "tsa.key").stat().st_mode)
    assert not list(tmp_path.rglob("*.new"))


def test_an_authority_that_was_half_made_when_its_world_was_killed_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "tsa.new").mkdir()
    (tmp_path / "tsa.new" / "tsa.pem").write_text("half")

    with served(tmp_path) as visitor:
        assert b"BEGIN CERTIFICATE" in _root(visitor)


@needs_openssl
def test_nonsense_is_rejected_as_an_authority_rejects_it(visitor: Visitor) -> None:
    answer = visitor.post(Place.TSA, "/tsr", content=b"nonsense", headers=QUERY)

    assert 200 == answer.status_code
    assert 2 == decode_timestamp_response(answer.content).status


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [(b"x", {"Content-Type": "text/plain"}, 415), (b"x", {}, 415), (b"x" * 4_097, QUERY, 413)],
    ids=["another type", "no type", "too long"],
)
def test_what_is_no_query_is_refused(
    visitor: Visitor, content: bytes, headers: dict[str, str], status: int
) -> None:
    assert status == visitor.post(Place.TSA, "/tsr", content=content, headers=headers).status_code


def test_without_openssl_it_says_so_and_the_world_goes_on(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    answer = _asked(visitor)

    assert 503 == answer.status_code
    assert answer.text == "Got no openssl on the PATH, expected one to make time stamps; install it."
    assert 200 == visitor.get(Place.STUDENT_PILOT, "/readyz").status_code


@needs_openssl
def test_it_can_be_taken_down_like_any_place_and_comes_back(visitor: Visitor) -> None:
    with visitor.turned(down=["tsa"]), pytest.raises(httpx.TransportError):
        _asked(visitor)

    assert 200 == _asked(visitor).status_code


def test_it_is_deaf_to_a_golive_that_is_cut_off(visitor: Visitor) -> None:
    with visitor.fault("monitoring_blind"), pytest.raises(httpx.TransportError):
        visitor.post(Place.TSA, "/tsr", content=b"", headers={**QUERY, "User-Agent": "golive/0.1"})
