"""Many signatures are checked in a process of its own, with the same answer; without one nothing passes."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from evidence.envelope import opened, seal
from evidence.keys import Keys, public_key
from evidence.verification.signatures import MANY, Signatures, begun_signatures

ROUNDS = 200
WRONG = (3, 64, 130)


@pytest.fixture
def beside() -> Iterator[Signatures]:
    """Where so many are announced that a process is worth its start."""
    with begun_signatures(MANY) as signatures:
        yield signatures


def checkers() -> list[psutil.Process]:
    """The processes that check signatures for this one, which may have other children."""
    name = begun_signatures.__module__
    return [each for each in psutil.Process().children() if name in each.cmdline()]


def _hand_in(signatures: Signatures, keys: Keys, other: Keys) -> None:
    own, key = opened(seal(b"{}", keys.recorder)), public_key(keys.recorder_spki)
    foreign = opened(seal(b"{}", other.recorder))
    for position in range(ROUNDS):
        signatures.later(position, foreign if position in WRONG else own, key)


@pytest.mark.parametrize("count", [1, MANY])
def test_those_that_are_not_right_are_named_with_their_reason(
    count: int, keys: Keys, other_keys: Keys
) -> None:
    with begun_signatures(count) as signatures:
        _hand_in(signatures, keys, other_keys)
        wrong = signatures.wrong()

    assert list(WRONG) == [one.position for one in wrong]
    assert all(one.text.startswith("got the key ") for one in wrong)


def test_a_few_need_no_process() -> None:
    with begun_signatures(MANY - 1):
        assert [] == checkers()


def test_where_the_process_ends_too_early_nothing_passes(
    beside: Signatures, keys: Keys, other_keys: Keys
) -> None:
    (process,) = checkers()
    process.kill()

    with pytest.raises(OSError, match="ended before it had checked them all; verify again"):
        _hand_in_and_ask(beside, keys, other_keys)


def test_no_process_is_left_behind(keys: Keys, other_keys: Keys) -> None:
    with begun_signatures(MANY) as signatures:
        _hand_in(signatures, keys, other_keys)

    assert [] == checkers()


def _hand_in_and_ask(signatures: Signatures, keys: Keys, other: Keys) -> None:
    _hand_in(signatures, keys, other)
    signatures.wrong()
