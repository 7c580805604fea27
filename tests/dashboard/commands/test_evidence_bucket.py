"""The whole way of evidence with its blobs in a bucket: captured, looked at, taken out, verified, erased."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from dashboard.launch.event import What
from evidence.record import Kind
from tests.buckets import KEY_ID, SECRET, BucketServer, bucket_server
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.sealed_run import SealedRun, sealed_run, with_items
from tests.evidence.sealed import png

ITEMS = """
[evidence]

[[evidence.items]]
id = "page"
title = "The page"
kind = "screenshot"
proves = "It is there."
system = "student_pilot"
owner = "coordinator"
to_min = 60
"""

Ask = Callable[..., Result]


@dataclass
class Kept:
    """A launch that is sealed, and the server that its blobs are on."""

    server: BucketServer
    sealed: SealedRun


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with bucket_server() as server:
        url = {"GOLIVE_BLOBS_URL": server.url()}
        with sealed_run(tmp_path, with_items(ITEMS), now=datetime.now(UTC), environ=url) as sealed:
            yield Kept(server, sealed)


@pytest.fixture
def evidence(golive: Golive, kept: Kept, tmp_path: Path) -> Ask:
    url = kept.server.url()
    return lambda *words: golive("evidence", *words, "--data-dir", str(tmp_path), GOLIVE_BLOBS_URL=url)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    file = tmp_path / "page.png"
    file.write_bytes(png())
    return str(file)


def test_what_was_captured_is_taken_out_and_verifies(
    kept: Kept, golive: Golive, evidence: Ask, picture: str, tmp_path: Path
) -> None:
    sealed = kept.sealed
    added = evidence("add", "page", picture, "--as", "coordinator", "--attest")
    shown = sealed.records(Kind.SCREENSHOT)[0]
    evidence("review", str(shown.predicate.log.index), "--as", "finance", "--accept")
    sealed.happen(What.CLOSED, after="closed")

    exported = evidence("export", "-o", str(tmp_path / "e.zip"), "--wait", "0")
    (tmp_path / "receipt.txt").write_bytes(evidence("receipt").stdout_bytes)
    (line,) = (line for line in exported.stdout.splitlines() if line.startswith("Verify: golive "))
    told = golive(*shlex.split(line)[2:], "--receipt", str(tmp_path / "receipt.txt"))

    assert (0, 0) == (added.exit_code, exported.exit_code), exported.stderr
    assert 3 == told.exit_code, told.stdout  # nobody stamped it
    assert "CONSISTENT-ONLY" in told.stdout
    assert not sealed.settings.blobs_of(sealed.store.environment).exists()


def test_while_the_bucket_is_gone_nothing_is_recorded(kept: Kept, evidence: Ask, picture: str) -> None:
    before = len(kept.sealed.records())
    kept.server.kill()

    told = evidence("add", "page", picture, "--as", "coordinator", "--attest")

    assert (1, "") == (told.exit_code, told.stdout)
    assert "Got no whole answer (ConnectError) from http://127.0.0.1:" in told.stderr
    assert not [part for part in (KEY_ID, SECRET) if part in told.stderr]
    assert before == len(kept.sealed.records())


def test_what_is_cut_off_in_the_bucket_is_in_no_bundle(
    kept: Kept, evidence: Ask, picture: str, tmp_path: Path
) -> None:
    evidence("add", "page", picture, "--as", "coordinator", "--attest")
    digest = kept.sealed.records(Kind.SCREENSHOT)[0].subject[0].digest.sha256
    kept.server.ask("PUT", f"/of/golive/rehearsal/{digest[:2]}/{digest}", b"cut")

    told = evidence("export", "-o", str(tmp_path / "e.zip"), "--wait", "0")

    assert 3 == told.exit_code
    assert f"for {digest[:12]}…" in told.stderr
    assert not (tmp_path / "e.zip").exists()


def test_what_was_erased_is_gone_from_the_bucket(kept: Kept, evidence: Ask, picture: str) -> None:
    evidence("add", "page", picture, "--as", "coordinator", "--attest")
    digest = kept.sealed.records(Kind.SCREENSHOT)[0].subject[0].digest.sha256
    path = f"/of/golive/rehearsal/{digest[:2]}/{digest}"
    assert kept.server.ask("GET", path).is_success

    told = evidence("erase", digest, "--as", "coordinator", "--reason", "subject-request")

    assert (0, "") == (told.exit_code, told.stderr)
    assert 404 == kept.server.ask("GET", path).status_code
