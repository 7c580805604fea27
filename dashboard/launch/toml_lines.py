"""Finds the line of every key and element in a TOML text, so that an error can name it.

The standard parser tells no positions. This walk assumes a text that it has already accepted and only
follows brackets, quotes and keys; it never decides what a value is.
"""

from __future__ import annotations

import re
from collections import defaultdict

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*)\s*=\s*"""
)
_SPACE = re.compile(r"(?:[\s,]|#[^\n]*)*")
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_BARE = re.compile(r"[^\s,\]}#]+")


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of each table, key and array element, by its path: ("gates", 0, "rules", 2)."""
    return _Walk(text).run()


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.counts: defaultdict[Path, int] = defaultdict(int)

    def run(self) -> dict[Path, int]:
        table: Path = ()
        while True:
            self._skip()
            if self.at >= len(self.text):
                return self.found
            header = _HEADER.match(self.text[self.at : self._line_end()])
            if header:
                table = self._enter(header[1] == "[[", _split(header[2]))
                self.at = self._line_end()
            elif not self._pair(table):
                self.at = self._line_end() + 1

    def _enter(self, is_array: bool, keys: Path) -> Path:
        table: Path = ()
        for key in keys[:-1]:
            table = (*table, key)
            if self.counts[table]:
                table = (*table, self.counts[table] - 1)
        table = (*table, keys[-1])
        if is_array:
            self.counts[table] += 1
            table = (*table, self.counts[table] - 1)
        self._note(table)
        return table

    def _pair(self, table: Path) -> bool:
        key = _KEY.match(self.text, self.at)
        if not key:
            return False
        path = (*table, *_split(key[1]))
        self._note(path)
        self.at = key.end()
        self._value(path)
        return True

    def _value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._elements(path)
        elif opening == "{":
            self.at += 1
            while self._skip() != "}" and self._pair(path):
                pass
            self.at += 1
        else:
            match = _STRING.match(self.text, self.at) or _BARE.match(self.text, self.at)
            self.at = match.end() if match else self._line_end()

    def _elements(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._skip() not in ("]", ""):
            self._note((*path, index))
            self._value((*path, index))
            index += 1
        self.at += 1

    def _skip(self) -> str:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def _note(self, path: Path) -> None:
        self.found.setdefault(path, self.text.count("\n", 0, self.at) + 1)

    def _line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end


def _split(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(r"[\w-]+|\"[^\"]*\"|'[^']*'", dotted))
