"""What it costs to verify a large bundle, against the hashing and the signatures that nobody can save."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from evidence.bundle import write_bundle
from evidence.canonical import written
from evidence.keys import make_keys
from evidence.record import Kind
from tests.bench.launched import ROOT
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.evidence.authority import Authority
from tests.evidence.sealed import COORDINATOR, MACHINE, PNG, Sealed, end, noise

RECORDS = 10_000
BYTES = 200_000_000
SHOTS = 100
"""They hold nearly all of the bytes; every other record vouches for about a kilobyte of JSON."""
SHOT_SIDE = 795
HEADS = 20
ROUNDS = 5
LIMIT = 2.0
MEMORY_LIMIT_MB = 200.0


def measure(say: Say) -> list[Measured]:
    """Both rows, out of processes of their own: the first one reads the bundle into the host's memory."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as name:
        folder = Path(name)
        say(f"verify: sealing {RECORDS:,} records")
        size, tokens = _seal(folder)
        runs = [_child(folder, number, say) for number in range(ROUNDS)]
    runs.sort(key=lambda run: run["verify_s"] / run["floor_s"])
    middle = runs[ROUNDS // 2]
    return [
        Measured(
            row="verify",
            what=f"verifying {RECORDS:,} records with {size / 1e6:.0f} MB of blobs, against SHA-256 of all "
            "bytes and P-256 of all records",
            value=middle["verify_s"] / middle["floor_s"],
            limit=LIMIT,
            unit="x",
            how=f"{middle['verify_s']:.2f} s and {middle['floor_s']:.2f} s in one process, the median of "
            f"{ROUNDS}; {tokens} tokens, each by openssl too",
        ),
        Measured(
            row="verify",
            what="peak memory of that process, and of the one that checks signatures for it",
            value=max(run["peak_kb"] for run in runs) / 1e3,
            limit=MEMORY_LIMIT_MB,
            unit="MB",
            how="resident sets at their peaks, all of Python in them, measured before the floor is",
        ),
    ]


def _seal(folder: Path) -> tuple[int, int]:
    """A closed log of so many records, its bundle, and what an auditor brings."""
    sealed = Sealed(keys=make_keys(folder / "keys"), authorities=[Authority("first")])
    sealed.begin()
    every = RECORDS // HEADS
    while sealed.size < RECORDS - 2:
        number = sealed.size
        if number % (RECORDS // SHOTS) == 0:
            sealed.add(Kind.SCREENSHOT, noise(SHOT_SIDE, number), media=PNG, actor=COORDINATOR)
        elif number % every == 1:
            sealed.anchor()
        else:
            sealed.add(Kind.INPUTS, _inputs(number), actor=MACHINE)
    sealed.anchor(with_records=False)
    end(sealed, ("NO_GO",))
    with (folder / "bundle.zip").open("wb") as out:
        write_bundle(sealed.contents(), out)
    brought = {
        "vkey": sealed.vkey,
        "roots": {one.name: one.pem.decode() for one in sealed.authorities},
        "receipts": [receipt.decode() for receipt in sealed.receipts],
    }
    (folder / "brought.json").write_text(json.dumps(brought))
    return sum(map(len, sealed.blobs.values())), len(sealed.tokens)


def _inputs(number: int) -> bytes:
    facts = [{"service": f"service_{one}", "status": 200, "at": number, "ms": one} for one in range(16)]
    return written({"facts": facts, "minute": number})


def _child(folder: Path, number: int, say: Say) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.verifying_child", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnmeasurableError(f"got {done.stderr.strip()[-300:]}, expected seconds")
    told: dict[str, Any] = json.loads(done.stdout)
    say(f"verify: round {number + 1}, {told['verify_s']:.2f} s against {told['floor_s']:.2f} s")
    return told
