"""A bucket keeps blobs by the same promises as a folder, on a real server that can fail in every way."""

from __future__ import annotations

import http.server
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest

from collectors.observation import Environment
from dashboard.bucket import read_bucket
from dashboard.settings import read_settings
from dashboard.wiring.bucket_blobs import BucketBlobs
from dashboard.wiring.sealing import blobs_of
from evidence.blobs import BlobError
from tests.buckets import KEY_ID, SECRET, BucketServer, bucket_server, cut_off

DATA = b"what was seen" * 10_000
DIGEST = sha256(DATA).hexdigest()
OTHER = "0" * 64
EACH: list[Callable[[BucketBlobs], object]] = [
    lambda blobs: blobs.put(b"another"),
    lambda blobs: blobs.open(DIGEST),
    lambda blobs: blobs.size(DIGEST),
    lambda blobs: blobs.erase(DIGEST),
]


@pytest.fixture(scope="module")
def server() -> Iterator[BucketServer]:
    with bucket_server() as server:
        yield server


@pytest.fixture
def killable() -> Iterator[BucketServer]:
    with bucket_server() as server:
        yield server


@pytest.fixture(scope="module")
def gone() -> Iterator[BucketBlobs]:
    """A bucket with a blob, whose server was killed."""
    with bucket_server() as server:
        blobs = blobs_in(server)
        blobs.put(DATA)
        server.kill()
        yield blobs


def blobs_in(server: BucketServer, environment: str = "live", **changed: Any) -> BucketBlobs:
    return BucketBlobs(read_bucket(server.url(**changed)), environment, timeout_s=5.0, again_s=())


def read(blobs: BucketBlobs, digest: str) -> bytes:
    stream = blobs.open(digest)
    assert stream is not None
    with stream:
        return stream.read()


def path(digest: str) -> str:
    return f"/of/golive/live/{digest[:2]}/{digest}"


def test_a_blob_is_kept_under_its_hash_and_read_from_there(server: BucketServer) -> None:
    blobs = blobs_in(server)

    assert DIGEST == blobs.put(DATA) == blobs.put(DATA)
    assert DATA == read(blobs, DIGEST) == server.ask("GET", path(DIGEST)).content
    assert len(DATA) == blobs.size(DIGEST)


def test_live_and_rehearsal_share_nothing(server: BucketServer) -> None:
    blobs_in(server).put(b"of the launch")

    assert blobs_in(server, "rehearsal").open(sha256(b"of the launch").hexdigest()) is None


def test_what_is_not_there_is_said_to_be_missing(server: BucketServer) -> None:
    blobs = blobs_in(server)

    assert blobs.open(OTHER) is None
    assert blobs.size(OTHER) is None
    assert not blobs.erase(OTHER)


def test_a_name_that_is_no_hash_leads_nowhere(server: BucketServer) -> None:
    with pytest.raises(BlobError, match="no SHA-256"):
        blobs_in(server).open("../../other")


def test_what_was_erased_is_gone(server: BucketServer) -> None:
    blobs = blobs_in(server)
    digest = blobs.put(b"to be erased")

    assert blobs.erase(digest)
    assert blobs.open(digest) is None
    assert 404 == server.ask("GET", path(digest)).status_code


def test_a_bucket_that_keeps_versions_does_not_erase_and_says_so(killable: BucketServer) -> None:
    killable.keep_versions()
    blobs = blobs_in(killable)
    digest = blobs.put(b"kept for ever")

    with pytest.raises(
        BlobError, match=rf"keeps versions.*nothing was deleted: .*live/{digest[:2]}/{digest}"
    ):
        blobs.erase(digest)

    assert b"kept for ever" == read(blobs, digest)


