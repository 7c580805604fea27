"""A time-stamping authority in a folder: the rehearsal's own, asked without a network."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509

from rehearsal.tsa import Authority as Rehearsed

needs_openssl = pytest.mark.skipif(which("openssl") is None, reason="no openssl was found on the PATH")


@dataclass(frozen=True, slots=True)
class Authority:
    """It stamps whatever it is asked to."""

    rehearsed: Rehearsed

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.rehearsed.root_file.read_bytes())

    def reply(self, query: bytes) -> bytes:
        return self.rehearsed.reply(query)

    def verified(self, data: Path, reply: Path) -> str:
        """What openssl says of a reply about a file."""
        command = ["openssl", "ts", "-verify", "-data", str(data), "-in", str(reply), "-CAfile"]
        told = subprocess.run(
            [*command, str(self.rehearsed.root_file)], capture_output=True, text=True, check=False
        )
        return told.stdout + told.stderr


def authority(folder: Path) -> Authority:
    """One with a root of its own."""
    return Authority(Rehearsed.in_folder(folder / "tsa"))
