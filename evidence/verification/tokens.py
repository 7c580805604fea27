"""Checks a time token offline, by the roots that an auditor pinned and by nothing that came with it.

Two programs that share no code must agree, where the second one is installed. Nobody is asked whether a
certificate was revoked, and a report says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import TimeStampResponse, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

WITHIN_S = 60
_REFUSED = "got a token that does not hold by the pinned roots"


class TokenError(Exception):
    """A token does not hold: got, expected."""


def gen_time(token: bytes, note: bytes, roots: Sequence[x509.Certificate]) -> datetime:
    """When an authority under one of these roots saw this note. Raises `TokenError` where none did.

    The certificates in the token lead to a root and are none; handing them over as intermediates would trust
    them.
    """
    try:
        answer = decode_timestamp_response(token)
        at: datetime = answer.tst_info.gen_time
    except ValueError as error:
        raise TokenError(f"{_REFUSED} (its bytes do not read as an answer of RFC 3161)") from error
    # One root at a time: of two with one name, as a renewed one has, only one may be looked at.
    problems = [_problem(answer, note, root) for root in roots]
    if all(problem is not None for problem in problems):
        said = next(iter(problems), None) or "none was pinned"
        raise TokenError(f"{_REFUSED} ({said})")
    return at


def _problem(answer: TimeStampResponse, note: bytes, root: x509.Certificate) -> str | None:
    try:
        VerifierBuilder(roots=[root]).build().verify_message(answer, note)
    except (VerificationError, ValueError) as error:
        return str(error).partition(": ")[0]  # behind it is what a parser says to its author
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A token to ask openssl about."""

    token: bytes
    note: bytes
    at: datetime


Key = tuple[int, str]
Answers = Mapping[Key, "Future[bool]"]


@contextmanager
def second_opinion(asked: Mapping[Key, Asked], roots: Sequence[x509.Certificate]) -> Iterator[Answers]:
    """What openssl says of each of these, while other work goes on; empty where it is not installed."""
    program = shutil.which("openssl")
    if program is None or not asked:
        yield {}
        return
    with (
        tempfile.TemporaryDirectory(prefix="golive-verify-") as name,
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
    ):
        folder = Path(name)
        files = [folder / f"root-{number}.pem" for number in range(len(roots))]
        for file, root in zip(files, roots, strict=True):
            file.write_bytes(root.public_bytes(Encoding.PEM))
        yield {
            key: pool.submit(_agrees, program, files, folder / f"{number}", one)
            for number, (key, one) in enumerate(asked.items())
        }


def _agrees(program: str, roots: Sequence[Path], stem: Path, asked: Asked) -> bool:
    token, note = stem.with_suffix(".tsr"), stem.with_suffix(".note")
    token.write_bytes(asked.token)
    note.write_bytes(asked.note)
    # After the authority's certificate has expired openssl needs to be told of when to judge it.
    at = str(int(asked.at.timestamp()))
    command = [program, "ts", "-verify", "-data", str(note), "-in", str(token), "-attime", at]
    return any(_says_yes([*command, "-CAfile", str(root)]) for root in roots)


def _says_yes(command: Sequence[str]) -> bool:
    said = subprocess.run(  # noqa: S603 - a constant command on files of our own
        command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=WITHIN_S
    )
    return said.returncode == 0
