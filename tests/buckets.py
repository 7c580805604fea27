"""A bucket on a real S3-speaking server on loopback, which can be killed, started again and cut off."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
from httpx_auth import AWS4Auth

ROOT = Path(__file__).parents[1]
KEY_ID, SECRET = "AKIAGOLIVETESTS00000", "s3cr3t/with+signs?and#more"
BUCKET = "evidence-bucket"
VERSIONED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


@dataclass(slots=True)
class BucketServer:
    """The server and its one key."""

    port: int
    _process: subprocess.Popen[str] | None = field(init=False, default=None)

    def url(self, *, secret: str = SECRET, key_id: str = KEY_ID, port: int = 0, bucket: str = BUCKET) -> str:
        """What GOLIVE_BLOBS_URL says of it."""
        who = f"{quote(key_id, safe='')}:{quote(secret, safe='')}"
        return f"s3+http://{who}@127.0.0.1:{port or self.port}/{bucket}/of/golive"

    def start(self) -> None:
        """An empty bucket, whatever was there before."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bucket_child", str(self.port), KEY_ID, SECRET, BUCKET],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """It is gone in the middle of whatever it does."""
        process = self._process
        assert process is not None
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self.kill()

    def ask(self, method: str, path: str = "", content: bytes = b"") -> httpx.Response:
        """As whoever owns the bucket, past golive."""
        auth = AWS4Auth(KEY_ID, SECRET, "us-east-1", "s3")
        with httpx.Client(auth=auth, trust_env=False) as client:
            return client.request(method, f"http://127.0.0.1:{self.port}/{BUCKET}{path}", content=content)

    def keep_versions(self) -> None:
        assert self.ask("PUT", "?versioning", VERSIONED).is_success


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    """A server that is there, with an empty bucket."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = BucketServer(port)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def cut_off(port: int, *, after: int) -> Iterator[int]:
    """A way to the server that hangs up once so many bytes came back: its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_relay, args=(listening, port, after), daemon=True).start()
        yield listening.getsockname()[1]


def _relay(listening: socket.socket, port: int, after: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            inside, _ = listening.accept()
            with inside, socket.create_connection(("127.0.0.1", port)) as outside:
                threading.Thread(target=_pump, args=(inside, outside), daemon=True).start()
                left = after
                while left and (data := outside.recv(min(left, 65_536))):
                    inside.sendall(data)
                    left -= len(data)
                inside.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
