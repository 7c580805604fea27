"""Finds secrets in the text of a plan, and says where, never what: the text is sealed for auditors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

SecretScan = Callable[[str], str | None]
"""The kind of the first secret in a text, or None."""

_KEY_LENGTH = 60


def in_lines(text: str, scan: SecretScan) -> Iterator[tuple[int, str, str]]:
    """Line, key and kind of each secret in the text as it is written, in one line or from one to the next:
    an auditor's search goes through the whole text at once.
    """
    lines = text.splitlines()
    found = [(number, line, kind) for number, line in enumerate(lines, 1) if (kind := scan(line)) is not None]
    if not found:
        pairs = enumerate(pairwise(lines), 1)
        found = [(number, one, kind) for number, (one, next_) in pairs if (kind := scan(f"{one}\n{next_}"))]
    if not found and (kind := scan(text)) is not None:
        found = [(1, "", kind)]
    yield from ((number, _key(line, scan), kind) for number, line, kind in found)


def in_values(
    value: Any, scan: SecretScan, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Path and kind of each secret in the values as they are read: the text spells a quote otherwise."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from in_values(one, scan, (*path, name))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from in_values(one, scan, (*path, index))
    elif isinstance(value, str) and (kind := scan(value)) is not None:
        yield path, kind


def _key(line: str, scan: SecretScan) -> str:
    key = line.split("=", 1)[0].strip() if "=" in line else "(no key)"
    return "(hidden)" if scan(key) else key[:_KEY_LENGTH]
