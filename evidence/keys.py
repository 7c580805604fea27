"""The two keys of a log: the recorder's (P-256), which signs each record, and the log's (Ed25519), which
signs its heads.

They are files that their owner alone may read, and never made in silence: what is missing stops the start.
"""

from __future__ import annotations

import base64
import os
import stat
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from securesystemslib.signer import CryptoSigner, Signature, SSlibKey

RECORDER_FILE = "recorder.pem"
NEXT_FILE = f"{RECORDER_FILE}.next"
"""The recorder's key that a rotation has made and not yet put in place."""
LOG_FILE = "log.pem"
_ONLY_OWNER = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ECDSA = ec.ECDSA(SHA256())


class KeyFileError(Exception):
    """A key cannot be used: got, expected, the mend."""


class RecorderSigner(CryptoSigner):
    """Signs by a P-256 key, many records a second."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        super().__init__(key)
        self._key = key

    def sign(self, payload: bytes) -> Signature:
        # securesystemslib copies its algorithm deeply at each signature, which takes as long as to sign.
        return Signature(self.public_key.keyid, self._key.sign(payload, _ECDSA).hex())


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What signs; shows nothing of itself."""

    recorder: RecorderSigner
    log: Ed25519PrivateKey

    def __repr__(self) -> str:
        return "Keys(…)"

    @property
    def recorder_spki(self) -> str:
        """The public half of the recorder's key, as a log's first record and a rotation name it."""
        return spki_of(self.recorder)


@dataclass(slots=True)
class KeyRing:
    """The keys of a folder, read again when their files have changed: another process may have put the next
    recorder's key in its place.
    """

    folder: Path
    passphrase: str | None = field(default=None, repr=False)
    _read: tuple[tuple[int, ...], Keys] | None = field(init=False, default=None, repr=False)

    def keys(self) -> Keys:
        """The keys as they are now. Raises what `load_keys` does."""
        try:
            stamp = tuple((self.folder / name).stat().st_mtime_ns for name in (RECORDER_FILE, LOG_FILE))
        except OSError:
            stamp = ()
        if self._read is None or self._read[0] != stamp:
            self._read = (stamp, load_keys(self.folder, self.passphrase))
        return self._read[1]

    def next_keys(self) -> Keys | None:
        """The keys with the next recorder's, while a rotation is under way. Raises what `load_keys` does."""
        if not (self.folder / NEXT_FILE).exists():
            return None
        return Keys(recorder=load_next_recorder(self.folder, self.passphrase), log=self.keys().log)


def make_keys(folder: Path, passphrase: str | None = None) -> Keys:
    """New keys in a folder, encrypted by scrypt where there is a passphrase. Raises `KeyFileError` where any
    is there already: a key is never written over.
    """
    recorder, log = ec.generate_private_key(ec.SECP256R1()), Ed25519PrivateKey.generate()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    there = [name for name in (RECORDER_FILE, LOG_FILE) if (folder / name).exists()]
    if len(there) == 1:
        raise KeyFileError(
            f"got a {there[0]} alone in {folder}, expected both keys or none; restore the other one from its "
            "backup, or take this one away where nothing was ever signed with it"
        )
    if there:
        raise KeyFileError(f"got keys in {folder} already, expected none; keep them, they are in use")
    for name, key in ((RECORDER_FILE, recorder), (LOG_FILE, log)):
        _write(folder / name, _pem(key, passphrase))
    return Keys(recorder=RecorderSigner(recorder), log=log)


def replace_recorder(folder: Path, passphrase: str | None = None) -> RecorderSigner:
    """A new recorder's key in a file beside the one in force, which stays; `promote` makes it the one."""
    key = ec.generate_private_key(ec.SECP256R1())
    _write(folder / NEXT_FILE, _pem(key, passphrase))
    return RecorderSigner(key)


def promote_recorder(folder: Path) -> None:
    """Put the next recorder's key in the place of the one in force, which is gone then."""
    (folder / NEXT_FILE).replace(folder / RECORDER_FILE)


