from __future__ import annotations

import copy
import json
import pickle

import pytest

from collectors.masked import Masked

CANARY = "canary-secret"


def test_a_secret_does_not_show_itself() -> None:
    secret = Masked(CANARY)

    assert CANARY not in f"{secret} {secret!r} {[secret]} { ({'k': secret}) }"
    assert secret.reveal() == CANARY


def test_a_secret_cannot_be_pickled_copied_or_written_as_json() -> None:
    for leak in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as raised:
            leak(Masked(CANARY))
        assert CANARY not in str(raised.value)


def test_secrets_are_compared_by_what_they_hold() -> None:
    assert Masked("a") == Masked("a")
    assert Masked("a") != Masked("b")
    assert Masked("a") != "a"
    assert len({Masked("a"), Masked("a")}) == 1


def test_a_fingerprint_depends_on_key_and_secret_and_is_twelve_digits() -> None:
    one = Masked(CANARY).fingerprint(b"key")

    assert one == Masked(CANARY).fingerprint(b"key")
    assert one != Masked(CANARY).fingerprint(b"other key")
    assert one != Masked("other").fingerprint(b"key")
    assert len(one) == 12
    assert CANARY not in one
