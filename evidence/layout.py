"""Where things lie in a bundle: the one list of paths, which writer and reader keep to."""

from __future__ import annotations

import re
from collections.abc import Iterable

TOP = "golive-evidence/"
DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
TAGS = (INFO, DECLARATION, MANIFEST)
"""The files that the tag manifest lists, in its order."""
PAYLOAD = "data/"
LEAVES = "data/leaves.txt"
PLAN = "data/plan.json"
HOW_TO = "data/VERIFY.md"
MINIMAL = "data/verify_min.py"
MOST_RECORDS = 1_000_000
"""Above that the order of their names is not the order of their numbers."""
REQUIRED = (*TAGS, TAG_MANIFEST, LEAVES, PLAN)

_NUMBER = r"(\d{6})"
_RECORD = re.compile(rf"data/records/{_NUMBER}\.dsse\.json")
_BLOB = re.compile(r"data/blobs/([0-9a-f]{64})")
_NOTE = re.compile(rf"data/checkpoints/{_NUMBER}\.note")
_TOKEN = re.compile(rf"data/anchors/{_NUMBER}\.([A-Za-z0-9][A-Za-z0-9._-]{{0,60}})\.tsr")
_VIEW = re.compile(r"data/view/[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_NUMEROUS = re.compile("|".join(one.pattern for one in (_RECORD, _BLOB, _NOTE, _TOKEN, _VIEW)))
_SINGLE = frozenset((*REQUIRED, HOW_TO, MINIMAL))


def record_name(index: int) -> str:
    """Where the record of this index is."""
    return f"data/records/{index:06d}.dsse.json"


def blob_name(digest: str) -> str:
    """Where the blob of this SHA-256 is."""
    return f"data/blobs/{digest}"


def note_name(size: int) -> str:
    """Where the head of this size is."""
    return f"data/checkpoints/{size:06d}.note"


def token_name(size: int, tsa: str) -> str:
    """Where the token of this authority over the head of this size is."""
    return f"data/anchors/{size:06d}.{tsa}.tsr"


def view_name(name: str) -> str:
    """Where a file for reading is, which proves nothing."""
    return f"data/view/{name}"


def is_known(name: str) -> bool:
    """Whether a bundle may hold a file there."""
    return name in _SINGLE or _NUMEROUS.fullmatch(name) is not None


def records_of(names: Iterable[str]) -> dict[int, str]:
    """The records among these files by their numbers, in order."""
    return dict(sorted((int(found[1]), found[0]) for found in _found(_RECORD, names)))


def blobs_of(names: Iterable[str]) -> set[str]:
    """The digests that blobs among these files have for a name."""
    return {found[1] for found in _found(_BLOB, names)}


def notes_of(names: Iterable[str]) -> dict[int, str]:
    """The heads among these files by size, in order."""
    return dict(sorted((int(found[1]), found[0]) for found in _found(_NOTE, names)))


def tokens_of(names: Iterable[str]) -> dict[tuple[int, str], str]:
    """The tokens among these files by size and authority, in order."""
    return dict(sorted(((int(found[1]), found[2]), found[0]) for found in _found(_TOKEN, names)))


def _found(pattern: re.Pattern[str], names: Iterable[str]) -> Iterable[re.Match[str]]:
    folder = pattern.pattern.rpartition("/")[0]
    return (found for name in names if name.startswith(folder) and (found := pattern.fullmatch(name)))