def load_keys(folder: Path, passphrase: str | None = None) -> Keys:
    """The keys of a folder. Raises `KeyFileError` where one is missing, or open to others."""
    recorder, log = _load_recorder(folder / RECORDER_FILE, passphrase), _load(folder / LOG_FILE, passphrase)
    if not isinstance(log, Ed25519PrivateKey):
        raise KeyFileError(f"got another kind of key in {folder / LOG_FILE}, expected Ed25519")
    return Keys(recorder=recorder, log=log)


def load_next_recorder(folder: Path, passphrase: str | None = None) -> RecorderSigner:
    """The next recorder's key, before it is promoted. Raises `KeyFileError` as `load_keys` does."""
    return _load_recorder(folder / NEXT_FILE, passphrase)


def spki_of(signer: RecorderSigner) -> str:
    """The public half of a recorder's key: SubjectPublicKeyInfo in base64."""
    return _spki(signer.public_key.keyval["public"])


@lru_cache(maxsize=8)
def _spki(pem: str) -> str:
    # Each record that is appended is held against it.
    public = serialization.load_pem_public_key(pem.encode())
    return base64.b64encode(
        public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).decode()


def public_key(spki: str) -> SSlibKey:
    """The key that `spki_of` told. Raises `KeyFileError` for anything but P-256."""
    try:
        found = serialization.load_der_public_key(base64.b64decode(spki, validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError("got no public key, expected SubjectPublicKeyInfo in base64") from error
    if not isinstance(found, ec.EllipticCurvePublicKey) or found.curve.name != "secp256r1":
        raise KeyFileError("got another kind of public key, expected P-256")
    return SSlibKey.from_crypto(found)


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey, passphrase: str | None) -> bytes:
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain if passphrase is None else _scrypt(plain, passphrase)


def _scrypt(pem: bytes, passphrase: str) -> bytes:
    # cryptography writes PBKDF2 of 2,048 rounds alone; it reads scrypt.
    reading, writing = os.pipe()
    os.write(writing, passphrase.encode() + b"\n")
    os.close(writing)
    command = ["openssl", "pkcs8", "-topk8", "-scrypt", "-passout", f"fd:{reading}"]
    try:
        said = subprocess.run(command, input=pem, capture_output=True, check=True, pass_fds=[reading])  # noqa: S603 - a constant command
    except (OSError, subprocess.CalledProcessError) as error:
        raise KeyFileError(
            "got no answer from openssl, expected it to encrypt the key; install it, or give no passphrase"
        ) from error
    finally:
        os.close(reading)
    return said.stdout


def _write(file: Path, pem: bytes) -> None:
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER)
    except FileExistsError as error:
        raise KeyFileError(f"got a key in {file} already, expected none; keep it, it is in use") from error
    with os.fdopen(opened, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())


def _load_recorder(file: Path, passphrase: str | None) -> RecorderSigner:
    found = _load(file, passphrase)
    if not isinstance(found, ec.EllipticCurvePrivateKey) or found.curve.name != "secp256r1":
        raise KeyFileError(f"got another kind of key in {file}, expected P-256")
    return RecorderSigner(found)


def _load(file: Path, passphrase: str | None) -> PrivateKeyTypes:
    try:
        mode, pem = file.stat().st_mode, file.read_bytes()
    except OSError as error:
        raise KeyFileError(
            f"got no key at {file} ({error.strerror}), expected one; run `golive keys init`, or put "
            "back those that the log was begun with"
        ) from error
    if mode & _OTHERS:
        raise KeyFileError(
            f"got {file} open to others ({mode & 0o777:o}), expected 600; run chmod 600 {file}"
        )
    try:
        return serialization.load_pem_private_key(pem, None if passphrase is None else passphrase.encode())
    except TypeError as error:
        raise KeyFileError(
            f"got {file} {'without' if passphrase else 'with'} a passphrase, expected "
            f"{'one' if passphrase else 'none'}; mend GOLIVE_KEY_PASSPHRASE"
        ) from error
    except ValueError as error:
        raise KeyFileError(f"got a key at {file} that cannot be read; mend GOLIVE_KEY_PASSPHRASE") from error
