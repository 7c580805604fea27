"""The head of a log as a signed note: C2SP tlog-checkpoint, without extension lines.

Whoever keeps a note can show later what the log was. Its one line of a key (`vkey`) is all that an auditor
has to pin.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_HASH_LENGTH = 4
_ROOT_LENGTH = 32
_ORIGIN = re.compile(r"[!-*,-~]+")
"""What C2SP lets a key's name be: no space, and no plus."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_DASH = "\u2014"


class CheckpointError(Exception):
    """A note or a key is not what it must be: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """So many records of this log have this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class LogKey:
    """The public half of a log's key, under the log's name."""

    origin: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> LogKey:
        """A key from its line `origin+hash+base64`. Raises `CheckpointError`."""
        origin, _, rest = vkey.strip().partition("+")
        told, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise CheckpointError(
                "got a key that is no base64, expected the line `origin+hash+base64`"
            ) from error
        key = cls(origin, raw[1:])
        if raw[:1] != _ED25519 or len(raw) != 1 + _ROOT_LENGTH or not _ORIGIN.fullmatch(origin):
            raise CheckpointError("got no Ed25519 note key, expected the line `origin+hash+base64`")
        if told != key.hash.hex():
            raise CheckpointError(f"got the key hash {told}, expected {key.hash.hex()} for this name and key")
        return key

    @property
    def hash(self) -> bytes:
        """What a signature names its key by."""
        return sha256(self.origin.encode() + b"\n" + _ED25519 + self.public).digest()[:_HASH_LENGTH]

    def text(self) -> str:
        """The line that an auditor pins."""
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.origin}+{self.hash.hex()}+{encoded}"


def log_key(origin: str, key: Ed25519PrivateKey) -> LogKey:
    """The public half of a private key, for the log of this name. Raises `CheckpointError`."""
    if not _ORIGIN.fullmatch(origin):
        raise CheckpointError(f"got the log name {origin!r}, expected one without a space or a plus")
    return LogKey(origin, key.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> bytes:
    """The note of a checkpoint, with its one signature."""
    public, text = log_key(checkpoint.origin, key), checkpoint.text()
    signature = base64.b64encode(public.hash + key.sign(text.encode())).decode()
    return f"{text}\n{_DASH} {checkpoint.origin} {signature}\n".encode()


def parse(note: bytes) -> Checkpoint:
    """What a note says, whoever signed it. Raises `CheckpointError`."""
    text, _ = _parted(note)
    lines = text.split("\n")
    if len(lines) != len(("origin", "size", "root", "")) or not _ORIGIN.fullmatch(lines[0]):
        raise CheckpointError("got a note of another shape, expected the lines origin, size and root")
    if not _SIZE.fullmatch(lines[1]):
        raise CheckpointError(f"got the size {lines[1]!r}, expected a whole number")
    root = _decoded(lines[2])
    if len(root) != _ROOT_LENGTH:
        raise CheckpointError(f"got a root of {len(root)} bytes, expected {_ROOT_LENGTH}")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def verified(note: bytes, key: LogKey) -> Checkpoint:
    """The checkpoint of a note that this key signed; lines of other signers are passed over.

    Raises `CheckpointError` where it did not.
    """
    text, signatures = _parted(note)
    checkpoint = parse(note)
    if checkpoint.origin != key.origin:
        raise CheckpointError(f"got a note of the log {checkpoint.origin}, expected {key.origin}")
    public = Ed25519PublicKey.from_public_bytes(key.public)
    for name, signature in signatures:
        if name != key.origin or signature[:_HASH_LENGTH] != key.hash:
            continue
        try:
            public.verify(signature[_HASH_LENGTH:], text.encode())
        except InvalidSignature as error:
            raise CheckpointError("got a signature that the pinned log key did not make") from error
        return checkpoint
    raise CheckpointError("got no signature by the pinned log key, expected one")


def _parted(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise CheckpointError("got a note that is no UTF-8, expected text") from error
    text, gap, tail = whole.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise CheckpointError("got a note without signature lines, expected a checkpoint note")
    signatures = []
    for line in tail.removesuffix("\n").split("\n"):
        dash, *rest = line.split(" ")
        if dash != _DASH or len(rest) != len(("name", "signature")):
            raise CheckpointError("got a signature line of another shape, expected `— name base64`")
        signatures.append((rest[0], _decoded(rest[1])))
    return text + "\n", signatures


def _decoded(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise CheckpointError("got a line that is no base64, expected base64") from error
    if base64.b64encode(found).decode() != text:
        raise CheckpointError("got base64 of another spelling, expected the shortest one")
    return found
