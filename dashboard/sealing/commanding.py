"""What a command of the operator printed, as evidence: all of it through the gate, or nothing kept.

A command that failed proves nothing: it is kept, and is of no item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dashboard.launch.plan_evidence import EvidenceItem
from dashboard.sealing.drafts import TOOL, Of, json_subject, redaction
from evidence.blobs import Blobs
from evidence.intake import Intake, json_blob, text_blob
from evidence.record import Actor, Digest, Draft, Kind, Method, MethodType, Subject, time_text

CAP: Final = 256_000
"""So many bytes of each stream are kept."""
COMMAND_POLICY: Final = "command-text/1"
TEXT: Final = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that ended by itself. `program_sha256` is of the file that was run."""

    exit_code: int
    duration_ms: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    program_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """Where what a command showed was recorded."""

    index: int
    exit_code: int
    is_truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What of a command went through the gate."""

    argv: Intake
    stdout: Intake
    stderr: Intake

    @property
    def is_truncated(self) -> bool:
        """Whether a stream was longer than what is kept of it."""
        return self.stdout.truncated or self.stderr.truncated


def gated_words(argv: Sequence[str]) -> Intake:
    """A command's words. Raises `WithheldError`: before it is run, so that no secret is ever among them."""
    return json_blob({"argv": list(argv)}, allowed=("argv[]",))


def passed(argv: Intake, ran: Ran) -> Passed:
    """All of it through the gate. Raises `WithheldError`."""
    return Passed(argv=argv, stdout=text_blob(ran.stdout, cap=CAP), stderr=text_blob(ran.stderr, cap=CAP))


def command_draft(
    of: Of,
    item: EvidenceItem,
    argv: Sequence[str],
    ran: Ran,
    found: Passed,
    *,
    blobs: Blobs,
    actor: Actor,
    now: datetime,
    valid_for_s: int | None,
) -> Draft:
    """Keep what went through, and the draft that vouches for it. Raises `BlobError`."""
    words = blobs.put(found.argv.data)
    streams = {
        name: blobs.put(each.data)
        for name, each in (("stdout", found.stdout), ("stderr", found.stderr))
        if each.data
    }
    is_proof = ran.exit_code == 0
    data: dict[str, Any] = {
        "argv": list(argv),
        "item": item.id,
        "exit_code": ran.exit_code,
        "duration_ms": ran.duration_ms,
        "program_sha256": ran.program_sha256,
        "stdout_truncated": found.stdout.truncated,
        "stderr_truncated": found.stderr.truncated,
    }
    return Draft(
        key=f"item/{item.id}/{words[:16]}/{time_text(now)}",
        kind=Kind.COMMAND,
        subject=(
            json_subject("argv.json", words),
            *(
                Subject(name=f"{name}.txt", mediaType=TEXT, digest=Digest(sha256=blob))
                for name, blob in streams.items()
            ),
        ),
        controls=(item.id,) if is_proof else (),
        actor=actor,
        method=Method(type=MethodType.TEST, how="command", tool=TOOL),
        source=of.source(item.system),
        captured_at=time_text(now),
        redaction=redaction(COMMAND_POLICY),
        data=data,
        valid_for_s=valid_for_s if is_proof else None,
    )
