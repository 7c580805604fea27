"""Asks a time-stamping authority (RFC 3161) when a note was there, and reads what it answered.

The request holds the SHA-256 of the whole note, nothing else of it; sending it is the caller's affair. No
certificate of an answer is ever trusted: which roots are, only the caller knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.tsp import PKIStatus, TimeStampTokenInfo

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
LONGEST_REPLY = 65_536
_SHA256 = "2.16.840.1.101.3.4.2.1"


class AnchorError(Exception):
    """There is no token to be had for this note: got, expected, the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: `request` are the bytes to POST as `QUERY_TYPE`."""

    imprint: bytes
    nonce: int
    request: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What was answered: the whole TimeStampResp as it came, and when the authority says that it was."""

    response: bytes = field(repr=False)
    gen_time: datetime


def request_for(note: bytes) -> Question:
    """The question about a note, each with a nonce of its own. Raises `AnchorError` for an empty note."""
    if not note:
        raise AnchorError("got an empty note, expected a signed head; sign one first")
    # The builder's own default is SHA-512, which the record of an anchor does not name.
    request = TimestampRequestBuilder(
        data=note, hash_algorithm=HashAlgorithm.SHA256, nonce=True, cert_req=True
    ).build()
    if request.nonce is None:
        raise AnchorError("got a request without a nonce, expected one; update rfc3161-client")
    return Question(imprint=sha256(note).digest(), nonce=request.nonce, request=request.as_bytes())


def answered(question: Question, response: bytes, roots: Sequence[Certificate] = ()) -> Token:
    """The token in an answer to this very question. Raises `AnchorError`.

    Its signature is checked where there are roots to check it by; without any it proves nothing yet.
    """
    if len(response) > LONGEST_REPLY:
        raise AnchorError(
            f"got an answer of {len(response)} bytes, expected at most {LONGEST_REPLY}; mend the address"
        )
    try:
        told = decode_timestamp_response(response)
        _granted(told)
        info = told.tst_info
        certificates = told.signed_data.certificates
    except ValueError as error:
        raise AnchorError(
            "got no time-stamp answer (its bytes do not read as one), expected a TimeStampResp; mend the "
            "authority's address"
        ) from error
    _answers(info, question)
    if not certificates:
        raise AnchorError(
            "got a token without the authority's certificate, expected it, since it was asked for; "
            "ask another authority"
        )
    if roots:
        _signed(told, question, roots)
    return Token(response=response, gen_time=info.gen_time)


def _granted(told: TimeStampResponse) -> None:
    if told.status == PKIStatus.GRANTED:
        return
    known = {status.value: status.name.lower() for status in PKIStatus}
    why = ascii(" ".join(told.status_string))[:200]
    raise AnchorError(
        f"got the status {known.get(told.status, told.status)} ({why}), expected granted; "
        "ask again later, or another authority"
    )


def _answers(info: TimeStampTokenInfo, question: Question) -> None:
    if info.nonce != question.nonce:
        raise AnchorError(
            "got the answer to another question (its nonce differs), expected one to this; ask again"
        )
    if info.message_imprint.hash_algorithm.dotted_string != _SHA256:
        raise AnchorError("got a token by another hash, expected SHA-256; ask another authority")
    if info.message_imprint.message != question.imprint:
        raise AnchorError("got a token of another note, expected one of this; ask again")


def _signed(told: TimeStampResponse, question: Question, roots: Sequence[Certificate]) -> None:
    # Whatever the verifier is given as an intermediate it trusts like a root, so it is given none. And
    # it gets one root at a time: of two with one name it would look at either, and fail by the other.
    if not any(_stands_by(root, told, question) for root in roots):
        raise AnchorError(
            f"got a token that none of the {len(roots)} trusted roots stands behind, expected one to; "
            "mend the roots, or the authority's address"
        )


def _stands_by(root: Certificate, told: TimeStampResponse, question: Question) -> bool:
    verifier = VerifierBuilder(roots=[root], nonce=question.nonce).build()
    try:
        return verifier.verify(told, question.imprint)
    except (VerificationError, ValueError):
        return False
