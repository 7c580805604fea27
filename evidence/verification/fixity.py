"""Step 1: whether the files are those that were packed. A failure here is damage, not yet an accusation."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from evidence import bag
from evidence.layout import DECLARATION, INFO, MANIFEST, PAYLOAD, TAG_MANIFEST
from evidence.verification.case import Case
from evidence.verification.report import Code

_STEP = 1
_SMALL = 1 << 16
_MOST = 1 << 28
"""No manifest is longer."""


def check_fixity(case: Case) -> None:
    """1. Each file has the digest that a manifest gives for it, and none is missing from the manifests:

    1.1 every file is hashed, once;
    1.2 the payload against the manifest, both ways;
    1.3 how much payload there is against `bag-info.txt`;
    1.4 the tag files against the tag manifest, and each against the one way in which it is written.
    """
    # 1.1
    sizes = case.container.sizes
    with ThreadPoolExecutor(1) as beside:  # hashing much at once leaves the interpreter to others
        large = [name for name, size in sizes.items() if size > _SMALL]
        waiting = beside.map(lambda name: _hashed(case, name), large)
        small = {name: _hash_whole(case, name) for name, size in sizes.items() if size <= _SMALL}
        digests = small | dict(zip(large, waiting, strict=True))
    case.digests = dict(sorted(digests.items()))
    payload = {name: digest for name, digest in case.digests.items() if name.startswith(PAYLOAD)}
    # 1.2
    _compare(case, MANIFEST, bag.manifest(payload.items()), payload)
    # 1.3
    octets = sum(case.container.sizes[name] for name in payload)
    _same(case, INFO, bag.info(octets=octets, files=len(payload)))
    # 1.4
    _same(case, DECLARATION, bag.DECLARED)
    _compare(case, TAG_MANIFEST, bag.tag_manifest(case.digests), case.digests)


def _hash_whole(case: Case, name: str) -> str:
    return sha256(case.container.read(name)).hexdigest()


def _hashed(case: Case, name: str) -> str:
    found = sha256()
    for chunk in case.container.chunks(name):
        found.update(chunk)
    return found.hexdigest()


def _same(case: Case, name: str, expected: bytes) -> None:
    if case.container.read(name, length=len(expected) + 1) != expected:
        case.found(_STEP, Code.DAMAGED, f"{name} does not say what these files are")


def _compare(case: Case, name: str, expected: bytes, digests: Mapping[str, str]) -> None:
    told = case.container.read(name, length=_MOST)
    if told == expected:
        return
    listed = _listed(told)
    actual = _listed(expected)
    for file in sorted(actual.keys() - listed.keys()):
        case.found(_STEP, Code.UNLISTED, f"{name} does not list {file}")
    for file in sorted(listed.keys() - actual.keys()):
        case.found(_STEP, Code.DAMAGED, f"{name} lists {file!r}, which is not there")
    wrong = sorted(file for file in actual.keys() & listed.keys() if actual[file] != listed[file])
    for file in wrong:
        case.found(
            _STEP, Code.DAMAGED, f"{file} is not what {name} says: it has the hash {digests[file][:12]}…"
        )
    if listed == actual:
        case.found(_STEP, Code.DAMAGED, f"{name} is written otherwise than golive writes it")


def _listed(told: bytes) -> dict[str, str]:
    lines = (line.partition("  ") for line in told.decode(errors="replace").splitlines())
    return {name: digest for digest, _, name in lines}
