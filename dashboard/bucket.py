"""Where a bucket on S3-compatible storage is, as one address says it; nothing is asked here, and nothing but
the address tells where to ask or with which keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from collectors.masked import Masked

FORM: Final = "s3+https://KEY_ID:SECRET@host/bucket/prefix?region=…"
DEFAULT_REGION: Final = "us-east-1"
"""What a server that knows no regions signs by."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}")


class BucketError(Exception):
    """An address names no bucket that golive can use: got, expected; never the address itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket, a place in it, and who asks. `endpoint` has no path; `prefix` may be empty."""

    endpoint: str
    name: str
    prefix: str
    region: str
    key_id: Masked
    secret: Masked

    @property
    def called(self) -> str:
        """What messages call it: where it is, and not who asks."""
        return "/".join(part for part in (self.endpoint, self.name, self.prefix) if part)


def read_bucket(text: str) -> Bucket:
    """The bucket of an address. Raises `BucketError`."""
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise BucketError(f"got text that is no address, expected {FORM}") from None
    scheme = parts.scheme.removeprefix("s3+")
    is_safe = scheme == "https" or (scheme == "http" and host in _LOOPBACK)
    if not parts.scheme.startswith("s3+") or not is_safe or not host:
        raise BucketError(f"got another kind of address, expected {FORM} (s3+http:// on this machine alone)")
    if not parts.username or not parts.password:
        raise BucketError(f"got an address without a key, expected {FORM}: keys are looked for nowhere else")
    name, _, prefix = unquote(parts.path).strip("/").partition("/")
    _refuse_names(name, prefix)
    shown = f"[{host}]" if ":" in host else host
    return Bucket(
        endpoint=f"{scheme}://{shown}" + ("" if port is None else f":{port}"),
        name=name,
        prefix=prefix,
        region=_region(parts.query, parts.fragment),
        key_id=Masked(unquote(parts.username)),
        secret=Masked(unquote(parts.password)),
    )


def _refuse_names(name: str, prefix: str) -> None:
    if not _BUCKET.fullmatch(name):
        raise BucketError(f"got no name of a bucket behind the host, expected {FORM}")
    if prefix and (not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/"))):
        raise BucketError("got a prefix with other signs, expected letters, digits, . _ - and / alone")


def _region(query: str, fragment: str) -> str:
    told = dict(parse_qsl(query, keep_blank_values=True))
    region = told.pop("region", DEFAULT_REGION)
    if told or fragment or not _REGION.fullmatch(region):
        # A secret with a "?" or a "#" ends up here, so that nothing of it is repeated.
        raise BucketError(
            f"got more behind the address than ?region=…, expected {FORM}; in a key or a secret write "
            "% / ? # : @ as %25 %2F %3F %23 %3A %40"
        )
    return region
