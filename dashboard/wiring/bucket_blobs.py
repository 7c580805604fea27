"""Blobs in a bucket on S3-compatible storage: the four requests of its protocol that evidence needs.

Nobody but the bucket's own host is asked: no redirect is followed, and no proxy, key or endpoint is taken
from anywhere but the setting. What a server says is never repeated, because S3 quotes keys in its errors.
"""

from __future__ import annotations

import base64
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import BinaryIO, Final, TypeVar, cast

import httpx
from httpx_auth import AWS4Auth

from dashboard.bucket import Bucket
from evidence.blobs import DIGEST, BlobError

TIMEOUT_S: Final = 10.0
AGAIN_S: Final = (0.2, 0.8)
"""So long after a first and a second failure the same is asked once more; each request may be repeated."""
IN_MEMORY: Final = 1 << 20
"""What is read and larger than this lies in a temporary file meanwhile."""
_VERSION: Final = "x-amz-version-id"
_CODE: Final = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_NEEDS: Final = "s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket"
_ERROR_BYTES: Final = 4_096

T = TypeVar("T")


@dataclass(slots=True)
class BucketBlobs:
    """Blobs under `folder/xx/digest` below the bucket's prefix. Safe to share between threads."""

    bucket: Bucket
    folder: str
    timeout_s: float = TIMEOUT_S
    again_s: tuple[float, ...] = AGAIN_S
    _made: httpx.Client | None = field(init=False, repr=False, default=None)
    _making: Lock = field(init=False, repr=False, default_factory=Lock)

    def put(self, data: bytes) -> str:
        """Send it in one request, which a server keeps whole or not at all, with the hash it must have."""
        digest = sha256(data).hexdigest()
        if self.size(digest) == len(data):
            return digest
        checksum = base64.b64encode(bytes.fromhex(digest)).decode()
        headers = {"x-amz-checksum-sha256": checksum, "content-type": "application/octet-stream"}

        def send() -> None:
            answer = self._client().put(self._url(digest), content=data, headers=headers)
            self._refuse(answer, f"keeping {len(data)} bytes", mend="nothing was kept")

        self._asked(send, f"keeping {len(data)} bytes", mend="nothing was acknowledged")
        return digest

    def open(self, digest: str) -> BinaryIO | None:
        """The whole blob, fetched and held against its name before any of it is given out."""
        return self._asked(lambda: self._fetched(digest), f"reading {digest[:12]}…")

    def size(self, digest: str) -> int | None:
        """Its length as the bucket says; one that does not answer is no missing blob, but a `BlobError`."""
        found = self._head(digest)
        return None if found is None else int(found.get("content-length", "-1"))

    def erase(self, digest: str) -> bool:
        """Delete it, and look that it is gone. A bucket that keeps versions would keep it: an error."""
        found = self._head(digest)
        if found is None:
            return False
        if found.get(_VERSION, "null") != "null":
            raise self._versioned(digest, "nothing was deleted")

        def send() -> httpx.Headers:
            answer = self._client().delete(self._url(digest))
            self._refuse(answer, "erasing", mend="it may be there still, do it again")
            return answer.headers

        answered = self._asked(send, "erasing", mend="it may be there still, do it again")
        if answered.get("x-amz-delete-marker") == "true":
            raise self._versioned(digest, "it is hidden, and not deleted")
        if self._head(digest) is not None:
            raise BlobError(
                f"got {digest[:12]}… in {self.bucket.called} though it was deleted, expected it gone; "
                "do it again"
            )
        return True

    # ------------------------------------------------------------ asking

    def _fetched(self, digest: str) -> BinaryIO | None:
        with self._client().stream("GET", self._url(digest)) as answer:
            if self._is_missing(answer, f"reading {digest[:12]}…"):
                return None
            out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the reader closes it
            found = sha256()
            try:
                for chunk in answer.iter_raw():
                    found.update(chunk)
                    out.write(chunk)
            except BaseException:
                out.close()
                raise
        if found.hexdigest() != digest:
            size = out.tell()
            out.close()
            raise BlobError(
                f"got {size:,} bytes of SHA-256 {found.hexdigest()[:12]}… for {digest[:12]}… in "
                f"{self.bucket.called}, expected what its name says: it is cut off or damaged; restore it "
                "from a backup"
            )
        out.seek(0)
        return cast("BinaryIO", out)

    def _head(self, digest: str) -> httpx.Headers | None:
        """What the bucket says of a blob, None where it has none."""

        def send() -> httpx.Headers | None:
            answer = self._client().head(self._url(digest))
            if answer.status_code != httpx.codes.NOT_FOUND:
                self._refuse(answer, "asking")
                return answer.headers
            # An answer to HEAD has no words, and a bucket that is missing is "not found" as well.
            with self._client().stream("GET", self._url(digest)) as told:
                return None if self._is_missing(told, "asking") else told.headers

        return self._asked(send, "asking")

    def _asked(self, send: Callable[[], T], doing: str, *, mend: str = "") -> T:
        for pause_s in (*self.again_s, None):
            try:
                return send()
            except _AgainError as error:
                if pause_s is None:
                    raise BlobError(str(error)) from None
            except httpx.HTTPError as error:
                if pause_s is None:
                    raise BlobError(
                        f"got no whole answer ({type(error).__name__}) from {self.bucket.called} when "
                        f"{doing}, expected one; {mend or 'see whether it runs and can be reached'}"
                    ) from None
            except OSError as error:
                raise BlobError(
                    f"got {error.strerror!r} when {doing}, expected room for it; make some here"
                ) from error
            time.sleep(pause_s)
        raise AssertionError  # pragma: no cover - the last turn returns or raises

    def _is_missing(self, answer: httpx.Response, doing: str) -> bool:
        """Whether there is no such blob. A server that says less than that has not told, and is refused."""
        code = "" if answer.is_success else _code(answer)
        if answer.status_code == httpx.codes.NOT_FOUND and code == "NoSuchKey":
            return True
        self._refuse(answer, doing, code=code)
        return False

    def _refuse(self, answer: httpx.Response, doing: str, *, code: str | None = None, mend: str = "") -> None:
        if answer.is_success:
            return
        code = _code(answer) if code is None else code
        got = f"HTTP {answer.status_code}" + (f" {code}" if code else "")
        if answer.is_redirect:
            mend = "no redirect is followed: mend host and region of GOLIVE_BLOBS_URL"
        elif answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            mend = f"mend key and secret of GOLIVE_BLOBS_URL, or let that key do {_NEEDS}"
        elif code == "NoSuchBucket":
            mend = "make the bucket, or mend its name in GOLIVE_BLOBS_URL"
        text = f"got {got} from {self.bucket.called} when {doing}, expected it done"
        told = f"{text}; {mend or 'see whether it runs'}"
        raise (_AgainError if answer.is_server_error else BlobError)(told)

    def _versioned(self, digest: str, so: str) -> BlobError:
        return BlobError(
            f"got a bucket that keeps versions ({self.bucket.called}), expected one that deletes for good; "
            f"{so}: delete every version of {self._key(digest)} there, then do it again"
        )

    def _key(self, digest: str) -> str:
        # What is asked for may come from outside, and must never be a way to another object.
        if not DIGEST.fullmatch(digest):
            raise BlobError("got a name that is no SHA-256 in lower-case hexadecimal, expected one")
        return "/".join(part for part in (self.bucket.prefix, self.folder, digest[:2], digest) if part)

    def _url(self, digest: str) -> str:
        return f"{self.bucket.endpoint}/{self.bucket.name}/{self._key(digest)}"

    def _client(self) -> httpx.Client:
        """One for all requests, made when the first is sent."""
        with self._making:
            if self._made is None:
                auth = AWS4Auth(
                    self.bucket.key_id.reveal(), self.bucket.secret.reveal(), self.bucket.region, "s3"
                )
                plain = {"accept-encoding": "identity"}
                self._made = httpx.Client(auth=auth, headers=plain, timeout=self.timeout_s, trust_env=False)
            return self._made


class _AgainError(Exception):
    """The server is at fault: the same may be asked again."""


def _code(answer: httpx.Response) -> str:
    """S3's one word for what is wrong, "" where the answer has none; nothing else of it is looked at."""
    if answer.is_closed:
        told = answer.content
    else:
        told = b""
        for chunk in answer.iter_raw():
            told += chunk
            if len(told) >= _ERROR_BYTES:
                break
    found = _CODE.search(told[:_ERROR_BYTES])
    return "" if found is None else found[1].decode()
