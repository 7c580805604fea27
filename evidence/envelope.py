"""A signed statement as the exact bytes of one leaf: a DSSE envelope with one P-256 signature.

The bytes that were stored are what is hashed and verified; nothing is ever written anew to be checked.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope as Dsse
from securesystemslib.signer import Signer, SSlibKey

from evidence.canonical import NotCanonicalError, read_written

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_FIELDS = {"payload", "payloadType", "signatures"}
_ECDSA = ec.ECDSA(SHA256())
_SIGNATURE_FIELDS = {"keyid", "sig"}


class EnvelopeError(Exception):
    """These bytes are no envelope of ours, or the key did not sign it: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What an envelope holds. Nothing of it is proven before `check`."""

    payload: bytes
    keyid: str
    signature: bytes

    def check(self, key: SSlibKey) -> None:
        """Return where this key signed the payload; raise `EnvelopeError` otherwise."""
        if self.keyid != key.keyid:
            raise EnvelopeError(
                f"got the key {self.keyid[:12]}, expected {key.keyid[:12]}, which is in force"
            )
        signed = Dsse(self.payload, PAYLOAD_TYPE, {}).pae()
        try:
            _loaded(key.keyval["public"]).verify(self.signature, signed, _ECDSA)
        except InvalidSignature as error:
            raise EnvelopeError("got a signature that the recorder's key did not make") from error


def seal(payload: bytes, signer: Signer) -> bytes:
    """The bytes of the leaf: the payload, signed."""
    signature = Dsse(payload, PAYLOAD_TYPE, {}).sign(signer)
    by = _Signature(keyid=signature.keyid, sig=_base64(bytes.fromhex(signature.signature)))
    # Of text that needs no escapes there is one way to write it.
    return _ENCODER.encode(_Envelope(payload=_base64(payload), payloadType=PAYLOAD_TYPE, signatures=(by,)))


def opened(leaf: bytes) -> Envelope:
    """What the bytes of a leaf hold. Raises `EnvelopeError` for what `seal` would not have written."""
    quickly = _opened_quickly(leaf)
    if quickly is not None:
        return quickly
    try:
        told = read_written(leaf)
    except NotCanonicalError as error:
        raise EnvelopeError(str(error)) from error
    signature = _only_signature(told)
    return Envelope(
        payload=_bytes(told["payload"]), keyid=_text(signature["keyid"]), signature=_bytes(signature["sig"])
    )


class _Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keyid: str
    sig: str


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payload: str
    payloadType: str  # noqa: N815 - DSSE's name
    signatures: tuple[_Signature, ...]


_DECODER = msgspec.json.Decoder(_Envelope)
_ENCODER = msgspec.json.Encoder(order="sorted")


def _opened_quickly(leaf: bytes) -> Envelope | None:
    """The same in one go for plain text, None where that may not do: of text that needs no escapes there is
    one way to write it, and what is not written so is looked at with more words.
    """
    if not leaf.isascii() or b"\\" in leaf:
        return None
    try:
        told = _DECODER.decode(leaf)
    except msgspec.DecodeError:
        return None
    is_one = told.payloadType == PAYLOAD_TYPE and len(told.signatures) == 1
    if not is_one or _ENCODER.encode(told) != leaf:
        return None
    signature = told.signatures[0]
    return Envelope(payload=_bytes(told.payload), keyid=signature.keyid, signature=_bytes(signature.sig))


def _only_signature(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict) or told.keys() != _FIELDS:
        raise EnvelopeError("got an envelope of other fields, expected payload, payloadType and signatures")
    if told["payloadType"] != PAYLOAD_TYPE:
        raise EnvelopeError(f"got the payload type {told['payloadType']!r}, expected {PAYLOAD_TYPE}")
    signatures = told["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise EnvelopeError("got another number of signatures, expected exactly one")
    signature = signatures[0]
    if not isinstance(signature, dict) or signature.keys() != _SIGNATURE_FIELDS:
        raise EnvelopeError("got a signature of other fields, expected keyid and sig")
    return signature


@lru_cache(maxsize=8)
def _loaded(pem: str) -> ec.EllipticCurvePublicKey:
    # securesystemslib reads the key anew for every signature, which is a third of the time of checking one.
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise EnvelopeError("got another kind of public key, expected P-256")
    return key


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise EnvelopeError("got a key id that is no text, expected text")
    return value


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: Any) -> bytes:
    try:
        found = binascii.a2b_base64(value, strict_mode=True)
    except (TypeError, ValueError) as error:
        raise EnvelopeError("got a field that is no base64, expected base64") from error
    rest = len(found) % 3  # the last bytes alone could have been spelled in more than one way
    if rest and not value.endswith(_base64(found[-rest:])):
        raise EnvelopeError("got base64 of another spelling, expected the shortest one")
    return found
