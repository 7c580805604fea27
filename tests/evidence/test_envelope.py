"""An envelope has one spelling and one signature, and openssl agrees about it."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import written
from evidence.envelope import EnvelopeError, opened, seal
from evidence.keys import Keys, public_key

PAYLOAD = b'{"said":"so"}'


@pytest.fixture
def leaf(keys: Keys) -> bytes:
    return seal(PAYLOAD, keys.recorder)


def _changed(leaf: bytes, **changed: Any) -> bytes:
    return written({**json.loads(leaf), **changed})


def _signature(leaf: bytes, **changed: Any) -> bytes:
    return _changed(leaf, signatures=[{**json.loads(leaf)["signatures"][0], **changed}])


def test_what_was_sealed_opens_and_its_key_signed_it(leaf: bytes, keys: Keys) -> None:
    envelope = opened(leaf)

    envelope.check(public_key(keys.recorder_spki))
    assert PAYLOAD == envelope.payload


def test_another_payload_is_not_what_was_signed(leaf: bytes, keys: Keys) -> None:
    forged = opened(_changed(leaf, payload=b64encode(b'{"said":"not"}').decode()))

    with pytest.raises(EnvelopeError, match="did not make"):
        forged.check(public_key(keys.recorder_spki))


def test_a_signature_that_is_none_is_refused(leaf: bytes, keys: Keys) -> None:
    forged = opened(_signature(leaf, sig=b64encode(b"no signature").decode()))

    with pytest.raises(EnvelopeError, match="did not make"):
        forged.check(public_key(keys.recorder_spki))


def test_another_key_is_named(leaf: bytes, other_keys: Keys) -> None:
    with pytest.raises(EnvelopeError, match=r"got the key .* which is in force"):
        opened(leaf).check(public_key(other_keys.recorder_spki))


def test_a_key_that_claims_the_id_of_another_is_refused(other_keys: Keys, keys: Keys) -> None:
    key = public_key(keys.recorder_spki)
    forged = opened(_signature(seal(PAYLOAD, other_keys.recorder), keyid=key.keyid))

    with pytest.raises(EnvelopeError, match="did not make"):
        forged.check(key)


def test_what_sealing_would_not_have_written_does_not_open(leaf: bytes) -> None:
    told = json.loads(leaf)
    one = told["signatures"][0]
    refused = {
        "other fields, expected payload": [b"[]", b"1", _changed(leaf, more=1), written({"payload": ""})],
        "the payload type": [_changed(leaf, payloadType="text/plain")],
        "exactly one": [
            _changed(leaf, signatures=[]),
            _changed(leaf, signatures=[one, one]),
            _changed(leaf, signatures=1),
        ],
        "expected keyid and sig": [_signature(leaf, more=1), _changed(leaf, signatures=["x"])],
        "no text": [_signature(leaf, keyid=1)],
        "no base64": [
            _changed(leaf, payload="é"),
            _changed(leaf, payload=1),
            _changed(leaf, payload="a*"),
            _signature(leaf, sig=[]),
        ],
        "the shortest one": [_changed(leaf, payload="QR==")],
        "another spelling, expected the canonical one": [
            leaf.replace(b",", b", "),
            leaf + b"\n",
            leaf.replace(b"application/vnd", b"application\\/vnd"),
        ],
        "no JSON": [leaf[:-1], b"\xff"],
        "twice": [leaf.replace(b"{", b'{"payload":"",', 1)],
        "without one spelling": [_keyid_of_a_lone_surrogate(leaf)],
    }

    for why, leaves in refused.items():
        for one in leaves:
            with pytest.raises(EnvelopeError, match=why):
                opened(one)


def _keyid_of_a_lone_surrogate(leaf: bytes) -> bytes:
    keyid = json.loads(leaf)["signatures"][0]["keyid"]
    return leaf.replace(keyid.encode(), b"\\ud800")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_the_signature_by_hand(leaf: bytes, keys: Keys, tmp_path: Path) -> None:
    told = json.loads(leaf)
    payload = b64decode(told["payload"])
    (tmp_path / "pae").write_bytes(b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload))
    (tmp_path / "sig").write_bytes(b64decode(told["signatures"][0]["sig"]))
    (tmp_path / "key").write_text(keys.recorder.public_key.keyval["public"])

    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "key", "-signature", "sig", "pae"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Verified OK\n" == said.stdout
