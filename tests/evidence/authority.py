"""A time-stamping authority with a clock of its own: RFC 3161 tokens of any time, as an authority makes them.

It writes the few structures by hand, because no library of ours makes them. Neither `rfc3161-client` nor
openssl shares code with it, and both accept its tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from itertools import count

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_ECDSA = "1.2.840.10045.4.3.2"
_POLICY = "1.3.6.1.4.1.99999.1"
_LONG = 0x80

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MUCH_LATER = datetime(2060, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Authority:
    """An authority of this name, whose certificate is good from then until then."""

    name: str
    not_after: datetime = MUCH_LATER
    carries_root: bool = False
    """Whether its tokens hold its own, self-signed root: bait for who takes that for an intermediate."""
    _serial: count[int] = field(default_factory=lambda: count(1))

    @cached_property
    def _root_key(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def root(self) -> x509.Certificate:
        """What an auditor pins."""
        name = _named(f"{self.name} root")
        built = _certificate(name, name, self._root_key.public_key(), MUCH_LATER).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        return built.sign(self._root_key, SHA256())

    @property
    def pem(self) -> bytes:
        """The same as a file."""
        return self.root.public_bytes(Encoding.PEM)

    @cached_property
    def certificate(self) -> x509.Certificate:
        """What signs the tokens."""
        built = _certificate(_named(self.name), self.root.subject, self._key.public_key(), self.not_after)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        return built.add_extension(usage, critical=True).sign(self._root_key, SHA256())

    @property
    def _carried(self) -> list[x509.Certificate]:
        return [self.certificate, *([self.root] if self.carries_root else [])]

    def stamp(self, data: bytes, at: datetime) -> bytes:
        """The whole answer to a request for these bytes at this time."""
        told = _tst_info(data, at, next(self._serial))
        attributes = _attributes(told, self.certificate)
        signature = self._key.sign(_set(*attributes), ec.ECDSA(SHA256()))
        signer = _sequence(
            _integer(1),
            _sequence(self.certificate.issuer.public_bytes(), _integer(self.certificate.serial_number)),
            _sequence(_oid(_SHA256)),
            b"\xa0" + _set(*attributes)[1:],
            _sequence(_oid(_ECDSA)),
            _octets(signature),
        )
        signed = _sequence(
            _integer(3),
            _set(_sequence(_oid(_SHA256))),
            _sequence(_oid(_TST_INFO), _tagged(0xA0, _octets(told))),
            _tagged(0xA0, *sorted(one.public_bytes(Encoding.DER) for one in self._carried)),
            _set(signer),
        )
        token = _sequence(_oid(_SIGNED_DATA), _tagged(0xA0, signed))
        return _sequence(_sequence(_integer(0)), token)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, not_after: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=LONG_AGO,
        not_valid_after=not_after,
    )


def _tst_info(data: bytes, at: datetime, serial: int) -> bytes:
    return _sequence(
        _integer(1),
        _oid(_POLICY),
        _sequence(_sequence(_oid(_SHA256)), _octets(sha256(data).digest())),
        _integer(serial),
        _tagged(0x18, at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()),
    )


def _attributes(told: bytes, certificate: x509.Certificate) -> list[bytes]:
    identified = _sequence(_sequence(_sequence(_octets(certificate.fingerprint(SHA256())))))
    return [
        _sequence(_oid(_CONTENT_TYPE), _set(_oid(_TST_INFO))),
        _sequence(_oid(_MESSAGE_DIGEST), _set(_octets(sha256(told).digest()))),
        _sequence(_oid(_SIGNING_CERTIFICATE), _set(identified)),
    ]


def _tagged(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1)
    if len(body) >= _LONG:
        length = bytes([_LONG | len(length)]) + length
    return bytes([tag]) + length + body


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, *parts)


def _set(*parts: bytes) -> bytes:
    return _tagged(0x31, *sorted(parts))


def _octets(data: bytes) -> bytes:
    return _tagged(0x04, data)


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = [40 * first + second]
    for arc in rest:
        seven = [arc & 0x7F]
        while arc := arc >> 7:
            seven.append(0x80 | arc & 0x7F)
        body += reversed(seven)
    return _tagged(0x06, bytes(body))
