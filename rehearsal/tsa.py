"""A time-stamping authority (RFC 3161) of the rehearsal's own: real HTTP around `openssl ts -reply`.

Its root is made once per world and stands for nobody: whoever has the world's files can stamp what they like.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_QUERY_TYPE = "application/timestamp-query"
_REPLY_TYPE = "application/timestamp-reply"
_LONGEST_QUERY = 4_096
_REPLY_WITHIN_S = 10
_ROOT_NAME = "golive rehearsal time-stamping root"
_SIGNER_NAME = "golive rehearsal time-stamping authority"
# Wide, and by no clock, so that a world can be rehearsed at any date and kept for as long.
_NOT_BEFORE, _NOT_AFTER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
# No `certs`: openssl would add them unsorted, which no strict reader of a SET accepts. The policy is of the
# arc that is kept for examples.
_CONFIG = """\
[tsa]
default_tsa = rehearsal

[rehearsal]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 2.999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class UnavailableError(Exception):
    """No stamp can be made on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The authority itself, kept in a folder; needs no network."""

    folder: Path
    _one_at_a_time: Lock = field(
        init=False, default_factory=Lock
    )  # openssl counts its serial numbers in a file

    @classmethod
    def in_folder(cls, folder: Path) -> Authority:
        """The one that is kept there, or a new one."""
        if not folder.exists():
            _make(folder)
        return cls(folder=folder)

    @property
    def root_file(self) -> Path:
        """The certificate that a verifier has to trust, as PEM."""
        return self.folder / "tsa-root.pem"

    def reply(self, query: bytes) -> bytes:
        """The answer to a query, a refusal included. Raises `UnavailableError`."""
        openssl = shutil.which("openssl")
        if openssl is None:
            raise UnavailableError(
                "Got no openssl on the PATH, expected one to make time stamps; install it."
            )
        command = [openssl, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "/dev/stdin"]
        try:
            with self._one_at_a_time:
                said = subprocess.run(  # noqa: S603 - a constant command
                    command,
                    cwd=self.folder,
                    input=query,
                    capture_output=True,
                    check=True,
                    timeout=_REPLY_WITHIN_S,
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise UnavailableError(
                f"Got {type(error).__name__} from openssl ts, expected a time stamp; remove {self.folder}."
            ) from error
        return said.stdout


@dataclass(frozen=True, slots=True)
class Stamping:
    """The authority behind HTTP."""

    authority: Authority

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(routes=[Route("/tsr", self._stamp, methods=["POST"])])

    async def _stamp(self, request: Request) -> Response:
        told, _, _ = request.headers.get("content-type", "").partition(";")
        if told.strip().lower() != _QUERY_TYPE:
            return PlainTextResponse(f"Expected {_QUERY_TYPE}.", 415)
        query = bytearray()
        async for part in request.stream():
            query += part
            if len(query) > _LONGEST_QUERY:
                return PlainTextResponse(f"Expected a query of at most {_LONGEST_QUERY} bytes.", 413)
        try:
            reply = await asyncio.to_thread(self.authority.reply, bytes(query))
        except UnavailableError as error:
            return PlainTextResponse(str(error), 503)
        return Response(reply, media_type=_REPLY_TYPE)


def _make(folder: Path) -> None:
    # Under another name first: a kill in between leaves nothing that could be taken for an authority.
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _root(root_key)
    pem = serialization.Encoding.PEM
    (fresh / "tsa-root.pem").write_bytes(root.public_bytes(pem))
    (fresh / "tsa.pem").write_bytes(_signer(root, root_key, key.public_key()).public_bytes(pem))
    (fresh / "tsa.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (fresh / "tsa.key").chmod(0o600)
    (fresh / "serial").write_text("01\n")
    (fresh / "tsa.cnf").write_text(_CONFIG)
    fresh.replace(folder)


def _root(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _named(_ROOT_NAME)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    built = _dated(name, key.public_key()).issuer_name(name)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    named = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    built = built.add_extension(named, critical=False)
    return built.add_extension(usage, critical=True).sign(key, hashes.SHA256())


def _signer(
    root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePublicKey
) -> x509.Certificate:
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    built = _dated(_named(_SIGNER_NAME), key).issuer_name(root.subject)
    built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    built = built.add_extension(_usage(digital_signature=True), critical=True)
    # All worlds' roots have one name: by its key a verifier knows which of them made this.
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    built = built.add_extension(issuer, critical=False)
    return built.add_extension(stamping, critical=True).sign(root_key, hashes.SHA256())


def _dated(name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    built = x509.CertificateBuilder().subject_name(name).public_key(key)
    built = built.serial_number(x509.random_serial_number())
    return built.not_valid_before(_NOT_BEFORE).not_valid_after(_NOT_AFTER)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
