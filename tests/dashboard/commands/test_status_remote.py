"""`golive status --url`: another machine's verdict is an exit code, and any doubt is no answer."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.certificate import own_certificate
from tests.dashboard.commands.conftest import Golive, Shell

BOARD = {"environment": "live", "verdict": "GO", "sentence": "GO — all hold.", "change": "nothing"}
Answer = Callable[[Mapping[str, str]], tuple[int, Any]]


@contextmanager
def elsewhere(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A golive elsewhere, that answers like this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, told = answer(dict(self.headers)) if self.path == "/api/v1/board" else (404, {})
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "https://evil.example")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("verdict", "code", "word"), [("GO", 0, "GO"), ("NO_GO", 1, "NO-GO"), ("HOLD", 2, "HOLD")]
)
def test_the_exit_code_is_the_verdict(golive: Golive, verdict: str, code: int, word: str) -> None:
    with elsewhere(lambda _: (200, {**BOARD, "verdict": verdict})) as url:
        told = golive("status", "--url", f"{url}/")

    assert (code, ["LIVE", word]) == (told.exit_code, told.stdout.splitlines()[:2])


def test_an_authority_that_this_machine_trusts_may_vouch_for_it_and_no_other(
    shell: Shell, tmp_path: Path
) -> None:
    with elsewhere(lambda _: (200, BOARD), own_certificate(tmp_path)) as url:
        strange = shell("status", "--url", url)
        trusted = shell("status", "--url", url, SSL_CERT_FILE=str(tmp_path / "certificate.pem"))

    assert (3, 0) == (strange.returncode, trusted.returncode)
    assert "CERTIFICATE_VERIFY_FAILED" in strange.stderr
    assert "LIVE\nGO\n" in trusted.stdout


def test_the_board_is_printed_as_it_was_given(golive: Golive) -> None:
    with elsewhere(lambda _: (200, BOARD)) as url:
        told = golive("status", "--url", url, "--json")

    assert (0, BOARD) == (told.exit_code, json.loads(told.stdout))


def test_the_token_goes_along_and_is_printed_nowhere(golive: Golive) -> None:
    brought: list[str] = []

    def refuse(headers: Mapping[str, str]) -> tuple[int, Any]:
        brought.append(headers.get("Authorization", ""))
        return 401, {"error": "The token is not accepted."}

    with elsewhere(refuse) as url:
        told = golive("status", "--url", url, GOLIVE_API_TOKEN="hunter2canary")

    assert ["Bearer hunter2canary"] == brought
    assert (3, "") == (told.exit_code, told.stdout)
    assert "got HTTP 401 (The token is not accepted.); set GOLIVE_API_TOKEN, or mend it" in told.stderr
    assert "hunter2canary" not in told.stderr


@pytest.mark.parametrize(
    "answered",
    [
        (500, {"error": "golive failed to answer."}),
        (302, {}),
        (200, b"<html>GO</html>"),
        (200, []),
        (200, {"verdict": "GO"}),
        (200, {**BOARD, "verdict": "MAYBE"}),
        (200, {**BOARD, "verdict": None}),
    ],
    ids=repr,
)
def test_any_doubt_is_no_answer(golive: Golive, answered: tuple[int, Any]) -> None:
    with elsewhere(lambda _: answered) as url:
        told = golive("status", "--url", url)

    assert (3, "", 1) == (told.exit_code, told.stdout, len(told.stderr.splitlines()))


def test_where_nobody_listens_there_is_no_answer(golive: Golive) -> None:
    told = golive("status", "--url", "http://127.0.0.1:1")

    assert (3, "") == (told.exit_code, told.stdout)
    assert "got no answer" in told.stderr


@pytest.mark.parametrize(
    "url",
    ["http://golive.example.com", "ftp://x", "golive.example.com", "https://u:p@golive.example.com", ""],
)
def test_a_token_goes_over_tls_alone(golive: Golive, url: str) -> None:
    told = golive("status", "--url", url, GOLIVE_API_TOKEN="hunter2canary")

    assert (3, "") == (told.exit_code, told.stdout)
    assert "got an address that is no plain https://" in told.stderr
    assert "u:p" not in told.stderr
