"""Reads of a file at places that mostly follow each other: one question to the system for many of them."""

from __future__ import annotations

import os
from typing import BinaryIO

_STRETCH = 1 << 18
_NEAR = 1 << 13
"""So much may lie between two places that still follow each other."""


class Ahead:
    """A file that is read by place; where a read follows the one before, more is read than is asked for."""

    def __init__(self, stream: BinaryIO) -> None:
        self._file = stream.fileno()
        self._end = 0
        self._held = 0, b""

    def read(self, at: int, length: int) -> bytes:
        """So many bytes from there on, less where the file ends."""
        begin, held = self._held
        follows, self._end = 0 <= at - self._end <= _NEAR, at + length
        if begin <= at and at + length <= begin + len(held):
            return held[at - begin : at - begin + length]
        if not follows or length >= _STRETCH:
            return os.pread(self._file, length, at)
        held = os.pread(self._file, _STRETCH, at)
        self._held = at, held
        return held[:length]
