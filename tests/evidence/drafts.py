"""A draft like many, for tests of what happens to one."""

from __future__ import annotations

from typing import Any

import msgspec

from evidence.record import (
    Actor,
    Digest,
    Draft,
    Environment,
    Kind,
    Method,
    MethodType,
    Redaction,
    Source,
    Subject,
)

_DRAFT = Draft(
    key="event/1",
    kind=Kind.EVENT,
    subject=(Subject(name="event", mediaType="application/json", digest=Digest(sha256="0" * 64)),),
    actor=Actor(id="u-3", role="coordinator"),
    method=Method(type=MethodType.EXAMINE, how="sealed", tool="dashboard/0.1.0"),
    source=Source(system="golive", environment=Environment.REHEARSAL),
    captured_at="2026-11-21T23:31:08Z",
    redaction=Redaction(policy="event/1", gate="secrets/1"),
    data={"seq": 1},
)


def draft(**changed: Any) -> Draft:
    """The draft, with this changed."""
    return msgspec.structs.replace(_DRAFT, **changed)
