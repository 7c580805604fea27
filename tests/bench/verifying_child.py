"""Verifies a bundle in a process of its own, then does the least that any verification must: `FOLDER`.

The least is the SHA-256 of every file, and P-256 of every record's signature, of bytes that are in memory.
"""

from __future__ import annotations

import json
import sys
import time
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from evidence.container import Container, opened
from evidence.layout import records_of
from evidence.verification.procedure import verify
from evidence.verification.trust import trusted
from tests.bench.resident import children_peak_kb, peak_kb


def main() -> None:
    """Print seconds and the peak of memory."""
    folder = Path(sys.argv[1])
    brought = json.loads((folder / "brought.json").read_text())
    trust = trusted(
        vkey=brought["vkey"],
        roots={name: pem.encode() for name, pem in brought["roots"].items()},
        receipts={str(number): text.encode() for number, text in enumerate(brought["receipts"])},
    )
    started = time.perf_counter()
    report = verify(folder / "bundle.zip", trust)
    verify_s = time.perf_counter() - started
    if any(finding.severity == "FAIL" for finding in report.findings):
        sys.exit(report.text()[:2_000])
    peak = peak_kb() + children_peak_kb()
    with opened(folder / "bundle.zip") as container:
        floor_s = _hashed(container) + _signed(container)
    sys.stdout.write(json.dumps({"verify_s": verify_s, "floor_s": floor_s, "peak_kb": peak}))


def _hashed(container: Container) -> float:
    seconds = 0.0
    for name in container.sizes:
        data = container.read(name)
        started = time.perf_counter()
        sha256(data).digest()
        seconds += time.perf_counter() - started
    return seconds


def _signed(container: Container) -> float:
    made = []
    for name in records_of(container.sizes).values():
        envelope = json.loads(container.read(name))
        payload = b64decode(envelope["payload"])
        pae = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload)
        made.append((b64decode(envelope["signatures"][0]["sig"]), pae, payload))
    spki = json.loads(made[0][2])["predicate"]["data"]["recorder"]
    key = load_der_public_key(b64decode(spki))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        sys.exit("got another kind of key, expected P-256")
    algorithm = ec.ECDSA(SHA256())
    started = time.perf_counter()
    for signature, pae, _ in made:
        key.verify(signature, pae, algorithm)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
