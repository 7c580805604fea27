"""Keys are files that their owner alone may read; what is missing, open or another kind stops the start."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from evidence.keys import (
    LOG_FILE,
    RECORDER_FILE,
    KeyFileError,
    load_keys,
    make_keys,
    promote_recorder,
    public_key,
    replace_recorder,
    spki_of,
)

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def _put(file: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey) -> None:
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_what_is_made_is_what_is_loaded_and_only_its_owner_may_read_it(folder: Path) -> None:
    made = make_keys(folder)
    loaded = load_keys(folder)

    assert made.recorder_spki == loaded.recorder_spki
    assert made.log.public_key().public_bytes_raw() == loaded.log.public_key().public_bytes_raw()
    assert {0o600} == {(folder / name).stat().st_mode & 0o777 for name in (RECORDER_FILE, LOG_FILE)}
    assert 0o700 == folder.stat().st_mode & 0o777


def test_keys_show_nothing_of_themselves(folder: Path) -> None:
    assert "Keys(…)" == f"{make_keys(folder)}" == repr(make_keys(folder.with_name("more")))


@pytest.mark.parametrize("name", [RECORDER_FILE, LOG_FILE])
def test_a_key_is_never_written_over(folder: Path, name: str) -> None:
    folder.mkdir()
    (folder / name).write_text("in use")

    with pytest.raises(KeyFileError, match=rf"got a {name} alone in"):
        make_keys(folder)
    assert ["in use"] == [file.read_text() for file in folder.iterdir()]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644])
def test_a_key_that_is_open_to_others_is_refused(folder: Path, mode: int) -> None:
    make_keys(folder)
    (folder / LOG_FILE).chmod(mode)

    with pytest.raises(KeyFileError, match=f"open to others .{mode:o}., expected 600"):
        load_keys(folder)


@pytest.mark.parametrize("name", [RECORDER_FILE, LOG_FILE])
def test_a_missing_key_is_never_made_in_silence(folder: Path, name: str) -> None:
    make_keys(folder)
    (folder / name).unlink()

    with pytest.raises(KeyFileError, match=r"got no key .* run `golive keys init`"):
        load_keys(folder)
    assert not (folder / name).exists()


@needs_openssl
def test_a_passphrase_encrypts_by_scrypt_and_is_needed(folder: Path) -> None:
    made = make_keys(folder, "a long passphrase")

    pem = (folder / RECORDER_FILE).read_bytes()
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert bytes.fromhex("2b06010401da47040b") in _der(pem)  # the identifier of scrypt
    assert made.recorder_spki == load_keys(folder, "a long passphrase").recorder_spki
    with pytest.raises(KeyFileError, match="with a passphrase, expected none"):
        load_keys(folder)
    with pytest.raises(KeyFileError, match="cannot be read; mend GOLIVE_KEY_PASSPHRASE"):
        load_keys(folder, "another passphrase")


def test_a_passphrase_for_a_plain_key_is_refused(folder: Path) -> None:
    make_keys(folder)

    with pytest.raises(KeyFileError, match="without a passphrase, expected one"):
        load_keys(folder, "a passphrase")


def test_without_openssl_no_key_is_written_plainly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(KeyFileError, match="no answer from openssl"):
        make_keys(folder, "a passphrase")
    assert [] == list(folder.iterdir())


def test_another_kind_of_key_is_refused(folder: Path) -> None:
    make_keys(folder)
    for name, key in (
        (RECORDER_FILE, Ed25519PrivateKey.generate()),
        (RECORDER_FILE, ec.generate_private_key(ec.SECP384R1())),
        (LOG_FILE, ec.generate_private_key(ec.SECP256R1())),
    ):
        before = (folder / name).read_bytes()
        _put(folder / name, key)
        with pytest.raises(KeyFileError, match="another kind of key"):
            load_keys(folder)
        (folder / name).write_bytes(before)
    (folder / LOG_FILE).write_text("no key")
    with pytest.raises(KeyFileError, match="cannot be read"):
        load_keys(folder)


def test_the_public_half_is_told_and_read(folder: Path) -> None:
    keys = make_keys(folder)

    assert keys.recorder.public_key == public_key(spki_of(keys.recorder))


@pytest.mark.parametrize("spki", ["", "no base64", "AAAA", "é"])
def test_what_is_no_public_key_is_refused(spki: str) -> None:
    with pytest.raises(KeyFileError, match="no public key"):
        public_key(spki)


@pytest.mark.parametrize("key", [Ed25519PrivateKey.generate, lambda: ec.generate_private_key(ec.SECP384R1())])
def test_another_kind_of_public_key_is_refused(key: object) -> None:
    assert callable(key)
    der = key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(KeyFileError, match="another kind of public key"):
        public_key(base64.b64encode(der).decode())


def test_the_next_recorder_waits_beside_the_one_in_force(folder: Path) -> None:
    before = make_keys(folder)
    following = replace_recorder(folder)

    assert before.recorder_spki == load_keys(folder).recorder_spki
    with pytest.raises(KeyFileError, match="already"):
        replace_recorder(folder)
    promote_recorder(folder)
    assert spki_of(following) == load_keys(folder).recorder_spki
    assert {RECORDER_FILE, LOG_FILE} == {file.name for file in folder.iterdir()}


def _der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))
