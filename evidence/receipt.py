"""A receipt: the head of a log in the hands of somebody else, with what was decided at it.

Its note is what counts. The lines above are for the reader; the key among them is never trusted by itself,
because whoever forges a receipt writes that line too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evidence.checkpoint import Checkpoint, CheckpointError
from evidence.checkpoint import parse as parse_note

_FIELDS = ("gate", "verdict", "at", "origin", "vkey", "verify_min.py sha256")
_LINE = re.compile(r"([a-z][a-z0-9_. ]*): (.*)")
MOST = 1 << 16
"""No receipt is longer."""


class ReceiptError(Exception):
    """What was read is no receipt: got, expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt says. `told` is empty for a bare note."""

    note: bytes
    checkpoint: Checkpoint
    told: Mapping[str, str]

    @property
    def minimal_sha256(self) -> str | None:
        """The hash that it gives for `verify_min.py`."""
        return self.told.get(_FIELDS[-1])


def written(*, note: bytes, gate: str, verdict: str, at: str, vkey: str, minimal_sha256: str) -> bytes:
    """The text of a receipt. Raises `ReceiptError` where a value would not be one line."""
    try:
        origin = parse_note(note).origin
    except CheckpointError as error:
        raise ReceiptError(f"{error}; expected a signed head") from error
    values = dict(zip(_FIELDS, (gate, verdict, at, origin, vkey, minimal_sha256), strict=True))
    wrong = next((value for value in values.values() if not value.isprintable()), None)
    if wrong is not None:
        raise ReceiptError(f"got {wrong!r}, expected one line of text")
    lines = "".join(f"{name}: {value}\n" for name, value in values.items())
    return f"{lines}\n".encode() + note


def parsed(data: bytes) -> Receipt:
    """What a receipt says; a bare note is one as well. Line ends as a mail program makes them are mended.

    Raises `ReceiptError` for anything else. Whoever signed it is not looked at here.
    """
    if len(data) > MOST:
        raise ReceiptError(f"got {len(data):,} bytes, expected a receipt, which has no more than {MOST:,}")
    text = data.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    head, _, note = text.partition(b"\n\n")
    is_receipt = b": " in head.partition(b"\n")[0]  # the name of a log has no space
    try:
        checkpoint = parse_note(note if is_receipt else text)
    except CheckpointError as error:
        raise ReceiptError(f"got no receipt ({error}), expected its lines and a note, or a note") from error
    if not is_receipt:
        return Receipt(note=text, checkpoint=checkpoint, told={})
    return Receipt(note=note, checkpoint=checkpoint, told=_told(head))


def _told(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in head.decode(errors="replace").split("\n"):
        match = _LINE.fullmatch(line)
        if match is None or match[1] in found:
            raise ReceiptError(f"got the line {line[:80]!r}, expected `name: value`, each once")
        found[match[1]] = match[2]
    return found