@pytest.mark.parametrize("instead", [DATA[:-1], DATA[: len(DATA) // 2], b"", b"x" + DATA[1:]])
def test_an_object_that_was_cut_off_or_changed_is_never_given_out(
    server: BucketServer, instead: bytes
) -> None:
    blobs = blobs_in(server)
    blobs.put(DATA)
    server.ask("PUT", path(DIGEST), instead)

    with pytest.raises(BlobError, match="cut off or damaged; restore it from a backup"):
        blobs.open(DIGEST)

    server.ask("DELETE", path(DIGEST))


def test_one_that_was_cut_off_is_kept_again(server: BucketServer) -> None:
    blobs = blobs_in(server)
    server.ask("PUT", path(DIGEST), DATA[:99])

    blobs.put(DATA)

    assert DATA == read(blobs, DIGEST)


@pytest.mark.parametrize("do", EACH)
@pytest.mark.parametrize("wrong", [{"secret": "wr0ng"}, {"key_id": "AKIASOMEBODYELSE0000"}])
def test_a_key_that_is_not_let_in_is_told_and_not_shown(
    server: BucketServer, wrong: dict[str, str], do: Callable[[BucketBlobs], object]
) -> None:
    with pytest.raises(BlobError, match=r"HTTP 403.*mend key and secret of GOLIVE_BLOBS_URL") as told:
        do(blobs_in(server, **wrong))

    assert not [part for part in ("wr0ng", "AKIA", KEY_ID, SECRET) if part in str(told.value)]


@pytest.mark.parametrize("do", EACH)
def test_a_bucket_that_is_missing_is_no_missing_blob(
    server: BucketServer, do: Callable[[BucketBlobs], object]
) -> None:
    with pytest.raises(BlobError, match=r"NoSuchBucket.*make the bucket"):
        do(blobs_in(server, bucket="another-bucket"))


@pytest.mark.parametrize("do", EACH)
def test_a_server_that_is_gone_is_no_missing_blob(
    gone: BucketBlobs, do: Callable[[BucketBlobs], object]
) -> None:
    with pytest.raises(BlobError, match="got no whole answer"):
        do(gone)


def test_a_server_that_comes_back_is_used_again(killable: BucketServer) -> None:
    blobs = blobs_in(killable)
    blobs.put(DATA)
    killable.kill()
    killable.start()

    assert DIGEST == blobs.put(DATA)
    assert DATA == read(blobs, DIGEST)


@pytest.mark.parametrize("after", [0, 100, 5_000])
def test_a_connection_that_is_lost_in_the_middle_gives_no_half_of_a_blob(
    server: BucketServer, after: int
) -> None:
    blobs_in(server).put(DATA)

    with cut_off(server.port, after=after) as port, pytest.raises(BlobError, match="got no whole answer"):
        blobs_in(server, port=port).open(DIGEST)


def test_what_was_sent_and_not_answered_is_not_acknowledged() -> None:
    told = pytest.raises(BlobError, match="nothing was acknowledged")
    with answering(200, hangs_up_on="PUT") as here, told:
        bucket_at(here.port).put(b"sent into the dark")

    assert "PUT" == here.asked[-1].split(" ", maxsplit=1)[0]


def test_nothing_of_a_key_is_logged(server: BucketServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    blobs = blobs_in(server)
    blobs.put(DATA)
    read(blobs, DIGEST)

    assert not [part for part in (SECRET, quote(SECRET, safe=""), KEY_ID) if part in caplog.text]


def test_the_setting_leads_there_and_without_it_files_are_kept(server: BucketServer) -> None:
    named = read_settings({"GOLIVE_BLOBS_URL": server.url()})

    assert isinstance(blobs_of(named, Environment.LIVE), BucketBlobs)
    assert not isinstance(blobs_of(read_settings({}), Environment.LIVE), BucketBlobs)


# ---------------------------------------------------------------- nobody else is asked


@dataclass
class Listening:
    """What came to a server that answers everything alike."""

    port: int
    asked: list[str] = field(default_factory=list)


@contextmanager
def answering(status: int, *, hangs_up_on: str = "", **headers: str) -> Iterator[Listening]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            found.asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.command == hangs_up_on:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_PUT = do_HEAD = do_DELETE = do_CONNECT = answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Listening(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def bucket_at(port: int, again_s: tuple[float, ...] = ()) -> BucketBlobs:
    return BucketBlobs(read_bucket(f"s3+http://id:secret@127.0.0.1:{port}/bucket"), "live", again_s=again_s)


@pytest.mark.parametrize("do", EACH)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status: int, do: Callable[[BucketBlobs], object]) -> None:
    with answering(200) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/"
        told = pytest.raises(BlobError, match="no redirect is followed")
        with answering(status, Location=location) as here, told:
            do(bucket_at(here.port))

    assert [] == elsewhere.asked


def test_no_proxy_and_no_key_of_the_environment_is_used(
    server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(500) as elsewhere:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere.port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASOMEBODYELSE0000")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "another")
        blobs = blobs_in(server)
        blobs.put(DATA)

        assert DATA == read(blobs, DIGEST)
    assert [] == elsewhere.asked


@pytest.mark.parametrize("do", EACH)
def test_what_is_no_bucket_at_all_has_no_missing_blobs(do: Callable[[BucketBlobs], object]) -> None:
    with answering(404) as here, pytest.raises(BlobError, match="got HTTP 404"):
        do(bucket_at(here.port))


def test_a_server_at_fault_is_asked_again_and_then_told_of() -> None:
    with answering(503) as here, pytest.raises(BlobError, match="got HTTP 503"):
        bucket_at(here.port, again_s=(0.0, 0.0)).size(OTHER)

    assert [f"HEAD /bucket/live/00/{OTHER}"] * 3 == here.asked
