"""What an auditor trusts, from their own hands. Nothing that lies in a bundle ever gets in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from evidence.checkpoint import CheckpointError, LogKey
from evidence.receipt import Receipt, ReceiptError
from evidence.receipt import parsed as parse_receipt


class TrustError(Exception):
    """A trust input cannot be used: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Each of it may be missing, which caps what a verification can come to. `receipts` are by the names that
    the auditor gave them; `is_open` means that the log need not be closed.
    """

    key: LogKey | None = None
    roots: Sequence[x509.Certificate] = ()
    receipts: Mapping[str, Receipt] | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_open: bool = False


def trusted(
    *,
    vkey: str | None,
    roots: Mapping[str, bytes],
    receipts: Mapping[str, bytes],
    since: datetime | None = None,
    until: datetime | None = None,
    is_open: bool = False,
) -> Trust:
    """What is trusted, out of a line, the bytes of PEM files and of receipts, by their names.

    Raises `TrustError` for what is not what it is given for.
    """
    try:
        key = None if vkey is None else LogKey.parse(vkey)
    except CheckpointError as error:
        raise TrustError(f"--vkey: {error}") from error
    certificates = [one for name, pem in roots.items() for one in _roots(name, pem)]
    return Trust(
        key=key,
        roots=certificates,
        receipts={name: _receipt(name, data) for name, data in receipts.items()},
        since=since,
        until=until,
        is_open=is_open,
    )


def _roots(name: str, pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise TrustError(f"--tsa-root {name}: got no certificate, expected PEM") from error


def _receipt(name: str, data: bytes) -> Receipt:
    try:
        return parse_receipt(data)
    except ReceiptError as error:
        raise TrustError(f"--receipt {name}: {error}") from error
