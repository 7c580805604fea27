"""The gate before storage finds what must never be kept, and lets identifiers through."""

from __future__ import annotations

import pytest

from evidence.redaction import find_secret
from tests.evidence.planted import PLAIN, PLANTED, harmless


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_secret_is_found_and_named_but_not_repeated(text: str) -> None:
    found = find_secret(text)

    assert PLANTED[text] == found


def test_identifiers_and_hashes_pass() -> None:
    for text in harmless(3_000):
        assert find_secret(text) is None, text


@pytest.mark.parametrize("text", PLAIN)
def test_what_somebody_may_well_write_passes(text: str) -> None:
    assert find_secret(text) is None


def test_a_number_that_is_no_card_passes() -> None:
    assert find_secret("4242 4242 4242 4241") is None
    assert find_secret("DE89370400440532013001") is None
