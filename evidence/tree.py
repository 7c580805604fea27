"""The Merkle tree of RFC 6962: one hash that stands for every leaf in its place.

A leaf is hashed behind a 0 and a node behind a 1, so that no node can pass for a leaf; a tree is split at the
largest power of two below its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + leaf).digest()


@dataclass(slots=True)
class Tree:
    """A tree that grows leaf by leaf; keeps the roots of its full subtrees alone, the largest first."""

    size: int = 0
    _full: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Put a leaf's hash at the end."""
        node, size = leaf, self.size
        while size & 1:
            node = _node(self._full.pop(), node)
            size >>= 1
        self._full.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root of all that was added."""
        if not self._full:
            return EMPTY_ROOT
        *before, root = self._full
        for full in reversed(before):
            root = _node(full, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes from a leaf to the root over these leaf hashes, the nearest first."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"got the index {index}, expected one of {len(leaves)} leaves")
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
