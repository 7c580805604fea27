"""Commands as people run them, in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import app

ROOT = Path(__file__).parents[3]
WITHIN_S = 240

Golive = Callable[..., Result]
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def golive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Golive:
    """Run a command in this process, with these arguments and these settings: quick."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **settings: CliRunner().invoke(app, arguments, env=settings)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Run a command in a process of its own, with a newcomer's environment and these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environ = {**kept, "PYTHONPATH": str(ROOT)}

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dashboard", *arguments],
            cwd=tmp_path,
            env={**environ, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )

    return run
