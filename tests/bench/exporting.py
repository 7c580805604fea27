"""How much memory an export takes: a bundle of 200 MB, written by a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.launched import ROOT
from tests.bench.results import Measured, Say, UnmeasurableError

LIMIT_MB = 200.0
TOTAL_MB = 200


def measure(say: Say) -> list[Measured]:
    """The peak of the child that writes it, all of Python in it, and of the same with a small bundle."""
    peaks = {}
    for megabytes in (1, TOTAL_MB):
        with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
            say(f"export: {megabytes} MB")
            peaks[megabytes] = _child(Path(folder), megabytes)
    return [
        Measured(
            row="export",
            what=f"peak memory of the process that writes a bundle of {TOTAL_MB} MB",
            value=peaks[TOTAL_MB],
            limit=LIMIT_MB,
            unit="MB",
            how=f"resident set at its peak, all of Python in it; {peaks[1]:.0f} MB for a bundle of 1 MB",
        )
    ]


def _child(folder: Path, megabytes: int) -> float:
    command = [sys.executable, "-m", "tests.bench.exporting_child", str(folder)]
    for what in ("fill", "export"):
        said = subprocess.run(
            [*command, what, str(megabytes)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if said.returncode != 0:
            raise UnmeasurableError(f"got {said.stderr[-500:]!r} from the child, expected a bundle")
    told = json.loads(said.stdout)
    if told["bytes"] < megabytes * 1_000_000:
        raise UnmeasurableError(f"got a bundle of {told['bytes']:,} bytes, expected {megabytes} MB")
    return float(told["peak_kb"]) / 1_000
