"""Checks the signatures of many records in a process of its own, beside everything else that is looked at.

It is half of all the work, and Python does one thing at a time. An answer that is not about every signature
is none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import BinaryIO, NamedTuple, Protocol

import msgspec
from securesystemslib.signer import SSlibKey

from evidence.envelope import Envelope, EnvelopeError

MANY = 2_000
"""Below that a process of its own takes longer to start than it saves."""
_LOT = 64
_WITHIN_S = 60
_HEAD = 4


class Wrong(NamedTuple):
    """A record whose signature is not right, and why."""

    position: int
    text: str


class Signatures(Protocol):
    """Signatures that nothing else rests on before everything is looked at."""

    def later(self, position: int, envelope: Envelope, key: SSlibKey) -> None:
        """Check whether this key signed it, before `wrong` is told."""

    def wrong(self) -> Sequence[Wrong]:
        """Those that are not right, once all are there. Raises `OSError` where that cannot be told."""


class _Signed(msgspec.Struct, array_like=True):
    """What goes to the other process."""

    position: int
    envelope: Envelope
    keyid: str
    public: str


class _Said(msgspec.Struct, array_like=True):
    """What comes back from it."""

    checked: int
    wrong: list[Wrong]


@contextmanager
def begun_signatures(count: int) -> Iterator[Signatures]:
    """Where the signatures of so many records are checked."""
    if count < MANY or os.cpu_count() == 1:
        yield _Here()
        return
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        try:
            yield _Beside(process)
        finally:
            process.kill()


class _Here:
    """In this process, at once."""

    def __init__(self) -> None:
        self._wrong: list[Wrong] = []

    def later(self, position: int, envelope: Envelope, key: SSlibKey) -> None:
        try:
            envelope.check(key)
        except EnvelopeError as error:
            self._wrong.append(Wrong(position, str(error)))

    def wrong(self) -> Sequence[Wrong]:
        return self._wrong


class _Beside:
    """In another process, which answers once it has been given all."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lot: list[_Signed] = []
        self._given = 0

    def later(self, position: int, envelope: Envelope, key: SSlibKey) -> None:
        self._lot.append(_Signed(position, envelope, key.keyid, key.keyval["public"]))
        if len(self._lot) == _LOT:
            self._give()

    def wrong(self) -> Sequence[Wrong]:
        self._give()
        try:
            answer, _ = self._process.communicate(timeout=_WITHIN_S)
            said = msgspec.msgpack.decode(answer, type=_Said)
        except (subprocess.TimeoutExpired, msgspec.DecodeError) as error:
            raise _unanswered() from error
        if said.checked != self._given:
            raise _unanswered()
        return said.wrong

    def _give(self) -> None:
        lot = msgspec.msgpack.encode(self._lot)
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(len(lot).to_bytes(_HEAD) + lot)
        except BrokenPipeError as error:
            raise _unanswered() from error
        self._given += len(self._lot)
        self._lot = []


def _unanswered() -> OSError:
    return OSError(
        "the process that checks signatures ended before it had checked them all; verify again, and see that "
        "nothing ends it"
    )


def answer(given: BinaryIO, out: BinaryIO) -> None:
    """What the other process does: checks lot after lot until there are no more, then says what is wrong."""
    here, checked = _Here(), 0
    while head := given.read(_HEAD):
        for one in msgspec.msgpack.decode(given.read(int.from_bytes(head)), type=list[_Signed]):
            here.later(one.position, one.envelope, _key(one.keyid, one.public))
            checked += 1
    out.write(msgspec.msgpack.encode(_Said(checked, list(here.wrong()))))


@cache
def _key(keyid: str, public: str) -> SSlibKey:
    return SSlibKey(keyid, "ecdsa", "ecdsa-sha2-nistp256", {"public": public})


if __name__ == "__main__":
    answer(sys.stdin.buffer, sys.stdout.buffer)
