"""The Merkle tree is that of RFC 6962, at every size."""

from __future__ import annotations

from hashlib import sha256

import pytest

from evidence.tree import EMPTY_ROOT, Tree, inclusion_proof, leaf_hash, root_of

GOLDEN = {
    1: "db3426e878068d28",
    2: "cb00989d94a569c0",
    3: "725d5230db68f557",
    7: "a3e23b32ccb6bf96",
}


def _leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


@pytest.mark.parametrize("size", GOLDEN)
def test_the_roots_are_the_golden_ones(size: int) -> None:
    assert root_of(_leaves(size)).hex().startswith(GOLDEN[size])


def test_an_empty_tree_and_an_empty_leaf_have_the_hashes_of_the_standard() -> None:
    assert sha256(b"").digest() == root_of([]) == EMPTY_ROOT
    assert leaf_hash(b"").hex().startswith("6e340b9cffb37a98")


def test_a_tree_that_grows_has_the_root_of_the_recursive_definition_at_every_size() -> None:
    leaves, tree = _leaves(300), Tree()

    for size in range(301):
        assert _recursive(leaves[:size]) == tree.root()
        if size < 300:
            tree.add(leaves[size])
    assert 300 == tree.size


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 64, 65, 300])
def test_a_proof_leads_from_every_leaf_to_the_root_and_from_no_other(size: int) -> None:
    leaves = _leaves(size)
    root = root_of(leaves)

    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        assert root == _led(leaf, index, size, proof)
        assert root != _led(leaf_hash(b"another"), index, size, proof)


def test_a_proof_for_300_records_has_9_hashes() -> None:
    assert 9 == len(inclusion_proof(_leaves(300), 41))


def test_there_is_no_proof_for_a_leaf_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="got the index 3, expected one of 3 leaves"):
        inclusion_proof(_leaves(3), 3)


def test_a_node_does_not_pass_for_a_leaf() -> None:
    one, other = _leaves(2)

    assert leaf_hash(one + other) != root_of([one, other])


def _recursive(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return sha256(b"\x01" + _recursive(leaves[:split]) + _recursive(leaves[split:])).digest()


def _led(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2."""
    node, last = leaf, size - 1
    for other in proof:
        if index & 1 or index == last:
            node = sha256(b"\x01" + other + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\x01" + node + other).digest()
        index, last = index >> 1, last >> 1
    return node
