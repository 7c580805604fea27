"""A bucket is where its one address says, with the key that is in it, and neither shows itself."""

from __future__ import annotations

import pytest

from dashboard.bucket import BucketError, read_bucket
from dashboard.settings import SettingsError, read_settings

WHOLE = "s3+https://KEY:s3cr3t%2Fx@s3.example:9000/evidence/of/golive?region=eu-central-1"


def test_the_address_says_all_of_it() -> None:
    bucket = read_bucket(WHOLE)

    assert ("https://s3.example:9000", "evidence", "of/golive") == (
        bucket.endpoint,
        bucket.name,
        bucket.prefix,
    )
    assert ("eu-central-1", "KEY", "s3cr3t/x") == (
        bucket.region,
        bucket.key_id.reveal(),
        bucket.secret.reveal(),
    )


def test_prefix_and_region_may_be_left_out() -> None:
    bucket = read_bucket("s3+http://KEY:secret@[::1]:9000/evidence")

    assert ("http://[::1]:9000", "", "us-east-1") == (bucket.endpoint, bucket.prefix, bucket.region)


def test_neither_half_of_the_key_shows_itself() -> None:
    bucket = read_bucket(WHOLE)

    shown = f"{bucket} {bucket!r} {bucket.called}"

    assert "https://s3.example:9000/evidence/of/golive" == bucket.called
    assert not [part for part in ("KEY", "s3cr3t") if part in shown]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("s3://KEY:s3cr3t@host/evidence", "another kind of address"),
        ("https://KEY:s3cr3t@host/evidence", "another kind of address"),
        ("s3+http://KEY:s3cr3t@s3.example/evidence", r"s3\+http:// on this machine alone"),
        ("s3+https://host/evidence", "without a key"),
        ("s3+https://KEY@host/evidence", "without a key"),
        ("s3+https://KEY:s3cr3t@host", "no name of a bucket"),
        ("s3+https://KEY:s3cr3t@host/Evidence", "no name of a bucket"),
        ("s3+https://KEY:s3cr3t@host/evidence/../other", "a prefix with other signs"),
        ("s3+https://KEY:s3cr3t@host/evidence/a%3Fb", "a prefix with other signs"),
        ("s3+https://KEY:s3cr3t@host/evidence?endpoint=other", r"more behind the address than \?region"),
        ("s3+https://KEY:s3cr3t@host/evidence#part", r"more behind the address than \?region"),
        ("s3+https://KEY:s3cr3t@host/evidence?region=EU", r"more behind the address than \?region"),
        ("s3+https://KEY:s3cr3t?x@host/evidence", "no address|without a key|no name"),
        ("s3+https://KEY:s3cr3t/x@host/evidence", "no address|without a key"),
        ("s3+https://KEY:s3cr3t@host:port/evidence", "no address"),
    ],
)
def test_another_address_is_refused_and_not_repeated(text: str, says: str) -> None:
    with pytest.raises(BucketError, match=says) as told:
        read_bucket(text)

    assert "s3cr3t" not in str(told.value)


def test_the_setting_is_named_where_it_is_wrong() -> None:
    with pytest.raises(SettingsError, match=r"^GOLIVE_BLOBS_URL: got another kind of address"):
        read_settings({"GOLIVE_BLOBS_URL": "s3://KEY:s3cr3t@host/evidence"})
